"""Answers that many people ask for at once, kept for a few seconds in this process.

While one request works an answer out anew, all others get the one before it: however many ask, the
database is asked once every few seconds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
SECONDS = 5.0
#: More answers than these are not kept.
MOST = 100


class Briefly(Generic[T]):
    """Keep what ``make`` gives for a key for ``seconds``; None is never kept."""

    def __init__(self, make: Callable[[str], T | None], seconds: float = SECONDS) -> None:
        self._make = make
        self._seconds = seconds
        self._kept: dict[str, tuple[float, T]] = {}
        self._renewing: set[str] = set()
        self._lock = threading.Lock()

    def get(self, key: str) -> T | None:
        """Return the answer, at most a few seconds old unless it is being worked out just now."""
        kept = self._kept.get(key)
        if kept is not None and time.monotonic() - kept[0] < self._seconds:
            return kept[1]
        with self._lock:
            if kept is not None and key in self._renewing:
                return kept[1]
            self._renewing.add(key)
        try:
            return self._renewed(key)
        finally:
            with self._lock:
                self._renewing.discard(key)

    def forget(self) -> None:
        """Keep nothing any more."""
        self._kept.clear()

    def _renewed(self, key: str) -> T | None:
        made = self._make(key)
        if made is None:
            self._kept.pop(key, None)
            return None
        if len(self._kept) >= MOST and key not in self._kept:
            self._kept.clear()
        self._kept[key] = (time.monotonic(), made)
        return made
