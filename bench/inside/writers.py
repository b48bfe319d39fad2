"""One of several processes that write to the ledger at once."""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.db import transaction

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import automation
from sinmungo.apps.ledger import services as ledger


def measure(part: str, began: str, seconds: str) -> list[float]:
    """Wait for the common moment, then work for so long; return how long each commit took, in seconds."""
    start, end = float(began), float(began) + float(seconds)
    time.sleep(max(start - time.time(), 0.0))
    return _sequenced(end) if part == "sequence" else list(_written(end, locked=part == "locked"))


def _written(end: float, *, locked: bool) -> Iterator[float]:
    """Record an act a transaction; with ``locked`` each also places it and signs, as the peer."""
    actor = automation("measured")
    while time.time() < end:
        began = time.perf_counter()
        with transaction.atomic():
            ledger.record([ledger.NewEntry("review.case.claimed", "case:1", actor, {})], at=clock.now())
            if locked:
                ledger.sequence(now=clock.now())
        yield time.perf_counter() - began


def _sequenced(end: float) -> list[float]:
    """Work as ``sinmungo work`` does: whatever waits, then a short rest."""
    while time.time() < end:
        if not ledger.sequence(now=clock.now()):
            time.sleep(0.25)
    return []
