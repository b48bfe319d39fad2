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
from sinmungo.demo.process import DEFAULT_SECRET, DemoPlatform
from sinmungo.journeys import work
from tests.common import factories as make

#: 25 workers, five at a time.
ROUNDS = 5
WORKERS = 5
PLATFORM_DIES_IN = frozenset({1, 3})
DECISIONS = 300
POSTS = """SELECT p.external_id, a.external_id FROM platform_post p
    JOIN platform_account a ON a.id = p.author_id WHERE p.deleted_at IS NULL ORDER BY p.id"""


@pytest.mark.django_db(transaction=True)
def test_a_keeper_that_fails_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What one keeper owes stays owed, the others go on, and the log names the keeper and no words."""

    def broken(*, now: datetime, limit: int) -> int:
        raise RuntimeError("말이 담긴 오류")

    platform = make.platform()
    make.decision(make.post(platform), make.adopted(platform))
    others = work.keepers()
    monkeypatch.setattr(work, "keepers", lambda: (("broken", broken), *others))
    assert work.keep_all(now=clock.now(), limit=10) > 0
    assert Delivery.objects.get().last_error == "webhook.no_address"
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


def _start_worker(home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "sinmungo", "work", "--limit", "6"],
        env=_environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _kill_while_they_work(
    workers: list[subprocess.Popen[bytes]], madang: Madang, luck: random.Random
) -> None:
    """End each worker with SIGKILL, the first shortly after a webhook arrived, the others after it."""
    before = madang.answered()
    give_up_at = time.monotonic() + 40
    while madang.answered() == before and time.monotonic() < give_up_at:
        time.sleep(0.005)
    for worker in workers:
        time.sleep(luck.uniform(0, 0.12))
        worker.send_signal(signal.SIGKILL)
        worker.wait(10)


@pytest.mark.kills
def test_a_worker_killed_at_random_moments_loses_and_repeats_nothing(tmp_path: Path) -> None:
    """25 workers are killed while 300 decisions are delivered, the platform in two of the five rounds.

    In the end every delivery is confirmed, every state was applied once, every statement was told once,
    and the ledger holds exactly these acts.
    """
    luck = random.Random(7)
    home = tmp_path / "home"
    with DemoPlatform.start(tmp_path / "madang", story=(7, 60, DECISIONS)) as platform:
        madang = Madang(platform.folder)
        posts = dict(madang.rows(POSTS)[:DECISIONS])
        story = {
            "slug": f"madang-{uuid.uuid4().hex[:8]}",
            "url": f"{platform.url}/webhooks",
            "secret": DEFAULT_SECRET,
            "posts": posts,
        }
        assert _run("prepare", story, home) == {"owed": len(posts)}
        for turn in range(ROUNDS):
            workers = [_start_worker(home) for _ in range(WORKERS)]
            if turn in PLATFORM_DIES_IN:
                platform.set_fault(kill=luck.choice(("before_commit", "after_commit")), count=1)
            _kill_while_they_work(workers, madang, luck)
            if turn in PLATFORM_DIES_IN:
                platform.restart()
        found = _run("finish", story, home)
        applied = madang.rows("SELECT external_id, version, applied_count FROM platform_standing")
    _nothing_lost_or_repeated(found, posts, applied)


def _nothing_lost_or_repeated(found: dict[str, Any], posts: dict[str, str], applied: list[Any]) -> None:
    many = len(posts)
    assert found["claimed_again"] > 0, "no kill met a worker at work"
    assert set(found["states"]) <= {"done", "already", "older"}
    assert sum(found["states"].values()) == many
    assert found["decisions"] == found["decision_entries"] == many
    assert found["statements_told"] == found["told_entries"] == found["told_subjects"] == many
    assert found["answered_entries"] == many
    assert (found["unsequenced"], found["ledger_faults"]) == (0, 0)
    assert {post: version for post, version, _ in applied} == found["versions"]
    assert Counter(count for *_, count in applied) == {1: many}
