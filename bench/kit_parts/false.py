"""How often two different pictures match: among many drawn ones, and among those that look alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from bench.kit_parts import drawn
from bench.kit_parts.found import RADIUS, Mapped, distances, look
from sinmungo.core.matching import kit
from sinmungo.core.matching.fingerprints import KitHash, as_array, part_name

VARIED = ("texture", "scene", "landscape", "interior", "poster")
FIRST_NUMBER = 20_000
#: Distances up to this are counted one by one.
NEAREST = 64
_BLOCK = 512


@dataclass(slots=True)
class Pairs:
    """What was compared between different pictures of one group, and what matched."""

    name: str
    pictures: int = 0
    hashed: int = 0
    kits: int = 0
    hash_pairs: int = 0
    picture_pairs: int = 0
    hash_matches: int = 0
    picture_matches: int = 0
    nearest: int = 256
    by_distance: NDArray[np.int64] = field(default_factory=lambda: np.zeros(NEAREST, dtype=np.int64))
    parts: dict[str, int] = field(default_factory=dict)


def measure(count: int, mapped: Mapped = map) -> list[Pairs]:
    """Return the groups: many varied pictures first, then those that are alike by nature."""
    few = max(count // 10, 20)
    return [
        _compared("varied pictures", count, _varied, mapped),
        _compared("screenshots of one chat app", few, _chat, mapped),
        _compared("memes, three templates", few, _meme, mapped),
        _compared("blank and nearly blank", few, nearly_blank, mapped),
    ]


def _varied(place: int) -> Image.Image:
    return drawn.picture(VARIED[place % len(VARIED)], FIRST_NUMBER + place, parts=2)


def _chat(place: int) -> Image.Image:
    return drawn.picture("chat", FIRST_NUMBER + place)


def _meme(place: int) -> Image.Image:
    return drawn.picture("meme", FIRST_NUMBER + place)


def nearly_blank(place: int) -> Image.Image:
    """Return a plain, shaded, faintly grained, split, dotted or lined picture."""
    rng = np.random.default_rng((77, place))
    size = drawn.SIZES[int(rng.integers(len(drawn.SIZES)))]
    tone = float(rng.uniform(10, 245))
    planes = np.full((size[1], size[0]), tone)
    way = place % 6
    if way == 1:
        planes = planes + np.linspace(-1, 1, size[0])[None, :] * rng.uniform(5, 120)
    if way == 2:
        planes = planes + rng.normal(0, rng.uniform(1, 12), planes.shape)
    if way == 3:
        planes[: int(size[1] * rng.uniform(0.2, 0.8))] = rng.uniform(0, 255)
    image = Image.fromarray(np.clip(planes, 0, 255).astype(np.uint8)).convert("RGB")
    if way == 4:
        x, y = (int(rng.uniform(0.1, 0.9) * side) for side in size)
        ImageDraw.Draw(image).ellipse((x - 30, y - 30, x + 30, y + 30), fill=(0, 0, 0))
    if way == 5:
        drawn.words(ImageDraw.Draw(image), rng, (size[0] // 3, size[1] // 2), 30, (0, 0, 0), most=6)
    return image


def _hashed(draw: Callable[[int], Image.Image], place: int) -> tuple[list[KitHash], list[KitHash]]:
    picture = look(draw(place))
    return kit.protected(picture), kit.candidate(picture)


def _compared(name: str, count: int, draw: Callable[[int], Image.Image], mapped: Mapped) -> Pairs:
    pairs = Pairs(name, pictures=count)
    kits, seen, kit_of, seen_of, parts = [], [], [], [], []
    for place, (known, looked_up) in enumerate(mapped(partial(_hashed, draw), range(count))):
        pairs.kits += bool(known)
        pairs.hashed += bool(looked_up)
        kits.append(as_array(known))
        seen.append(as_array(looked_up))
        kit_of += [place] * len(known)
        seen_of += [place] * len(looked_up)
        parts += [each.part for each in looked_up]
    if kit_of and seen_of:
        _count(pairs, np.concatenate(kits), np.concatenate(seen), np.array(kit_of), np.array(seen_of), parts)
    return pairs


def _count(
    pairs: Pairs,
    kits: NDArray[np.uint8],
    seen: NDArray[np.uint8],
    kit_of: NDArray[np.int64],
    seen_of: NDArray[np.int64],
    parts: Sequence[int],
) -> None:
    matched: set[tuple[int, int]] = set()
    for start in range(0, len(seen), _BLOCK):
        owners = seen_of[start : start + _BLOCK]
        near = distances(seen[start : start + _BLOCK], kits)
        near[owners[:, None] == kit_of[None, :]] = 999
        pairs.hash_pairs += int(near.size - (near == 999).sum())
        pairs.nearest = min(pairs.nearest, int(near.min()))
        rows, columns = np.nonzero(near < NEAREST)
        found = near[rows, columns]
        pairs.by_distance += np.bincount(found, minlength=NEAREST)[:NEAREST]
        for row, column in zip(rows[found <= RADIUS], columns[found <= RADIUS], strict=True):
            matched.add((int(owners[row]), int(kit_of[column])))
            name = part_name(parts[start + int(row)])
            pairs.parts[name] = pairs.parts.get(name, 0) + 1
    pairs.hash_matches = int(pairs.by_distance[: RADIUS + 1].sum())
    pairs.picture_matches = len(matched)
    pairs.picture_pairs = len(np.unique(seen_of)) * len(np.unique(kit_of)) - len(
        np.intersect1d(seen_of, kit_of)
    )
