"""When new acts wait, and what becomes of those that waited."""

from __future__ import annotations

from bisect import bisect_right
from math import inf

import numpy as np

from sinmungo.core.trust.simulation.staffing import Hours

#: What waited longer goes to people: the cap of one and a half times the usual leaves no room for more.
LONGEST_HOURS = 1.0


class Holds:
    """The times in which new acts waited; one may be going on. Hours since the beginning."""

    def __init__(self) -> None:
        self._begun: list[float] = []
        self._ended: list[float] = []

    @property
    def is_on(self) -> bool:
        """Whether new acts wait now."""
        return len(self._begun) > len(self._ended)

    def begin(self, at: float) -> None:
        """Let new acts wait from now on, if they do not yet."""
        if not self.is_on:
            self._begun.append(at)

    def end(self, at: float) -> None:
        """Let acts go on."""
        if self.is_on:
            self._ended.append(at)

    def done_at(self, act: float) -> float | None:
        """Return when an act that was wanted at ``act`` was done; None if it was not, or waits."""
        place = bisect_right(self._begun, act) - 1
        if place < 0:
            return act
        if place == len(self._ended):
            return None
        begun, ended = self._begun[place], self._ended[place]
        if act >= ended:
            return act
        return ended if ended - begun <= LONGEST_HOURS else None

    def waits(self, act: float) -> bool:
        """Say whether an act that was wanted at ``act`` waits now."""
        return self.is_on and act >= self._begun[-1]

    def done(self, acts: Hours) -> int:
        """Return how many of these acts were done."""
        return len(acts) - sum(
            int(np.count_nonzero((acts >= begun) & (acts < ended))) for begun, ended in self._undone()
        )

    def hours(self, now: float) -> float:
        """Return for how long acts have waited in all."""
        return now - self.free(0.0, now)

    def free(self, begin: float, end: float) -> float:
        """Return for how many of the hours between two times acts did not wait."""
        times = zip(self._begun, [*self._ended, end][: len(self._begun)], strict=True)
        return end - begin - sum(max(min(ended, end) - max(begun, begin), 0.0) for begun, ended in times)

    def _undone(self) -> list[tuple[float, float]]:
        over = list(zip(self._begun, self._ended, strict=False))
        long = [(begun, ended) for begun, ended in over if ended - begun > LONGEST_HOURS]
        return [*long, (self._begun[-1], inf)] if self.is_on else long
