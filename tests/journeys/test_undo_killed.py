"""Two workers at a time send what nobody took back, and are killed while they do."""

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

ROUNDS = 4
OWED = 118


def _environment(home: Path) -> dict[str, str]:
    settings = {"SINMUNGO_HOME": str(home), "DJANGO_SETTINGS_MODULE": "sinmungo.site.settings"}
    plain = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {**plain, **settings, "SINMUNGO_UNDO_SECONDS": "30"}


def _run(part: str, home: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.killed_undo", part],
        env=_environment(home),
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _claims(home: Path) -> int:
    """Return how often a decision that waits was claimed, as the database's file says."""
    with sqlite3.connect(f"file:{home}/sinmungo.sqlite3?mode=ro", uri=True, timeout=10) as database:
        return int(database.execute("SELECT sum(attempts) FROM review_pendingdecision").fetchone()[0])


def _kill_while_they_send(home: Path, luck: random.Random) -> None:
    before = _claims(home)
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "sinmungo", "work", "--limit", "9"],
            env=_environment(home),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(2)
    ]
    give_up = time.monotonic() + 20
    while _claims(home) == before and time.monotonic() < give_up:
        time.sleep(0.003)
    for worker in workers:
        time.sleep(luck.uniform(0, 0.06))
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)


@pytest.mark.kills
def test_what_nobody_took_back_is_sent_exactly_once_whoever_is_killed(tmp_path: Path) -> None:
    """Eight workers are killed while 118 decisions are sent; what was taken back is never sent.

    In the end each case has one decision, one statement and one outcome.
    """
    luck, home = random.Random(11), tmp_path / "home"
    assert _run("prepare", home) == {"owed": OWED}
    for _ in range(ROUNDS):
        _kill_while_they_send(home, luck)
    found = _run("finish", home)
    assert found["before"] < OWED, "the workers were faster than their end"
    for name in ("decisions", "items", "entries", "statements", "outcomes"):
        assert found[name] == OWED, (name, found)
    assert found["states"] == {"decided": OWED, "open": 2}
    assert found["owed"] == 0
    assert found["claimed_again"] > 0
