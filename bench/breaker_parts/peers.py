"""What else would have noticed the same wave, on the same streams: ADWIN, and a daily rule of thumb."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np
from river.drift import ADWIN

from sinmungo.core.trust.simulation import Kind, Plan, Stream

#: river's own default looks only at every 32nd label; at every one, and more daring, it is at its best.
ADWIN_DEFAULT = partial(ADWIN)
ADWIN_TUNED = partial(ADWIN, delta=0.05, clock=1)
OVERTURNED = 0.2
DAY = 24.0
STRETCH = 12.0

Label = tuple[float, Kind, float]


@dataclass(frozen=True, slots=True)
class Noticed:
    """Hours and wrong acts from the change until it was noticed, or the plan ended; ``early``: before it."""

    hours: float
    wrong: int
    early: bool


def adwin(plan: Plan, random: np.random.Generator, make: Callable[[], ADWIN] = ADWIN_DEFAULT) -> Noticed:
    """Feed every audit to an ADWIN, and stop where it sees that more are wrong than before."""
    stream, detector, before = Counted(plan, random), make(), 0.0
    for at, kind, x in stream:
        if kind is not Kind.AUDIT:
            continue
        detector.update(x)
        if detector.drift_detected and detector.estimation > before:
            return stream.noticed(at)
        before = detector.estimation
    return stream.noticed(plan.hours)


def daily(plan: Plan, random: np.random.Generator) -> Noticed:
    """Look once a day, at midnight, whether a fifth of the appeals of the day was overturned."""
    stream, day, decided, overturned = Counted(plan, random), 1, 0, 0.0
    for at, kind, x in stream:
        while at >= day * DAY:
            if decided and overturned / decided >= OVERTURNED:
                return stream.noticed(day * DAY)
            day, decided, overturned = day + 1, 0, 0.0
        if kind is Kind.APPEAL:
            decided, overturned = decided + 1, overturned + x
    return stream.noticed(plan.hours)


class Counted:
    """The labels of a path in their order, and the wrong acts that were done meanwhile."""

    def __init__(self, plan: Plan, random: np.random.Generator) -> None:
        self._stream = Stream(plan.world, plan.watch, random)
        self._change = plan.world.change_at or 0.0
        self._end = plan.hours
        self._wrong: list[np.ndarray] = []

    def __iter__(self) -> Iterator[Label]:
        return chain.from_iterable(map(self._labels, np.arange(STRETCH, self._end + STRETCH, STRETCH)))

    def _labels(self, end: float) -> Iterator[Label]:
        acts, events = self._stream.until(end)
        self._wrong.append(acts.at[acts.wrong])
        kinds = map(Kind, events.kind.tolist())
        return zip(events.at.tolist(), kinds, events.x.tolist(), strict=True)

    def noticed(self, at: float) -> Noticed:
        times = np.concatenate(self._wrong)
        done = int(np.count_nonzero((times >= self._change) & (times <= at)))
        return Noticed(at - self._change, done, early=at < self._change)
