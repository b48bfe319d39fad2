"""Clocks that count working days."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from sinmungo.core.kernel.calendar import working_days_later

SEOUL = ZoneInfo("Asia/Seoul")


def due(moment: datetime, days: int, country: str = "KR") -> date:
    found = working_days_later(moment, days, zone="Asia/Seoul", country=country)
    return found.astimezone(SEOUL).date()


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        (date(2026, 11, 18), 1, date(2026, 11, 19)),  # from Wednesday to Thursday
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # from Friday over the weekend
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # what comes on a Saturday counts from Monday
        (date(2026, 11, 20), 5, date(2026, 11, 27)),
        (date(2026, 12, 24), 1, date(2026, 12, 28)),  # Christmas Day is a Friday
        (date(2026, 10, 8), 2, date(2026, 10, 13)),  # Hangeul Day is a Friday
    ],
)
def test_weekends_and_fixed_holidays_are_no_working_days(day: date, days: int, expected: date) -> None:
    """The day of receipt is not counted."""
    assert due(datetime(day.year, day.month, day.day, 9, tzinfo=SEOUL), days) == expected


def test_a_clock_ends_with_the_day_where_it_runs() -> None:
    """What comes late in the evening UTC comes on the next day in Korea."""
    found = working_days_later(datetime(2026, 11, 17, 20, tzinfo=UTC), 1, zone="Asia/Seoul", country="KR")
    assert found == datetime(2026, 11, 19, 14, 59, 59, tzinfo=UTC)


def test_a_country_whose_holidays_are_unknown_has_weekends_only() -> None:
    """Its clock may end too early, and never too late."""
    assert due(datetime(2026, 12, 24, 9, tzinfo=SEOUL), 1, country="XX") == date(2026, 12, 25)


def test_a_clock_runs_for_one_day_at_least() -> None:
    """None is due before it can be read."""
    assert due(datetime(2026, 11, 18, 9, tzinfo=SEOUL), 0) == date(2026, 11, 19)
