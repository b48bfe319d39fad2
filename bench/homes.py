"""A deployment of its own for each measurement, in a temporary folder and its own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LONGEST_SECONDS = 300


@contextmanager
def home(**environment: str) -> Iterator[dict[str, str]]:
    """Give an environment whose ``SINMUNGO_HOME`` is empty and is removed at the end."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("SINMUNGO_")}
    kept.pop("DATABASE_URL", None)
    with tempfile.TemporaryDirectory(prefix="sinmungo-bench-") as folder:
        yield {**kept, "SINMUNGO_HOME": folder, **environment}


def inside(script: str, *arguments: object, environment: dict[str, str], core: int | None = None) -> Any:
    """Return what ``bench.inside.<script>`` measured in a process of its own, held to one core if named."""
    return _answer(_started(script, arguments, environment, core))


def together(calls: Sequence[Sequence[object]], *, environment: dict[str, str]) -> list[Any]:
    """Run many scripts at once, each with its arguments; return what each measured, in order."""
    running = [_started(str(call[0]), call[1:], environment, None) for call in calls]
    return [_answer(process) for process in running]


def _started(
    script: str, arguments: Sequence[object], environment: dict[str, str], core: int | None
) -> subprocess.Popen[bytes]:
    words = [*pinned(core), sys.executable, "-m", "bench.inside", script, *map(str, arguments)]
    return subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE)


def _answer(process: subprocess.Popen[bytes]) -> Any:
    try:
        told, _ = process.communicate(timeout=LONGEST_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return json.loads(told.splitlines()[-1])


def pinned(core: int | None) -> list[str]:
    """Return the words before a command that hold it to one core; none if no core is named."""
    return [] if core is None else ["taskset", "-c", str(core)]
