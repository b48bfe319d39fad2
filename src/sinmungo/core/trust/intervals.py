"""How far a share that was counted may be from the true one: binomial tails and the exact interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: Halvings of the search for an end of an interval: past the precision of a float.
_HALVINGS = 60
_MOST_STEPS = 1_000
_CLOSE = 1e-14
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Share:
    """A counted share and the interval around it, all 0 to 1; ``value`` is None of nothing."""

    count: int
    of: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """The share itself."""
        return self.count / self.of if self.of else None


def share(count: int, of: int, confidence: float = 0.95) -> Share:
    """Return ``count / of`` with its exact interval (Clopper and Pearson, 1934).

    Over repeated samples of independent rows it holds the true share at least as often as
    ``confidence`` says. Of nothing it is 0 to 1. Raises ValueError unless 0 <= count <= of and
    0 < confidence < 1.
    """
    if not 0 <= count <= of or not 0.0 < confidence < 1.0:
        raise ValueError("a share counts at most all, and a confidence lies between 0 and 1")
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if count == 0 else 1.0 - _chance_where(of - count, of, tail)
    high = 1.0 if count == of else _chance_where(count, of, tail)
    return Share(count, of, low, high)


def at_most(count: int, of: int, chance: float) -> float:
    """Return the probability of at most ``count`` of ``of`` independent events of this chance each."""
    if count < 0:
        return 0.0
    if count >= of:
        return 1.0
    return _beta(of - count, count + 1, 1.0 - chance)


def _chance_where(count: int, of: int, tail: float) -> float:
    """Return the chance at which at most ``count`` events have probability ``tail``, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        if at_most(count, of, middle) > tail:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def _beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b) (DLMF 8.17)."""
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    # the fraction converges fast on this side; the other follows by symmetry
    if x < (a + 1.0) / (a + b + 2.0):
        return math.exp(scale) * _fraction(a, b, x) / a
    return 1.0 - math.exp(scale) * _fraction(b, a, 1.0 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Evaluate the continued fraction DLMF 8.17.22 by Lentz's method, as Thompson and Barnett mend it."""
    ratio = 1.0
    below = 1.0 / _not_zero(1.0 - (a + b) * x / (a + 1.0))
    value = below
    for step in range(1, _MOST_STEPS):
        even = step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step))
        odd = -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1))
        for term in (even, odd):
            below = 1.0 / _not_zero(1.0 + term * below)
            ratio = _not_zero(1.0 + term / ratio)
            value *= below * ratio
        if abs(below * ratio - 1.0) < _CLOSE:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
