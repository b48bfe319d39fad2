"""The kit of hashes of a protected picture, and the windows by which a picture is looked up in kits.

One PDQ hash finds a picture that is whole. A kit also holds centre crops and all of that in a mirror: it is
all that may ever exist of protected media, at most sixteen hashes. A picture that is looked up has no such
bound, so what a kit is blind to (screenshots, captions, collages, turns, crops off the centre) is met there.
What either finds, and at what price, is measured by ``python -m bench.kit``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching import decoding
from sinmungo.core.matching.decoding import Picture, reduced
from sinmungo.core.matching.fingerprints import (
    FRAMED,
    FRAMED_MIRRORED,
    KIT_CROPS,
    KIT_PARTS,
    MOST_HASHES,
    REGIONS,
    TRIMMED,
    TRIMMED_MIRRORED,
    WHOLE,
    WHOLE_MIRRORED,
    KitHash,
)
from sinmungo.core.matching.pdq import GOOD_QUALITY, Hashes, pdq_many
from sinmungo.core.matching.regions import Box, Regions, regions
from sinmungo.core.matching.windows import SIMPLE_WINDOWS, WINDOWS, Window, sampled

Greys = NDArray[np.uint8]

#: Of 256 bits about half are set in a hash that tells pictures apart: of 1,350 reference hashes 112 to 142.
FEWEST_BITS, MOST_BITS = 112, 144
#: Windows that come before regions: among the sixteen that may be kept there is room for both.
_FIRST_WINDOWS = 3


def protected(picture: Picture) -> list[KitHash]:
    """Return the kit of a picture, at most sixteen hashes; none for one too plain to be told apart.

    Of a picture that has plain borders the smallest crop makes room for the picture without them.
    """
    luma = picture.luma
    greys = [_middle(luma, 1 - lost / 100) for lost in KIT_CROPS]
    parts = list(KIT_PARTS)
    trimmed = regions(luma).trimmed
    if trimmed is not None:
        greys[-1] = reduced(luma, trimmed)
        parts[-2:] = [TRIMMED, TRIMMED_MIRRORED]
    both = [each for grey in greys for each in (grey, _mirrored(grey))]
    return _good(parts, pdq_many(both))[:MOST_HASHES]


def whole(picture: Picture) -> list[KitHash]:
    """Return the hash of the whole picture, as others make it; none for one too plain to be told apart."""
    return _good([WHOLE], pdq_many([decoding.whole(picture.luma)]))


def candidate(picture: Picture) -> list[KitHash]:
    """Return the hashes by which a picture is looked up, the most useful first.

    Some seventy, and a good hundred where something has a frame around it: a frame is a guess, so that all
    windows of the whole remain. The first sixteen are what may be kept of a picture. None for one too plain
    to be told apart.
    """
    found = regions(picture.luma)
    first, rest = _regions(picture.luma, found)
    height, width = picture.luma.shape
    windows = _windows(picture.luma, Box(0, 0, width, height), WINDOWS)
    framed = _windows(picture.luma, found.framed, SIMPLE_WINDOWS) if found.framed else windows
    ordered = [*first, *framed[:_FIRST_WINDOWS], *rest, *windows, *framed[_FIRST_WINDOWS:]]
    once: dict[bytes, KitHash] = {}
    for each in ordered:
        once.setdefault(each.bits, each)
    return list(once.values())


def _regions(luma: Greys, found: Regions) -> tuple[list[KitHash], list[KitHash]]:
    """Return the hashes of the whole and of what lies within a frame; then of other regions, and mirrored."""
    whole_greys = decoding.whole(luma)
    named: list[tuple[int, Greys]] = [(WHOLE, whole_greys)]
    mirrored = [(WHOLE_MIRRORED, _mirrored(whole_greys))]
    for part, mirrored_part, box in (
        (TRIMMED, TRIMMED_MIRRORED, found.trimmed),
        (FRAMED, FRAMED_MIRRORED, found.framed),
    ):
        if box is not None and not (part == FRAMED and box == found.trimmed):
            named.append((part, reduced(luma, box)))
            mirrored.append((mirrored_part, _mirrored(named[-1][1])))
    first = len(named)
    others = [box for box in found.parts if box not in (found.trimmed, found.framed)]
    named += [(part, reduced(luma, box)) for part, box in zip(REGIONS, others, strict=False)]
    named += mirrored
    hashes = pdq_many([greys for _, greys in named])
    parts = [part for part, _ in named]
    ahead = Hashes(hashes.bits[:first], hashes.qualities[:first])
    behind = Hashes(hashes.bits[first:], hashes.qualities[first:])
    return _good(parts[:first], ahead), _good(parts[first:], behind)


def _windows(luma: Greys, box: Box, windows: Sequence[Window]) -> list[KitHash]:
    """Return the hashes of the windows of a part of a picture."""
    shape = (box.right - box.left) / (box.bottom - box.top)
    means = sampled(reduced(luma, box), windows, shape)
    return _good([window.part for window in windows], pdq_many(means))


def _middle(luma: Greys, kept: float) -> Greys:
    """Return the middle of a picture as PDQ takes it."""
    if kept == 1.0:
        return decoding.whole(luma)
    height, width = luma.shape
    edge = (1 - kept) / 2
    return reduced(luma, (edge * width, edge * height, (1 - edge) * width, (1 - edge) * height))


def _mirrored(greys: Greys) -> Greys:
    return np.ascontiguousarray(greys[:, ::-1])


def _good(parts: Sequence[int], hashes: Hashes) -> list[KitHash]:
    """Return the hashes that tell pictures apart."""
    ones = np.bitwise_count(hashes.bits).sum(axis=1)
    good = (hashes.qualities >= GOOD_QUALITY) & (ones >= FEWEST_BITS) & (ones <= MOST_BITS)
    return [KitHash(parts[place], hashes.bits[place].tobytes()) for place in np.flatnonzero(good).tolist()]
