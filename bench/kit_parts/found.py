"""How many known pictures are found again, for each way of posting them and each way of looking them up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.kit_parts import drawn
from bench.kit_parts.photos import photos
from bench.kit_parts.reposts import WAYS
from sinmungo.core.matching import kit
from sinmungo.core.matching.decoding import Picture
from sinmungo.core.matching.fingerprints import MOST_HASHES, TRIMMED, WHOLE, KitHash, as_array

RADIUS = 31
#: ``map``, or that of some processes.
Mapped = Callable[..., Any]
#: Kinds that the pictures of the table are drawn from, in turn.
DRAWN = (
    *("texture", "scene", "landscape", "interior", "poster"),
    *("scene", "texture", "interior", "scene", "chat"),
)
#: Windows were chosen on pictures below 3,000; these are others.
FIRST_NUMBER = 5_000
ONE_HASH, ONE_TRIMMED, KIT_TRIMMED, KIT_ALL, KIT_KEPT, ONE_ALL = COLUMNS = (
    "one hash (peers)",
    "one hash, trimmed too",
    "kit, trimmed too",
    "kit, all windows (live)",
    "kit, 16 kept",
    "one foreign hash, all windows",
)


@dataclass(slots=True)
class Found:
    """``counts[way][column]`` of ``pictures`` found, and what looking up cost."""

    pictures: int = 0
    photos: int = 0
    counts: dict[str, dict[str, int]] = field(
        default_factory=lambda: {way: dict.fromkeys(COLUMNS, 0) for way in WAYS}
    )
    kit_hashes: list[int] = field(default_factory=list)
    kit_milliseconds: list[float] = field(default_factory=list)
    hashes: list[int] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)


def look(image: Image.Image) -> Picture:
    """Return a picture as it would be after decoding."""
    luma = np.asarray(image.convert("L"))
    factor = min(luma.shape) // 640
    if factor > 1:
        luma = np.asarray(Image.fromarray(luma).reduce(factor))
    return Picture(luma, image.size)


class _One(NamedTuple):
    """What came of one picture; ``matched`` by way."""

    kit_hashes: int
    kit_milliseconds: float
    hashes: list[int]
    milliseconds: list[float]
    matched: dict[str, dict[str, bool]]


def measure(count: int, folder: Path | None, mapped: Mapped = map) -> Found:
    """Return what is found of ``count`` drawn pictures and a folder's photos, each posted in every way."""
    images = [drawn.picture(DRAWN[number % len(DRAWN)], FIRST_NUMBER + number) for number in range(count)]
    images += photos(folder) if folder else ()
    found = Found(pictures=len(images), photos=len(images) - count)
    for one in mapped(_one, enumerate(images)):
        found.kit_hashes.append(one.kit_hashes)
        found.kit_milliseconds.append(one.kit_milliseconds)
        found.hashes += one.hashes
        found.milliseconds += one.milliseconds
        for way, matched_by in one.matched.items():
            for column, is_found in matched_by.items():
                found.counts[way][column] += is_found
    return found


def _one(numbered: tuple[int, Image.Image]) -> _One:
    number, image = numbered
    known, kit_took = _timed(kit.protected, image)
    one = _One(len(known), kit_took, [], [], {})
    for place, (way, post) in enumerate(WAYS.items()):
        posted = post(image, np.random.default_rng((number, place)))
        seen, took = _timed(kit.candidate, posted)
        one.hashes.append(len(seen))
        one.milliseconds.append(took)
        one.matched[way] = matched(known, seen)
    return one


def _timed(hashed: Callable[[Picture], list[KitHash]], image: Image.Image) -> tuple[list[KitHash], float]:
    picture = look(image)
    began = time.process_time()
    hashes = hashed(picture)
    return hashes, 1e3 * (time.process_time() - began)


def matched(known: Sequence[KitHash], seen: Sequence[KitHash]) -> dict[str, bool]:
    """Return for each column whether anything known lies within the radius of anything looked up."""
    if not known or not seen:
        return dict.fromkeys(COLUMNS, False)
    near = distances(as_array(seen), as_array(known)) <= RADIUS
    of_whole = [each.part == WHOLE for each in known]
    whole = [each.part == WHOLE for each in seen]
    trimmed = [each.part in (WHOLE, TRIMMED) for each in seen]
    return {
        ONE_HASH: bool(near[whole][:, of_whole].any()),
        ONE_TRIMMED: bool(near[trimmed][:, of_whole].any()),
        KIT_TRIMMED: bool(near[trimmed].any()),
        KIT_ALL: bool(near.any()),
        KIT_KEPT: bool(near[:MOST_HASHES].any()),
        ONE_ALL: bool(near[:, of_whole].any()),
    }


def distances(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Return ``(n, m)``: how many bits differ between each of one and each of the other."""
    left, right = (np.ascontiguousarray(each).view(np.uint64) for each in (one, other))
    total = np.zeros((len(left), len(right)), dtype=np.uint16)
    for word in range(left.shape[1]):
        total += np.bitwise_count(left[:, word, None] ^ right[None, :, word])
    return total
