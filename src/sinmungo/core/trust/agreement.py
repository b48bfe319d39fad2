"""How far people who judged the same things agree beyond chance: Krippendorff's alpha.

Krippendorff, *Computing Krippendorff's Alpha-Reliability* (2011), and *Content Analysis* (2004), chapter
11. Any number of people may have judged each unit, and a unit that only one of them judged says nothing.
Alpha is 1 where all agree, 0 where they agree as by chance, and below 0 where they disagree more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: With fewer units an interval says little more than that one does not know.
LEAST_UNITS = 20
RESAMPLES = 1_000
#: Where more of the resamples than this hold one value only, no interval is given.
_MOST_UNDEFINED = 0.2

Value = str | int | float
Table = NDArray[Any]


class Metric(StrEnum):
    """How far two values are apart: nominal ones differ or not, ordinal ones by rank, interval by number."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


class Unknown(StrEnum):
    """Why there is no figure."""

    TOO_FEW = "too_few"  # units that two people judged
    ONE_VALUE = "one_value"  # everybody always said the same: chance alone would agree as well


@dataclass(frozen=True, slots=True)
class Agreement:
    """Alpha with its interval, from ``units`` that at least two people judged; or why there is none.

    ``low`` and ``high`` are None where resampling says nothing, though alpha itself is known.
    """

    alpha: float | None
    low: float | None
    high: float | None
    units: int
    unknown: Unknown | None = None


def alpha(units: Sequence[Sequence[Value]], metric: Metric = Metric.NOMINAL) -> float | None:
    """Return alpha of the values that each unit was given; None where it is not defined.

    It is not defined without a unit of two values, nor where every value is the same. Values are numbers
    for ``Metric.INTERVAL`` and any of one sortable sort otherwise.
    """
    counts, values = _counted(units)
    if not len(counts):
        return None
    apart = _apart(values, counts.sum(axis=0), metric)
    found = _alphas(np.ones((1, len(counts))), counts, apart)[0]
    return None if np.isnan(found) else float(found)


def agreement(
    units: Sequence[Sequence[Value]],
    *,
    random: np.random.Generator,
    metric: Metric = Metric.NOMINAL,
    least: int = LEAST_UNITS,
    confidence: float = 0.95,
) -> Agreement:
    """Return alpha with the interval that resampling whole units gives (a percentile bootstrap).

    Units are drawn again with replacement, because what was judged is the sample; the algorithm of
    Krippendorff (2004) and of Hayes and Krippendorff (2007) draws pairs of values as if each stood alone,
    and gives narrower intervals where a unit has many. Resamples in which nothing differs have no alpha and
    are left out. With fewer than ``least`` units it gives no figure.
    """
    counts, values = _counted(units)
    if len(counts) < max(least, 1):
        return Agreement(None, None, None, len(counts), Unknown.TOO_FEW)
    apart = _apart(values, counts.sum(axis=0), metric)
    # units that were judged alike are drawn as one sort: few sorts, however many units
    sorts, times = np.unique(counts, axis=0, return_counts=True)
    found = _alphas(times[None, :], sorts, apart)[0]
    if np.isnan(found):
        return Agreement(None, None, None, len(counts), Unknown.ONE_VALUE)
    weights = random.multinomial(len(counts), times / len(counts), size=RESAMPLES)
    drawn = _alphas(weights, sorts, apart)
    defined = drawn[~np.isnan(drawn)]
    if len(defined) < RESAMPLES * (1 - _MOST_UNDEFINED):
        return Agreement(float(found), None, None, len(counts))
    tail = (1 - confidence) / 2
    low, high = np.quantile(defined, (tail, 1 - tail))
    return Agreement(float(found), float(low), float(high), len(counts))


def _counted(units: Sequence[Sequence[Value]]) -> tuple[Table, list[Value]]:
    """Return how often each unit was given each value, and the values in order."""
    pairable = [unit for unit in units if len(unit) > 1]
    values: list[Any] = sorted({value for unit in pairable for value in unit})
    place = {value: number for number, value in enumerate(values)}
    counts = np.zeros((len(pairable), len(values)))
    for row, unit in enumerate(pairable):
        for value in unit:
            counts[row, place[value]] += 1
    return counts, values


def _apart(values: Sequence[Value], totals: Table, metric: Metric) -> Table:
    """Return the squared difference of each pair of values."""
    if metric is Metric.NOMINAL:
        return 1.0 - np.eye(len(values))
    if metric is Metric.INTERVAL:
        scale: Table = np.asarray(values, dtype=float)
    else:  # a value's rank is the middle of its place in the ordered row of all values
        scale = np.cumsum(totals) - totals / 2
    apart: Table = np.square(scale[:, None] - scale[None, :])
    return apart


def _alphas(weights: Table, counts: Table, apart: Table) -> Table:
    """Return alpha for each row of ``weights`` over the units; NaN where nothing differs."""
    judged = counts.sum(axis=1)
    within = (counts @ apart * counts).sum(axis=1) / (judged - 1)
    totals = weights @ counts
    all_values = totals.sum(axis=1)
    by_chance = (totals @ apart * totals).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Table = 1 - (all_values - 1) * (weights @ within) / by_chance
    found[by_chance == 0] = np.nan
    return found
