"""Banks of invented fingerprints and cases that match them, for tests of what the console shows of banks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items.models import Platform
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening import seen
from sinmungo.apps.screening.banks import queries as banks
from sinmungo.apps.screening.banks import services
from sinmungo.apps.screening.models import Bank, SeenMedia, Signal
from sinmungo.core.kernel.values import PlainItem, PlainMedia
from sinmungo.core.matching.fingerprints import KitHash, pack
from tests.apps.review import made


def bits(seed: int) -> bytes:
    """Return 256 invented bits, half of them set."""
    places = set(random.Random(seed).sample(range(256), 128))
    return sum(1 << place for place in places).to_bytes(32, "big")


def near(one: bytes, distance: int) -> bytes:
    """Return ``one`` with its lowest ``distance`` bits turned over."""
    return (int.from_bytes(one, "big") ^ ((1 << distance) - 1)).to_bytes(32, "big")


def bank(name: str = "known-banners", *kits: Sequence[KitHash], **what: Any) -> Bank:
    """Make a bank that holds kits of pictures, each with an id of its own: ``entry-1`` and on."""
    titles = {"title_ko": f"보기 {name}", "title_en": f"Example {name}"}
    found = services.make(name=name, **{**titles, **what}, actor=SYSTEM, at=clock.now())
    new = [
        services.NewFingerprint("pdq", pack(kit), f"entry-{number}")
        for number, kit in enumerate(kits, start=1)
    ]
    services.add(bank=found, new=new, actor=SYSTEM, at=clock.now(), hunt=False)
    found.refresh_from_db()
    return found


def matched_case(platform: Platform, *pictures: Sequence[KitHash]) -> Case:
    """Make a case whose item has a picture of each of the hashes, screened by the banks there are."""
    media = [{"sha256": f"{place:064x}", "kind": "image", "url": ""} for place in range(len(pictures))]
    item, version = made.post(platform, made.WORDS, media=media)
    told = [
        seen.NewMedia(version.pk, place, bytes.fromhex(f"{place:064x}"), False, pack(hashes))
        for place, hashes in enumerate(pictures)
    ]
    seen.ready()
    seen.note(media=told, at=clock.now())
    SeenMedia.objects.filter(version=version).update(hashed_at=clock.now())
    verdict = made.judged(version)
    plain = tuple(
        PlainMedia(each["sha256"], "image", hashes=row.hashes) for each, row in zip(media, told, strict=True)
    )
    source = banks.match_source(clock.now())
    for signal in source.screen([PlainItem(text=made.WORDS, media=plain)])[0] if source else ():
        Signal.objects.create(
            version=version,
            source=signal.source,
            source_version=signal.source_version,
            name=signal.name,
            score=signal.score,
            evidence=signal.evidence,
            at=verdict.at,
        )
    return review.gather(
        item=item,
        version=version,
        verdict=verdict,
        queue="threats",
        matched=[made.MATCHED],
        report_facts={},
        at=clock.now(),
        actor=SYSTEM,
    )
