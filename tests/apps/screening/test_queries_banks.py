"""What banks found: counted a day, on the platforms of whoever asks, and never for sealed ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.screening import queries_banks as found_by
from sinmungo.apps.screening.models import Bank, Signal
from sinmungo.core.matching.fingerprints import KitHash
from tests.apps.review import made
from tests.web import banked

pytestmark = pytest.mark.django_db

SEOUL = "Asia/Seoul"
#: Half an hour past midnight in Korea, the evening before in UTC.
NIGHT = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)


@pytest.fixture
def bank() -> Bank:
    return banked.bank()


def matched(world: made.World, at: datetime, name: str = "known_banners") -> Signal:
    _item, version = made.post(world.platform)
    return again(Signal(version=version), at, name)


def again(signal: Signal, at: datetime, name: str = "known_banners") -> Signal:
    return Signal.objects.create(
        version=signal.version,
        source="match",
        source_version="1",
        name=name,
        score=0.9,
        evidence="place=1/1 kind=md5 id=1",
        at=at,
    )


def counted(bank: Bank, platforms: list[str] | None = None, zone: str = SEOUL) -> dict[date, int]:
    since = NIGHT - timedelta(days=30)
    return dict(found_by.per_day([bank], platforms=platforms, since=since, zone=zone)[bank.name])


def test_matches_count_on_the_day_of_the_zone(bank: Bank) -> None:
    """The same moment is another day elsewhere."""
    matched(made.world(), NIGHT)
    assert counted(bank) == {date(2026, 3, 2): 1}
    assert counted(bank, zone="UTC") == {date(2026, 3, 1): 1}


def test_a_version_that_was_judged_again_counts_once_a_day(bank: Bank) -> None:
    """Every judging writes its signals anew."""
    first = matched(made.world(), NIGHT)
    again(first, NIGHT + timedelta(hours=1))
    again(first, NIGHT + timedelta(days=1))
    assert counted(bank) == {date(2026, 3, 2): 1, date(2026, 3, 3): 1}


def test_matches_of_other_platforms_and_other_banks_are_left_out(bank: Bank) -> None:
    """And what is older than was asked for."""
    here, there = made.world(), made.world()
    matched(here, NIGHT)
    matched(there, NIGHT)
    matched(here, NIGHT, "another_bank")
    matched(here, NIGHT - timedelta(days=31))
    assert counted(bank, [here.platform.slug]) == {date(2026, 3, 2): 1}
    assert counted(bank, []) == {}


def test_of_a_sealed_bank_nothing_is_counted_or_listed() -> None:
    """Its matches stay out of statistics."""
    sealed = banked.bank("sealed-garden", is_sealed=True)
    matched(made.world(), NIGHT, "sealed_garden")
    since = NIGHT - timedelta(days=30)
    assert found_by.per_day([sealed], platforms=None, since=since, zone="UTC") == {}
    assert found_by.recent(sealed, platforms=None, since=since) == []


def test_recent_matches_name_each_item_once_the_latest_first(bank: Bank) -> None:
    """By the latest judging of it."""
    world = made.world()
    first, second = matched(world, NIGHT), matched(world, NIGHT + timedelta(minutes=1))
    again(first, NIGHT + timedelta(minutes=2))
    found = found_by.recent(bank, platforms=None, since=NIGHT)
    assert [each.version_id for each in found] == [first.version_id, second.version_id]
    assert found[0].at == NIGHT + timedelta(minutes=2)


def test_what_sealed_banks_hold_is_summed_over_all_of_them(bank: Bank) -> None:
    """By kind, without what is withdrawn and without open banks."""
    kit = [KitHash(0, banked.bits(1))]
    banked.bank("open", kit)
    banked.bank("sealed-one", kit, [KitHash(0, banked.bits(2))], is_sealed=True)
    other = banked.bank("sealed-two", kit, is_sealed=True)
    assert found_by.protected() == {"pdq": 3}
    banked.services.withdraw(bank=other, external_ids=["entry-1"], actor=banked.SYSTEM, at=clock.now())
    assert found_by.protected() == {"pdq": 2}


def test_the_last_days_end_with_today_in_the_zone() -> None:
    """So many, in their order."""
    assert found_by.days_until(NIGHT, 3, SEOUL) == [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2)]
