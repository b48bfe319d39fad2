"""From which score a promised precision is kept: fixed-sequence Learn-then-Test.

Angelopoulos, Bates, Candes, Jordan and Lei, *Learn then Test* (2021). Thresholds are tested from strict
to lax; each test asks whether so few wrong ones could be chance if the promise were broken.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from sinmungo.core.trust.intervals import at_most

#: Thresholds that are tested at most.
MAX_TESTS = 40
#: From one test to the next, so many times as many are flagged.
_STEP = 1.15


@dataclass(frozen=True, slots=True)
class Flagged:
    """What a threshold flags on rows whose labels are known: how many, and how many of them wrongly."""

    threshold: float
    flagged: int
    wrong: int


def last_kept(tests: Iterable[Flagged], *, wrong_at_most: float, risk: float) -> Flagged | None:
    """Return the last test passed before the first that fails, None if the first one fails.

    Where the true share of wrong ones among the flagged is above ``wrong_at_most`` at a threshold, that
    threshold is returned with probability at most ``risk``. This holds when the order of the tests was
    fixed without looking at these rows, and the rows are independent draws of what will be screened.
    """
    passed = None
    for test in tests:
        if at_most(test.wrong, test.flagged, wrong_at_most) > risk:
            break
        passed = test
    return passed


def order_of_tests(
    scores: Sequence[float], right: Sequence[bool], *, rows: int, wrong_at_most: float
) -> list[float]:
    """Return thresholds from strict to lax for tests on ``rows`` other rows.

    ``scores`` are those of rows that are *not* tested on, and ``right`` says which of them it would be right
    to flag. They tell how many a threshold will flag and how many of them wrongly; the first threshold is
    the one likeliest to pass, because one that flags few cannot pass however right it is. Empty for no
    scores or no rows.
    """
    ranked = sorted(zip(scores, right, strict=True), key=lambda each: -each[0])
    if not ranked or rows <= 0:
        return []
    wrong = [0, *accumulate(int(not is_right) for _, is_right in ranked)]
    scale = rows / len(ranked)

    def seems(place: int) -> float:
        # as if chance took two standard errors off what is flagged
        flagged = place * scale - 2.0 * math.sqrt(place * scale)
        return at_most(round(wrong[place] * scale), max(round(flagged), 1), wrong_at_most)

    places = _places(len(ranked))
    first = min(range(len(places)), key=lambda step: seems(places[step]))
    thresholds = [ranked[place - 1][0] for place in places[first:]]
    return list(dict.fromkeys(thresholds))[:MAX_TESTS]


def _places(count: int) -> list[int]:
    """Return how many of the highest scores each threshold takes: ever more, up to all."""
    places, place = [], 10.0
    while place < count:
        places.append(int(place))
        place *= _STEP
    return [*places, count]
