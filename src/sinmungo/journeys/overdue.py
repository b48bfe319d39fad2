"""What is owed and late: the one number that says whether a deployment keeps its word."""

from __future__ import annotations

from datetime import datetime

from sinmungo.apps.autonomy.models import Act, Burst, Disclosure, RestorationBatch
from sinmungo.apps.autonomy.queries import audits
from sinmungo.apps.base import promise
from sinmungo.apps.enforcement.models import Delivery, Expiry
from sinmungo.apps.intake.models import EventBatch
from sinmungo.apps.review.models import PendingDecision
from sinmungo.apps.screening.models import Consultation, Hunt, MediaHashing, PictureReading


def seconds_overdue(*, now: datetime) -> dict[str, float]:
    """Return for each kind of promise how long its oldest overdue one has waited, in seconds."""
    found = {
        "screening": promise.oldest_overdue(EventBatch, now=now),
        "act": promise.oldest_overdue(Act, now=now),
        "decision": promise.oldest_overdue(PendingDecision, now=now),
        "delivery": promise.oldest_overdue(Delivery, now=now),
        "expiry": promise.oldest_overdue(Expiry, now=now),
        "hashing": promise.oldest_overdue(MediaHashing, now=now),
        "hunt": promise.oldest_overdue(Hunt, now=now),
        "picture": promise.oldest_overdue(PictureReading, now=now),
        "restoration": promise.oldest_overdue(RestorationBatch, now=now),
        "correction": promise.oldest_overdue(Disclosure, now=now),
        "burst": promise.oldest_overdue(Burst, now=now),
        "audit": audits.oldest_overdue(at=now),
        "opinion": promise.oldest_overdue(Consultation, now=now),
    }
    return {name: max(0.0, (now - due).total_seconds()) if due else 0.0 for name, due in found.items()}
