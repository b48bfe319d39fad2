"""Proposing, counting, confirming and steering a restoration; the batches themselves are ``restoring``'s.

Two people restore: one proposes and sees what would happen, another confirms exactly that. Where harm may
be severe people look at a random sample first, and whoever they find rightly decided is left as it is.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from sinmungo.apps.autonomy import errors_restorations as errors
from sinmungo.apps.autonomy.models import (
    Act,
    Affected,
    Audit,
    Automation,
    Incident,
    IncidentEntry,
    Restoration,
    RestorationBatch,
)
from sinmungo.apps.autonomy.queries import restorable, sampled
from sinmungo.apps.autonomy.services import incidents, laying, timeline
from sinmungo.apps.autonomy.services.affected import Change, set_states
from sinmungo.apps.base import ids, rows
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.ledger.kinds import Plain
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.merkle.canonical import canonical

MAX_AUTOMATIONS = 100
#: How many of an incident people look at first where harm may be severe.
SAMPLE = 20
#: People in one batch: as many as pass the one door at once.
BATCH = 200

State = Restoration.State
_UNDER_WAY = (State.DRAFT, State.SAMPLING, State.READY, State.RUNNING, State.PAUSED)
_BATCH_COLUMNS = ("restoration_id", "number", "members", "stage", "due_at", "attempts", "last_error")


@dataclass(frozen=True, slots=True)
class Counts:
    """What a restoration would do: ``left_out`` counts by the code of why.

    ``sample_right`` are those of the sample whom people found rightly decided; they are upheld.
    """

    to_restore: int
    already: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    sample_size: int = 0
    sample_right: int = 0
    last_place: int = 0

    @property
    def in_all(self) -> int:
        """How many still waited when it was counted."""
        return self.to_restore + self.already + sum(self.left_out.values())


def propose(
    *,
    incident: Incident,
    automations: Sequence[Automation],
    window_from: datetime,
    window_to: datetime,
    user: User,
    at: datetime,
) -> Restoration:
    """Propose to take back what ``automations`` decided between the two moments; needs RESTORE.

    Where harm may be severe it begins with a random sample that people look at. Raises RestoringAlready,
    NobodyToRestore, NotToBeSampled, and IncidentOver for an incident that was closed.
    """
    staff.require(user, Permission.RESTORE, incident.platform_id)
    if window_to <= window_from:
        raise errors.RestorationWindow
    chosen = {each.pk for each in automations if each.platform_id == incident.platform_id}
    if not 0 < len(chosen) <= MAX_AUTOMATIONS or len(chosen) < len(automations):
        raise errors.NothingChosen(limit=MAX_AUTOMATIONS)
    with transaction.atomic():
        row = timeline.locked(incident)
        if row.restorations.filter(state__in=_UNDER_WAY).exists():
            raise errors.RestoringAlready
        waiting = _waiting(restorable.chosen(row, chosen, window_from, window_to))
        if not waiting.exists():
            raise errors.NobodyToRestore
        sample = _drawn(waiting) if restorable.is_severe(waiting, row) else []
        made = Restoration.objects.create(
            id=ids.new_id(),
            incident=row,
            platform_id=row.platform_id,
            automations=sorted(str(each) for each in chosen),
            window_from=window_from,
            window_to=window_to,
            state=State.SAMPLING if sample else State.DRAFT,
            sample_size=len(sample),
            proposed_by=user,
            proposed_at=at,
        )
        if sample:
            laying.lay(acts=sample, kind=Audit.Kind.RESTORATION, at=at)
        _tell(made, "proposed", staff.actor_of(user), at, {"sample": len(sample)})
    return made


def dry_run(*, restoration: Restoration, user: User, at: datetime) -> Counts:
    """Count who would be restored, and keep the digest that the confirmation must name; changes nobody.

    Only those whom the sample found rightly decided are settled by it: they are upheld. Raises SampleWaits
    while the sample is being looked at, and WrongState once it was confirmed.
    """
    staff.require(user, Permission.RESTORE, restoration.platform_id)
    with transaction.atomic():
        row = _locked(restoration, State.DRAFT, State.SAMPLING, State.READY)
        sample = sampled.sample(row)
        if sample.waits:
            raise errors.SampleWaits(count=sample.waits)
        _uphold(sample.right, at)
        found = _sorted(row, at)
        counts = _counted(found, row.sample_size, len(sample.right))
        row.counts, row.digest, row.state = asdict(counts), _digest(row, found), State.READY
        row.save(update_fields=["counts", "digest", "state"])
        _tell(row, "counted", staff.actor_of(user), at, _facts(counts) | {"digest": row.digest})
    return counts


def confirm(*, restoration: Restoration, user: User, digest: str, at: datetime) -> Restoration:
    """Begin what another person proposed: exactly what the dry run with ``digest`` showed; needs RESTORE.

    Raises SecondPersonNeeded for the one who proposed it, SetChanged when somebody joined, was restored or
    stands otherwise since the dry run. What is left out or right already is written down at once.
    """
    staff.require(user, Permission.RESTORE, restoration.platform_id)
    with transaction.atomic():
        incident = timeline.locked(restoration.incident)
        row = _locked(restoration, State.READY)
        if user.pk == row.proposed_by_id:
            raise errors.SecondPersonNeeded
        found = _sorted(row, at)
        if not digest or digest != row.digest or digest != _digest(row, found):
            raise errors.SetChanged
        row.state, row.confirmed_by, row.confirmed_at = State.RUNNING, user, at
        row.save(update_fields=["state", "confirmed_by", "confirmed_at"])
        _write_down(found, at)
        _deal(row, found.to_restore, at)
        if incident.state == Incident.State.OPEN:
            incidents.restoring(incident=incident, actor=staff.actor_of(user), at=at)
        counts = _counted(found, row.sample_size, 0)
        _tell(row, "confirmed", staff.actor_of(user), at, _facts(counts) | {"digest": row.digest})
        if not found.to_restore:
            end(row, actor=staff.actor_of(user), at=at)
    return row


def pause(*, restoration: Restoration, user: User, at: datetime) -> Restoration:
    """Begin no further batch until it is resumed; a batch under way ends."""
    return _steer(restoration, user, at, "paused", State.RUNNING, to=State.PAUSED)


def resume(*, restoration: Restoration, user: User, at: datetime) -> Restoration:
    """Go on with what was paused."""
    return _steer(restoration, user, at, "resumed", State.PAUSED, to=State.RUNNING)


def cancel(*, restoration: Restoration, user: User, at: datetime) -> Restoration:
    """Stop for good: who is restored stays so and is read back, the others wait for another restoration."""
    staff.require(user, Permission.RESTORE, restoration.platform_id)
    with transaction.atomic():
        row = _locked(restoration, *_UNDER_WAY)
        row.state, row.ended_at = State.CANCELLED, at
        row.save(update_fields=["state", "ended_at"])
        begun = (RestorationBatch.Stage.READ_BACK, RestorationBatch.Stage.DONE)
        # what is being decided, or was when its process was killed, is still to be written down
        decided = Q(stage=RestorationBatch.Stage.RESTORE, claimed_until__isnull=False)
        row.batches.exclude(Q(stage__in=begun) | decided).update(done_at=at, claimed_until=None)
        _tell(row, "cancelled", staff.actor_of(user), at, {})
    return row


def end(row: Restoration, *, actor: Actor, at: datetime) -> None:
    """End a restoration whose every batch is done; call inside the transaction that did the last one."""
    row.state, row.ended_at = State.DONE, at
    row.save(update_fields=["state", "ended_at"])
    taken = restorable.taken_by(row).order_by().values_list("state", flat=True)
    numbers = dict.fromkeys(Affected.State.values, 0)
    for state in taken:
        numbers[state] += 1
    _tell(row, "ended", actor, at, numbers)


def _steer(
    restoration: Restoration, user: User, at: datetime, done: str, before: State, *, to: State
) -> Restoration:
    staff.require(user, Permission.RESTORE, restoration.platform_id)
    with transaction.atomic():
        row = _locked(restoration, before)
        row.state = to
        row.save(update_fields=["state"])
        _tell(row, done, staff.actor_of(user), at, {})
    return row


def _locked(restoration: Restoration, *states: State) -> Restoration:
    row = (
        Restoration.objects.select_for_update(of=("self",)).select_related("incident").get(pk=restoration.pk)
    )
    if row.state not in states:
        raise errors.WrongState(state=row.state)
    return row


def _waiting(chosen: QuerySet[Affected]) -> QuerySet[Affected]:
    return chosen.filter(state=Affected.State.WAITING, answer__isnull=True)


def _drawn(waiting: QuerySet[Affected]) -> list[Act]:
    """Draw a random sample of acts that nobody has audited, as equally as the system's randomness can.

    Where people have audited every one already, nothing is left to draw.
    """
    acts = Act.objects.filter(pk__in=waiting.values("act"))
    found = list(acts.filter(audits__isnull=True).order_by("pk").values_list("pk", flat=True))
    if not found and not acts.exists():
        raise errors.NotToBeSampled
    drawn = secrets.SystemRandom().sample(found, min(SAMPLE, len(found)))
    return list(Act.objects.filter(pk__in=drawn).select_related("automation", "version", "item"))


def _uphold(right: Sequence[int], at: datetime) -> None:
    still = Affected.objects.filter(pk__in=right, state=Affected.State.WAITING, answer__isnull=True)
    upheld = [Change(pk, Affected.State.UPHELD, "sample") for pk in still.values_list("pk", flat=True)]
    set_states(rows=upheld, at=at)


def _sorted(row: Restoration, at: datetime) -> restorable.Sorted:
    chosen = restorable.chosen_by(row)
    return restorable.sort_out(chosen, beside=chosen, at=at)


def _counted(found: restorable.Sorted, sample_size: int, sample_right: int) -> Counts:
    left_out: dict[str, int] = {}
    for why in found.left_out.values():
        left_out[why] = left_out.get(why, 0) + 1
    return Counts(
        to_restore=len(found.to_restore),
        already=len(found.already),
        left_out=dict(sorted(left_out.items())),
        sample_size=sample_size,
        sample_right=sample_right,
        last_place=found.last_place,
    )


def _digest(row: Restoration, found: restorable.Sorted) -> str:
    """Return the SHA-256 of exactly who would be restored, who not and why."""
    document: dict[str, Any] = {
        "restoration": row.pk.hex,
        "to_restore": sorted(found.to_restore),
        "already": sorted(found.already),
        "left_out": [[pk, why] for pk, why in sorted(found.left_out.items())],
    }
    return hashlib.sha256(canonical(document)).hexdigest()


def _write_down(found: restorable.Sorted, at: datetime) -> None:
    changes = [Change(pk, Affected.State.ALREADY, why, answer) for pk, (why, answer) in found.already.items()]
    changes += [Change(pk, Affected.State.LEFT_OUT, why) for pk, why in found.left_out.items()]
    set_states(rows=changes, at=at)


def _deal(row: Restoration, members: Sequence[int], at: datetime) -> None:
    """Write the batches, each a promise that is due now; the first of them holds who must go first."""
    parts: list[Sequence[int]] = [members[start : start + BATCH] for start in range(0, len(members), BATCH)]
    ask = RestorationBatch.Stage.ASK
    dealt = [(row.pk, number, list(part), ask, at, 0, "") for number, part in enumerate(parts, 1)]
    rows.insert_values(RestorationBatch, _BATCH_COLUMNS, dealt)


def _facts(counts: Counts) -> dict[str, Plain]:
    left_out = sum(counts.left_out.values())
    return {"to_restore": counts.to_restore, "already": counts.already, "left_out": left_out}


def _tell(row: Restoration, done: str, actor: Actor, at: datetime, facts: Mapping[str, Plain]) -> None:
    """Write a line of the incident's timeline and the ledger's entry."""
    IncidentEntry.objects.create(
        incident_id=row.incident_id, kind=f"restoration_{done}", facts=dict(facts), by=str(actor), at=at
    )
    subject = f"restoration:{row.pk.hex}"
    body = {"incident": row.incident.code, **facts}
    record([NewEntry(f"autonomy.restoration.{done}", subject, actor, body)], at=at)
