"""A trip while a guard acts: two writers, each with a connection of its own, which is PostgreSQL's alone."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, connections, transaction

from sinmungo.apps.autonomy.models import Act, Automation, HourCount, LevelChange
from sinmungo.apps.autonomy.services import automations
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.review.models import Case
from sinmungo.core.kernel.words import Level
from sinmungo.journeys import guard
from tests.apps.autonomy import made

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _several_writers() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs a database that takes several writers")


def _in_thread(work, *gone: threading.Event) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()
            for each in gone:
                each.set()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def _trip(automation: Automation) -> None:
    automations.change_level(
        automation=automation, to=Level.SUSPENDED, reason="tripped", evidence={}, actor=SYSTEM, at=clock.now()
    )


def test_while_a_trip_is_being_committed_the_guard_waits_and_then_does_nothing():
    """While a trip is being committed the guard waits and then does nothing."""
    world = made.world()
    automation = made.automation(world, made.HIDES)
    made.act(world, automation)
    with transaction.atomic():
        _trip(automation)
        thread = _in_thread(lambda: guard.keep(now=clock.now(), limit=10))
        _until_somebody_waits()
        assert thread.is_alive(), "it read the old level and meets the lock"
    thread.join(timeout=30)
    act = Act.objects.get()
    assert (act.state, act.why) == ("proposed", "may_not_act")
    assert not Decision.objects.exists() and Case.objects.count() == 1


def _until_somebody_waits() -> None:
    """Wait, with a bound, until another session waits for a lock that this one holds."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def test_nothing_is_decided_alone_after_a_trip_however_it_falls():
    """A trip falls somewhere into the work of two guards: every decision is older, all else is for people."""
    world = made.world()
    automation = made.automation(world, made.HIDES)
    for _ in range(80):
        made.act(world, automation)
    tripped = threading.Event()

    def work() -> None:
        while guard.keep(now=clock.now(), limit=4):
            pass

    guards = [_in_thread(work), _in_thread(work)]
    for _ in range(1000):
        if Decision.objects.count() >= 12:
            break
        time.sleep(0.005)
    _in_thread(lambda: _trip(automation), tripped)
    for thread in guards:
        thread.join(timeout=60)
    assert tripped.wait(timeout=30)
    assert LevelChange.objects.filter(after=Level.SUSPENDED).count() == 1
    done = Decision.objects.count()
    assert done >= 12
    states = list(Act.objects.values_list("state", flat=True))
    assert states.count("acted") == done == HourCount.objects.get().acted
    assert states.count("acted") + states.count("proposed") == 80
    assert Case.objects.count() == 80 - done, "what it did not do is before people"


def test_two_guards_settle_each_act_once():
    """Two guards settle each act once."""
    world = made.world()
    automation = made.automation(world, made.HIDES)
    for _ in range(60):
        made.act(world, automation)

    def work() -> None:
        while guard.keep(now=clock.now(), limit=3):
            pass

    for thread in [_in_thread(work) for _ in range(3)]:
        thread.join(timeout=60)
    assert Decision.objects.count() == 60
    assert set(Act.objects.values_list("state", flat=True)) == {"acted"}
    assert HourCount.objects.get().acted == 60
