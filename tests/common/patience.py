"""Waiting for a server's thread that shares the database of a test."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.core.management import CommandError
from django.db import OperationalError


def when_free(act: Callable[[], Any]) -> Any:
    """Act once the server's thread is through with the table: in memory SQLite waits for nobody.

    Django's command that empties the tables tells of it by an error of its own.
    """
    for _ in range(200):
        try:
            return act()
        except (OperationalError, CommandError):
            time.sleep(0.02)
    return act()
