"""The search in everything already seen: what a bank has learned is looked for slice by slice.

A find becomes a row, and an item that still stands is judged again, so that rules say whether it comes
before a person. Killed at any moment a search goes on where it was; nothing is found twice. Withdrawn
fingerprints are looked for no longer from the next step on; a disabled bank waits.
"""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from sinmungo.apps.base import actors, clock, promise
from sinmungo.apps.items import queries as items
from sinmungo.apps.screening import hunts
from sinmungo.apps.screening.banks import queries as banks
from sinmungo.apps.screening.banks import reading
from sinmungo.apps.screening.models import Hunt
from sinmungo.core.matching.matcher import Matcher
from sinmungo.journeys.hunting import looking
from sinmungo.journeys.hunting.again import judge_again

#: After so many seconds a search is given back, so that the worker's other promises do not wait.
TURN_SECONDS = 2.0
#: A slice is as large as can be looked through in about this time; the first is small.
SLICE_SECONDS = 0.7
FIRST_SLICE, SMALLEST_SLICE = 2_000, 50
LEASE = timedelta(minutes=5)
#: A fingerprint that expires meanwhile is looked for so much longer at most.
_MATCHER_SECONDS = 60.0
_HUNTING = actors.automation("hunt")


def keep(now: datetime, limit: int) -> int:
    """Go on with the search that has waited longest, for a few seconds; return whether there was one."""
    return _claimed(now, min(limit, 1))


def go_on(hunt_id: uuid.UUID, *, now: datetime) -> bool:
    """Go on with one search for a few seconds; False while somebody else does, or it waits or has ended."""
    return bool(_claimed(now, 1, Q(pk=hunt_id)))


def _claimed(now: datetime, limit: int, only: Q | None = None) -> int:
    claimed = promise.claim(Hunt, now=now, limit=limit, lease=LEASE, only=only)
    for hunt in claimed:
        try:
            _go_on(hunt, now)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, it stays owed and others go on
            promise.failed(hunt, now=now, error=type(error).__name__)
    return len(claimed)


def _go_on(hunt: Hunt, now: datetime) -> None:
    if hunts.is_silent(hunt.bank, now):
        hunts.pause(hunt=hunt, until=now + hunts.UNTIL_ENABLED, waits=hunts.DISABLED)
        return
    matcher = _looked_for.of(hunt)
    if not hunt.total and hunt.stage == Hunt.Stage.MEDIA:
        hunts.begin(hunt=hunt, total=looking.total(matcher))
    ends = time.monotonic() + TURN_SECONDS
    while hunt.stage != Hunt.Stage.DONE:
        began = time.monotonic()
        if not _step(hunt, matcher, _looked_for.slice):
            return  # somebody else goes on with it
        _looked_for.took(time.monotonic() - began)
        if time.monotonic() > ends:
            break
    if hunt.stage == Hunt.Stage.DONE:
        _looked_for.forget()
    else:
        hunts.pause(hunt=hunt, until=clock.now())


def _step(hunt: Hunt, matcher: Matcher, most: int) -> bool:
    step = looking.step(hunt, matcher, most)
    found = list(dict.fromkeys(find.version_id for find in step.finds))
    platforms = items.standing(found)
    at = clock.now()
    with transaction.atomic():
        if not hunts.advance(hunt=hunt, step=step, at=at, actor=_HUNTING):
            return False
        judge_again(platforms=platforms, at=at, actor=_HUNTING)
    return True


class _Held(NamedTuple):
    """A matcher, what it was made of, and when."""

    of: tuple[object, ...]
    matcher: Matcher
    made_at: float


class _LookedFor:
    """What the search under way looks for, made once and again when a bank has changed; how fast it goes."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._held: _Held | None = None
        self.slice = FIRST_SLICE

    def took(self, seconds: float) -> None:
        """Choose the next slice by how long the last one took; it grows at most fourfold at a time."""
        wanted = int(self.slice * min(SLICE_SECONDS / max(seconds, 0.001), 4.0))
        self.slice = min(max(wanted, SMALLEST_SLICE), looking.LARGEST_SLICE)

    def of(self, hunt: Hunt) -> Matcher:
        held, now = self._held, time.monotonic()
        of = (hunt.pk, hunt.to_change, *reading.told())
        if held is None or held.of != of or now > held.made_at + _MATCHER_SECONDS:
            self.forget()
            matcher = banks.matcher_of(hunt.bank, after_change=hunt.after_change, to_change=hunt.to_change)
            held = self._held = _Held(of, matcher, now)
        return held.matcher


_looked_for = _LookedFor()
