"""Several workers search and hash at once, each with a connection of its own: PostgreSQL's part."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.screening import hunts
from sinmungo.apps.screening.models import Hunt, HuntFind, MediaHashing, Signal
from sinmungo.journeys import hash_media, hunt
from sinmungo.journeys.hunting import looking
from tests.apps.screening.banks import made as banks
from tests.journeys import matched

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
WORKERS = 4
PATIENCE = 40.0


@pytest.fixture(autouse=True)
def _several_connections() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs a database that takes several writers")


def _at_once(*acts: Callable[[], Any]) -> None:
    """Run ``acts`` in threads that begin together; raises what any of them raised."""
    gate = threading.Barrier(len(acts))
    failed: list[Exception] = []

    def run(act: Callable[[], Any]) -> None:
        gate.wait(timeout=10)
        try:
            act()
        except Exception as error:  # noqa: BLE001 - raised again below
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if failed:
        raise failed[0]


def _search() -> None:
    give_up = time.monotonic() + PATIENCE
    while Hunt.objects.filter(done_at__isnull=True).exists() and time.monotonic() < give_up:
        hunt.keep(now=clock.now(), limit=1)


def test_several_workers_find_everything_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes the next slice, each of the media is looked at once."""
    monkeypatch.setattr(looking, "LARGEST_SLICE", 3)
    monkeypatch.setattr(hunt, "TURN_SECONDS", -1.0)
    platform = matched.platform()
    for number in range(40):
        matched.came_in(platform, matched.given(banks.bits(1 if number % 4 == 0 else 100 + number)))
    wanted = matched.learned(banks.bank("known-pictures"), banks.picture(banks.bits(1)))
    _at_once(*[_search] * WORKERS)
    wanted.refresh_from_db()
    assert (wanted.done_at is not None, wanted.looked, wanted.found) == (True, 40, 10)
    assert HuntFind.objects.count() == 10


def test_what_is_added_while_a_search_runs_is_looked_for_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that has begun takes nothing along: what comes then has a search of its own."""
    monkeypatch.setattr(looking, "LARGEST_SLICE", 2)
    platform, bank = matched.platform(), banks.bank("known-pictures")
    for number in range(24):
        matched.came_in(platform, matched.given(banks.bits(number)))

    def add() -> None:
        for number in range(24):
            matched.learned(bank, banks.picture(banks.bits(number)))

    _at_once(add, _search, _search)
    matched.hunted()
    assert not Hunt.objects.filter(done_at__isnull=True).exists()
    assert HuntFind.objects.values("version").distinct().count() == 24


def test_what_is_added_while_media_are_compared_is_never_missed() -> None:
    """Found when it comes in or by the search, whichever of the two is first."""
    platform, bank = matched.platform(), banks.bank("known-pictures")

    def come_in() -> None:
        for number in range(20):
            matched.came_in(platform, matched.given(banks.bits(number)))
            hash_media.keep(now=clock.now(), limit=50)

    def add() -> None:
        for number in range(20):
            matched.learned(bank, banks.picture(banks.bits(number)))
            hunt.keep(now=clock.now(), limit=1)

    _at_once(come_in, add)
    matched.hunted()
    matched.settled()
    assert Signal.objects.filter(source="match").values("version").distinct().count() == 20


def test_several_workers_compare_each_picture_once() -> None:
    """No promise is kept twice and no item is judged again twice."""
    platform, bank = matched.platform(), banks.bank("known-pictures")
    banks.add(bank, banks.picture(banks.bits(1)))
    for _ in range(30):
        matched.came_in(platform, matched.given(banks.bits(1)))

    def compare() -> None:
        while hash_media.keep(now=clock.now(), limit=4):
            pass

    _at_once(*[compare] * WORKERS)
    assert set(MediaHashing.objects.values_list("attempts", "last_error")) == {(1, "")}
    assert not MediaHashing.objects.filter(done_at__isnull=True).exists()


def test_asked_for_at_once_it_is_one_search() -> None:
    """Two people who ask for the same search get the same."""
    bank = banks.bank("known-pictures")
    banks.add(bank, banks.picture(banks.bits(1)))
    _at_once(*[lambda: hunts.ask(bank=bank, actor=SYSTEM, at=clock.now())] * WORKERS)
    assert Hunt.objects.count() == 1
