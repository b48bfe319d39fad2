"""Promises: who gets what is owed, and when again."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection

from sinmungo.apps.base import clock, promise
from sinmungo.apps.enforcement.models import Expiry
from sinmungo.apps.items.models import Item
from tests.common import factories as make

pytestmark = pytest.mark.django_db


def owed(number: int = 1, *, late: timedelta = timedelta(0)) -> tuple[Item, datetime]:
    """Make promises that fell due one after the other until now."""
    item, now = make.account(make.platform()), clock.now()
    for place in range(number):
        Expiry.objects.create(item=item, due_at=now - late - timedelta(seconds=place))
    return item, now


def test_the_oldest_come_first_and_only_once() -> None:
    """Claimed rows are not given out again before their lease runs out."""
    _, now = owed(3)
    first = promise.claim(Expiry, now=now, limit=2)
    assert [row.due_at for row in first] == sorted(row.due_at for row in first)
    assert len(promise.claim(Expiry, now=now, limit=5)) == 1
    assert promise.claim(Expiry, now=now, limit=5) == []
    again = promise.claim(Expiry, now=now + promise.LEASE, limit=5)
    assert {row.attempts for row in again} == {2}


def test_what_is_not_due_waits() -> None:
    """A promise is not claimed a moment before it falls due."""
    _, now = owed()
    assert promise.claim(Expiry, now=now - timedelta(microseconds=1), limit=5) == []
    assert len(promise.claim(Expiry, now=now, limit=5)) == 1


def test_what_failed_comes_again_later() -> None:
    """After a failure the row is due again after the wait, with its error by code only."""
    _, now = owed()
    (row,) = promise.claim(Expiry, now=now, limit=1)
    promise.failed(row, now=now, error="x" * 500)
    assert promise.claim(Expiry, now=now + timedelta(seconds=3), limit=1) == []
    (again,) = promise.claim(Expiry, now=now + timedelta(seconds=4), limit=1)
    assert again.last_error == "x" * promise.MAX_ERROR_LETTERS


def test_a_late_failure_does_not_undo_what_another_kept() -> None:
    """Whoever comes back after their lease finds it kept, and it stays so."""
    _, now = owed()
    (slow,) = promise.claim(Expiry, now=now, limit=1)
    (quick,) = promise.claim(Expiry, now=now + promise.LEASE, limit=1)
    promise.kept([quick], now=now)
    promise.failed(slow, now=now, error="late")
    assert promise.claim(Expiry, now=now + timedelta(days=9), limit=1) == []


def test_the_oldest_overdue_is_told() -> None:
    """What has waited longest is what an operator watches; nothing owed is None."""
    _, now = owed(2, late=timedelta(minutes=5))
    assert promise.oldest_overdue(Expiry, now=now) == now - timedelta(minutes=5, seconds=1)
    promise.kept(promise.claim(Expiry, now=now, limit=5), now=now)
    assert promise.oldest_overdue(Expiry, now=now) is None


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SKIP LOCKED needs PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_workers_at_once_share_without_overlap() -> None:
    """Four connections that claim at once get every row exactly once."""
    _, now = owed(80)
    found: list[int] = []
    barrier = threading.Barrier(4)

    def work() -> None:
        try:
            barrier.wait(10)
            while rows := promise.claim(Expiry, now=now, limit=7):
                found.extend(row.pk for row in rows)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == len(set(found)) == 80
