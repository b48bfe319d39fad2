"""The one door: decisions a second, one by one and 200 at once, on SQLite and on PostgreSQL.

Each decision hides a post and limits its account for three days, and gets its statement (sealed), its
strike, two deliveries and three ledger entries: 17 rows. Beside it the same run measures what Django's
``bulk_create`` needs for as many rows of the plainest of these tables, without deciding anything.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from typing import Any

import django

from bench._result import result
from tests.common import postgres

COMMAND = "python -m bench decide"
BATCH, BATCHES, SINGLES = 200, 10, 60
ROWS_A_DECISION = 17
TARGET = 1200.0
ONE_BY_ONE_BEFORE = 114.0


def run() -> list[dict[str, Any]]:
    """Measure on SQLite, and on PostgreSQL where it is installed."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    rows = _results("SQLite", _measured_in(environment), target=TARGET)
    if postgres.binaries() is None:
        return rows
    cluster = postgres.start()
    try:
        environment = {**environment, "DATABASE_URL": cluster.url}
        return rows + _results("PostgreSQL", _measured_in(environment), target=None)
    finally:
        cluster.stop()


def _measured_in(environment: dict[str, str]) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.decide"],
        env={**environment, "DJANGO_SETTINGS_MODULE": "sinmungo.site.settings"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=600,
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _results(database: str, measured: dict[str, float], target: float | None) -> list[dict[str, Any]]:
    peer = "bulk_create of 17 plain rows for each"
    plain = measured["plain"]
    return [
        result(
            f"decisions through the door, {BATCH} at once, {database} (median batch)",
            measured["many"],
            "decisions/s",
            command=COMMAND,
            peer=peer,
            peer_value=plain,
            target=target,
        ),
        result(
            f"decisions through the door, {BATCH} at once, {database} (best batch)",
            measured["best"],
            "decisions/s",
            command=COMMAND,
            peer=peer,
            peer_value=plain,
        ),
        result(
            f"decisions through the door, one by one, {database}",
            measured["one"],
            "decisions/s",
            command=COMMAND,
            peer="the first prototype, SQLite",
            peer_value=ONE_BY_ONE_BEFORE,
        ),
    ]


def measure() -> dict[str, float]:
    """Measure on the database that the settings name; returns rates a second."""
    # models can be imported only when Django is set up, which a bench's parent never is
    from bench import _deciding

    _deciding.prepare()
    proposals = _deciding.proposals(1 + BATCH * BATCHES + SINGLES)
    _deciding.decide(proposals[:1])
    gc.collect()
    gc.freeze()  # the proposals that wait are the bench's own, not what is measured
    batches = [proposals[1 + n * BATCH :][:BATCH] for n in range(BATCHES)]
    taken = [_seconds(_deciding.decide, batch) for batch in batches]
    singles = _seconds(_deciding.decide_each, proposals[-SINGLES:])
    plain = [_seconds(_deciding.plain_rows, BATCH * ROWS_A_DECISION) for _ in range(BATCHES)]
    return {
        "many": BATCH / statistics.median(taken),
        "best": BATCH / min(taken),
        "one": SINGLES / singles,
        "plain": BATCH / statistics.median(plain),
    }


def _seconds(act: Any, *arguments: Any) -> float:
    started = time.perf_counter()
    act(*arguments)
    return time.perf_counter() - started


if __name__ == "__main__":
    django.setup()
    print(json.dumps(measure()))
