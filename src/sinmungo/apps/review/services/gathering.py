"""What comes in on one item comes together in one case."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from sinmungo.apps.base import ids
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.items.models import Item, Platform, ReachSample, Version
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review.errors import ChangedMeanwhile, UnknownQueue
from sinmungo.apps.review.models import Assignment, Case, Note, Queue
from sinmungo.apps.review.priority import Evidence, Part, explain, stored, total
from sinmungo.apps.review.texts import write_text
from sinmungo.apps.screening.models import Verdict
from sinmungo.apps.staff.models import User
from sinmungo.core.policy import MatchedRule, PolicyDocument, Severity

#: Queues that are there whatever a pack says: reports no rule speaks of, appeals, and what needs experience.
GENERAL = "general"
OWN_QUEUES: Mapping[str, tuple[str, str, float]] = {
    GENERAL: ("그 밖의 신고", "Other reports", 0.0),
    "appeals": ("이의신청", "Appeals", 0.0),
    "senior": ("선임 검토", "Senior review", 90.0),
}
SPEED_OVER = timedelta(hours=24)
#: Between finding no open case and opening one, another may come and even be decided.
_TRIES = 3
_SEVERITIES = list(Severity)


@transaction.atomic
def ensure_queue(*, slug: str, title_ko: str, title_en: str, weight: float, hours: int = 0) -> Queue:
    """Return the queue ``slug``, made or brought up to date; ``hours`` is the service time it promises."""
    values = {"title_ko": title_ko, "title_en": title_en, "weight": weight, "hours": hours}
    queue, _ = Queue.objects.update_or_create(slug=slug, defaults=values)
    return queue


@transaction.atomic
def open_assignment(
    *,
    kind: str,
    queue: str,
    platform: Platform,
    at: datetime,
    actor: Actor,
    barred: User | None = None,
    barred_too: User | None = None,
    due_at: datetime | None = None,
    priority: float = 0.0,
    priority_explained: Sequence[dict[str, Any]] = (),
) -> Assignment:
    """Make a piece of human work; ``priority`` is its points, the waiting time left out.

    Raises UnknownQueue for a queue that nobody made.
    """
    assignment = Assignment.objects.create(
        id=ids.new_id(),
        queue=_queue(queue),
        platform=platform,
        kind=kind,
        created_at=at,
        due_at=due_at,
        priority=stored(priority, at),
        priority_explained=list(priority_explained),
        barred=barred,
        barred_too=barred_too,
    )
    body = {"kind": kind, "queue": assignment.queue_id, "platform": platform.pk}
    record([NewEntry("review.work.opened", f"assignment:{assignment.id.hex}", actor, body)], at=at)
    return assignment


@transaction.atomic
def gather(
    *,
    item: Item,
    version: Version | None,
    verdict: Verdict | None,
    queue: str,
    matched: Sequence[MatchedRule] = (),
    report_facts: Mapping[str, Any] | None = None,
    at: datetime,
    actor: Actor,
) -> Case:
    """Bring reports and signals on an item into its one open case, which is opened if there is none.

    ``queue`` is the one that the rules name; a name that nobody knows means the general queue, because
    a case must never be lost. An open case moves to a weightier queue, never to a
    lighter one, and stays where a colleague escalated it. A new
    version of the item makes a conflict for whoever is deciding on the old one. Safe under a race: the
    database allows one open case an item, and the loser adds to the winner's.
    """
    wanted = _queue(queue, otherwise=GENERAL)
    parts = explain(_evidence(item, wanted, matched, report_facts or {}, at))
    for _ in range(_TRIES):
        case = _open_case(item)
        if case is not None:
            return _added(case, version, verdict, wanted, parts, at, actor)
        with suppress(IntegrityError), transaction.atomic():
            return _opened(item, version, verdict, wanted, parts, at, actor)
    raise ChangedMeanwhile


def _queue(slug: str, otherwise: str = "") -> Queue:
    found = Queue.objects.filter(slug=slug).first()
    if found is not None:
        return found
    if slug in OWN_QUEUES:
        title_ko, title_en, weight = OWN_QUEUES[slug]
        return ensure_queue(slug=slug, title_ko=title_ko, title_en=title_en, weight=weight)
    if not otherwise:
        raise UnknownQueue(queue=slug)
    return _queue(otherwise)


def due(*, queue: Queue, since: datetime, otherwise: datetime | None = None) -> datetime | None:
    """Return by when work that waits ``since`` must be done in ``queue``; of two such moments the earlier."""
    promised = since + timedelta(hours=queue.hours) if queue.hours else None
    return min((moment for moment in (promised, otherwise) if moment), default=None)


def _open_case(item: Item) -> Case | None:
    """Lock and return the open case of an item; as everywhere, the work is locked before its case."""
    is_open = Case.objects.filter(item=item).exclude(state=Case.State.DECIDED)
    work = is_open.values_list("assignment_id", flat=True).first()
    if work is None:
        return None
    Assignment.objects.select_for_update().get(pk=work)
    return is_open.select_for_update(of=("self",)).select_related("assignment__queue").first()


def _opened(
    item: Item,
    version: Version | None,
    verdict: Verdict | None,
    queue: Queue,
    parts: list[Part],
    at: datetime,
    actor: Actor,
) -> Case:
    assignment = Assignment.objects.create(
        id=ids.new_id(),
        queue=queue,
        platform_id=item.platform_id,
        kind=Assignment.Kind.CASE,
        created_at=at,
        due_at=due(queue=queue, since=at),
        priority=stored(total(parts), at),
        priority_explained=[part.to_document() for part in parts],
    )
    case = Case.objects.create(
        id=ids.new_id(),
        code=ids.new_case_code(),
        item=item,
        version=version,
        verdict=verdict,
        assignment=assignment,
        opened_at=at,
    )
    write_text(case)
    body = {"queue": queue.slug, "platform": item.platform_id, "points": str(total(parts))}
    record([NewEntry("review.case.opened", f"case:{case.code}", actor, body)], at=at)
    return case


def _added(
    case: Case,
    version: Version | None,
    verdict: Verdict | None,
    queue: Queue,
    parts: list[Part],
    at: datetime,
    actor: Actor,
) -> Case:
    assignment = case.assignment
    is_new = version is not None and version.pk != case.version_id
    kept = ("urgent",) if is_new else ("urgent", "judge")
    parts = parts + [Part(**part) for part in assignment.priority_explained if part["label"] in kept]
    escalated = case.notes.filter(kind=Note.Kind.ESCALATED)
    if queue.weight > assignment.queue.weight and not escalated.exists():
        assignment.queue = queue
        assignment.due_at = due(queue=queue, since=case.opened_at, otherwise=assignment.due_at)
    if is_new:
        assignment.version += 1
    assignment.priority = stored(total(parts), assignment.created_at)
    assignment.priority_explained = [part.to_document() for part in parts]
    assignment.snoozed_until = None  # whatever is news wakes it
    assignment.save(
        update_fields=["queue", "due_at", "version", "priority", "priority_explained", "snoozed_until"]
    )
    case.version = version or case.version
    case.verdict = verdict or case.verdict
    case.save(update_fields=["version", "verdict"])
    if is_new:
        write_text(case)
    body = {"queue": assignment.queue_id, "points": str(total(parts))}
    record([NewEntry("review.case.added_to", f"case:{case.code}", actor, body)], at=at)
    return case


def _evidence(
    item: Item, queue: Queue, matched: Sequence[MatchedRule], reports: Mapping[str, Any], at: datetime
) -> Evidence:
    name, score = _strongest(matched)
    reach, speed, doubles_in = _reach(item, at)
    return Evidence(
        severity=_severity(item.platform_id, {rule.policy for rule in matched}, reports, at),
        queue_weight=queue.weight,
        strongest=score,
        strongest_name=name,
        asked=max((rule.proposes.priority for rule in matched), default=0, key=abs),
        reach=reach,
        reach_an_hour=speed,
        doubles_in=doubles_in,
        reports=int(reports.get("count") or 0),
        clusters=int(reports.get("clusters") or 0),
        right=int(reports.get("right") or 0),
        answered=int(reports.get("answered") or 0),
    )


def _severity(
    platform_id: str, matched: set[str], reports: Mapping[str, Any], at: datetime
) -> Severity | None:
    """The gravest of the policies whose rules matched, or else of those that reporters' reasons name."""
    pack = policies.in_force(platform_id, at)
    if pack is None:
        return None
    documents = [policies.document(version) for version in pack.versions.values()]
    reasons = {str(reason) for reason in reports.get("reasons") or ()}
    meant = [d for d in documents if d.policy in matched] or [d for d in documents if _names(d, reasons)]
    return max((d.severity for d in meant), key=_SEVERITIES.index, default=None)


def _names(document: PolicyDocument, reasons: set[str]) -> bool:
    return any(str(reason) in reasons for reason in document.report_reasons)


def _strongest(matched: Iterable[MatchedRule]) -> tuple[str, float]:
    read = [
        (name.removeprefix("signals."), float(value))
        for rule in matched
        for name, value in rule.reads.items()
        if name.startswith("signals.") and isinstance(value, int | float)
    ]
    return max(read, key=lambda pair: pair[1], default=("", 0.0))


def _reach(item: Item, at: datetime) -> tuple[int, float, float]:
    """Return how often the item was seen, how often an hour over the last day, and its doubling in hours."""
    samples = list(
        ReachSample.objects.filter(item=item, at__lte=at, at__gte=at - SPEED_OVER).order_by("-at")[:200]
    )
    if not samples:
        return _reach_told(item), 0.0, 0.0
    newest, oldest = samples[0], samples[-1]
    hours = (newest.at - oldest.at).total_seconds() / 3600
    if not hours or newest.views <= oldest.views:
        return newest.views, 0.0, 0.0
    doublings = math.log2(newest.views / oldest.views) if oldest.views else 0.0
    return newest.views, (newest.views - oldest.views) / hours, hours / doublings if doublings else 0.0


def _reach_told(item: Item) -> int:
    latest = Version.objects.filter(item=item).order_by("-occurred_at").first()
    told = json.loads(latest.attributes).get("reach", 0) if latest else 0
    return told if isinstance(told, int) else 0
