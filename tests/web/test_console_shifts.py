"""The staffing calendar as people meet it: a week drawn, changed as a whole, refused with a reason."""

from __future__ import annotations

import re
from datetime import time

import pytest
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from sinmungo.apps.autonomy.models import Shift
from sinmungo.apps.staff.models import User
from sinmungo.web.console import shift_page
from tests.apps.autonomy import made
from tests.apps.review import made as people

PAGE = "/console/shifts/"
FIELDS = ("weekday", "begins", "ends", "auditors", "audits_per_hour")
EMPTY = ("0", "", "", "", "")
TIMES = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def kept(client: Client, world: made.World, *rows: tuple[str, ...]):  # type: ignore[no-untyped-def]
    columns = {name: [row[place] for row in rows] for place, name in enumerate(FIELDS)}
    return client.post(PAGE + "keep", {"platform": world.platform.slug, **columns})


def main(response: object) -> str:
    return response.content.decode().split("<main")[1]  # type: ignore[attr-defined]


@given(st.integers(0, 6), TIMES, TIMES, st.integers(1, 20))
def test_a_shift_lasts_as_long_as_its_parts(weekday: int, begins: time, ends: time, auditors: int) -> None:
    """Within a day or over midnight, into Monday too: its hours are the same, and lie within days."""
    shift = Shift(weekday=weekday, begins=begins, ends=ends, auditors=auditors, audits_per_hour=6.0)
    parts = shift_page.parts(shift)
    minutes = (ends.hour * 60 + ends.minute - begins.hour * 60 - begins.minute) % 1440 or 1440
    assert sum(last - first for _day, first, last in parts) == pytest.approx(minutes / 60)
    assert all(0 <= first < last <= 24 and 0 <= day <= 6 for day, first, last in parts)
    hours, audits = shift_page.capacity([shift])
    assert audits == pytest.approx(hours * 6)
    assert len(shift_page.week([shift])) == 7


def test_shifts_that_overlap_are_added_up() -> None:
    """Where two people are there the bar is twice as high."""
    shifts = [
        Shift(weekday=0, begins=time(9), ends=time(13), auditors=1, audits_per_hour=10),
        Shift(weekday=0, begins=time(11), ends=time(15), auditors=1, audits_per_hour=10),
    ]
    with translation.override("en"):
        monday = shift_page.week(shifts)[0]
    heights = re.findall(r'<rect[^>]* height="([0-9.]+)"', monday.drawing)
    assert heights == ["20", "40", "20"] and "09:00–15:00" in monday.told and "80 audits" in monday.told


@pytest.mark.django_db
class TestPage:
    """The page and its form."""

    def test_a_week_is_kept_as_a_whole(self) -> None:
        """What is sent takes the place of what was; empty rows are no shifts."""
        world, client = made.world(), browser(people.member("lead"))
        answer = kept(
            client, world, ("0", "09:00", "18:00", "2", "12"), ("4", "22:00", "06:00", "1", ""), EMPTY
        )
        assert answer.status_code == 302
        rows = Shift.objects.filter(platform=world.platform).order_by("weekday")
        assert [(row.weekday, row.auditors, row.audits_per_hour) for row in rows] == [
            (0, 2, 12.0),
            (4, 1, 12.0),
        ]
        page = main(client.get(answer["location"]))
        assert "22:00–24:00" in page and "00:00–06:00" in page and "26 hours of people" in page
        assert kept(client, world, EMPTY).status_code == 302
        assert not Shift.objects.exists()
        assert "staffed round the clock by one auditor" in main(client.get(answer["location"]))

    @pytest.mark.parametrize(
        "row",
        [
            ("7", "09:00", "18:00", "2", "12"),
            ("0", "25:00", "18:00", "2", "12"),
            ("0", "", "18:00", "2", "12"),
            ("0", "09:00+09:00", "18:00", "2", "12"),
            ("0", "09:00", "18:00Z", "2", "12"),
            ("0", "09:00", "18:00", "0", "12"),
            ("0", "09:00", "18:00", "many", "12"),
            ("0", "09:00", "18:00", "2", "0"),
            ("0", "09:00", "18:00", "2", "120.5"),
            ("0", "09:00", "18:00", "2", "nan"),
            ("x", "09:00", "18:00", "2", "12"),
        ],
    )
    def test_a_shift_that_cannot_be_is_named_and_nothing_is_kept(self, row: tuple[str, ...]) -> None:
        """The page says which one, with everything as it was typed."""
        world, client = made.world(), browser(people.member("lead"))
        answer = kept(client, world, ("1", "09:00", "18:00", "1", "12"), row)
        assert answer.status_code == 422 and "Shift 2 cannot be kept" in main(answer)
        assert 'value="09:00"' in main(answer)
        assert not Shift.objects.exists()

    def test_only_so_many_shifts_are_taken(self) -> None:
        """Fifty are kept; a form with more rows than the page can offer is none of ours."""
        world, client = made.world(), browser(people.member("lead"))
        row = ("0", "09:00", "18:00", "1", "12")
        assert kept(client, world, *[row] * 50).status_code == 302
        assert kept(client, world, *[row] * 53).status_code == 422
        assert Shift.objects.count() == 50

    def test_who_may_only_look_keeps_nothing(self) -> None:
        """A reviewer sees the week without the form; sending one is refused."""
        world, client = made.world(), browser(people.member("reviewer"))
        assert "Keep this week" not in main(client.get(f"{PAGE}?platform={world.platform.slug}"))
        assert kept(client, world, ("0", "09:00", "18:00", "1", "12")).status_code == 403
        assert not Shift.objects.exists()

    def test_a_platform_of_others_is_not_found(self) -> None:
        """Neither to look at nor to change."""
        mine, other = made.world(), made.world()
        client = browser(people.member("lead", platform=mine.platform.slug))
        assert client.get(f"{PAGE}?platform={other.platform.slug}").status_code == 404
        assert kept(client, other, ("0", "09:00", "18:00", "1", "12")).status_code == 404
        assert client.get(PAGE).status_code == 200
