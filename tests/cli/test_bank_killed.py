"""An import that is killed while it writes, as often as it takes."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.core.matching.exchange import made

PAGE = 20_000
ROWS = 2 * PAGE
ROUNDS = 2


def _sinmungo(home: Path, *words: object) -> subprocess.Popen[str]:
    plain = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.Popen(
        [sys.executable, "-m", "sinmungo", *map(str, words)],
        env=plain | {"SINMUNGO_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _done(home: Path, *words: object) -> str:
    process = _sinmungo(home, *words)
    printed, _ = process.communicate(timeout=150)
    assert process.returncode == 0, printed
    return printed


def _asked(home: Path, query: str) -> list[tuple[int, ...]]:
    with sqlite3.connect(f"file:{home}/sinmungo.sqlite3?mode=ro", uri=True, timeout=10) as database:
        return database.execute(query).fetchall()


def _held(home: Path) -> int:
    return int(_asked(home, "SELECT count(*) FROM screening_fingerprint")[0][0])


def _kill_while_it_writes(home: Path, file: Path, luck: random.Random) -> None:
    """Kill an import some moments after it began to write: its log of writing has grown."""
    log = home / "sinmungo.sqlite3-wal"
    process = _sinmungo(home, "bank", "import", "known", file, "--format", "csv")
    give_up = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < give_up:
        if log.exists() and log.stat().st_size:
            break
        time.sleep(0.003)
    time.sleep(luck.uniform(0, 0.2))
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)


@pytest.mark.kills
def test_an_import_that_is_killed_has_taken_whole_pages_and_goes_on_from_there(tmp_path: Path) -> None:
    """Every page is there with its search promised, or not at all; in the end each hash is there once."""
    luck, home, file = random.Random(5), tmp_path / "home", tmp_path / "list.csv"
    home.mkdir()
    rows = "".join(f"sha256,{made.digest(place).hex()}\n" for place in range(ROWS))
    file.write_text(f"kind,content\n{rows}")
    _done(home, "manage", "migrate", "-v", "0")
    _done(home, "bank", "make", "known", "--title-ko", "알려진 것", "--title-en", "Known")
    for attempt in range(ROUNDS):
        _kill_while_it_writes(home, file, luck)
        assert attempt or _held(home) < ROWS, "the import was faster than its end"
        hunts = _asked(home, "SELECT count(*), coalesce(max(to_change), 0) FROM screening_hunt")[0]
        assert _held(home) % PAGE == 0
        assert hunts[0] == hunts[1] == _held(home) // PAGE
    printed = _done(home, "bank", "import", "known", file, "--format", "csv")

    assert f"{ROWS} rows" in printed
    assert _held(home) == ROWS
    assert _asked(home, "SELECT count(DISTINCT digest) FROM screening_fingerprint") == [(ROWS,)]
