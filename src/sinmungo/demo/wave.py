"""Acts out the wave: newcomers ask for a safe playground, and a rule suspends them all by itself.

It is some hours past when a visitor comes, and went through the same doors as ever: events are taken and
judged, the guard settles what the rule asks for, and what was drawn is laid before auditors.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from sinmungo.apps.autonomy.models import Act, Audit
from sinmungo.apps.autonomy.services import audits
from sinmungo.apps.base import actors, clock
from sinmungo.apps.items.models import Platform
from sinmungo.demo import crowd, moved_clock
from sinmungo.demo.crowd import Newcomer
from sinmungo.demo.earned import RULE
from sinmungo.journeys import guard, receive

#: How many come in the wave; the platform reads the same.
SIZE_NAME: Final = "MADANG_WAVE"
#: So many in one transaction: whoever looks meanwhile waits no longer than for these.
TOGETHER: Final = 50


def size() -> int:
    """Return how many newcomers this demonstration has."""
    return int(os.environ.get(SIZE_NAME) or crowd.COUNT)


def roll(platform: Platform, count: int) -> None:
    """Let ``count`` newcomers post and be suspended, and lay what was drawn; those known already stay."""
    until = clock.now().replace(minute=0, second=0, microsecond=0) - crowd.OVER_SINCE
    people = crowd.crowd(count, until=until)
    for part in _parts(people):
        with moved_clock.at(part[-1].posted_at), transaction.atomic():
            _post(platform, part)
    with moved_clock.at(until):
        _lay()


def _parts(people: Sequence[Newcomer]) -> Iterator[Sequence[Newcomer]]:
    for start in range(0, len(people), TOGETHER):
        yield people[start : start + TOGETHER]


def _post(platform: Platform, people: Sequence[Newcomer]) -> None:
    """Take what they post and settle what follows from it, before any worker sees that it is owed."""
    actor = actors.platform(platform.pk)
    receive.take(platform=platform, raw=[event(each) for each in people], actor=actor)
    while receive.keep(clock.now(), TOGETHER):
        pass
    while guard.keep(now=clock.now(), limit=TOGETHER):
        pass


def _lay() -> None:
    drawn = Act.objects.filter(automation__rule=RULE, drawn=True, audits=None)
    acts = list(
        drawn.select_related("automation", "verdict", "version__platform").order_by("settled_at", "pk")
    )
    audits.lay(acts=acts, kind=Audit.Kind.RANDOM, at=clock.now())


def event(each: Newcomer) -> dict[str, Any]:
    """Return the event by which the platform told of a newcomer's post."""
    return {
        "event_id": f"created-{each.post}",
        "kind": "created",
        "occurred_at": _said(each.posted_at),
        "item": {
            "type": "post",
            "external_id": each.post,
            "author": {
                "external_id": each.account,
                "locale": "ko",
                "country": "KR",
                "created_at": _said(each.joined_at),
                "followers": each.followers,
            },
            "container": "",
            "text": each.text,
            "lang": "ko",
            "reach": 0,
            "attributes": {},
            "media": [],
        },
    }


def _said(moment: datetime) -> str:
    return moment.isoformat()
