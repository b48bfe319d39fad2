"""Has it become wrong more often than it may? Factors, and the detector that collects them.

Shin, Ramdas and Rinaldo, *E-detectors* (NEJSDS, 2023; arXiv 2203.03532). A factor is a fair bet: given all
that came before, its mean is at most 1 while nothing is wrong. The detector bets from every past moment at
once, so it needs not know when the trouble began.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

#: A number for each of the five alternatives.
Values = tuple[float, float, float, float, float]
_FAIR: Values = (1.0, 1.0, 1.0, 1.0, 1.0)
#: One month in hours: the unit in which a detector counts false alarms.
MONTH_HOURS = 720.0
#: So much time counts between two labels at most: a clock that jumps a year must not raise an alarm.
MOST_HOURS = 168.0
#: No value grows past this, so that it can come down again.
MOST = 1e12
#: Where between the null and certainty the alternatives lie: .10 .20 .35 .55 .80 at a null of .05.
_STEPS: Values = (1 / 19, 3 / 19, 6 / 19, 10 / 19, 15 / 19)
#: Alternatives for the share of decided appeals that are overturned, while the null is at most .25.
SHARE_GRID: Values = (0.30, 0.40, 0.55, 0.75, 0.90)
_SHARE_NULL = 0.25
_MOST_EXPONENT = 700.0


def grid(null: float) -> Values:
    """Return five wrong rates above ``null`` to be watched for, formula (5).

    g = m + (1 - m) k/19 for k in 1, 3, 6, 10, 15, which is {.10, .20, .35, .55, .80} at m = .05.
    Raises ValueError unless 0 < null < 1.
    """
    _check_null(null)
    return each_of(_STEPS, lambda step: null + (1.0 - null) * step)


def share_grid(null: float) -> Values:
    """Return five overturned shares above ``null``: ``SHARE_GRID``, pushed up where the null is above .25.

    Raises ValueError unless 0 < null < 1.
    """
    _check_null(null)
    squeeze = min(1.0, (1.0 - null) / (1.0 - _SHARE_NULL))
    return each_of(SHARE_GRID, lambda share: 1.0 - (1.0 - share) * squeeze)


def share_null(*, null: float, past_share: float, audited_wrong: float) -> float:
    """Return the share of decided appeals that may be overturned while the wrong rate is at most ``null``.

    Formula (6), in odds: s*/(1-s*) = s0/(1-s0) [m/(1-m)] / [th0/(1-th0)], where s0 is the share that was
    overturned in the past (an upper bound of it) while th0 was the audited wrong rate (a lower bound). It
    holds for any number of appeals, so a campaign of appeals does not move it, as long as rightly and
    wrongly treated people appeal more by the same factor. Raises ValueError for shares outside 0 to 1.
    """
    for share in (null, past_share, audited_wrong):
        _check_null(share)
    odds = _odds(past_share) * _odds(null) / _odds(audited_wrong)
    return odds / (1.0 + odds)


def factor(
    x: float, *, null: float, alternative: float, weight: float = 1.0, max_weight: float = 1.0
) -> float:
    """Return what one label says for ``alternative`` and against ``null``: formulas (1) and (2).

    e = 1 + (lam / w_max) w (x - m) with lam = (g - m) / (m (1 - m)); with weight 1 that is the likelihood
    ratio (g/m)^x ((1-g)/(1-m))^(1-x). Its mean given the past is at most 1 whenever the mean of x, over the
    acts weighted back to what they were drawn from, is at most m; x may be anything from 0 to 1.
    ``max_weight`` must be known before the draw. Raises ValueError for what would break that.
    """
    _check_null(null)
    if not (null < alternative < 1.0 and 0.0 <= x <= 1.0 and 0.0 < weight <= max_weight):
        raise ValueError("x lies in 0..1, null < alternative < 1 and 0 < weight <= max_weight")
    lam = (alternative - null) / (null * (1.0 - null))
    return 1.0 + lam * (weight / max_weight) * (x - null)


def count_factor(n: float, *, expected: float, multiplier: float) -> float:
    """Return what ``n`` events say for a rate ``multiplier`` times the most that is usual: formula (3).

    e = rho^n exp(-(rho - 1) mu). Its mean is at most 1 for a Poisson count whose mean is at most
    ``expected`` (and for any count whose moments are below such a Poisson's); real traffic is wilder than
    that, so this may open a burst audit and never demote (B5). Raises ValueError for a negative count, an
    ``expected`` of 0 (which would make the first act an alarm) or a multiplier of at most 1.
    """
    if not (0.0 <= n < math.inf and 0.0 < expected < math.inf and multiplier > 1.0):
        raise ValueError("a count is not negative, what is usual is above 0, the multiplier above 1")
    return math.exp(min(n * math.log(multiplier) - (multiplier - 1.0) * expected, _MOST_EXPONENT))


class Detector(NamedTuple):
    """The e-SR detector, formula (4): R_k <- (R_k + dt) prod(e_k), dt in months; R is the mean of the R_k.

    R - t is a supermartingale while every factor is fair, so whatever the dependence between labels:
    P(R >= 1/alpha at some time within T months) <= alpha T, and the mean time to a false alarm is at least
    1/alpha months. ``at`` is the time of the last label in hours (None before the first, which starts the
    clock). A label that comes late adds no time, and a gap counts as a week at most: both only lower R. A
    clock that is set back by more than a week is followed, or no time would pass until it caught up.
    """

    values: Values
    at: float | None = None

    @classmethod
    def begin(cls) -> Detector:
        """Return a detector that has seen nothing."""
        return cls((0.0, 0.0, 0.0, 0.0, 0.0))

    def after(self, at: float) -> Detector:
        """Return the detector as of ``at`` hours, restart mass added for the time that passed."""
        return self.next(_FAIR, at)

    def times(self, factors: Values) -> Detector:
        """Return the detector once a label's ``factors``, one for each alternative, have come in."""
        return Detector(_capped(_times(self.values, 0.0, factors), MOST), self.at)

    def next(self, factors: Values, at: float, most: float = MOST) -> Detector:
        """Return ``after(at).times(factors)`` in one step, no value above ``most``.

        Raises ValueError for a time that is not finite.
        """
        last = at if self.at is None else self.at
        gap = at - last
        if not -MOST_HOURS <= gap <= MOST_HOURS:
            gap = _counted(gap)
        elif gap < 0.0:
            gap, at = 0.0, last
        return Detector(_capped(_times(self.values, gap / MONTH_HOURS, factors), most), at)

    @property
    def value(self) -> float:
        """R: the mean over the alternatives."""
        return sum(self.values) / len(self.values)


def _counted(gap: float) -> float:
    """Return how much of a gap of more than a week counts."""
    if not math.isfinite(gap):
        raise ValueError("a time in hours is finite")
    return max(min(gap, MOST_HOURS), 0.0)


def _times(values: Values, gap: float, factors: Values) -> Values:
    """Return (R_k + dt) e_k, written out: three times as fast, and simulations take it millions of times."""
    a, b, c, d, e = values
    f, g, h, i, j = factors
    return (a + gap) * f, (b + gap) * g, (c + gap) * h, (d + gap) * i, (e + gap) * j


def _capped(values: Values, most: float) -> Values:
    if max(values) <= most:
        return values
    a, b, c, d, e = values
    return min(a, most), min(b, most), min(c, most), min(d, most), min(e, most)


def each_of(alternatives: Values, found: Callable[[float], float]) -> Values:
    """Return what ``found`` says of each alternative."""
    a, b, c, d, e = alternatives
    return found(a), found(b), found(c), found(d), found(e)


def _odds(share: float) -> float:
    return share / (1.0 - share)


def _check_null(null: float) -> None:
    if not 0.0 < null < 1.0:
        raise ValueError("a rate lies between 0 and 1")
