"""A guard is killed in the middle of acting, again and again."""

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

from tests.journeys.killed_guard import POSTS

ROUNDS = 3


def _environment(home: Path) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {**plain, "SINMUNGO_HOME": str(home), "DJANGO_SETTINGS_MODULE": "sinmungo.site.settings"}


def _run(home: Path, *words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.journeys.killed_guard", *words]
    done = subprocess.run(command, env=_environment(home), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _settled(home: Path) -> int:
    """Return how many acts are settled, as the database's file says."""
    with sqlite3.connect(f"file:{home}/sinmungo.sqlite3?mode=ro", uri=True, timeout=10) as database:
        rows = database.execute("SELECT count(*) FROM autonomy_act WHERE done_at IS NOT NULL")
        return int(rows.fetchone()[0])


def _kill_while_it_acts(home: Path, number: int, luck: random.Random) -> None:
    before = _settled(home)
    command = [sys.executable, "-m", "tests.journeys.killed_guard", "work", str(number)]
    worker = subprocess.Popen(
        command, env=_environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    give_up = time.monotonic() + 60
    while _settled(home) == before and time.monotonic() < give_up:
        time.sleep(0.002)
    time.sleep(luck.uniform(0, 0.3))
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)


@pytest.mark.kills
def test_every_act_is_settled_exactly_once_whoever_is_killed(tmp_path: Path) -> None:
    """Three guards are killed in the middle of their work; a fourth ends it from where they were.

    Each post is hidden by one decision with one statement, each has one case for what had earned nothing,
    the hour's count is that of the decisions, and the ledger verifies.
    """
    luck, home = random.Random(7), tmp_path / "home"
    assert _run(home, "prepare") == {"acts": 2 * POSTS, "cases": 0}
    for number in range(ROUNDS):
        _kill_while_it_acts(home, number + 1, luck)
    assert 0 < _settled(home) < 2 * POSTS, "the guards were faster than their end"
    found = _run(home, "finish", str(ROUNDS + 1))
    assert found["claimed_again"] > 0
    assert found["states"] == {"gifts-hide acted": POSTS, "gifts-suspend watched": POSTS}
    once = ("decisions", "decided_items", "acted_decisions", "statements", "moved", "counted", "cases")
    assert {name: found[name] for name in once} == dict.fromkeys(once, POSTS)
    assert found["most_cases"] == 1
    assert found["ledger_faults"] == 0
