"""The acts from which a burst draws, and how fresh the labels are."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from sinmungo.core.trust.bursts import SIZE, WINDOW_MINUTES
from sinmungo.core.trust.simulation.stream import LOOK_HOURS, Acts


class Recent:
    """The acts of the last stretches, and which of them nobody has been asked about."""

    def __init__(self) -> None:
        self._acts = Acts(np.empty(0), np.empty(0, np.bool_), np.empty(0, np.bool_))
        self._asked = np.empty(0, np.bool_)
        self._before = 0

    def add(self, acts: Acts) -> None:
        """Add a stretch; of all before, the last one stays."""
        old, first = self._acts, self._before
        self._before = len(old.at) - first
        self._acts = Acts(
            np.concatenate([old.at[first:], acts.at]),
            np.concatenate([old.wrong[first:], acts.wrong]),
            np.concatenate([old.drawn[first:], acts.drawn]),
        )
        self._asked = np.concatenate([self._asked[first:], np.zeros(len(acts.at), np.bool_)])

    def draw(self, at: float, random: np.random.Generator) -> tuple[list[float], list[bool]]:
        """Return when each act of a burst was, and whether it is wrong.

        Twenty are drawn of the last minutes, or else the latest are taken; those whose random audit is not
        answered yet are among them, and nobody is asked twice. There may be fewer than twenty, or none.
        """
        acts = self._acts
        end, window, answered = np.searchsorted(
            acts.at, (at, at - WINDOW_MINUTES / 60.0, at - LOOK_HOURS)
        ).tolist()
        known = acts.drawn[:end].copy()
        known[answered:] = False
        free = np.flatnonzero(~(known | self._asked[:end]))
        late = free[np.searchsorted(free, window) :]
        chosen = random.choice(late, SIZE, replace=False) if len(late) >= SIZE else free[-SIZE:]
        self._asked[chosen] = True
        return acts.at[chosen].tolist(), acts.wrong[chosen].tolist()


class Fresh:
    """When labels came in, and how long after the act."""

    def __init__(self) -> None:
        self._at: list[float] = []
        self._age: list[float] = []

    def add(self, at: float, of: float) -> None:
        """Note the label that came in at ``at`` of the act at ``of``; hours."""
        self._at.append(at)
        self._age.append(at - of)

    def since(self, begin: float) -> int:
        """Return how many came in since, and forget older ones."""
        place = bisect_right(self._at, begin)
        self._at, self._age = self._at[place:], self._age[place:]
        return len(self._at)

    def age(self, begin: float) -> float:
        """Return the age in minutes that 95 % of those that came in since do not pass; 0 without any."""
        ages = self._age[bisect_right(self._at, begin) :]
        return float(np.quantile(ages, 0.95)) * 60.0 if ages else 0.0
