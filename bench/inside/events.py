"""Events taken and judged in one process."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import sinmungo
from bench.documents import SIZE, SLUG, batches
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM, platform
from sinmungo.apps.items import services as items
from sinmungo.apps.screening.models import Verdict
from sinmungo.core.kernel.words import PlatformMode
from sinmungo.journeys import adopt, receive

PACK = Path(sinmungo.__file__).parent / "packs" / "kr-community"
WARM_UP = 2


def measure(count: str) -> dict[str, Any]:
    """Return events a second, taken, judged and both, and the API key of the platform that was made."""
    connected = items.add_platform(slug=SLUG, name="측정", actor=SYSTEM, mode=PlatformMode.FULL)
    adopt.adopt(platform=connected, source=PACK, actor=SYSTEM)
    key = items.make_api_key(platform=connected, name="bench", actor=SYSTEM)
    taking = judging = 0.0
    for number, batch in enumerate(batches(int(count) + WARM_UP, name="direct")):
        began = time.perf_counter()
        taken = receive.take(platform=connected, raw=batch, actor=platform(SLUG))
        between = time.perf_counter()
        kept = receive.keep(clock.now(), 200)
        ended = time.perf_counter()
        assert (taken.accepted, kept) == (SIZE, 1), "every event is kept and its promise too"
        if number >= WARM_UP:
            taking += between - began
            judging += ended - between
    total = int(count) * SIZE
    assert Verdict.objects.count() == total + WARM_UP * SIZE, "every event has a verdict"
    return {"take": total / taking, "keep": total / judging, "both": total / (taking + judging), "key": key}
