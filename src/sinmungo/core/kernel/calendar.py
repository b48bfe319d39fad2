"""Legal clocks by jurisdiction: how long a person may object, and when an answer is due.

Sources: Regulation (EU) 2022/2065 Article 20(1): at least six months from the day the person was
informed. Sinmungo gives everybody 180 full days or six calendar months, whichever is longer. Days off are
Saturdays, Sundays and the holidays with a fixed date (Korea: Act on Public Holidays, Article 2). A holiday
that moves with the moon is counted as a working day, so that a clock may end too early and never too late.
"""

from __future__ import annotations

import calendar as _calendar
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

APPEAL_DAYS = 180
APPEAL_MONTHS = 6
ANSWER_WITHIN = timedelta(days=7)
#: Month and day of the holidays that have a fixed date.
_FIXED_HOLIDAYS: dict[str, frozenset[tuple[int, int]]] = {
    "KR": frozenset({(1, 1), (3, 1), (5, 5), (6, 6), (8, 15), (10, 3), (10, 9), (12, 25)}),
}


def months_later(moment: datetime, months: int) -> datetime:
    """Return the same day of the month ``months`` later, or that month's last day."""
    index = moment.month - 1 + months
    year, month = moment.year + index // 12, index % 12 + 1
    day = min(moment.day, _calendar.monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day)


def appeal_deadline(told_at: datetime, zone: str) -> datetime:
    """Return the last moment for an appeal: the end of the last day, in the platform's zone."""
    local = told_at.astimezone(ZoneInfo(zone))
    last = max(local + timedelta(days=APPEAL_DAYS), months_later(local, APPEAL_MONTHS))
    return datetime.combine(last.date(), time(23, 59, 59), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def answer_due(received_at: datetime) -> datetime:
    """Return when an appeal received at ``received_at`` must have its answer."""
    return received_at + ANSWER_WITHIN


def working_days_later(moment: datetime, days: int, *, zone: str, country: str) -> datetime:
    """Return the end of the ``days``-th working day after ``moment``, in ``zone``; at least one day."""
    day = moment.astimezone(ZoneInfo(zone)).date()
    holidays = _FIXED_HOLIDAYS.get(country, frozenset())
    left = max(days, 1)
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < 5 and (day.month, day.day) not in holidays
    return datetime.combine(day, time(23, 59, 59), tzinfo=ZoneInfo(zone)).astimezone(UTC)
