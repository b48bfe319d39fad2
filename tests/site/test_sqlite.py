"""SQLite with a lock file: writers take turns, and a killed one gives its turn back."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

WRITERS, EACH = 8, 25


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "sinmungo.sqlite3") as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE turns (writer INTEGER, place INTEGER, before INTEGER)")
    return tmp_path


def start(home: Path, *words: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.site.writers", *words],
        env=environment | {"SINMUNGO_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> str:
    """Wait for a process and return what it complained of."""
    _, complaint = process.communicate(timeout=60)
    return complaint if process.returncode else ""


def turns(home: Path) -> list[tuple[int, int, int]]:
    with sqlite3.connect(home / "sinmungo.sqlite3") as database:
        return database.execute("SELECT writer, place, before FROM turns ORDER BY before").fetchall()


def test_eight_writers_never_meet_a_locked_database(home: Path) -> None:
    """Eight processes write at once: nobody fails, and each saw all that was written before."""
    writers = [start(home, "write", str(number), str(EACH)) for number in range(WRITERS)]
    assert [ended(writer) for writer in writers] == [""] * WRITERS
    written = turns(home)
    assert len(set(written)) == WRITERS * EACH
    assert [before for *_, before in written] == list(range(WRITERS * EACH))


@pytest.mark.kills
def test_a_killed_holder_gives_its_turn_back(home: Path) -> None:
    """A writer killed in the middle loses its own row only; the next one writes at once."""
    holder = start(home, "hold")
    assert holder.stdout is not None
    assert holder.stdout.readline() == "holding\n"
    waiting = start(home, "write", "1", "3")
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(1)
    holder.send_signal(signal.SIGKILL)
    holder.communicate(timeout=10)
    assert ended(waiting) == ""
    assert turns(home) == [(1, 0, 0), (1, 1, 1), (1, 2, 2)]
