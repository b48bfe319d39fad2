"""One run: suspended accounts are prepared, confirmed for restoration, and timed until the last is back."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.flows import wronged

from bench.restoration_parts.processes import Asked, Worker
from sinmungo.demo.process import DEFAULT_SECRET, DemoPlatform

LONGEST_SECONDS = 7200
EVERY_SECONDS = 2.0
#: The remaining time is looked at when so much of the work is done.
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass
class Measured:
    """What a run came to. ``told`` maps a share of the work to (seconds left as told, as they were)."""

    prepared: float = 0.0
    seconds: float = 0.0
    worker_mb: float = 0.0
    worker_cpu: float = 0.0
    kills: int = 0
    told: dict[float, tuple[float, float]] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)

    def faults(self, accounts: int) -> list[str]:
        """Return what is not exact in the end; empty when everything is."""
        wanted = dict.fromkeys(
            ("decisions", "superseded", "messages", "people_told", "letters", "sheltered"), accounts
        )
        wanted |= dict.fromkeys(("standing", "strikes", "owed", "unsequenced", "ledger_faults"), 0)
        wrong = [name for name, value in wanted.items() if self.found[name] != value]
        wrong += [] if self.found["states"] == {"restored": accounts} else ["states"]
        wrong += [] if self.found["told_once"] else ["told_once"]
        once = {"accounts": accounts, "free": accounts, "least_applied": 2, "most_applied": 2}
        return wrong + [name for name, value in once.items() if self.held[name] != value]


def measure(
    folder: Path,
    environment: Mapping[str, str],
    *,
    accounts: int,
    workers: int,
    kills: int,
    per_second: int,
) -> Measured:
    """Measure one run. With ``kills`` workers and the platform are each killed so often; with
    ``per_second`` the platform takes no more requests than that in a second."""
    measured = Measured()
    with DemoPlatform.start(folder / "platform") as platform:
        asked = Asked({**environment, "SINMUNGO_WEBHOOK_LOCAL_HOSTS": "127.0.0.1"})
        try:
            began = time.monotonic()
            asked.ask("prepare", accounts=accounts, url=f"{platform.url}/webhooks", secret=DEFAULT_SECRET)
            wronged.fill(folder / "platform" / "madang.sqlite3", wronged.names(accounts))
            measured.prepared = time.monotonic() - began
            if per_second:
                platform.set_fault(per_second=per_second)
            run = _Run(measured, platform, asked, environment, folder, kills)
            run.go(workers)
            measured.found = asked.ask("check")
        finally:
            asked.end()
    measured.held = wronged.held(folder / "platform" / "madang.sqlite3")
    return measured


class _Run:
    """The restoration itself, watched and disturbed."""

    def __init__(
        self,
        measured: Measured,
        platform: DemoPlatform,
        asked: Asked,
        environment: Mapping[str, str],
        folder: Path,
        kills: int,
    ) -> None:
        self._measured = measured
        self._platform = platform
        self._asked = asked
        self._environment = {**environment, "SINMUNGO_WEBHOOK_LOCAL_HOSTS": "127.0.0.1"}
        self._folder = folder
        self._luck = random.Random(7)
        self._moments = _moments(self._luck, kills)
        self._looks: list[tuple[float, float, float]] = []

    def go(self, workers: int) -> None:
        """Confirm, work until everything is done, and note how long it took."""
        self._asked.ask("begin")
        began = time.monotonic()
        running = [
            Worker(self._environment, self._folder / f"worker-{number}.log") for number in range(workers)
        ]
        try:
            while not self._is_done(began):
                if time.monotonic() - began > LONGEST_SECONDS:
                    raise TimeoutError("the restoration did not end")
                time.sleep(EVERY_SECONDS)
                for worker in running:
                    worker.look()
                self._disturb(running)
        finally:
            self._measured.seconds = time.monotonic() - began
            self._measured.worker_mb = max(worker.peak for worker in running)
            for worker in running:
                worker.kill()
            self._measured.worker_cpu = sum(worker.cpu for worker in running)
        self._compare(began + self._measured.seconds)

    def _is_done(self, began: float) -> bool:
        told = self._asked.ask("progress")
        self._share = told["done"] / told["total"]
        if told["seconds_left"] is not None:
            self._looks.append((self._share, time.monotonic(), told["seconds_left"]))
        return bool(told["state"] == "done") and time.monotonic() > began

    def _disturb(self, running: Sequence[Worker]) -> None:
        """Kill whoever's moment has come and start it again."""
        while self._moments and self._moments[0][0] <= self._share:
            _, is_platform = self._moments.pop(0)
            self._measured.kills += 1
            if is_platform:
                self._platform.kill()
                self._platform.restart()
            else:
                worker = self._luck.choice(running)
                worker.kill()
                worker.start()

    def _compare(self, ended: float) -> None:
        """Note what was told of the remaining time against what it was."""
        for share in SHARES:
            look = next((each for each in self._looks if each[0] >= share), None)
            if look is not None:
                self._measured.told[share] = (look[2], ended - look[1])


def _moments(luck: random.Random, kills: int) -> list[tuple[float, bool]]:
    """Return at which share of the work who is killed: a worker or the platform, each ``kills`` times."""
    found = [(luck.uniform(0.0, 0.98), is_platform) for is_platform in (False, True) for _ in range(kills)]
    return sorted(found)
