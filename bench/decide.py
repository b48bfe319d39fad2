"""The one door: decisions a second, one by one and 200 at once.

Each decision hides a post and limits its account for three days, and gets its statement (sealed), its
strike, two deliveries and three ledger entries: 17 rows and more. Beside it the same run measures how
many decisions' worth of plain rows Django's ``bulk_create`` writes without deciding anything.
"""

from __future__ import annotations

from typing import Any

from bench.clusters import cluster
from bench.figures import figure
from bench.homes import home, inside

COMMAND = "python -m bench decide"
TARGET = 1200
PLAIN = "bulk_create of 17 plain rows for each, same run"
BEFORE = "the first prototype on SQLite (p)"
BEFORE_RATE = 114.0


def run() -> list[dict[str, Any]]:
    """Measure SQLite and, where it is installed, PostgreSQL."""
    results = _on("sqlite", {}, target=TARGET)
    with cluster() as url:
        if url is not None:
            results += _on("postgres", {"DATABASE_URL": url}, target=None)
    return results


def _on(database: str, settings: dict[str, str], *, target: int | None) -> list[dict[str, Any]]:
    with home(**settings) as environment:
        measured = inside("decide", environment=environment)
    name, plain = f"decide_{database}", round(measured["plain"], 1)
    unit = "decisions/s"
    return [
        figure(
            f"{name}_200",
            measured["many"],
            unit,
            target=target,
            peer=PLAIN,
            peer_value=plain,
            command=COMMAND,
        ),
        figure(f"{name}_200_best", measured["best"], unit, peer=PLAIN, peer_value=plain, command=COMMAND),
        figure(f"{name}_1", measured["one"], unit, peer=BEFORE, peer_value=BEFORE_RATE, command=COMMAND),
    ]
