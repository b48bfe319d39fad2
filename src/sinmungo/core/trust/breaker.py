"""The circuit breaker: everything one epoch's labels say about whether its automation still is right.

Three detectors over random audits, over the share of decided appeals that were overturned, and over both
together, R = .45 audits + .15 share + .40 product (B6); a detector of how many acts there are, which can
raise suspicion and never demote; and the moment from which the trouble seems to have begun.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from sinmungo.core.trust.detector import Detector, Values, count_factor, each_of
from sinmungo.core.trust.onset import Onset, Run, Runs, next_of, runs_of
from sinmungo.core.trust.settings import Settings

__all__ = ["Breaker", "Onset", "Settings"]

AUDIT_PART, SHARE_PART, PRODUCT_PART = 0.45, 0.15, 0.40
#: Rates above the null, as multiples of it, that the stream of acts is watched for.
MULTIPLIERS: Values = (1.2, 1.5, 2.0, 4.0, 8.0)
#: The rate's detector stays lower than the others: nobody resets it, and it must come down by itself.
_MOST_RATE = 1e4
#: Of the alternatives of the share the one at .55, whose factors tell since when (formula 9).
_SHARE_AT_55 = 2
_NO_RUNS = (Run(), Run(), Run(), Run(), Run())


class Breaker(NamedTuple):
    """What an epoch's labels have come to; each label returns the next one. Hours throughout.

    P(``tripped`` within T months) <= T / ``settings.threshold`` for as long as the wrong rate stays at or
    below ``settings.null`` and the overturned share at or below ``settings.share_null``, each given all
    that came before (a weighted mean of detectors is one). ``peak`` is the largest R so far; right labels
    bring R down again, a trip stays.
    """

    settings: Settings
    by_audit: Detector
    by_share: Detector
    by_both: Detector
    by_rate: Detector
    audit_runs: Runs
    share_run: Run
    peak: float = 0.0
    audits: int = 0
    wrong: float = 0.0
    appeals: int = 0
    overturned: float = 0.0

    @classmethod
    def begin(cls, settings: Settings) -> Breaker:
        """Return the breaker of an epoch without labels."""
        none = Detector.begin()
        return cls(settings, none, none, none, none, _NO_RUNS, Run())

    def audit(self, x: float, at: float, weight: float = 1.0, of: float | None = None) -> Breaker:
        """Return the breaker after a random audit found ``x`` (1 wrong, 0 right) at ``at`` hours.

        ``of`` is when the act was done that it speaks of, ``at`` if it is not told; it moves the onset and
        nothing else. Raises ValueError for an x outside 0 to 1 or a weight that is not above 0 and at most
        ``settings.max_weight``.
        """
        factors = self.settings.audit_factors(x, weight)
        by_audit = self.by_audit.next(factors, at)
        by_both = self.by_both.next(factors, at)
        return Breaker(
            self.settings, by_audit, self.by_share, by_both, self.by_rate,
            next_of(self.audit_runs, factors, _acted(of, at)), self.share_run,
            max(self.peak, _mixed(by_audit, self.by_share, by_both)),
            self.audits + 1, self.wrong + x, self.appeals, self.overturned,
        )  # fmt: skip

    def appeal(self, x: float, at: float, of: float | None = None) -> Breaker:
        """Return the breaker after an appeal was decided: ``x`` is 1 if overturned, 0 if upheld.

        Appeals are one-sided: they can lower trust, and are no evidence for more of it. ``of`` is when the
        decision was made that was appealed, ``at`` if it is not told; it moves the onset and nothing else.
        Raises ValueError for an x outside 0 to 1.
        """
        factors = self.settings.share_factors(x)
        by_share = self.by_share.next(factors, at)
        by_both = self.by_both.next(factors, at)
        return Breaker(
            self.settings, self.by_audit, by_share, by_both, self.by_rate,
            self.audit_runs, self.share_run.next(factors[_SHARE_AT_55], _acted(of, at)),
            max(self.peak, _mixed(self.by_audit, by_share, by_both)),
            self.audits, self.wrong, self.appeals + 1, self.overturned + x,
        )  # fmt: skip

    def acts(self, count: float, expected: float, at: float) -> Breaker:
        """Return the breaker after ``count`` acts where ``expected`` are usual at this hour of the week.

        The null is ``settings.rate_multiple`` times what is usual. It moves ``rate_alarm`` and nothing else.
        Raises ValueError for a negative count, or where nothing is usual.
        """
        usual = expected * self.settings.rate_multiple
        factors = each_of(MULTIPLIERS, lambda each: count_factor(count, expected=usual, multiplier=each))
        return self._replace(by_rate=self.by_rate.next(factors, at, _MOST_RATE))

    @property
    def r(self) -> float:
        """R as of the last label: .45 audits + .15 share + .40 both."""
        return _mixed(self.by_audit, self.by_share, self.by_both)

    @property
    def tripped(self) -> bool:
        """Whether R has reached the threshold at some time."""
        return self.peak >= self.settings.threshold

    @property
    def is_suspicious(self) -> bool:
        """Whether R is high enough now for a burst of audits."""
        return self.r >= self.settings.soft

    @property
    def rate_alarm(self) -> bool:
        """Whether there are far more acts than usual: a reason to look, never to demote."""
        return self.by_rate.value >= self.settings.threshold

    def onset(self, audits_per_hour: float) -> Onset:
        """Return since when it seems to have been wrong, with its window: formula (9).

        Raises ValueError where there are no labels, or no audits per hour.
        """
        return Onset.of(self.audit_runs, self.share_run, audits_per_hour)

    def to_document(self) -> dict[str, Any]:
        """Return the breaker as JSON knows it; floats are written by repr and come back exactly."""
        return {
            "settings": self.settings.to_document(),
            **{name: _row(getattr(self, name)) for name in _DETECTORS},
            "audit_runs": [list(run) for run in self.audit_runs],
            "share_run": list(self.share_run),
            **{name: getattr(self, name) for name in _COUNTS},
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Breaker:
        """Return the breaker that ``to_document`` wrote. Raises ValueError where it is no such document."""
        try:
            return cls(
                settings=Settings.from_document(document["settings"]),
                by_audit=_detector(document["by_audit"]),
                by_share=_detector(document["by_share"]),
                by_both=_detector(document["by_both"]),
                by_rate=_detector(document["by_rate"]),
                audit_runs=runs_of(document["audit_runs"]),
                share_run=Run.of(document["share_run"]),
                peak=float(document["peak"]),
                audits=int(document["audits"]),
                wrong=float(document["wrong"]),
                appeals=int(document["appeals"]),
                overturned=float(document["overturned"]),
            )
        except (KeyError, TypeError, ValueError) as fault:
            raise ValueError("this is no state of a breaker") from fault


_DETECTORS = ("by_audit", "by_share", "by_both", "by_rate")
_COUNTS = ("peak", "audits", "wrong", "appeals", "overturned")


def _mixed(by_audit: Detector, by_share: Detector, by_both: Detector) -> float:
    weighted = (
        AUDIT_PART * sum(by_audit.values)
        + SHARE_PART * sum(by_share.values)
        + PRODUCT_PART * sum(by_both.values)
    )
    return weighted / len(by_audit.values)


def _acted(of: float | None, at: float) -> float:
    """Return when the act was done that a label of ``at`` speaks of: never after it."""
    if of is None:
        return at
    if not math.isfinite(of):
        raise ValueError("a time in hours is finite")
    return min(of, at)


def _row(detector: Detector) -> list[Any]:
    return [list(detector.values), detector.at]


def _detector(row: list[Any]) -> Detector:
    (a, b, c, d, e), at = row
    values = (float(a), float(b), float(c), float(d), float(e))
    return Detector(values, None if at is None else float(at))
