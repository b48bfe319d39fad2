"""The worker: what one failing keeper does to the others, and what killing it at any moment loses."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.enforcement.models import Delivery
from sinmungo.apps.vault.store import key_vault
from sinmungo.demo.process import DEFAULT_SECRET, DemoPlatform
from sinmungo.journeys import work
from tests.common import factories as make

KILLS = 25
PLATFORM_DIES_AT = frozenset({5, 11, 17, 23})
DECISIONS = 300


@pytest.mark.django_db
def test_a_keeper_that_fails_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What one keeper owes stays owed, the others go on, and the log names the keeper and no words."""

    def broken(*, now: datetime, limit: int) -> int:
        raise RuntimeError("말이 담긴 오류")

    platform = make.platform()
    make.decision(make.post(platform), make.adopted(platform))
    monkeypatch.setattr(work, "keepers", lambda: (("broken", broken), *_keepers))
    _keepers = work.keepers.__wrapped__() if hasattr(work.keepers, "__wrapped__") else ()
    assert work.keep_all(now=clock.now(), limit=10) == 0
    assert "broken" in caplog.text


def _environment(home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "SINMUNGO_HOME": str(home),
        "SINMUNGO_WEBHOOK_LOCAL_HOSTS": "127.0.0.1",
        "DJANGO_SETTINGS_MODULE": "sinmungo.site.settings",
    }


def _run(part: str, story: dict[str, Any], home: Path) -> dict[str, Any]:
    """Run a part of the story in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.killed", part],
        input=json.dumps(story),
        env=_environment(home),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


class Madang:
    """What the demo platform's own database says."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "madang.sqlite3"

    def rows(self, query: str) -> list[Any]:
        with sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=5) as database:
            return database.execute(query).fetchall()

    def answered(self) -> int:
        """How many webhooks the platform has answered."""
        return int(self.rows("SELECT count(*) FROM platform_webhookanswer")[0][0])


def _kill_while_it_works(home: Path, madang: Madang, luck: random.Random) -> None:
    """Start a worker and end it with SIGKILL shortly after its first webhook arrived."""
    before = madang.answered()
    worker = subprocess.Popen(
        [sys.executable, "-m", "sinmungo", "work", "--limit", "6"],
        env=_environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        give_up_at = time.monotonic() + 5
        while madang.answered() == before and time.monotonic() < give_up_at and worker.poll() is None:
            time.sleep(0.005)
        time.sleep(luck.uniform(0, 0.12))
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)


@pytest.mark.kills
def test_a_worker_killed_at_random_moments_loses_and_repeats_nothing(tmp_path: Path) -> None:
    """25 workers are killed while 300 decisions are delivered, the platform with four of them.

    In the end every delivery is confirmed, every state was applied once, every statement was told once,
    and the ledger holds exactly these acts.
    """
    luck = random.Random(7)
    home = tmp_path / "home"
    with DemoPlatform.start(tmp_path / "madang", story=(7, 60, DECISIONS)) as platform:
        madang = Madang(platform.folder)
        posts = dict(
            madang.rows(
                "SELECT p.external_id, a.external_id FROM platform_post p JOIN platform_account a"
                f" ON a.id = p.author_id WHERE p.deleted_at IS NULL ORDER BY p.id LIMIT {DECISIONS}"
            )
        )
        story = {
            "slug": f"madang-{uuid.uuid4().hex[:8]}",
            "url": f"{platform.url}/webhooks",
            "secret": DEFAULT_SECRET,
            "posts": posts,
        }
        assert _run("prepare", story, home) == {"owed": len(posts)}
        for turn in range(KILLS):
            if turn in PLATFORM_DIES_AT:
                platform.set_fault(kill=luck.choice(("before_commit", "after_commit")), count=1)
            _kill_while_it_works(home, madang, luck)
            if turn in PLATFORM_DIES_AT:
                platform.restart()
        found = _run("finish", story, home)
        applied = madang.rows("SELECT external_id, version, applied_count FROM platform_standing")
    _nothing_lost_or_repeated(found, posts, applied)


def _nothing_lost_or_repeated(found: dict[str, Any], posts: dict[str, str], applied: list[Any]) -> None:
    many = len(posts)
    assert set(found["states"]) <= {"done", "already", "older"}
    assert sum(found["states"].values()) == many
    assert found["decisions"] == found["decision_entries"] == many
    assert found["statements_told"] == found["told_entries"] == found["told_subjects"] == many
    assert found["answered_entries"] == many
    assert (found["unsequenced"], found["ledger_faults"]) == (0, 0)
    assert {post: version for post, version, _ in applied} == found["versions"]
    assert Counter(count for *_, count in applied) == {1: many}
