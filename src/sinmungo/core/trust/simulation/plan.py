"""One path of a simulation: what is asked, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sinmungo.core.trust.breaker import Settings
from sinmungo.core.trust.detector import MONTH_HOURS
from sinmungo.core.trust.simulation.staffing import DAY, WEEK, Staffing
from sinmungo.core.trust.simulation.stream import Watch, World

WARM_UP_HOURS = 72.0
#: Multiples of it, less the whole, lie evenly in 0 to 1 however many there are.
_GOLDEN = (5.0**0.5 - 1.0) / 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tried: a world, who watches it, the breaker's settings, and for how many hours at most.

    With ``hold`` new acts wait while a burst is looked at and, where nobody audits at night, until
    somebody is there again. Times count from the beginning.
    """

    world: World
    watch: Watch
    settings: Settings
    alpha: float = 0.01
    hold: bool = False
    hours: float = WARM_UP_HOURS + MONTH_HOURS


@dataclass(frozen=True, slots=True)
class Path:
    """What happened on one path.

    ``hours`` lie between the change (where nothing changes, the beginning) and the stop, or the end of the
    plan if it was not stopped; ``wrong`` acts took effect in them. ``early`` says that it was stopped before
    the change. Over the whole path ``reviews`` were asked for by ``bursts``, acts waited for ``held`` hours,
    and ``lapses`` times the levels sent it back to people for want of fresh audits (the path goes on as if
    they had not, so ``wrong`` is no smaller for it). ``onset`` is how many hours after the change the
    window of the incident begins, negative where it begins before; None where there is none.
    """

    stopped: bool
    early: bool
    hours: float
    wrong: int
    bursts: int
    reviews: int
    held: float
    lapses: int
    onset: float | None


def wave(plan: Plan, precision: float, *, surge: bool = False, run: int = 0) -> Plan:
    """Return the plan with a fall of the precision after three days, and a month to notice it.

    The falls of many runs are spread evenly over the hours of the day; with office staff, of the week.
    """
    lasts = DAY if plan.watch.staffing is Staffing.ALWAYS else WEEK
    change = WARM_UP_HOURS + lasts * (run * _GOLDEN % 1.0)
    world = replace(plan.world, precision_after=precision, surge=surge, change_at=change)
    return replace(plan, world=world, hours=change + MONTH_HOURS)


def calm(plan: Plan) -> Plan:
    """Return the plan for a month in which nothing changes."""
    return replace(plan, world=replace(plan.world, change_at=None), hours=MONTH_HOURS)
