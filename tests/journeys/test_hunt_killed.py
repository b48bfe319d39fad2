"""A worker is killed in the middle of a search, again and again."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.killed_hunt import PLACES, VERSIONS

ROUNDS = 3


def _environment(home: Path) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {**plain, "SINMUNGO_HOME": str(home), "DJANGO_SETTINGS_MODULE": "sinmungo.site.settings"}


def _run(home: Path, *words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.journeys.killed_hunt", *words]
    done = subprocess.run(command, env=_environment(home), capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _looked(home: Path) -> int:
    """Return how far the search came, as the database's file says."""
    with sqlite3.connect(f"file:{home}/sinmungo.sqlite3?mode=ro", uri=True, timeout=10) as database:
        return int(database.execute("SELECT sum(looked) FROM screening_hunt").fetchone()[0])


def _kill_while_it_searches(home: Path, number: int, luck: random.Random) -> None:
    before = _looked(home)
    command = [sys.executable, "-m", "tests.journeys.killed_hunt", "work", str(number)]
    worker = subprocess.Popen(
        command, env=_environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    give_up = time.monotonic() + 30
    while _looked(home) == before and time.monotonic() < give_up:
        time.sleep(0.002)
    time.sleep(luck.uniform(0, 0.05))
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)


@pytest.mark.kills
def test_every_find_is_there_exactly_once_whoever_is_killed(tmp_path: Path) -> None:
    """Three workers are killed in the middle of a search; a fourth ends it from where they were.

    In the end everything was looked at once, each re-post found once and each item judged again once or more.
    """
    luck, home = random.Random(11), tmp_path / "home"
    planted = _run(home, "prepare")["planted"]
    for number in range(ROUNDS):
        _kill_while_it_searches(home, number + 1, luck)
    assert 0 < _looked(home) < VERSIONS * PLACES, "the workers were faster than their end"
    found = _run(home, "finish", str(ROUNDS + 1))
    assert found["done"]
    assert found["looked"] == found["total"] == VERSIONS * PLACES
    assert found["finds"] == found["distinct"] == found["found"] == planted
    assert found["judged"] == found["versions"]
