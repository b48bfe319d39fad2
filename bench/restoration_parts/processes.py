"""Processes of a measurement: started, watched for their memory, killed and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.homes import ROOT


class Asked:
    """A process of ``tests.flows.wronged``: does what it is asked, a line each."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.wronged"],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, what: str, **more: Any) -> dict[str, Any]:
        """Have it do something and return its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait(10)


class Worker:
    """``sinmungo work``; ``peak`` is the most memory in MB that any of its lives took."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment = dict(environment)
        self._log = log
        self.peak = 0.0
        self._before = self._now = 0.0
        self.start()

    @property
    def cpu(self) -> float:
        """Processor time of all its lives in seconds, as of the last look."""
        return self._before + self._now

    def start(self) -> None:
        """Start it, or start it again."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sinmungo", "work"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def look(self) -> None:
        """Note how much memory it has taken at most, and how much processor time."""
        self.peak = max(self.peak, peak_of(self._process.pid))
        self._now = max(self._now, cpu_of(self._process.pid))

    def kill(self) -> None:
        """End it with SIGKILL, wherever it is."""
        self.look()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        self._before, self._now = self.cpu, 0.0


def cpu_of(process: int) -> float:
    """Return the processor time of a process so far in seconds, 0 when it has ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rsplit(")", 1)
    except OSError:
        return 0.0
    user, system = fields[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def peak_of(process: int) -> float:
    """Return the most resident memory of a process so far in MB, 0 when it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0.0
    found = next((line.split()[1] for line in lines if line.startswith("VmHWM")), "0")
    return int(found) / 1024
