"""A pause after failures in a row: a service that is down is not asked again and again.

Each process counts for itself, and a pause moves the owed rows, so that it holds for all of them. Only
failures of the service count: an item that makes a model answer nonsense must not silence it for others.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

FAILURES_IN_A_ROW = 5
PAUSE = timedelta(minutes=10)


class Circuit:
    """Counts failures; after five in a row nothing is asked for ten minutes, then one try decides."""

    def __init__(self) -> None:
        self._failures = 0
        self._until: datetime | None = None
        self._lock = Lock()

    def paused_until(self, now: datetime) -> datetime | None:
        """Return until when nothing is asked; None when asking is fine."""
        with self._lock:
            return self._until if self._until is not None and now < self._until else None

    def worked(self) -> None:
        """The service answered."""
        with self._lock:
            self._failures, self._until = 0, None

    def failed(self, now: datetime) -> None:
        """The service failed once more."""
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES_IN_A_ROW:
                self._until = now + PAUSE
