"""What many paths say together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from sinmungo.core.trust.detector import MONTH_HOURS
from sinmungo.core.trust.simulation.plan import Path


@dataclass(frozen=True, slots=True)
class Summary:
    """How soon ``runs`` failures were stopped, and what it costs where nothing fails.

    Wrong acts and hours count from the failure. Of a run that was not stopped within its month (their number
    is ``not_stopped``) they count to its end, so that the true figures are larger. Where no month without
    failure was tried, what is told of them is None; without runs the figures of failures are.
    """

    wrong_median: float | None
    wrong_p95: float | None
    hours_median: float | None
    hours_p95: float | None
    false_alarms_per_month: float | None
    runs: int
    not_stopped: int
    months: int
    bursts_per_month: float | None
    extra_audits_per_month: float | None
    hours_held_per_month: float | None
    lapses_per_month: float | None

    def to_document(self) -> dict[str, float | int | None]:
        """Return what ``--json`` prints."""
        return asdict(self)


def summary(waves: Sequence[Path], calms: Sequence[Path]) -> Summary:
    """Return the figures of paths with a failure, and of paths without one.

    A path that was stopped before its failure is a false alarm; it is no run.
    """
    late = [each for each in waves if not each.early]
    return Summary(
        wrong_median=_quantile(late, 0.5, lambda each: each.wrong),
        wrong_p95=_quantile(late, 0.95, lambda each: each.wrong),
        hours_median=_quantile(late, 0.5, lambda each: each.hours),
        hours_p95=_quantile(late, 0.95, lambda each: each.hours),
        false_alarms_per_month=_monthly(calms, lambda each: float(each.stopped)),
        runs=len(late),
        not_stopped=sum(not each.stopped for each in late),
        months=len(calms),
        bursts_per_month=_monthly(calms, lambda each: each.bursts),
        extra_audits_per_month=_monthly(calms, lambda each: each.reviews),
        hours_held_per_month=_monthly(calms, lambda each: each.held),
        lapses_per_month=_monthly(calms, lambda each: each.lapses),
    )


def _quantile(paths: Sequence[Path], share: float, of: Callable[[Path], float]) -> float | None:
    return float(np.quantile([of(each) for each in paths], share)) if paths else None


def _monthly(paths: Sequence[Path], of: Callable[[Path], float]) -> float | None:
    hours = sum(each.hours for each in paths)
    return sum(map(of, paths)) / hours * MONTH_HOURS if hours else None
