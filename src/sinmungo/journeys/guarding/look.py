"""What is known of an automation and its due acts, looked up in a handful of queries."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from sinmungo.apps.autonomy.models import Act, Automation, Burst, Epoch
from sinmungo.apps.autonomy.queries import acting as queries
from sinmungo.apps.autonomy.services import shifts
from sinmungo.apps.base.chance import chance
from sinmungo.apps.enforcement.models import Decision, Restriction
from sinmungo.apps.review.models import Case
from sinmungo.core.kernel.words import ActionKind, DecisionSource, Level, PlatformMode
from sinmungo.core.policy import ACTING
from sinmungo.journeys.guarding.drawing import share_of
from sinmungo.journeys.guarding.fates import Scene, is_canary, target


def scene(automation: Automation, acts: Sequence[Act], *, at: datetime) -> Scene:
    """Return what decides the fates of ``acts``, all of one automation."""
    level, action = Level(automation.level), ActionKind(automation.action)
    epoch = Epoch.objects.filter(automation=automation, ended_at__isnull=True)
    made = Scene(
        level=level,
        action=action,
        epoch=epoch.values_list("pk", flat=True).first(),
        mode=PlatformMode(automation.platform.mode),
        at=at,
        room=0,
        is_burst=False,
        shift_begins=None,
        audits_left=None,
        share=1.0,
        sheltered=frozenset(),
        with_people=frozenset(),
    )
    if level in ACTING:
        _add_what_acting_needs(made, automation, acts)
    return made


def with_people(acts: Sequence[Act]) -> frozenset[uuid.UUID]:
    """Return the items that people have in hand, saw under these verdicts, or have decided on."""
    judged = {act.item_id: act.verdict.at for act in acts}
    found: set[uuid.UUID] = set()
    cases = Case.objects.filter(item__in=list(judged)).values_list("item_id", "state", "verdict__at")
    for item, state, verdict_at in cases:
        if state != Case.State.DECIDED or (verdict_at is not None and verdict_at >= judged[item]):
            found.add(item)
    decided = Decision.objects.filter(item_version__in=[act.version_id for act in acts])
    found.update(decided.exclude(source=DecisionSource.AUTOMATION).values_list("item_id", flat=True))
    return frozenset(found)


def _add_what_acting_needs(made: Scene, automation: Automation, acts: Sequence[Act]) -> None:
    at = made.at
    made.room = queries.room(automation, at=at)
    made.is_burst = Burst.objects.filter(automation=automation, done_at__isnull=True).exists()
    made.sheltered = queries.sheltered([key for act in acts for key in (act.account_id, act.item_id)], at=at)
    made.with_people = with_people(acts)
    made.restricted = restricted(acts, made.action, at)
    made.canaries = frozenset(act.pk for act in acts if is_canary(chance(act.pk.bytes, "canary")))
    _add_shift(made, automation)


def _add_shift(made: Scene, automation: Automation) -> None:
    """Out of hours, harsh actions wait; others go on as far as the next shift can audit what was drawn."""
    platform = automation.platform
    if shifts.is_staffed(platform, made.at):
        return
    following = shifts.next_shift(platform, made.at)
    if following is not None:
        made.shift_begins = following.begins
        made.share = share_of(automation, at=made.at)
        made.audits_left = following.audits - queries.not_audited(platform, at=made.at)


def restricted(acts: Sequence[Act], action: ActionKind, at: datetime) -> set[uuid.UUID]:
    """Return those of what the acts fall on where the action stands already."""
    wanted = {target(act, action) for act in acts}
    rows = Restriction.objects.filter(item__in=wanted, kind=action, standing=True)
    lasting = rows.filter(Q(ends__isnull=True) | Q(ends__gt=at))
    return set(lasting.values_list("item_id", flat=True))
