"""What is owed and late: the one number that says whether a deployment keeps its word."""

from __future__ import annotations

from datetime import datetime

from sinmungo.apps.base import promise
from sinmungo.apps.enforcement.models import Delivery, Expiry
from sinmungo.apps.intake.models import EventBatch

PROMISES = {"screening": EventBatch, "delivery": Delivery, "expiry": Expiry}


def seconds_overdue(*, now: datetime) -> dict[str, float]:
    """Return for each kind of promise how long its oldest overdue one has waited, in seconds."""
    found = {name: promise.oldest_overdue(model, now=now) for name, model in PROMISES.items()}
    return {name: max(0.0, (now - due).total_seconds()) if due else 0.0 for name, due in found.items()}
