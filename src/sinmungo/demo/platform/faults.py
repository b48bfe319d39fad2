"""Faults ordered for tests: kept in memory, so a restart is always well again."""

from __future__ import annotations

import os
import threading
from typing import Any

from sinmungo.demo.platform.payloads import FaultOrder

KILLED = 137  # what a shell reports of a process ended by SIGKILL


class Faults:
    """The order in force; each webhook takes one of its ``count``, or all do until cleared."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._order = FaultOrder()
        self._left: int | None = None
        self._taken = 0

    def set(self, order: FaultOrder) -> None:
        """Replace whatever was ordered before."""
        with self._lock:
            self._order, self._left, self._taken = order, order.count, 0

    def take(self) -> FaultOrder:
        """Return what shall go wrong with the webhook now beginning."""
        with self._lock:
            if self._left == 0:
                return FaultOrder()
            if self._left is not None:
                self._left -= 1
            if self._order != FaultOrder():
                self._taken += 1
            return self._order

    def describe(self) -> dict[str, Any]:
        """Return the order, how many webhooks it still waits for, and how many it met."""
        with self._lock:
            return {"order": self._order.model_dump(), "left": self._left, "taken": self._taken}


FAULTS = Faults()


def die(order: FaultOrder, moment: str) -> None:
    """End the process at once, as a lost machine would, if the order says so at this moment."""
    if order.kill == moment:
        os._exit(KILLED)
