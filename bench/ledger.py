"""The ledger: recording, the sequencer, eight writers at once with the sequencer beside them, verifying."""

from __future__ import annotations

import time
from typing import Any

from bench.clusters import cluster
from bench.figures import figure
from bench.homes import home, inside, together

COMMAND = "python -m bench ledger"
WRITERS = 8
SECONDS = 8
#: Nine processes that start at once on two cores are ready within this.
STARTING_SECONDS = 15
LOCKED_HEAD = "the head of the log locked by each act, same run"


def run() -> list[dict[str, Any]]:
    """Measure SQLite and, where it is installed, PostgreSQL."""
    results = _on("sqlite", {})
    with cluster() as url:
        if url is not None:
            results += _on("postgres", {"DATABASE_URL": url})
    return results


def _on(database: str, settings: dict[str, str]) -> list[dict[str, Any]]:
    with home(**settings) as environment:
        alone = inside("ledger", environment=environment)
        commits, p99 = _at_once("write", environment)
        locked_commits, locked_p99 = _at_once("locked", environment)
    name = f"ledger_{database}"
    return [
        figure(f"{name}_record_200", alone["record"], "entries/s", command=COMMAND),
        figure(f"{name}_sequence", alone["sequence"], "entries/s", command=COMMAND),
        figure(f"{name}_verify", alone["verify"], "entries/s", command=COMMAND),
        figure(
            f"{name}_8_writers",
            commits,
            "commits/s",
            peer=LOCKED_HEAD,
            peer_value=round(locked_commits, 1),
            command=COMMAND,
        ),
        figure(
            f"{name}_8_writers_p99",
            p99,
            "ms",
            peer=LOCKED_HEAD,
            peer_value=round(locked_p99, 1),
            command=COMMAND,
        ),
    ]


def _at_once(how: str, environment: dict[str, str]) -> tuple[float, float]:
    """Return commits a second and the 99th percentile in ms of eight writers; a ninth process sequences."""
    began = time.time() + STARTING_SECONDS
    calls = [("writers", how, began, SECONDS)] * WRITERS + [("writers", "sequence", began, SECONDS)]
    answers = together(calls, environment=environment)
    waits = sorted(wait for answer in answers for wait in answer)
    return len(waits) / SECONDS, 1000 * waits[int(len(waits) * 0.99)]
