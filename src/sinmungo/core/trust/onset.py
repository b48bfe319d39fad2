"""Since when has it been wrong? The e-CUSUM of the labels, formula (9)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

#: The window reaches back from the label before the run by so many gaps between audits.
MARGIN_AUDITS = 5.0
#: A decided appeal speaks of an act hours before: 36 h cover 95 % of exponential delays of mean 12 h (B4).
APPEAL_MARGIN_HOURS = 36.0


class Run(NamedTuple):
    """S <- max(S, 0) + ln e: how long the labels have been speaking for trouble.

    ``before`` is the time of the label before the positive run (None if the run goes back to the first
    label), ``last`` that of the last label, both in hours. Of a run whose labels came out of order
    ``before`` is the earliest time in it.
    """

    sum: float = 0.0
    before: float | None = None
    last: float | None = None

    @classmethod
    def of(cls, row: list[Any]) -> Run:
        """Return the run written as a list."""
        total, before, last = row
        return cls(float(total), _hours(before), _hours(last))

    def next(self, factor: float, at: float) -> Run:
        """Return the run after a label's factor (of the alternative near .55) at ``at`` hours."""
        total = max(self.sum, 0.0) + math.log(factor)
        before = self.before if self.sum > 0.0 else self.last
        if before is not None and at < before:
            before = at
        return Run(total, before, at)


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
    def of(cls, audits: Run, appeals: Run, audits_per_hour: float) -> Onset:
        """Return the onset that the two runs of labels tell.

        From audits it is the label before their positive run less 5/a hours, a being ``audits_per_hour``;
        in the simulation of B4 that covers the true onset in 95-96 % of runs. Where only appeals speak for
        trouble it is the decision before their run less 36 h, because people take time to appeal. Raises
        ValueError where there are no labels at all or no audits per hour.
        """
        if audits_per_hour <= 0.0:
            raise ValueError("an onset needs audits per hour above 0")
        by_audits = audits.sum > 0.0 or appeals.sum <= 0.0
        run, margin = (
            (audits, MARGIN_AUDITS / audits_per_hour) if by_audits else (appeals, APPEAL_MARGIN_HOURS)
        )
        if run.last is None:
            raise ValueError("without labels there is no onset")
        since_start = run.before is None
        label_at = run.last if run.before is None else run.before
        return cls(label_at - margin, label_at, since_start)


def _hours(value: Any) -> float | None:
    return None if value is None else float(value)
