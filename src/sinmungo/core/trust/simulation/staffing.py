"""When people are there to look, and by when they have looked at what was drawn for them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

Hours = NDArray[np.float64]

WEEK: Final = 168.0
DAY: Final = 24.0
OPENS: Final = 9.0
OFFICE_DAY: Final = 9.0
OFFICE_DAYS: Final = 5
#: How much more office staff can answer than is drawn in a whole week, so that the pile of a night goes down.
EASE: Final = 1.25


class Staffing(StrEnum):
    """Who audits when; hour 0 of the simulation is a Monday, 00:00."""

    ALWAYS = "always"  # round the clock
    OFFICE = "office"  # Monday to Friday, 09:00 to 18:00


def is_staffed(staffing: Staffing, at: float) -> bool:
    """Say whether anybody is there at this hour."""
    if staffing is Staffing.ALWAYS:
        return True
    day, hour = divmod(at % WEEK, DAY)
    return day < OFFICE_DAYS and OPENS <= hour < OPENS + OFFICE_DAY


def after_work(staffing: Staffing, begins: Hours, work: float) -> Hours:
    """Return when ``work`` hours of presence have passed since each of ``begins``."""
    if staffing is Staffing.ALWAYS:
        return begins + work
    return _clock(_worked(begins) + work)


def answered(
    staffing: Staffing, drawn: Hours, *, latency: float, drawn_per_hour: float, free_at: float
) -> tuple[Hours, float]:
    """Return when each of ``drawn`` (sorted) is answered, and from when on the office is free again.

    Each takes ``latency`` hours of somebody's presence. Round the clock nothing waits for anything else, as
    in the published figures; office staff answer one after the other, as fast as a week of
    ``drawn_per_hour`` needs and a quarter faster. ``free_at`` and what is returned with the answers count
    worked hours; give it back with the next ``drawn``.
    """
    if staffing is Staffing.ALWAYS or not len(drawn):
        return drawn + latency, free_at
    each = OFFICE_DAY * OFFICE_DAYS / (WEEK * EASE * drawn_per_hour)
    before = np.arange(len(drawn)) * each
    # the k-th ends after the latest of all beginnings before it, and of what was begun since
    begun = np.maximum.accumulate(np.maximum(_worked(drawn), free_at) - before)
    ended = begun + before + each
    return _clock(ended - each + latency), float(ended[-1])


def _worked(at: Hours) -> Hours:
    """Return how many office hours have passed until each hour."""
    week, rest = np.divmod(at, WEEK)
    day, hour = np.divmod(rest, DAY)
    today = np.clip(hour - OPENS, 0.0, OFFICE_DAY)
    of_week: Hours = np.minimum(day * OFFICE_DAY + today, OFFICE_DAY * OFFICE_DAYS)
    return week * OFFICE_DAY * OFFICE_DAYS + of_week


def _clock(worked: Hours) -> Hours:
    """Return the hour at which so many office hours have passed."""
    day, hour = np.divmod(worked, OFFICE_DAY)
    week, weekday = np.divmod(day, OFFICE_DAYS)
    at: Hours = week * WEEK + weekday * DAY + OPENS + hour
    return at
