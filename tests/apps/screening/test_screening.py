"""Signals and verdicts in bulk."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import transaction

from sinmungo.apps.base import clock, ids
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items import queries as items
from sinmungo.apps.items import store
from sinmungo.apps.items.events import read_event
from sinmungo.apps.items.models import Version
from sinmungo.apps.policies import services as policies
from sinmungo.apps.screening import queries, services
from sinmungo.core.kernel.values import PlainSignal, Span
from tests.apps.items import made
from tests.apps.review.made import PACK

pytestmark = pytest.mark.django_db


@pytest.fixture
def version() -> Version:
    platform = made.platform()
    now = clock.now()
    with transaction.atomic():
        stored = store.store_events(platform.pk, [read_event(made.event(), now=now)], at=now)
    return items.versions_by_id(stored.versions)[stored.versions[0]]


def _judged(version: Version, *signals: PlainSignal, proposed: str = "none") -> services.Judged:
    pack = policies.load_pack(PACK, actor=SYSTEM)
    document = json.dumps({"proposed": proposed})
    return services.Judged(version.id, signals, ids.new_id(), pack.digest, 1, document, proposed)


def test_signals_stand_beside_the_verdict_made_from_them(version: Version):
    """Asking for signals gives those of the newest judging; older ones are found by their verdict."""
    now = clock.now()
    old = PlainSignal("terms", "1", "threat", 0.4, "강가", Span(3, 5))
    new = [PlainSignal("terms", "2", "threat", 0.9), PlainSignal("contact", "1", "any", 0.95)]
    with transaction.atomic():
        services.record([_judged(version, old)], at=now)
        first = queries.latest_verdict(version)
        services.record([_judged(version, *new, proposed="remove")], at=now + timedelta(seconds=1))

    latest = queries.latest_verdict(version)
    assert latest is not None
    assert latest.proposed == "remove"
    assert [s.source for s in queries.signals_of(version)] == ["contact", "terms"]
    (kept,) = queries.signals_of(version, first)
    assert (kept.score, kept.evidence, kept.span_start, kept.span_end) == (0.4, "강가", 3, 5)


def test_a_judging_that_found_nothing_shows_nothing(version: Version):
    """When a later judging raises no signal, older signals are not shown as if they were new."""
    now = clock.now()
    with transaction.atomic():
        services.record([_judged(version, PlainSignal("terms", "1", "threat", 0.4))], at=now)
        services.record([_judged(version)], at=now + timedelta(seconds=1))

    assert queries.signals_of(version) == []


def test_long_evidence_is_cut(version: Version):
    """Evidence is stored up to its column's length."""
    with transaction.atomic():
        services.record([_judged(version, PlainSignal("a", "1", "b", 1.0, "가" * 900))], at=clock.now())

    assert len(queries.signals_of(version)[0].evidence) == services.MAX_EVIDENCE
