"""A restoration whose workers and whose platform are killed again and again: everybody once, nobody twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from sinmungo.demo.process import DEFAULT_SECRET, DemoPlatform
from tests.flows import wronged
from tests.flows.system import fresh_database

#: In the long form ``SINMUNGO_KILLS=2000``.
KILLS = int(os.environ.get("SINMUNGO_KILLS") or 20)
ACCOUNTS = max(400, 8 * KILLS)
#: Small batches, so that there are many places to be killed at.
BATCH = 10
ONE_IN_THE_PLATFORM = 6
SEED = 5


class Deployment:
    """A process that holds Sinmungo ready: it does what it is asked and forks workers."""

    def __init__(self, home: Path) -> None:
        environment = {**os.environ, "SINMUNGO_HOME": str(home), "SINMUNGO_WEBHOOK_LOCAL_HOSTS": "127.0.0.1"}
        if os.environ.get("DATABASE_URL"):
            environment["DATABASE_URL"] = fresh_database(os.environ["DATABASE_URL"])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.wronged"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, what: str, **more: Any) -> dict[str, Any]:
        """Have it do something and return its answer."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"{what} failed; see the messages above"
        found: dict[str, Any] = json.loads(answer)
        return found

    @contextmanager
    def worker(self) -> Iterator[None]:
        """Run a worker and kill it at the end, wherever it is."""
        process = int(self.ask("work")["pid"])
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def end(self) -> None:
        """End the process itself."""
        self._process.kill()
        self._process.wait(10)


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[DemoPlatform]:
    with DemoPlatform.start(tmp_path / "platform") as running:
        yield running


@pytest.fixture
def deployment(tmp_path: Path, platform: DemoPlatform) -> Iterator[Deployment]:
    found = Deployment(tmp_path / "home")
    found.ask("prepare", accounts=ACCOUNTS, url=platform.url + "/webhooks", secret=DEFAULT_SECRET)
    wronged.fill(tmp_path / "platform" / "madang.sqlite3", wronged.names(ACCOUNTS))
    yield found
    found.end()


def _kill_while_it_works(deployment: Deployment, platform: DemoPlatform, luck: random.Random) -> None:
    deployment.ask("let_leases_run_out")
    with deployment.worker():
        time.sleep(luck.uniform(0.02, 0.35))
        if luck.randrange(ONE_IN_THE_PLATFORM) == 0:
            platform.kill()
            time.sleep(luck.uniform(0.0, 0.2))
    if not platform.running:
        platform.restart()


def _finish(deployment: Deployment) -> None:
    give_up = time.monotonic() + 120
    deployment.ask("let_leases_run_out")
    with deployment.worker():
        while deployment.ask("progress")["state"] != "done":
            assert time.monotonic() < give_up, "the restoration did not end"
            time.sleep(0.1)


@pytest.mark.kills
def test_whoever_is_killed_everybody_is_restored_exactly_once(
    deployment: Deployment, platform: DemoPlatform, tmp_path: Path
) -> None:
    """Workers and the platform are killed at random moments; in the end every count is exact.

    Every account is free and was set exactly once, each person has exactly one message, and the ledger
    verifies.
    """
    luck = random.Random(SEED)
    assert deployment.ask("begin", batch=BATCH)["to_restore"] == ACCOUNTS
    unfinished = 0
    for _ in range(KILLS):
        _kill_while_it_works(deployment, platform, luck)
        unfinished += deployment.ask("progress")["state"] != "done"
    assert unfinished > KILLS / 2, "the restoration ended before the killing did"
    _finish(deployment)

    found = deployment.ask("check")
    assert found["states"] == {"restored": ACCOUNTS}
    for each in ("decisions", "superseded", "messages", "people_told", "letters", "sheltered"):
        assert found[each] == ACCOUNTS, each
    for each in ("standing", "strikes", "owed", "unsequenced", "ledger_faults"):
        assert found[each] == 0, each
    assert found["told_once"]
    assert wronged.held(tmp_path / "platform" / "madang.sqlite3") == {
        "accounts": ACCOUNTS,
        "free": ACCOUNTS,
        "least_applied": 2,
        "most_applied": 2,
        "least_version": 2,
        "most_version": 2,
    }
