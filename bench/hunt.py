"""Searching what was seen for what a bank learns: one picture in a million, and a thousand pictures at once.

Each picture that was seen has sixteen hashes, and each that is looked for a kit of sixteen. A hundred of
those seen are re-posts, at a distance of 20; exactly they are found.
"""

from __future__ import annotations

from typing import Any

from bench.figures import figure
from bench.homes import home, inside

COMMAND = "python -m bench hunt"
MANY, FEWER = 1_000_000, 100_000
PICTURES = 1_000


def run() -> list[dict[str, Any]]:
    """Measure on SQLite, in a process of its own each."""
    with home() as environment:
        one = inside("hunt", MANY, 1, environment=environment)
    with home() as environment:
        many = inside("hunt", FEWER, PICTURES, environment=environment)
    return [
        figure("hunt_1_picture_in_1m", one["seconds"], "s", command=COMMAND),
        figure("hunt_1_picture", one["rate"], "media/s", command=COMMAND),
        figure("hunt_1000_pictures", many["rate"], "media/s", command=COMMAND),
        figure("hunt_longest_turn", many["longest_turn"], "s", command=COMMAND),
    ]
