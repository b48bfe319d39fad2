"""When people are there to audit, in the platform's own time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from sinmungo.apps.autonomy.errors import BadShift, TooManyShifts
from sinmungo.apps.autonomy.services import shifts
from sinmungo.apps.autonomy.services.shifts import NewShift
from sinmungo.apps.base import clock
from sinmungo.apps.items.models import Platform
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.errors import RoleLacks
from tests.common import factories

pytestmark = pytest.mark.django_db
SEOUL = ZoneInfo("Asia/Seoul")
#: A Monday.
DAY = datetime(2026, 3, 2, tzinfo=SEOUL)
OFFICE = [NewShift(day, time(9), time(18), auditors=2, audits_per_hour=10.0) for day in range(5)]


def kept(new: list[NewShift]) -> Platform:
    """Make a platform in Seoul with these shifts."""
    platform = factories.platform()
    lead = staff.actor_of(factories.member("lead"))
    shifts.keep_shifts(platform=platform, shifts=new, actor=lead, at=clock.now())
    return platform


def at(hours: float) -> datetime:
    """Return so many hours after Monday began in Seoul, in UTC as everything is stored."""
    return (DAY + timedelta(hours=hours)).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "is_there"),
    [(8.99, False), (9, True), (17.99, True), (18, False), (24 * 5 + 10, False), (24 * 7 + 10, True)],
)
def test_people_are_there_from_the_beginning_to_the_end_of_a_shift(hours, is_there):
    """People are there from the beginning to the end of a shift."""
    assert shifts.is_staffed(kept(OFFICE), at(hours)) is is_there


def test_without_shifts_one_auditor_is_there_round_the_clock():
    """Without shifts one auditor is there round the clock."""
    platform = factories.platform()
    assert shifts.is_staffed(platform, at(3))
    assert shifts.audits_to_come(platform, at(3), 10) == pytest.approx(120)
    assert shifts.next_shift(platform, at(3)) is None


@pytest.mark.parametrize(
    ("since", "hours", "audits"),
    [(9, 9, 180), (0, 24, 180), (17.5, 2, 10), (18, 15, 0), (24 * 4 + 17, 72 + 16 - 24, 20), (0, 168, 900)],
)
def test_audits_to_come_are_those_of_the_shifts_that_lie_in_the_hours(since, hours, audits):
    """Audits to come are those of the shifts that lie in the hours."""
    assert shifts.audits_to_come(kept(OFFICE), at(since), hours) == pytest.approx(audits)


def test_a_shift_that_ends_before_it_begins_ends_on_the_next_day():
    """A shift that ends before it begins ends on the next day."""
    platform = kept([NewShift(6, time(22), time(6), auditors=1)])
    assert shifts.is_staffed(platform, at(24 * 6 + 23))
    assert shifts.is_staffed(platform, at(24 * 7 + 5)), "Sunday's night is Monday's morning"
    assert not shifts.is_staffed(platform, at(24 * 7 + 6))
    assert shifts.audits_to_come(platform, at(24 * 6), 48) == pytest.approx(96)


def test_a_shift_of_a_whole_day_has_no_gap():
    """A shift of a whole day has no gap."""
    platform = kept([NewShift(day, time(0), time(0), auditors=1) for day in range(7)])
    assert shifts.audits_to_come(platform, at(5), 100) == pytest.approx(1200)


def test_shifts_at_one_time_add_up():
    """Shifts at one time add up."""
    platform = kept([NewShift(0, time(9), time(18), auditors=1), NewShift(0, time(12), time(13), auditors=3)])
    assert shifts.audits_to_come(platform, at(12), 1) == pytest.approx(48)


def test_the_next_shift_is_told_with_what_it_can_audit():
    """The next shift is told with what it can audit."""
    span = shifts.next_shift(kept(OFFICE), at(24 * 4 + 20))
    assert span is not None
    assert span.begins == at(24 * 7 + 9)
    assert span.audits == pytest.approx(180)


def test_the_hours_follow_the_platforms_own_clock_through_summer_time():
    """The hours follow the platforms own clock through summer time."""
    platform = kept([NewShift(6, time(1), time(4), auditors=1)])
    Platform.objects.filter(pk=platform.pk).update(time_zone="Europe/Berlin")
    platform.refresh_from_db()
    forward = datetime(2026, 3, 29, 0, 0, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    assert shifts.audits_to_come(platform, forward, 12) == pytest.approx(24), (
        "an hour of that night is missing"
    )


def test_new_shifts_take_the_place_of_the_old():
    """New shifts take the place of the old."""
    platform = kept(OFFICE)
    lead = staff.actor_of(factories.member("lead"))
    shifts.keep_shifts(platform=platform, shifts=[], actor=lead, at=clock.now())
    assert shifts.shifts_of(platform) == []


def test_who_may_not_set_automations_keeps_no_shifts():
    """Who may not set automations keeps no shifts."""
    actor = staff.actor_of(factories.member("reviewer"))
    with pytest.raises(RoleLacks):
        shifts.keep_shifts(platform=factories.platform(), shifts=OFFICE, actor=actor, at=clock.now())


@pytest.mark.parametrize(
    "bad",
    [
        {"weekday": 7},
        {"weekday": -1},
        {"auditors": 0},
        {"auditors": 501},
        {"audits_per_hour": 0.0},
        {"audits_per_hour": 120.1},
        {"audits_per_hour": float("nan")},
    ],
)
def test_a_shift_that_cannot_be_is_refused(bad):
    """A shift that cannot be is refused."""
    good = {"weekday": 0, "begins": time(9), "ends": time(18), "auditors": 500, "audits_per_hour": 120.0}
    kept([NewShift(**good)])
    with pytest.raises(BadShift):
        kept([NewShift(**good | bad)])


def test_a_week_has_a_hundred_shifts_at_most():
    """A week has a hundred shifts at most."""
    one = NewShift(0, time(9), time(18), auditors=1)
    kept([one] * 100)
    with pytest.raises(TooManyShifts):
        kept([one] * 101)
