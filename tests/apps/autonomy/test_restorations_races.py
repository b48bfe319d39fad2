"""Steering a restoration while its incident is worked on: two connections, which is PostgreSQL's alone."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, connections, transaction

from sinmungo.apps.autonomy.models import Restoration
from sinmungo.apps.autonomy.services import restorations, timeline
from sinmungo.apps.base import clock
from tests.common import factories as make
from tests.journeys.waves import wave

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _several_writers() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs a database that takes several writers")


def test_whoever_counts_while_another_confirms_waits_for_nobody_in_a_circle() -> None:
    """A confirmation holds the incident and then wants the restoration; counting holds it and tells of it."""
    platform = make.platform()
    wronged = wave(platform, make.adopted(platform), ["nuri-1"])
    restoration = wronged.propose()

    def count() -> None:
        try:
            restorations.dry_run(restoration=restoration, user=wronged.proposer, at=clock.now())
        finally:
            connections.close_all()

    thread = threading.Thread(target=count)
    with transaction.atomic():
        timeline.locked(wronged.incident)
        thread.start()
        thread.join(timeout=10)
        assert not thread.is_alive(), "it waits for the incident while it holds the restoration"
    restoration.refresh_from_db()
    assert restoration.state == Restoration.State.READY
