"""Batches of events as a platform sends them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.talk import texts

SLUG = "measured"
SIZE = 500


def batches(count: int, *, name: str) -> Iterator[list[dict[str, Any]]]:
    """Yield batches of 500 events; ``name`` sets their ids apart from those of other calls."""
    began = datetime.now(UTC) - timedelta(days=1)
    talk = texts(count * SIZE)
    for batch in range(count):
        yield [
            _event(f"{name}-{batch}-{place}", batch * SIZE + place, next(talk), began)
            for place in range(SIZE)
        ]


def _event(event_id: str, number: int, text: str, began: datetime) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "kind": "created",
        "occurred_at": (began + timedelta(seconds=number)).isoformat(),
        "item": {
            "type": "post",
            "external_id": f"post-{event_id}",
            "author": {
                "external_id": f"nuri-{number % 2_000}",
                "locale": "ko",
                "country": "KR",
                "created_at": "2024-03-02T09:00:00+09:00",
                "followers": number % 300,
            },
            "container": f"room-{number % 40}",
            "text": text,
            "lang": "ko",
            "reach": number % 500,
        },
    }
