"""``python -m bench.index_parts.measured SYSTEM FOLDER``: one system over one set of hashes, as JSON.

The folder holds ``held.npy`` and ``asked.npy``. Run in a process of its own, held to one core and one thread.
Seconds are the process's own: what it waits while others have the core counts for nobody.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.index_parts import systems
from bench.index_parts.shapes import Bits

WARM = 20
BATCH = 1_000
CHANGED = 1_000
ROTATIONS = 8
#: Seconds after which no more queries are timed, of one kind, but so many always are.
LONGEST = 4.0
LEAST = 100


def main(name: str, folder: Path) -> None:
    """Measure and print."""
    kind: Any = getattr(systems, name)
    held, asked = np.load(folder / "held.npy"), np.load(folder / "asked.npy")
    # the modules that it needs count for nobody
    kind(kind.prepared(held[:100].copy()))
    before = _resident()
    given = kind.prepared(held)
    began = time.process_time()
    system = kind(given)
    build = time.process_time() - began
    del given
    gc.collect()
    a_hash = (_resident() - before) / len(held)
    print(
        json.dumps({"build": build, "a_hash": a_hash, **_searched(system, asked), **_changed(system, held)})
    )


def _searched(system: systems.System, asked: Bits) -> dict[str, Any]:
    queries = system.queries(asked)
    for query in queries[:WARM]:
        system.one(query)
    seconds, found = _timed(system.one, queries)
    # so many at once that slow ones do not hold everybody up
    batch = asked[: BATCH if np.mean(seconds) * BATCH < LONGEST else 50]
    together = _seconds(lambda: system.many(batch))
    pictures = [asked[at : at + ROTATIONS] for at in range(0, len(asked) - ROTATIONS, ROTATIONS)]
    rotated, _ = _timed(system.many, pictures, least=LEAST // ROTATIONS)
    return {
        "p50": float(np.median(seconds)),
        "p99": float(np.quantile(seconds, 0.99)),
        "found": sum(found[:LEAST]),
        "batch": together / len(batch),
        "rotations": float(np.median(rotated)),
    }


def _changed(system: systems.System, held: Bits) -> dict[str, float | None]:
    fresh = np.frombuffer(np.random.default_rng(8).bytes(32 * CHANGED), dtype=np.uint8).reshape(-1, 32)
    keys = np.random.default_rng(9).choice(len(held), CHANGED, replace=False).astype(np.int64)
    try:
        add: float | None = _seconds(lambda: system.add(fresh, len(held)))
    except NotImplementedError:
        add = None
    began = time.process_time()
    could = system.remove(keys)
    return {"add": add, "remove": time.process_time() - began if could else None}


def _timed(
    act: Callable[[Any], int], queries: list[Any], *, least: int = LEAST
) -> tuple[list[float], list[int]]:
    seconds: list[float] = []
    found: list[int] = []
    for query in queries:
        began = time.process_time()
        found.append(act(query))
        seconds.append(time.process_time() - began)
        if sum(seconds) > LONGEST and len(seconds) >= least:
            break
    return seconds, found


def _seconds(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
