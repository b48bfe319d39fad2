"""Faults ordered for tests: kept in memory, so a restart is always well again."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from typing import Any

from sinmungo.demo.platform.payloads import FaultOrder

KILLED = 137  # what a shell reports of a process ended by SIGKILL


class Faults:
    """The order in force; each webhook takes one of its ``count``, or all do until cleared."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._order = FaultOrder()
        self._left: int | None = None
        self._passing = 0
        self._taken = 0
        self._recent: deque[float] = deque()

    def set(self, order: FaultOrder) -> None:
        """Replace whatever was ordered before."""
        with self._lock:
            self._order, self._left, self._taken = order, order.count, 0
            self._passing = order.after
            self._recent.clear()

    def take(self) -> FaultOrder:
        """Return what shall go wrong with the webhook now beginning."""
        with self._lock:
            if self._order.per_second is not None:
                return self._limited(self._order.per_second)
            if self._passing:
                self._passing -= 1
                return FaultOrder()
            if self._left == 0:
                return FaultOrder()
            if self._left is not None:
                self._left -= 1
            if self._order != FaultOrder():
                self._taken += 1
            return self._order

    def _limited(self, per_second: int) -> FaultOrder:
        """Return that too many came within a second, or that nothing is wrong."""
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1.0:
            self._recent.popleft()
        if len(self._recent) >= per_second:
            self._taken += 1
            return FaultOrder(status=429)
        self._recent.append(now)
        return FaultOrder()

    def describe(self) -> dict[str, Any]:
        """Return the order, how many webhooks it still waits for, and how many it met."""
        with self._lock:
            return {"order": self._order.model_dump(), "left": self._left, "taken": self._taken}


FAULTS = Faults()


def die(order: FaultOrder, moment: str) -> None:
    """End the process at once, as a lost machine would, if the order says so at this moment."""
    if order.kill == moment:
        os._exit(KILLED)
