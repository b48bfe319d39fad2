"""What automations do by themselves, and what they only propose: each act is settled once.

``receive`` promises an act for every rule that might act alone. :func:`keep` settles what is due: it is
done through the one door, or put off while people look at a burst of audits or nobody is there, or
proposed to people, or only watched. The same transaction that decides draws the random audits. An act is
never lost: what is held is asked again, and what is not done is seen by people.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Container, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction

from sinmungo.apps.autonomy.errors import ActsHeld
from sinmungo.apps.autonomy.models import Act, Automation
from sinmungo.apps.autonomy.services import acting, evidence
from sinmungo.apps.base import actors, promise
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.enforcement.proposals import Proposal, Refusal
from sinmungo.core.kernel.words import ActionKind, PlatformMode
from sinmungo.journeys import decide
from sinmungo.journeys.guarding import drawing, look, proposing
from sinmungo.journeys.guarding.fates import BURST_AGAIN, Fate, Why, fates, target

T = TypeVar("T")
log = logging.getLogger(__name__)

#: Cases opened in one transaction: a wave must not keep all other writers waiting.
CASES_AT_ONCE = 50
LEASE = timedelta(minutes=2)


def keep(*, now: datetime, limit: int) -> int:
    """Settle up to ``limit`` acts that are due; returns how many were claimed."""
    due = promise.claim(Act, now=now, limit=limit, lease=LEASE)
    by_automation: dict[uuid.UUID, list[uuid.UUID]] = {}
    for act in due:
        by_automation.setdefault(act.automation_id, []).append(act.pk)
    for automation, acts in by_automation.items():
        _tried(automation, acts, now)
    return len(due)


def _tried(automation: uuid.UUID, acts: Sequence[uuid.UUID], now: datetime) -> None:
    """Settle acts of one automation; if that fails, each alone, so that one holds up no other."""
    try:
        _settled(automation, acts, now)
    except Exception as error:
        log.exception("acts were not settled")
        if len(acts) == 1:
            promise.failed(Act.objects.get(pk=acts[0]), now=now, error=_named(error))
            return
        for act in acts:
            _tried(automation, [act], now)


def _named(error: Exception) -> str:
    """Return the class and code of an error; never its words, which may quote an item."""
    return f"{type(error).__name__} {getattr(error, 'code', '')}".strip()


def _settled(wanted: uuid.UUID, keys: Sequence[uuid.UUID], now: datetime) -> None:
    automation = Automation.objects.select_related("platform").get(pk=wanted)
    acts = _owed(keys)
    new = {act.pk for act in acts if act.state == Act.State.WAITING}
    found = list(zip(acts, fates(acts, look.scene(automation, acts, at=now)), strict=True))
    for act, fate in found:
        act.state, act.why, act.level = fate.state, fate.why or "", automation.level
    held = [pair for pair in found if pair[1].state == Act.State.HELD]
    for pairs in _parts(held, CASES_AT_ONCE):
        _hold(automation, pairs, new, now)
    done = [act for act, fate in found if fate.state == Act.State.ACTED]
    for part in _parts(done, decide.LARGEST_BATCH):
        _act(automation, part, now)
    others = [act for act, fate in found if fate.state in (Act.State.PROPOSED, Act.State.WATCHED)]
    for part in _parts(others, CASES_AT_ONCE):
        _leave(automation, part, now)


def _owed(keys: Sequence[uuid.UUID]) -> list[Act]:
    """Return those acts that nobody settled meanwhile, oldest first."""
    rows = Act.objects.filter(pk__in=keys, done_at__isnull=True)
    rows = rows.select_related("item__author", "item__platform", "version__platform", "verdict")
    return list(rows.order_by("asked_at", "pk"))


def _lock(acts: Sequence[Act]) -> frozenset[uuid.UUID]:
    """Return those that nobody settled meanwhile; all acts of their verdicts stay locked until the end."""
    rows = Act.objects.filter(verdict__in={act.verdict_id for act in acts})
    locked = rows.select_for_update(no_key=True).order_by("pk").values_list("pk", "done_at")
    return frozenset(key for key, done_at in locked if done_at is None)


def _parts(things: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(things), most):
        yield things[start : start + most]


def _hold(
    automation: Automation, held: Sequence[tuple[Act, Fate]], new: Container[uuid.UUID], now: datetime
) -> None:
    """Put acts off; what else asks for people on their items is shown to them now."""
    by_reason: dict[tuple[str, datetime], list[Act]] = {}
    with transaction.atomic():
        owed = _lock([act for act, _ in held])
        for act, fate in held:
            if fate.until is not None and act.pk in owed:
                by_reason.setdefault((act.why, fate.until), []).append(act)
        for (why, until), acts in by_reason.items():
            acting.hold(acts, why=why, until=until)
        fresh = [act for acts in by_reason.values() for act in acts if act.pk in new]
        _show(automation, fresh, now)


def _act(automation: Automation, acts: Sequence[Act], now: datetime) -> None:
    """Do acts through the one door; whatever it refuses is for people, or held.

    Another guard may have done the same to the same account since it was looked at: under the automation's
    lock that is seen.
    """
    proposals = [proposing.proposal(act, automation) for act in acts]
    actor = actors.automation(automation.rule)
    with transaction.atomic():
        owed = _lock(acts)
        evidence.hold(automation.pk)
        stands = look.restricted(acts, ActionKind(automation.action), now)
        own = [pair for pair in zip(acts, proposals, strict=True) if pair[0].pk in owed]
        tried = [pair for pair in own if target(pair[0], ActionKind(automation.action)) not in stands]
        settled = _done_already(own, tried) + _decided(tried, now, actor)
        drawing.draw(automation, settled, at=now)
        _show(automation, settled, now)
        acting.settle(settled, at=now)


def _decided(tried: Sequence[tuple[Act, Proposal]], now: datetime, actor: actors.Actor) -> list[Act]:
    """Record what can be decided; return the acts that are settled by it, one way or the other."""
    results = decide.many([each for _, each in tried], actor=actor)
    settled: list[Act] = []
    for (act, _), result in zip(tried, results, strict=True):
        if isinstance(result, Decision):
            act.decision = result
        elif isinstance(result.error, ActsHeld):
            acting.hold([act], why=Why.BURST, until=now + BURST_AGAIN)
            continue
        else:
            _refused(act, result)
        settled.append(act)
    return settled


def _done_already(own: Sequence[tuple[Act, Proposal]], tried: Sequence[tuple[Act, Proposal]]) -> list[Act]:
    """Return the acts that need not be tried any more."""
    left = {act.pk for act, _ in tried}
    done = [act for act, _ in own if act.pk not in left]
    for act in done:
        act.state, act.why = Act.State.WATCHED, Why.ALREADY
    return done


def _refused(act: Act, refusal: Refusal) -> None:
    act.state, act.why = Act.State.PROPOSED, refusal.error.code.removeprefix("autonomy.")


def _leave(automation: Automation, acts: Sequence[Act], now: datetime) -> None:
    """Leave acts to people, or only watch: they count as evidence while the automation does not act."""
    with transaction.atomic():
        owed = _lock(acts)
        settled = [act for act in acts if act.pk in owed]
        drawing.draw(automation, settled, at=now)
        _show(automation, settled, now)
        acting.settle(settled, at=now)


def _show(automation: Automation, acts: Sequence[Act], now: datetime) -> None:
    if acts:
        mode, actor = PlatformMode(automation.platform.mode), actors.automation(automation.rule)
        proposing.show_to_people(acts, mode=mode, at=now, actor=actor)
