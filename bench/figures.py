"""A measured figure in the form that all results have."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

#: Units of which less is better.
SMALL_IS_BETTER = frozenset(
    {
        "s",
        "ms",
        "MB",
        "B",
        "h",
        "wrong acts",
        "audits",
        "false alarms a month",
        "reviews a month",
        "h a month",
    }
    | {"times the floor", "of runs, falsely"}
)


def figure(
    name: str,
    value: float,
    unit: str,
    *,
    command: str,
    target: float | None = None,
    peer: str = "",
    peer_value: float | None = None,
) -> dict[str, Any]:
    """Return one result; ``name`` is that of its file.

    Units of time, of room and of harm are better when small, all others when large. ``ratio`` says
    how many times better than the peer it is, ``met`` whether it reaches ``target``; each is None
    where there is nothing to compare with.
    """
    small_is_better = unit in SMALL_IS_BETTER
    ratio = None
    if peer_value and value:
        ratio = round(peer_value / value if small_is_better else value / peer_value, 2)
    met = None
    if target is not None:
        met = value <= target if small_is_better else value >= target
    return {
        "name": name,
        "value": round(value, 3 if value < 10 else 1),
        "unit": unit,
        "peer": peer or None,
        "peer_value": peer_value,
        "ratio": ratio,
        "target": target,
        "met": met,
        "command": command,
        "machine": machine(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def machine() -> str:
    """Return what was measured on, and how busy it was in the last minute."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores {models[0] if models else platform.machine()},"
        f" Python {platform.python_version()}, load {load:.2f}"
    )


def rate(run: Callable[[], int], *, times: int = 5) -> float:
    """Return the median of how many things a second ``run`` does; it returns how many it did."""
    return statistics.median(_once(run) for _ in range(times))


def _once(run: Callable[[], int]) -> float:
    began = time.perf_counter()
    count = run()
    return count / (time.perf_counter() - began)
