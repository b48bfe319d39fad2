"""``sinmungo up`` with the database ready: seconds to the first page, and memory when nothing happens.

Memory is PSS: what processes share is counted once, in parts.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import httpx
import psutil
from tests.common.postgres import free_port

from bench.figures import figure
from bench.homes import ROOT, home

COMMAND = "python -m bench start"
IDLE_SECONDS = 5
GIVE_UP_SECONDS = 60
OSPREY = "Osprey: 17 services (p)"


def run() -> list[dict[str, Any]]:
    """Start once to make database and keys, then again to measure."""
    with home() as environment:
        first, _ = _started(environment)
        print(f"start: the very first start took {first:.1f} s, preparing the database included")
        seconds, megabytes = _started(environment)
    return [
        figure("start_to_first_page", seconds, "s", target=5.0, command=COMMAND),
        figure("start_memory_idle", megabytes, "MB", target=400.0, command=COMMAND),
    ]


def _started(environment: dict[str, str]) -> tuple[float, float]:
    """Return seconds until the first page is answered, and megabytes a while later."""
    port = free_port()
    began = time.perf_counter()
    running = subprocess.Popen(
        [sys.executable, "-m", "sinmungo", "up", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for_page(f"http://127.0.0.1:{port}/", running)
        seconds = time.perf_counter() - began
        time.sleep(IDLE_SECONDS)
        return seconds, _memory(running.pid)
    finally:
        running.terminate()
        running.wait(20)


def _wait_for_page(address: str, running: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + GIVE_UP_SECONDS
    with httpx.Client(timeout=5) as client:
        while running.poll() is None and time.monotonic() < deadline:
            try:
                client.get(address).raise_for_status()
            except httpx.TransportError:
                time.sleep(0.02)
            else:
                return
    raise TimeoutError("no page was answered")


def _memory(pid: int) -> float:
    root = psutil.Process(pid)
    shares = {process: process.memory_full_info().pss for process in (root, *root.children(recursive=True))}
    for process, share in shares.items():
        print(f"start: {share / 1e6:6.1f} MB  {' '.join(process.cmdline()[1:5])}")
    return float(sum(shares.values())) / 1e6
