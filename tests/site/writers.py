"""One writer in a process of its own: ``python -m tests.site.writers write NUMBER COUNT | hold``."""

from __future__ import annotations

import os
import sys
import time

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sinmungo.site.settings")
    django.setup()

from django.db import connection, transaction

HOLD_SECONDS = 30


def write(number: str, count: str) -> None:
    """Write so many rows, each in a transaction of its own that first reads and then takes its time."""
    for place in range(int(count)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM turns")
            (before,) = cursor.fetchone()
            time.sleep(0.001)
            cursor.execute("INSERT INTO turns VALUES (%s, %s, %s)", [int(number), place, before])


def hold() -> None:
    """Open a transaction, say so, and never end it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO turns VALUES (99, 0, -1)")
        print("holding", flush=True)
        time.sleep(HOLD_SECONDS)


if __name__ == "__main__":
    {"write": write, "hold": hold}[sys.argv[1]](*sys.argv[2:])
