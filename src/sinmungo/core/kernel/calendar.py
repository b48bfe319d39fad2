"""Legal clocks by jurisdiction: how long a person may object, and when an answer is due.

Sources: Regulation (EU) 2022/2065 Article 20(1): at least six months from the day the person was
informed. Sinmungo gives everybody 180 full days or six calendar months, whichever is longer.
"""

from __future__ import annotations

import calendar as _calendar
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

APPEAL_DAYS = 180
APPEAL_MONTHS = 6
ANSWER_WITHIN = timedelta(days=7)


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
