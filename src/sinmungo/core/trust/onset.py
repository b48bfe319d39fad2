"""Since when has it been wrong? The e-CUSUM of the labels, formula (9)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from sinmungo.core.trust.detector import Values

#: From the act before its run an alternative's window reaches back by so many gaps between audits: the
#: smaller the failure, the more labels pass before it shows. Measured by ``bench/breaker.py``.
MARGIN_AUDITS: Values = (200.0, 45.0, 14.0, 6.0, 5.0)
#: An alternative is plausible while its sum is at most so much below the highest of the five.
PLAUSIBLE = 3.0
#: A decided appeal speaks of an act hours before: 36 h cover 95 % of exponential delays of mean 12 h (B4).
APPEAL_MARGIN_HOURS = 36.0


class Run(NamedTuple):
    """S <- max(S, 0) + ln e: how long the labels have been speaking for trouble.

    ``before`` is the time of the act of the label before the positive run (None if the run goes back to the
    first label), ``last`` that of the last label, both in hours. Where a label of the run speaks of an
    earlier act ``before`` is that one's time: labels do not come in the order of the acts.
    """

    sum: float = 0.0
    before: float | None = None
    last: float | None = None

    @classmethod
    def of(cls, row: list[Any]) -> Run:
        """Return the run written as a list."""
        total, before, last = row
        return cls(float(total), _hours(before), _hours(last))

    def next(self, factor: float, of: float) -> Run:
        """Return the run after a label's factor for its alternative, about an act at ``of`` hours."""
        total = max(self.sum, 0.0) + math.log(factor)
        before = self.before if self.sum > 0.0 else self.last
        if before is not None and of < before:
            before = of
        return Run(total, before, of)


#: A run for each alternative, the smallest first.
Runs = tuple[Run, Run, Run, Run, Run]


def next_of(runs: Runs, factors: Values, of: float) -> Runs:
    """Return the runs after a label's factors, about an act at ``of`` hours."""
    a, b, c, d, e = runs
    f, g, h, i, j = factors
    return a.next(f, of), b.next(g, of), c.next(h, of), d.next(i, of), e.next(j, of)


def runs_of(rows: list[list[Any]]) -> Runs:
    """Return the runs written as lists. Raises ValueError where there are not five."""
    a, b, c, d, e = rows
    return Run.of(a), Run.of(b), Run.of(c), Run.of(d), Run.of(e)


class Onset(NamedTuple):
    """Since when it seems to have been wrong, in hours.

    ``label_at`` is the last moment known to be before it; ``begins`` lies a margin earlier, and everything
    done since then is to be looked at again. Where ``since_start``, no label lies before the trouble: all
    that the epoch ever did is to be looked at, and both times are only those of its first label.
    """

    begins: float
    label_at: float
    since_start: bool = False

    @classmethod
    def of(cls, audits: Runs, appeals: Run, audits_per_hour: float) -> Onset:
        """Return the onset that the runs of labels tell.

        Of the alternatives that the audits leave plausible it is the earliest window: from the act before
        the positive run back by ``MARGIN_AUDITS``/a hours, a being ``audits_per_hour``. A failure that is
        plain (3 % to 60 % wrong) leaves the high ones and a window of an hour or two; a small one leaves the
        low ones and a wide window. How often that covers the true onset is measured
        (``docs/explanation/breaker-measured.md``). Where only appeals speak for trouble it is the decision
        before their run less 36 h, because people take time to appeal. Raises ValueError where there are no
        labels at all or no audits per hour.
        """
        if audits_per_hour <= 0.0:
            raise ValueError("an onset needs audits per hour above 0")
        most = max(run.sum for run in audits)
        if most <= 0.0 < appeals.sum:
            return _told(appeals, APPEAL_MARGIN_HOURS)
        least = max(most - PLAUSIBLE, min(most, 0.0))
        told = [
            _told(run, margin / audits_per_hour)
            for run, margin in zip(audits, MARGIN_AUDITS, strict=True)
            if run.sum >= least
        ]
        return min(told, key=lambda each: (not each.since_start, each.begins))


def _told(run: Run, margin: float) -> Onset:
    """Return the onset of one run."""
    if run.last is None:
        raise ValueError("without labels there is no onset")
    label_at = run.last if run.before is None else run.before
    return Onset(label_at - margin, label_at, run.before is None)


def _hours(value: Any) -> float | None:
    return None if value is None else float(value)
