"""The two addresses that a supervisor reads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from sinmungo.apps.base import clock, ids
from sinmungo.apps.intake.models import EventBatch
from sinmungo.apps.items.models import Platform


def _owe(minutes: float) -> None:
    now = clock.now()
    platform = Platform.objects.create(slug="square", name="Square", created_at=now)
    due = now - timedelta(minutes=minutes)
    EventBatch.objects.create(id=ids.new_id(), platform=platform, received_at=due, due_at=due)


@pytest.mark.django_db
def test_healthy_while_promises_are_kept(client: Client):
    """Nothing is overdue, so the answer is 200 and says so."""
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json()["ok"] is True


@pytest.mark.django_db
def test_unhealthy_when_a_promise_is_late(client: Client):
    """A batch that has waited for ten minutes turns the answer to 503."""
    _owe(minutes=10)

    answer = client.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["seconds_overdue"]["screening"] >= 600


@pytest.mark.django_db
def test_metrics_are_led_by_the_oldest_overdue_promise(client: Client):
    """Prometheus reads the age of the oldest overdue promise of each kind."""
    _owe(minutes=2)

    lines = client.get("/metrics").content.decode().splitlines()

    value = next(line.split()[1] for line in lines if 'kind="screening"' in line)
    assert 120 <= float(value) < 180
