"""How right an automation is at least, by what its random audits found: a lower bound on precision.

Waudby-Smith and Ramdas, *Estimating means of bounded random variables by betting* (JRSS-B, 2023;
arXiv 2010.09686): a bet against "its precision is at most p" multiplies its stake, on average, by at most
one with each audit as long as that is true. Where the stake has grown past 1/alpha, p is left behind.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

#: The bets of formula (8): each expects the wrong rate to be this part of what p would make it.
BETS = (0.9, 0.6, 0.4, 0.25, 0.15, 0.08, 0.04)
_LOG_BETS = tuple(math.log(bet) for bet in BETS)
_CLOSE = 1e-12
#: A record starts anew after so long (30 days), and the one before is kept as long again.
RESTART_HOURS = 720.0


def lower_bound(right: float, wrong: float, *, alpha: float) -> float:
    """Return the precision that ``right`` and ``wrong`` audits show at least; 0 where they show nothing.

    Formula (8): K(p) = mean over f of ((1 - (1 - p) f) / p)^right f^wrong, and the bound is the least p
    with K(p) < 1/alpha; K falls as p rises, so it is found by halving, to 1e-12. Over a whole epoch, looked
    at as often as one likes and stopped at any time, the bound lies above the true precision with
    probability at most ``alpha``, as long as the chance that an audited act was right, given all before it,
    never exceeds that precision. Counts may be fractions: a label of weight u <= 1 counts u, because e^u is
    at most 1 + u (e - 1). Raises ValueError for negative counts or an alpha outside 0 to 1.
    """
    _check(right, wrong, alpha)
    if not is_shown(right, wrong, precision=_CLOSE, alpha=alpha):
        return 0.0
    low, high = _CLOSE, 1.0
    while high - low > _CLOSE:
        middle = (low + high) / 2.0
        if is_shown(right, wrong, precision=middle, alpha=alpha):
            low = middle
        else:
            high = middle
    return low


def is_shown(right: float, wrong: float, *, precision: float, alpha: float) -> bool:
    """Tell whether the audits show at least this ``precision``: K(precision) >= 1/alpha, without a search.

    The same guarantee as ``lower_bound``, and true exactly where that is at least ``precision``.
    """
    return _log_stake(right, wrong, precision) >= -math.log(alpha)


def _log_stake(right: float, wrong: float, precision: float) -> float:
    """Return ln K(p): in logarithms, because a thousand right audits overflow."""
    miss = 1.0 - precision
    # where precision is tiny 1 - (1 - p) f stays well above zero, so the logarithm is safe
    terms = [
        right * math.log((1.0 - miss * bet) / precision) + wrong * log_bet
        for bet, log_bet in zip(BETS, _LOG_BETS, strict=True)
    ]
    top = max(terms)
    return top + math.log(math.fsum(math.exp(term - top) for term in terms) / len(BETS))


def _check(right: float, wrong: float, alpha: float) -> None:
    if not (0.0 <= right < math.inf and 0.0 <= wrong < math.inf and 0.0 < alpha < 1.0):
        raise ValueError("counts are finite and not negative, and alpha lies between 0 and 1")


class _Run(NamedTuple):
    """What was found since one restart; counts are weighted, ``labels`` are not."""

    began: float
    right: float = 0.0
    wrong: float = 0.0
    labels: int = 0


class Record(NamedTuple):
    """The labels of an epoch that still count: those since the last restart and since the one before.

    Every 30 days a new run begins and the oldest is forgotten, so that old glory expires after at most
    60 days. Each run is read at alpha/2 and the better one is used (B3 formula 8): at every moment the
    chance that one of the two lies above the true precision is at most alpha; each further month adds at
    most alpha/2. Times are hours; a label that arrives late counts in the runs that stand when it arrives.
    """

    now: _Run | None = None
    before: _Run | None = None

    def add(self, wrong: float, at: float, weight: float = 1.0) -> Record:
        """Return the record with one more label, entered at ``at`` hours.

        ``wrong`` may lie between 0 and 1; ``weight`` above 0 and at most 1 (``sampling.Chance``). Raises
        ValueError otherwise.
        """
        if not (0.0 < weight <= 1.0 and 0.0 <= wrong <= 1.0):
            raise ValueError("a weight is above 0 and at most 1, and a label lies between 0 and 1")
        rolled = self._rolled(at)
        now = rolled.now or _Run(at)
        return Record(_added(now, wrong, weight), rolled.before and _added(rolled.before, wrong, weight))

    def bound(self, alpha: float, at: float) -> float:
        """Return the precision shown at least, as of ``at`` hours; 0 where nothing is shown any more."""
        runs = [run for run in self._rolled(at) if run is not None]
        return max((lower_bound(run.right, run.wrong, alpha=alpha / 2.0) for run in runs), default=0.0)

    def labels(self, at: float) -> int:
        """Return how many labels still count as of ``at`` hours."""
        return max((run.labels for run in self._rolled(at) if run is not None), default=0)

    def _rolled(self, at: float) -> Record:
        """Return the record as of ``at``: restarted where a restart has fallen due since."""
        if self.now is None or at < self.now.began + RESTART_HOURS:
            return self
        passed = math.floor((at - self.now.began) / RESTART_HOURS)
        began = self.now.began + passed * RESTART_HOURS
        return Record(_Run(began), self.now if passed == 1 else None)

    def to_document(self) -> dict[str, Any]:
        """Return the record as JSON knows it; floats come back exactly."""
        return {"now": self.now and list(self.now), "before": self.before and list(self.before)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Record:
        """Return the record that ``to_document`` wrote. Raises ValueError where it is no such document."""
        try:
            return cls(_run(document["now"]), _run(document["before"]))
        except (KeyError, TypeError, ValueError) as fault:
            raise ValueError("this is no record of labels") from fault


def _added(run: _Run, wrong: float, weight: float) -> _Run:
    right = run.right + weight * (1.0 - wrong)
    return _Run(run.began, right, run.wrong + weight * wrong, run.labels + 1)


def _run(row: list[Any] | None) -> _Run | None:
    if row is None:
        return None
    began, right, wrong, labels = row
    return _Run(float(began), float(right), float(wrong), int(labels))
