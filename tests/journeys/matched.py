"""Invented posts with pictures, and a pack whose rule brings what a bank knows before a person."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.base.actors import platform as platform_actor
from sinmungo.apps.items.models import Platform, Version
from sinmungo.apps.screening.banks import services as banks
from sinmungo.apps.screening.banks.services import NewFingerprint
from sinmungo.apps.screening.models import Bank, Hunt
from sinmungo.core.kernel.words import Level, PlatformMode
from sinmungo.core.policy import Pack, Proposes, Rule
from sinmungo.journeys import adopt, hash_media, hunt, receive
from tests.apps.items import made
from tests.journeys.packs import MATCHING, QUIET

_numbers = itertools.count(1)
KNOWN = Rule(
    id="known-picture",
    when="signals.match.known_pictures >= 0.6",
    propose=Proposes(queue="threats"),
    ceiling=Level.ASSIST,
)
PACK: Pack = replace(
    MATCHING,
    id="known",
    shared=replace(MATCHING.shared, sources={"match": ("known_pictures",)}),
    policies=(replace(MATCHING.policies[0], rules=(*MATCHING.policies[0].rules, KNOWN)),),
)


def platform(mode: PlatformMode = PlatformMode.FULL) -> Platform:
    """Connect a platform under a pack that knows a bank ``known-pictures``."""
    found = made.platform(mode)
    adopt.adopt(platform=found, source=PACK, actor=SYSTEM)
    return found


def came_in(on: Platform, *media: dict[str, Any], text: str = QUIET, **item: Any) -> Version:
    """Take a post with media; each gets an invented digest unless it has one."""
    number = next(_numbers)
    told = [
        {"sha256": f"{number:060x}{place:04x}", "kind": "image", **each} for place, each in enumerate(media)
    ]
    named = {"external_id": f"p{number}", **item}
    raw = made.event(f"e{number}", text=text, media=told, **named)
    taken = receive.take(platform=on, raw=[raw], actor=platform_actor(on.pk))
    assert not taken.refused
    return Version.objects.get(platform=on, event_id=f"e{number}")


def given(*hashes: bytes) -> dict[str, Any]:
    """Return a picture that comes with its hashes."""
    return {"pdq": [each.hex() for each in hashes]}


def judged() -> None:
    """Let everything that is due be judged."""
    while receive.keep(now=clock.now(), limit=50):
        pass


def settled() -> None:
    """Let everything that came in be judged, hashed and compared, and judged again."""
    judged()
    while hash_media.keep(now=clock.now(), limit=50):
        pass
    judged()


def learned(bank: Bank, *new: NewFingerprint) -> Hunt:
    """Add fingerprints to a bank and return the search for them."""
    added = banks.add(bank=bank, new=new, actor=SYSTEM, at=clock.now())
    assert added.hunt is not None
    return Hunt.objects.get(pk=added.hunt)


def hunted(after: timedelta = timedelta(0), turns: int = 50) -> None:
    """Let every search that is due then come to its end."""
    for _ in range(turns):
        if not hunt.keep(now=clock.now() + after, limit=10):
            return
