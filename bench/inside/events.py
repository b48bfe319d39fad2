"""Events taken and judged in one process."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import sinmungo
from bench.documents import SIZE, SLUG, batches
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM, platform
from sinmungo.apps.items import services as items
from sinmungo.apps.items.models import Platform
from sinmungo.apps.screening.models import Verdict
from sinmungo.core.kernel.words import PlatformMode
from sinmungo.journeys import adopt, receive

PACK = Path(sinmungo.__file__).parent / "packs" / "kr-community"
WARM_UP = 2


def measure(count: str) -> dict[str, Any]:
    """Return events a second, taken, judged and both, each batch's median; and the platform's API key.

    ``cpu`` is both in a second of this process's own work, whatever else the machine is doing.
    """
    connected = items.add_platform(slug=SLUG, name="측정", actor=SYSTEM, mode=PlatformMode.FULL)
    adopt.adopt(platform=connected, source=PACK, actor=SYSTEM)
    key = items.make_api_key(platform=connected, name="bench", actor=SYSTEM)
    every = list(batches(int(count) + WARM_UP, name="direct"))
    measured = [_measured(connected, batch) for batch in every][WARM_UP:]
    assert Verdict.objects.count() == len(every) * SIZE, "every event has a verdict"
    taking, judging, working = (statistics.median(part) for part in zip(*measured, strict=True))
    both = statistics.median(took + judged for took, judged, _ in measured)
    return {
        "take": SIZE / taking,
        "keep": SIZE / judging,
        "both": SIZE / both,
        "cpu": SIZE / working,
        "key": key,
    }


def _measured(connected: Platform, batch: list[dict[str, Any]]) -> tuple[float, float, float]:
    """Return the seconds of taking a batch, of judging it, and of this process's work on both."""
    worked, began = time.process_time(), time.perf_counter()
    taken = receive.take(platform=connected, raw=batch, actor=platform(SLUG))
    between = time.perf_counter()
    kept = receive.keep(clock.now(), 200)
    ended = time.perf_counter()
    assert (taken.accepted, kept) == (SIZE, 1), "every event is kept, and so is its promise"
    return between - began, ended - between, time.process_time() - worked
