"""Searching hashes within 31 of 256 bits, beside peers: building, memory, queries, adding and removing.

``BENCH_SIZES`` may bound the sizes ("100000,1000000"); ``SINMUNGO_REFERENCE_DATA`` names the folder of the
real hashes, without which that shape is left out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.events import OURS
from bench.figures import figure
from bench.homes import LONGEST_SECONDS, ROOT, pinned
from bench.index_parts.shapes import SHAPES, asked, shapes

COMMAND = "python -m bench index"
SIZES = (100_000, 1_000_000, 10_000_000)
QUERIES = 1_000
#: The size at which the peers are measured, and the design's targets hold.
BESIDE = 1_000_000
PLAIN_SHAPES = ("uniform", "clusters")
#: The shapes that are also measured at ten million.
LARGE_SHAPES = (*PLAIN_SHAPES, "tenth", "zipf_in_our_slots")
#: The multi-indexes of others: each figure stands beside the best of them.
MULTI = ("Faiss", "ThreatExchange")
NAMES = {
    "Ours": "HashIndex",
    "Faiss": "faiss IndexBinaryMultiHash 16 x 16",
    "FaissFlat": "faiss IndexBinaryFlat",
    "ThreatExchange": "threatexchange PDQIndex",
    "ThreatExchangeFlat": "threatexchange PDQFlatIndex (radius 52)",
    "Plain": "a plain multi-index in numpy",
}
BYTES_A_HASH = 120
TIMES_FASTER = 2
TIMES_SOONER = 10

Measured = dict[str, Any]


def run() -> list[dict[str, Any]]:
    """Measure every shape at every size, beside others up to a million; keep the main figures."""
    chosen = os.environ.get("BENCH_SIZES", "")
    sizes = [int(size) for size in chosen.split(",")] if chosen else list(SIZES)
    results: list[dict[str, Any]] = []
    for size in sizes:
        for shape in shapes():
            if size == BESIDE or shape in (PLAIN_SHAPES if size < BESIDE else LARGE_SHAPES):
                found = _side_by_side(shape, size)
                _show(shape, size, found)
                results += _figures(shape, size, found)
    return results


def _side_by_side(shape: str, size: int) -> dict[str, Measured]:
    names = [name for name in NAMES if name == "Ours" or _is_measured(name, shape, size)]
    drawn = np.random.default_rng(zlib.crc32(f"{shape} {size}".encode()))
    with tempfile.TemporaryDirectory(prefix="sinmungo-bench-") as folder:
        held = SHAPES[shape](size, drawn)
        np.save(Path(folder) / "held.npy", held)
        np.save(Path(folder) / "asked.npy", asked(shape, held, QUERIES, drawn))
        del held
        found = {name: _measured(name, folder) for name in names}
    exact = {each["found"] for name, each in found.items() if name != "ThreatExchangeFlat"}
    assert len(exact) == 1, f"the systems disagree on {shape} at {size}"
    return found


def _is_measured(peer: str, shape: str, size: int) -> bool:
    """Tell whether a peer is: none past a million, and those without lists on the plain shapes only."""
    if size == BESIDE:
        return shape in PLAIN_SHAPES or peer in (*MULTI, "Plain")
    return size < BESIDE and peer in MULTI


def _measured(name: str, folder: str) -> Measured:
    words = [*pinned(OURS), sys.executable, "-m", "bench.index_parts.measured", name, folder]
    told = subprocess.run(
        words,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        check=True,
        timeout=LONGEST_SECONDS,
    )
    measured: Measured = json.loads(told.stdout.splitlines()[-1])
    return measured


def _figures(shape: str, size: int, found: dict[str, Measured]) -> list[dict[str, Any]]:
    """Return what is kept: every p50; from a million on also p99, and of the plain shapes the rest."""
    name = f"index_{shape}_{_short(size)}"
    results = [_beside(f"{name}_p50", found, "p50", "ms", times=TIMES_FASTER)]
    if size >= BESIDE:
        results.append(_beside(f"{name}_p99", found, "p99", "ms"))
    if size >= BESIDE and shape in PLAIN_SHAPES:
        theirs = ("ThreatExchange",)
        results += [
            _beside(f"{name}_build", found, "build", "s", peers=theirs, times=TIMES_SOONER),
            _beside(f"{name}_a_hash", found, "a_hash", "B", peers=theirs, target=BYTES_A_HASH),
            _beside(f"{name}_in_batch", found, "batch", "ms"),
            _beside(f"{name}_rotations", found, "rotations", "ms", peers=theirs),
            _beside(f"{name}_add_1000", found, "add", "ms"),
            _beside(f"{name}_remove_1000", found, "remove", "ms", peers=("FaissFlat",)),
        ]
    return results


def _beside(
    name: str,
    found: dict[str, Measured],
    what: str,
    unit: str,
    *,
    peers: Sequence[str] = MULTI,
    times: int | None = None,
    target: float | None = None,
) -> dict[str, Any]:
    """Return one figure of ours beside the best of these peers; the target may be so many times better."""
    scale = 1e3 if unit == "ms" else 1.0
    best, theirs = min(
        ((NAMES[peer], found[peer][what] * scale) for peer in peers if peer in found),
        key=lambda each: each[1],
        default=("", None),
    )
    if theirs and times:
        target = theirs / times
    return figure(
        name,
        found["Ours"][what] * scale,
        unit,
        target=target and round(target, 3),
        peer=f"{best}, same run" if best else "",
        peer_value=theirs and round(theirs, 3),
        command=COMMAND,
    )


def _show(shape: str, size: int, found: dict[str, Measured]) -> None:
    heads = (
        "build s",
        "B a hash",
        "p50 ms",
        "p99 ms",
        "in a batch ms",
        "8 at once ms",
        "+1,000 ms",
        "-1,000 ms",
    )
    table = Table(f"{size:,} {shape}", *heads, box=None)
    for name, each in found.items():
        milliseconds = [each[what] for what in ("p50", "p99", "batch", "rotations", "add", "remove")]
        shown = ["-" if value is None else f"{1e3 * value:.3f}" for value in milliseconds]
        table.add_row(NAMES[name], f"{each['build']:.2f}", f"{each['a_hash']:.0f}", *shown)
    Console(width=160).print(table)


def _short(size: int) -> str:
    return f"{size // 1_000_000}m" if size >= 1_000_000 else f"{size // 1_000}k"
