"""The ledger in one process: batches of 200 entries, then their positions, then all verified."""

from __future__ import annotations

import time

from django.db import transaction

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import automation
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.ledger.verify import Verifier

BATCHES = 50
SIZE = 200
ACTOR = automation("measured")


def measure() -> dict[str, float]:
    """Return entries a second: recorded in transactions of 200, sequenced, verified."""
    began = time.perf_counter()
    for batch in range(BATCHES):
        _record(batch)
    recorded = time.perf_counter()
    waiting = Entry.objects.count()
    while ledger.sequence(now=clock.now()):
        pass
    sequenced = time.perf_counter()
    found = Verifier(_quietly, "").run()
    verified = time.perf_counter()
    assert found.ok, found.faults
    return {
        "record": BATCHES * SIZE / (recorded - began),
        "sequence": waiting / (sequenced - recorded),
        "verify": found.size / (verified - sequenced),
    }


def _record(batch: int) -> None:
    entries = [
        ledger.NewEntry("review.case.claimed", f"case:{batch * SIZE + place}", ACTOR, {"queue": "main"})
        for place in range(SIZE)
    ]
    with transaction.atomic():
        ledger.record(entries, at=clock.now())


def _quietly(done: int, of: int) -> None:
    """Nobody watches."""
