"""Invented platforms and events for tests of what comes in."""

from __future__ import annotations

import itertools
from typing import Any

from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items import services
from sinmungo.apps.items.models import Platform
from sinmungo.core.kernel.words import PlatformMode

_numbers = itertools.count(1)


def platform(mode: PlatformMode = PlatformMode.FULL) -> Platform:
    """Connect an invented platform."""
    return services.add_platform(slug=f"bada{next(_numbers)}", name="바다광장", mode=mode, actor=SYSTEM)


def event(event_id: str = "e1", *, kind: str = "created", at: str = "2024-03-01T09:30:00+09:00", **item: Any):
    """Return an event as a platform sends it; ``item`` changes fields of its item."""
    told: dict[str, Any] = {
        "type": "post",
        "external_id": "p1",
        "author": {"external_id": "u1", "locale": "ko", "country": "KR", "followers": 3},
        "text": "오늘 강가를 걸었습니다.",
        "lang": "ko",
    }
    return {"event_id": event_id, "kind": kind, "occurred_at": at, "item": {**told, **item}}
