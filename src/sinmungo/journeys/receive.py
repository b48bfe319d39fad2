"""What comes in: events are checked, masked, stored and promised; promises are judged.

``take`` writes a batch in one transaction (items, versions, one promise, one ledger entry). ``keep``
screens what was promised under the pack in force, stores signals and verdicts in one write, promises the
acts of rules that might act by themselves, and brings what needs a person into its case. Nothing here
acts on anybody.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import Q

from sinmungo.apps.autonomy.services import acting
from sinmungo.apps.base import actors, clock, promise
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.intake import services as intake
from sinmungo.apps.intake.models import EventBatch
from sinmungo.apps.items import queries as items
from sinmungo.apps.items import store
from sinmungo.apps.items.errors import BadEvent, EventConflict
from sinmungo.apps.items.events import Event, read_event
from sinmungo.apps.items.models import Platform
from sinmungo.apps.ledger import kinds
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening import queries as screening_queries
from sinmungo.apps.screening import services as screening
from sinmungo.core.kernel.errors import DomainError, Refused
from sinmungo.core.kernel.ids import derived_id
from sinmungo.core.kernel.words import PlatformMode
from sinmungo.journeys.picturing import owing
from sinmungo.journeys.receiving import cases
from sinmungo.journeys.receiving.acts import asked, left_to_guard
from sinmungo.journeys.receiving.judge import Opinion, judge

MAX_EVENTS = 500
#: Versions judged together; small promises of one platform are taken together up to this.
MOST_TOGETHER = 1_000
#: Cases opened in one transaction: a wave of matches must not keep all other writers waiting.
CASES_AT_ONCE = 50
#: While a batch is judged nobody else takes it; screening has a deadline far below this.
LEASE = timedelta(minutes=5)
_SCREENING = actors.automation("screening")


class TooManyEvents(Refused):
    """More events than one request may bring."""

    code = "events.too_many"
    message = "At most {limit} events can be sent at once."


@dataclass(frozen=True, slots=True)
class RefusedEvent:
    """An event that was not kept, by its place in the request, and why."""

    index: int
    event_id: str | None
    error: DomainError


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a request: how many events are kept, and how many had come before.

    ``batch`` is None when nothing was new. ``event_ids`` are those that are kept, with their versions.
    """

    accepted: int
    duplicates: int
    refused: tuple[RefusedEvent, ...]
    batch: EventBatch | None
    versions: dict[str, uuid.UUID] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventVerdict:
    """The verdict on one event; ``document`` is None when no policy is in force."""

    event_id: str
    proposed: str
    document: dict[str, Any] | None


def take(*, platform: Platform, raw: Sequence[object], actor: Actor, hold: bool = False) -> Taken:
    """Keep the events that can be kept and refuse the others by index. Raises TooManyEvents.

    What could not even be read stands in ``raw`` as its error. With ``hold`` no worker judges the events
    for the time of a lease: the caller does, by ``verdicts``.
    """
    if len(raw) > MAX_EVENTS:
        raise TooManyEvents(limit=MAX_EVENTS)
    now = clock.now()
    events, places, refused = _read(raw, now)
    if not events:
        return Taken(0, 0, tuple(refused), None)
    until = now + LEASE if hold else None
    owing.prepare(events)
    with transaction.atomic():
        stored = store.store_events(platform.pk, events, at=now)
        batch = None
        if stored.versions:
            batch = _promised(platform, events, stored, len(refused), actor, now, until)
    refused += [_refusal(raw, places[index], EventConflict()) for index in stored.conflicts]
    return Taken(
        accepted=len(stored.versions),
        duplicates=len(stored.duplicates),
        refused=tuple(sorted(refused, key=lambda each: each.index)),
        batch=batch,
        versions={
            events[index].event_id: version
            for index, version in zip(stored.events, stored.versions, strict=True)
        },
    )


def _read(raw: Sequence[object], now: datetime) -> tuple[list[Event], list[int], list[RefusedEvent]]:
    events: list[Event] = []
    places: list[int] = []
    refused: list[RefusedEvent] = []
    for index, document in enumerate(raw):
        if isinstance(document, DomainError):
            refused.append(RefusedEvent(index, None, document))
            continue
        try:
            events.append(read_event(document, now=now))
            places.append(index)
        except BadEvent as error:
            refused.append(_refusal(raw, index, error))
    return events, places, refused


def _refusal(raw: Sequence[object], index: int, error: DomainError) -> RefusedEvent:
    document = raw[index]
    event_id = document.get("event_id") if isinstance(document, dict) else None
    shown = event_id if isinstance(event_id, str) and len(event_id) <= 200 else None
    return RefusedEvent(index, shown if shown is None or _is_unicode(shown) else None, error)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _promised(
    platform: Platform,
    events: Sequence[Event],
    stored: store.Stored,
    refused: int,
    actor: Actor,
    now: datetime,
    claimed_until: datetime | None,
) -> EventBatch:
    batch = intake.store_batch(
        platform_id=platform.pk,
        cause=EventBatch.Cause.EVENTS,
        version_ids=stored.versions,
        at=now,
        actor=actor,
        claimed_until=claimed_until,
    )
    told = [
        owing.NewVersion(version, events[at].attributes, events[at].given)
        for version, at in zip(stored.versions, stored.events, strict=True)
    ]
    owing.owe(platform=platform, stored=told, at=now)
    digest = hashlib.sha256(b"".join(events[index].digest for index in stored.events)).hexdigest()
    body: kinds.Body = {
        "platform": platform.pk,
        "accepted": len(stored.versions),
        "duplicates": len(stored.duplicates),
        "refused": refused + len(stored.conflicts),
        "digest": digest,
    }
    entry = ledger.NewEntry("intake.events.received", f"batch:{batch.id.hex}", actor, body)
    ledger.record([entry], at=now)
    return batch


def verdicts(taken: Taken) -> list[EventVerdict]:
    """Judge what was just taken, at once, and return a verdict for each event that was kept.

    Without ``hold`` a worker may have been faster: if it is done its verdicts are returned, and if it is
    still at work there are none yet. What is judged later is not told here: it may rest on a protected bank.
    """
    if taken.batch is None:
        return []
    now = clock.now()
    batches = [taken.batch]
    if taken.batch.claimed_until is None:
        batches = promise.claim(EventBatch, now=now, limit=1, lease=LEASE, only=Q(pk=taken.batch.pk))
    if batches:
        _keep_now(batches, now)
    names = _verdict_names([taken.batch])
    found = screening_queries.verdicts_by_id(list(names.values()))
    return [_told(event_id, found.get(names[version])) for event_id, version in taken.versions.items()]


def _keep_now(batches: Sequence[EventBatch], now: datetime) -> None:
    """Judge in the asker's request; what goes wrong gives the promise back to the workers."""
    try:
        _keep_together(batches, now)
    except Exception as error:
        for row in batches:
            promise.failed(row, now=now, error=_named(error))
        raise


def _told(event_id: str, verdict: Any) -> EventVerdict:
    if verdict is None:
        return EventVerdict(event_id, "none", None)
    return EventVerdict(event_id, verdict.proposed, json.loads(verdict.document))


def keep(now: datetime, limit: int) -> int:
    """Judge up to ``limit`` promised batches; return how many were kept."""
    claimed = promise.claim(EventBatch, now=now, limit=limit, lease=LEASE)
    done = 0
    for group in _together(claimed):
        try:
            _keep_together(group, now)
            done += len(group)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the promise stays owed and others go on
            for row in group:
                promise.failed(row, now=now, error=_named(error))
    return done


def _named(error: Exception) -> str:
    """Return the class and code of an error; never its words, which may quote an item."""
    return f"{type(error).__name__} {getattr(error, 'code', '')}".strip()


def _together(claimed: Sequence[EventBatch]) -> Iterable[list[EventBatch]]:
    """Group small batches of one platform and cause; one that failed before is tried alone."""
    ordered = sorted(claimed, key=lambda row: (row.platform_id, row.cause, row.attempts > 1))
    for (_, _, alone), rows in groupby(
        ordered, key=lambda row: (row.platform_id, row.cause, row.attempts > 1)
    ):
        group: list[EventBatch] = []
        size = 0
        for row in rows:
            if group and (alone or size + len(row.version_ids) > MOST_TOGETHER):
                yield group
                group, size = [], 0
            group.append(row)
            size += len(row.version_ids)
        if group:
            yield group


def _keep_together(batches: Sequence[EventBatch], now: datetime) -> None:
    """Judge batches of one platform and cause; everything is computed before the first transaction.

    There is one, unless many ask for a person. Killed between two, the next try finds what is done: a
    verdict has the id that its promise and its version give it.
    """
    platform = items.platform_by_slug(batches[0].platform_id)
    names = _verdict_names(batches)
    pack = policies.in_force(platform.pk, now)
    seen = items.versions_seen(list(names))
    opinions = judge(seen, pack, at=now, names=names) if pack is not None and seen else []
    again = any(row.attempts > 1 for row in batches)
    acts = _acts(platform, opinions, pack, now)
    asking = _asking(opinions, cause=batches[0].cause) if platform.mode != PlatformMode.OBSERVE else []
    left = _left_to_guard(platform, acts, batches[0].cause)
    asking = [each for each in asking if each.seen.id not in left or each.report_facts]
    parts = [asking[start : start + CASES_AT_ONCE] for start in range(0, len(asking), CASES_AT_ONCE)] or [[]]
    for place, part in enumerate(parts):
        with transaction.atomic():
            if not _still_owed(batches):
                return
            if place == 0:
                _record(opinions, now, again=again)
            if part and pack is not None:
                _gather(part, pack, now, again=again)
            if place == len(parts) - 1:
                acting.ask(acts, at=now)  # cases before counts, as the guard takes its locks
                promise.kept(batches, now=now)


def _acts(
    platform: Platform, opinions: Sequence[Opinion], pack: policies.PackVersion | None, now: datetime
) -> list[acting.Asked]:
    """Return what automations would do; looked up only where some rule asks for anything at all."""
    if pack is None or not any(each.asking for each in opinions):
        return []
    standings = acting.standings(platform=platform, pack=pack, at=now)
    return asked(opinions, standings, at=now)


def _left_to_guard(platform: Platform, acts: Sequence[acting.Asked], cause: str) -> frozenset[uuid.UUID]:
    """Return the versions whose automations settle them first; what people asked about goes to people."""
    is_new = platform.mode == PlatformMode.FULL and cause == EventBatch.Cause.EVENTS
    return left_to_guard(acts) if is_new else frozenset()


def _verdict_names(batches: Sequence[EventBatch]) -> dict[uuid.UUID, uuid.UUID]:
    """Return the promised versions in order, each with the id of the verdict it is going to get."""
    names: dict[uuid.UUID, uuid.UUID] = {}
    for row in batches:
        for version in row.version_ids:
            names.setdefault(uuid.UUID(version), derived_id("verdict", row.id.hex, version))
    return names


def _record(opinions: Sequence[Opinion], now: datetime, *, again: bool) -> None:
    judged = [opinion.judged for opinion in opinions]
    if again:
        known = screening_queries.known_verdicts([each.verdict_id for each in judged])
        judged = [each for each in judged if each.verdict_id not in known]
    screening.record(judged, at=now)


def _still_owed(batches: Sequence[EventBatch]) -> bool:
    """Whether nobody kept these meanwhile (a lease may run out); locks them until the end."""
    rows = EventBatch.objects.select_for_update().filter(pk__in=[row.pk for row in batches])
    return rows.filter(done_at__isnull=True).count() == len(batches)


def _asking(opinions: Sequence[Opinion], *, cause: str) -> list[Opinion]:
    """Return what needs a person: what rules ask for, and, after a report, whatever was reported."""
    from_report = cause == EventBatch.Cause.REPORT
    return [each for each in opinions if (each.report_facts if from_report else each.asking)]


def _gather(opinions: Sequence[Opinion], pack: policies.PackVersion, now: datetime, *, again: bool) -> None:
    """Bring each item into its case, unless an earlier try did."""
    verdict_ids = [each.judged.verdict_id for each in opinions]
    done = _gathered(verdict_ids) if again else frozenset()
    known = items.items_by_id([each.seen.item_id for each in opinions])
    versions = items.versions_by_id([each.seen.id for each in opinions])
    made = screening_queries.verdicts_by_id(verdict_ids)
    for each in opinions:
        if each.judged.verdict_id in done:
            continue
        cases.gather(
            item=known[each.seen.item_id],
            version=versions[each.seen.id],
            verdict=made[each.judged.verdict_id],
            matched=each.asking,
            report_facts=each.report_facts,
            pack=pack,
            at=now,
            actor=_SCREENING,
        )


def _gathered(verdict_ids: Sequence[uuid.UUID]) -> frozenset[uuid.UUID]:
    rows = Case.objects.filter(verdict_id__in=verdict_ids)
    return frozenset(found for found in rows.values_list("verdict_id", flat=True) if found)
