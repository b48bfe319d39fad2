"""From an event to its stored verdict with every text source and a learned model on; each source's share."""

from __future__ import annotations

from typing import Any

from bench.events import OSPREY, OSPREY_RATE, OURS
from bench.figures import figure
from bench.homes import home, inside

COMMAND = "python -m bench sources"
BATCHES = 20


def run() -> list[dict[str, Any]]:
    """Measure on SQLite, in one process held to one core."""
    with home() as environment:
        found = inside("sources", BATCHES, environment=environment, core=OURS)
    whole = 1e6 / found["both"]
    results = [
        figure(
            "sources_events",
            found["both"],
            "events/s",
            target=2_000,
            peer=OSPREY,
            peer_value=OSPREY_RATE,
            command=COMMAND,
        ),
        figure("sources_events_cpu", found["cpu"], "events/s of its own work", command=COMMAND),
    ]
    for name, microseconds in found["sources"].items():
        share = 100 * microseconds / whole
        results.append(figure(f"sources_{name}_share", share, "% of an event's time", command=COMMAND))
        print(f"{name}: {microseconds} µs an item, {share:.1f} % of {whole:.0f} µs")
    return results
