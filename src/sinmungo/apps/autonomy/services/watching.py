"""The watch over automations: each stands where its evidence puts it, and one that fails stops at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from sinmungo.apps.autonomy import errors_audits as errors
from sinmungo.apps.autonomy.errors import NotEarned
from sinmungo.apps.autonomy.models import Act, Automation, Epoch, LevelChange
from sinmungo.apps.autonomy.queries import evidence as queries
from sinmungo.apps.autonomy.queries import labels as label_queries
from sinmungo.apps.autonomy.queries.labels import Labels
from sinmungo.apps.autonomy.services import automations, bursting, evidence, incidents
from sinmungo.apps.autonomy.weighing import Weighed
from sinmungo.apps.base import ids
from sinmungo.apps.base.actors import SYSTEM, Actor
from sinmungo.apps.items.models import Platform
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.words import Level
from sinmungo.core.trust import levels
from sinmungo.core.trust.levels import Evidence, Reason, Step

#: Why an automation stopped that did not fail itself: those beside it did, all together.
PLATFORM_TRIPPED = "platform_tripped"
_HOUR = timedelta(hours=1)
_LADDER = (Level.SHADOW, Level.ASSIST, Level.CANARY, Level.AUTO)
_ABOVE = {level: _LADDER[place + 1 :] for place, level in enumerate(_LADDER)} | {Level.SUSPENDED: ()}


@transaction.atomic
def judge(
    *, automation: Automation, at: datetime, actor: Actor = SYSTEM, is_asked: bool = False
) -> Automation:
    """Put an automation where its evidence puts it, and tend its burst; return it as it is then.

    What a person lowered rises only when a person asks (``is_asked``, or a member of staff is the actor).

    A trip suspends it before the transaction of the label that tripped it ends, and opens the incident of
    whatever it had done by itself. Only audits and the share of overturned appeals move a level; how much
    is done, and how many appeals there are, never do.
    """
    row = evidence.hold(automation.pk)
    epoch = queries.epoch_now(row)
    if epoch is None or row.level == Level.SUSPENDED:
        bursting.end(automation=row, at=at)
        return row
    weighed = queries.weighed(epoch, row, at)
    if weighed.breaker.tripped:
        return _trip(row, epoch, weighed, at, actor)
    found = label_queries.labels(epoch, at)
    known = _known(epoch, weighed, found, at)
    step = _step(row, known, found)
    is_kept_down = row.reason == Reason.BY_PERSON and not (is_asked or actor.kind == "staff")
    if step.level != row.level and not (is_kept_down and step.level in _ABOVE[Level(row.level)]):
        row = automations.change_level(
            automation=row, to=step.level, reason=step.reason, evidence=_told(known), actor=actor, at=at
        )
    bursting.tend(automation=row, epoch=epoch, breaker=weighed.breaker, at=at)
    return row


@transaction.atomic
def judge_platform(*, platform: Platform, at: datetime, actor: Actor = SYSTEM) -> list[Automation]:
    """Stop every automation of a platform when all together they have failed; return those stopped.

    That is so when the mean of all their R reaches the threshold (B5.7; a mean of detectors is one, so it
    errs as seldom), and more than one rule has tripped: one bad rule is stopped by its own breaker. One
    that tripped counts with its R at that moment.
    """
    rows = _locked(platform)
    epochs = {row.pk: epoch for row in rows if (epoch := queries.epoch_now(row)) is not None}
    told = [_r(row, epochs[row.pk]) for row in rows if row.pk in epochs]
    tripped = {row.rule for row in rows if row.level == Level.SUSPENDED}
    if len(tripped) < 2 or not told or sum(told) / len(told) < _threshold(epochs.values()):
        return []
    running = [row for row in rows if row.level != Level.SUSPENDED and row.pk in epochs]
    return [_stop(row, epochs[row.pk], sum(told) / len(told), at, actor) for row in running]


@transaction.atomic
def ask_higher(*, automation: Automation, actor: Actor, at: datetime) -> Automation:
    """Let an automation rise one level now if its evidence allows it, as the watch would do by itself.

    Raises RoleLacks, and NotEarned where the evidence does not allow it.
    """
    staff.require_actor(actor, Permission.SET_AUTOMATIONS, automation.platform_id)
    before = evidence.hold(automation.pk)
    row = judge(automation=before, at=at, actor=actor, is_asked=True)
    if row.level not in _ABOVE[Level(before.level)]:
        raise NotEarned
    return row


@transaction.atomic
def begin_again(*, automation: Automation, actor: Actor, at: datetime) -> Automation:
    """Let a stopped automation try again from the beginning: a new epoch, in shadow, without evidence.

    Every such try makes it harder to earn autonomy (``queries.evidence.alpha_of``). Raises RoleLacks, and
    NotSuspended for one that was not stopped.
    """
    staff.require_actor(actor, Permission.SET_AUTOMATIONS, automation.platform_id)
    row = evidence.hold(automation.pk)
    epoch = queries.epoch_now(row)
    if row.level != Level.SUSPENDED or epoch is None:
        raise errors.NotSuspended
    epoch.ended_at = at
    epoch.save(update_fields=["ended_at"])
    begun = Epoch.objects.create(
        id=ids.new_id(),
        automation=row,
        number=epoch.number + 1,
        digest=epoch.digest,
        executes=epoch.executes,
        began_at=at,
    )
    body = {**_about(row), "epoch": begun.number, "digest": begun.digest}
    record([NewEntry("autonomy.epoch.began", f"automation:{row.pk.hex}", actor, body)], at=at)
    return automations.change_level(
        automation=row, to=Level.SHADOW, reason=Reason.NEW_EPOCH, evidence={}, actor=actor, at=at
    )


def would_be(*, automation: Automation, at: datetime) -> Step:
    """Return the level that the evidence of now would put an automation at, and why; changes nothing."""
    epoch = queries.epoch_now(automation)
    if epoch is None:
        return Step(Level.SHADOW, Reason.NEW_EPOCH)
    found = label_queries.labels(epoch, at)
    return _step(automation, _known(epoch, queries.weighed(epoch, automation, at), found, at), found)


def _known(epoch: Epoch, weighed: Weighed, found: Labels, at: datetime) -> Evidence:
    hours = max((at - epoch.began_at) / _HOUR, weighed.at)
    return Evidence(
        bound=weighed.record.bound(queries.alpha_of(epoch), hours),
        labels=weighed.record.labels(hours),
        recent_labels=found.recent,
        recent_hours=found.acted_hours,
        label_age_p95_minutes=found.age_p95,
        evidence_age_days=found.age_days,
        is_active=found.is_active,
        r=weighed.breaker.r,
        tripped=weighed.breaker.tripped,
        all_audited=found.all_audited,
    )


def _step(row: Automation, known: Evidence, found: Labels) -> Step:
    """Return the step that the evidence allows; nothing begins to act alone while nobody looks."""
    level = Level(row.level)
    step = levels.next_level(level, ceiling=Level(row.ceiling), target=row.target, evidence=known)
    if level is not Level.ASSIST or step.level is not Level.CANARY:
        return step
    hours = max(found.looked_hours, levels.LEAST_HOURS)
    if levels.are_too_few(found.recent, hours) and not found.all_looked_at:
        return Step(level, Reason.TOO_FEW_LABELS)
    if found.age_p95 > levels.MOST_LABEL_AGE_MINUTES:
        return Step(level, Reason.LABELS_TOO_OLD)
    return step


def _trip(row: Automation, epoch: Epoch, weighed: Weighed, at: datetime, actor: Actor) -> Automation:
    """Stop an automation that failed; what it did alone becomes an incident."""
    bursting.end(automation=row, at=at)
    told = {"r": weighed.breaker.r, "labels": weighed.labels, "wrong": weighed.wrong, "seq": weighed.seq}
    row = automations.change_level(
        automation=row, to=Level.SUSPENDED, reason=Reason.TRIPPED, evidence=told, actor=actor, at=at
    )
    body = {**_about(row), "epoch": epoch.number, "seq": weighed.seq, "r": f"{weighed.breaker.r:.6g}"}
    record([NewEntry("autonomy.tripped", f"automation:{row.pk.hex}", actor, body)], at=at)
    if Act.objects.filter(epoch=epoch, state=Act.State.ACTED).exists():
        incidents.open_for_trip(
            automation=row,
            epoch=epoch,
            breaker=weighed.breaker,
            audits_per_hour=label_queries.audits_an_hour(epoch, at),
            at=at,
        )
    return row


def _stop(row: Automation, epoch: Epoch, mean: float, at: datetime, actor: Actor) -> Automation:
    bursting.end(automation=row, at=at)
    body = {**_about(row), "epoch": epoch.number, "mean": f"{mean:.6g}"}
    record([NewEntry("autonomy.platform.tripped", f"automation:{row.pk.hex}", actor, body)], at=at)
    return automations.change_level(
        automation=row,
        to=Level.SUSPENDED,
        reason=PLATFORM_TRIPPED,
        evidence={"mean": mean},
        actor=actor,
        at=at,
    )


def _locked(platform: Platform) -> list[Automation]:
    rows = Automation.objects.select_for_update(no_key=True).filter(platform=platform)
    return list(rows.order_by("pk"))


def _r(row: Automation, epoch: Epoch) -> float:
    """Return R of an automation; of one that tripped, R when it did."""
    trips = LevelChange.objects.filter(automation=row, epoch=epoch, reason=Reason.TRIPPED)
    tripped = trips.order_by("-at").first()
    if tripped is not None:
        return float(tripped.evidence["r"])
    state = queries.state_of(epoch)
    return state.r if state is not None else 0.0


def _threshold(epochs: Iterable[Epoch]) -> float:
    """Return the highest threshold of the breakers of these epochs."""
    found = [breaker.settings.threshold for epoch in epochs if (breaker := queries.breaker_of(epoch))]
    return max(found, default=100.0)


def _told(known: Evidence) -> dict[str, float]:
    return {
        "bound": known.bound,
        "labels": known.labels,
        "recent_labels": known.recent_labels,
        "recent_hours": known.recent_hours,
        "label_age_p95_minutes": known.label_age_p95_minutes,
        "r": known.r,
    }


def _about(row: Automation) -> dict[str, str | int]:
    return {"rule": row.rule, "action": str(row.action), "platform": row.platform_id}
