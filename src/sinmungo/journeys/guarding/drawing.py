"""Which acts are audited: chances that are known before anybody looks, and a draw by a keyed hash."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sinmungo.apps.autonomy.models import Act, Automation
from sinmungo.apps.autonomy.queries import acting as queries
from sinmungo.apps.autonomy.services import shifts
from sinmungo.apps.base.chance import chance
from sinmungo.core.kernel.words import Level
from sinmungo.core.policy import ACTING
from sinmungo.core.trust import sampling
from sinmungo.journeys.guarding.fates import Why

#: Audits an hour of an automation: so many where there are people for it, and never fewer while it acts
#: (dueprocess B5, lesson 5). One that does not act yet gets what is left, and at least one.
AUDITS, LEAST_ACTING, LEAST_WATCHED = 10.0, 5.0, 1.0


def draw(automation: Automation, acts: Sequence[Act], *, at: datetime) -> None:
    """Write into acts with what probability each is audited, its weight, and whether it is.

    In canary everything that is done is audited. So is what comes first in an hour, until its floor is
    reached: what does little is looked at as often as what does much. What a person decides
    instead, while the automation acts or is suspended, is not drawn: it is no sample of what it does.
    """
    asked = [act for act in acts if _is_of_the_sample(automation, act)]
    floor = LEAST_ACTING if automation.level in ACTING else LEAST_WATCHED
    first = max(int(floor) - queries.drawn(automation, at=at), 0) if asked else 0
    for act in asked[:first]:
        act.propensity, act.weight, act.drawn = 1.0, 1.0, True
    if len(asked) > first:
        _draw_by_plan(automation, asked[first:], at)


def _draw_by_plan(automation: Automation, asked: Sequence[Act], at: datetime) -> None:
    kinds = [sampling.Kind(act.stratum, act.cluster) for act in asked]
    share = share_of(automation, at=at)
    mix = queries.mix(automation, at=at) if share < 1.0 else {}
    known = {sampling.Kind(*kind): count for kind, count in mix.items()}
    for act, found in zip(asked, sampling.propensities(kinds, mix=known, share=share), strict=True):
        act.propensity, act.weight = found.propensity, found.weight
        act.drawn = sampling.draw(found.propensity, chance(act.pk.bytes, "audit"))


def audits_per_hour(automation: Automation, *, at: datetime) -> float:
    """Return how many audits an hour an automation gets of its platform's one budget.

    While nobody is there, those of the next shift are spread over the hours until it ends.
    """
    budget = _budget(automation, at)
    acting, watched = queries.active(automation.platform, at=at)
    each = min(AUDITS, max(LEAST_ACTING, budget / max(acting, 1)))
    if automation.level in ACTING:
        return each
    return min(AUDITS, max(LEAST_WATCHED, (budget - acting * each) / max(watched, 1)))


def _budget(automation: Automation, at: datetime) -> float:
    platform = automation.platform
    following = None if shifts.is_staffed(platform, at) else shifts.next_shift(platform, at)
    if following is None:
        return shifts.audits_to_come(platform, at, 1.0)
    return following.audits / ((following.ends - at).total_seconds() / 3600)


def share_of(automation: Automation, *, at: datetime) -> float:
    """Return the share of its acts that makes the audits an hour that it gets; in canary all."""
    if automation.level == Level.CANARY:
        return 1.0
    per_hour = queries.acts_per_hour(automation, at=at)
    return min(1.0, audits_per_hour(automation, at=at) / per_hour) if per_hour > 0.0 else 1.0


def _is_of_the_sample(automation: Automation, act: Act) -> bool:
    if automation.level in ACTING:
        return act.state == Act.State.ACTED
    return automation.level != Level.SUSPENDED and act.why in (Why.LEVEL, Why.PLATFORM)
