"""Auditors, hearers and workers at once, each with a connection of their own: PostgreSQL's part."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections

from sinmungo.apps.autonomy.errors_audits import AnsweredAlready, NotYours
from sinmungo.apps.autonomy.models import Audit, Automation, Epoch, Factor, Incident, LevelChange
from sinmungo.apps.autonomy.queries import evidence as queries
from sinmungo.apps.autonomy.services import audits, laying
from sinmungo.apps.base import clock
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.words import Level
from sinmungo.journeys import watch
from tests.apps.autonomy import made
from tests.common import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture(autouse=True)
def several_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs a database that takes several writers")
    monkeypatch.setattr(laying, "GOLD_SHARE", 0.0)
    monkeypatch.setattr(watch, "_looked_at", None)
    monkeypatch.setattr(watch, "_laid_until", None)


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Exception]:
    """Run ``acts`` in threads that begin together; return what they raised."""
    gate = threading.Barrier(len(acts))
    failed: list[Exception] = []

    def run(act: Callable[[], Any]) -> None:
        gate.wait(timeout=10)
        try:
            act()
        except Exception as error:  # noqa: BLE001 - the tests say which may come
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return failed


def answering(audit: Audit, user: User, *, wrong: bool) -> Callable[[], Audit]:
    return lambda: audits.answer(audit=audit, user=user, wrong=wrong, words="", at=clock.now())


def laid(world: made.World, automation: Automation, count: int) -> list[Audit]:
    acts = [made.acted(world, automation) for _ in range(count)]
    return audits.lay(acts=acts, kind=Audit.Kind.RANDOM, at=clock.now())


def test_of_two_answers_at_once_one_is_the_label() -> None:
    """The other is told that somebody was first, and enters nothing."""
    world = made.world()
    (audit,) = laid(world, made.automation(world), 1)
    users = [factories.member() for _ in range(4)]
    failed = at_once([answering(audit, user, wrong=False) for user in users])
    assert len(failed) == 3
    assert all(isinstance(error, AnsweredAlready | NotYours) for error in failed)
    assert Factor.objects.count() == 1


def test_many_labels_at_once_make_one_log_that_is_equal() -> None:
    """Each gets its own number, and the state is what the log comes to."""
    world = made.world()
    automation = made.automation(world)
    found = laid(world, automation, 8)
    failed = at_once(
        [answering(audit, factories.member(), wrong=number == 3) for number, audit in enumerate(found)]
    )
    assert failed == []
    epoch = made.epoch(automation)
    assert sorted(Factor.objects.values_list("seq", flat=True)) == list(range(1, 9))
    assert queries.recomputed(epoch).equal


def test_labels_that_trip_at_once_make_one_trip_and_one_incident() -> None:
    """However many say wrong in the same moment, it is stopped once."""
    world = made.world()
    automation = made.automation(world)
    found = laid(world, automation, 10)
    Epoch.objects.filter(automation=automation).update(began_at=clock.now() - timedelta(days=9))
    audits.answer(
        audit=found[0], user=factories.member(), wrong=True, words="", at=clock.now() - timedelta(days=1)
    )
    failed = at_once([answering(audit, factories.member(), wrong=True) for audit in found[1:]])
    assert failed == []
    automation.refresh_from_db()
    assert automation.level == Level.SUSPENDED
    assert LevelChange.objects.filter(automation=automation, reason="tripped").count() == 1
    assert Incident.objects.count() == 1


def test_several_workers_lay_each_act_once() -> None:
    """Whoever comes first lays it; the others find it laid."""
    world = made.world()
    automation = made.automation(world)
    acts = [made.acted(world, automation) for _ in range(12)]
    now = clock.now() + timedelta(minutes=1)
    failed = at_once([lambda: watch.keep(now=now, limit=50)] * 4)
    assert failed == []
    assert Audit.objects.count() == len(acts)
