"""What an automation does and what comes of it, drawn: right and wrong acts, audits, appeals.

Times are hours since the simulation began. Everything is drawn a stretch at a time in bulk, so that a month
of a thousand acts an hour takes a fraction of a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.trust.simulation.staffing import Hours, Staffing, after_work, answered

Flags = NDArray[np.bool_]

#: How long an audit and the hearing of an appeal take somebody.
LOOK_HOURS: Final = 0.5
WRONG_APPEALED: Final = 0.30
RIGHT_APPEALED: Final = 0.05
APPEAL_DELAY_HOURS: Final = 12.0
CAMPAIGN_HOURS: Final = 48.0
#: The rate of acts is looked at so often.
COUNTS_AN_HOUR: Final = 60


class Kind(IntEnum):
    """What happened: an audit was answered, an appeal was decided, a minute ended."""

    AUDIT = 0
    APPEAL = 1
    MINUTE = 2


@dataclass(frozen=True, slots=True)
class World:
    """What the automation meets; the defaults are the published streams' (S1, with ``surge`` S2).

    From hour ``change_at`` on (None: never) its precision is ``precision_after``. Without ``surge`` the acts
    stay as many; with it the right ones stay and the wrong ones come on top. ``rate_cv`` is the coefficient
    of variation of the hourly rate around what is usual; ``campaign`` times as many appeals are decided
    for 48 hours from hour ``campaign_at`` on, as right and wrong as ever.
    """

    acts_per_hour: float = 1000.0
    precision_before: float = 0.97
    precision_after: float = 0.40
    change_at: float | None = None
    surge: bool = False
    rate_cv: float = 0.0
    campaign: float = 1.0
    campaign_at: float = 0.0

    def rates(self, hours: Hours) -> tuple[Hours, Hours]:
        """Return for each hour the rates of right and of wrong acts."""
        usual = self.acts_per_hour
        right = np.full(len(hours), usual * self.precision_before)
        wrong = np.full(len(hours), usual * (1.0 - self.precision_before))
        if self.change_at is None:
            return right, wrong
        changed = hours >= self.change_at
        if self.surge:
            wrong[changed] = right[changed] * (1.0 / self.precision_after - 1.0)
        else:
            right[changed] = usual * self.precision_after
            wrong[changed] = usual * (1.0 - self.precision_after)
        return right, wrong


@dataclass(frozen=True, slots=True)
class Watch:
    """How the automation is looked at: how many random audits, by whom, how well.

    ``auditor_error`` is the probability with which a right act is called wrong.
    """

    audits_per_hour: float = 10.0
    staffing: Staffing = Staffing.ALWAYS
    auditor_error: float = 0.0

    def share(self, world: World) -> float:
        """Return the probability with which an act is drawn: all, where there are few."""
        return min(1.0, self.audits_per_hour / world.acts_per_hour)


@dataclass(frozen=True, slots=True)
class Acts:
    """Acts of a stretch in their order: when, whether wrong, whether drawn for a random audit."""

    at: Hours
    wrong: Flags
    drawn: Flags


@dataclass(frozen=True, slots=True)
class Events:
    """What became known, in its order; ``x`` is the label or the count, ``of`` when the act was."""

    at: Hours
    kind: NDArray[np.int8]
    x: Hours
    of: Hours


NOTHING: Final = Events(np.empty(0), np.empty(0, np.int8), np.empty(0), np.empty(0))


class Stream:
    """Draws one path, a stretch after another; ``random`` alone decides what happens."""

    def __init__(self, world: World, watch: Watch, random: np.random.Generator) -> None:
        self._world = world
        self._watch = watch
        self._random = random
        self._now = 0.0
        self._free_at = 0.0
        self._later = NOTHING

    def until(self, end: float) -> tuple[Acts, Events]:
        """Return the acts from where the last stretch ended, and what becomes known in it.

        What becomes known only after ``end`` comes with a later stretch. Stretches are whole hours.
        """
        acts = self._acts(end)
        parts = (
            self._later,
            self._audits(acts),
            self._appeals(acts),
            self._old_cases(end),
            self._minutes(acts, end),
        )
        events = _in_order(parts)
        known = events.at < end
        self._later = _only(events, ~known)
        self._now = end
        return acts, _only(events, known)

    def _acts(self, end: float) -> Acts:
        edges = np.arange(self._now, end + 0.5)
        change = self._world.change_at
        if change is not None and self._now < change < end:
            edges = np.unique(np.append(edges, change))
        begins, lasts = edges[:-1], np.diff(edges)
        right, wrong = (rate * lasts * self._factors(len(lasts)) for rate in self._world.rates(begins))
        return self._placed(begins, lasts, self._random.poisson(right), self._random.poisson(wrong))

    def _factors(self, count: int) -> Hours:
        cv = self._world.rate_cv
        if not cv:
            return np.ones(count)
        return self._random.gamma(cv**-2, cv**2, size=count)

    def _placed(
        self, begins: Hours, lasts: Hours, right: NDArray[np.int64], wrong: NDArray[np.int64]
    ) -> Acts:
        """Return so many acts of each stretch, anywhere in it."""
        cells = np.arange(len(begins))
        cell = np.concatenate([np.repeat(cells, right), np.repeat(cells, wrong)])
        is_wrong = np.arange(len(cell)) >= right.sum()
        at = begins[cell] + self._random.random(len(cell)) * lasts[cell]
        order = np.argsort(at)
        drawn = self._random.random(len(cell)) < self._watch.share(self._world)
        return Acts(at[order], is_wrong[order], drawn)

    def _audits(self, acts: Acts) -> Events:
        drawn, wrong = acts.at[acts.drawn], acts.wrong[acts.drawn]
        at, self._free_at = answered(
            self._watch.staffing,
            drawn,
            latency=LOOK_HOURS,
            drawn_per_hour=self._watch.share(self._world) * self._world.acts_per_hour,
            free_at=self._free_at,
        )
        called = wrong | (self._random.random(len(drawn)) < self._watch.auditor_error)
        return _events(at, Kind.AUDIT, called, drawn)

    def _appeals(self, acts: Acts) -> Events:
        chance = np.where(acts.wrong, WRONG_APPEALED, RIGHT_APPEALED)
        appealed = self._random.random(len(chance)) < chance
        of = acts.at[appealed]
        made = of + self._random.exponential(APPEAL_DELAY_HOURS, len(of))
        decided = after_work(self._watch.staffing, made, LOOK_HOURS)
        return _events(decided, Kind.APPEAL, acts.wrong[appealed], of)

    def _old_cases(self, end: float) -> Events:
        """Return appeals of long ago that a campaign brings: of both kinds of people alike."""
        world = self._world
        begins = max(self._now, world.campaign_at)
        lasts = min(end, world.campaign_at + CAMPAIGN_HOURS) - begins
        if world.campaign <= 1.0 or lasts <= 0.0:
            return NOTHING
        wrong = (1.0 - world.precision_before) * WRONG_APPEALED
        right = world.precision_before * RIGHT_APPEALED
        more = (world.campaign - 1.0) * world.acts_per_hour * (wrong + right) * lasts
        at = np.sort(begins + self._random.random(self._random.poisson(more)) * lasts)
        overturned = self._random.random(len(at)) < wrong / (wrong + right)
        return _events(
            after_work(self._watch.staffing, at, 0.0), Kind.APPEAL, overturned, np.full(len(at), -1.0)
        )

    def _minutes(self, acts: Acts, end: float) -> Events:
        minutes = round((end - self._now) * COUNTS_AN_HOUR)
        edges = self._now + np.arange(minutes + 1) / COUNTS_AN_HOUR
        counts = np.histogram(acts.at, edges)[0]
        # just before the next stretch begins, so that no minute is left for later
        return _events(np.nextafter(edges[1:], 0.0), Kind.MINUTE, counts, edges[:-1])


def _events(at: Hours, kind: Kind, x: NDArray[np.generic], of: Hours) -> Events:
    return Events(at, np.full(len(at), kind, np.int8), x.astype(np.float64), of)


def _in_order(parts: tuple[Events, ...]) -> Events:
    at = np.concatenate([part.at for part in parts])
    order = np.argsort(at, kind="stable")
    return Events(
        at[order],
        np.concatenate([part.kind for part in parts])[order],
        np.concatenate([part.x for part in parts])[order],
        np.concatenate([part.of for part in parts])[order],
    )


def _only(events: Events, chosen: Flags) -> Events:
    return Events(events.at[chosen], events.kind[chosen], events.x[chosen], events.of[chosen])
