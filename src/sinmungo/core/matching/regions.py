"""Where in a picture another picture may lie: without its plain edges, and between bars, gaps and seams.

A screenshot, a caption under a picture, a border and a collage have in common that straight lines from one
side to the other divide them: lines of one tone, or seams where nearly everything changes at once. The
picture is cut at such lines along its rows, each part along its columns, and so on (recursive X-Y cuts:
Nagy and Seth, 1984). A region is looked up besides the whole picture, never in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Greys = NDArray[np.uint8]
Tones = NDArray[np.float32]
Segment = tuple[int, int]

#: Lines are looked for in a picture reduced to about this many pixels on its longer side.
_SIDE = 512
#: A line is plain if so large a share of it lies so near its mean tone: JPEG leaves noise beside words.
_PLAIN_SHARE = 0.985
_PLAIN_TONES = 8
#: Plain lines are of one ground if their tones differ by at most this.
_GROUND_TONES = 6
#: The tone of a line that is not plain: below all others, and near none.
_VARIED = -1000.0
#: At a seam the mean change, each capped, is so many tones, so many times that of the lines around it, and
#: so large a share of the line changes at all.
_SEAM_TONES = 7.0
_SEAM_TIMES = 2.0
_SEAM_SHARE = 0.45
_CAP = 40
_AROUND = 14
#: Cuts into cuts into cuts: rows, columns, and once more each.
_DEEPEST = 5
#: The smallest region, in pixels of a side and as a share of the picture, and how often one side may go into
#: the other: lines of words are none.
_SHORTEST = 24
_SMALLEST = 0.03
_LONGEST = 9
#: The largest come first.
MOST_REGIONS = 12


class Box(NamedTuple):
    """A part of a picture in its pixels; right and bottom are outside."""

    left: float
    top: float
    right: float
    bottom: float


class Regions(NamedTuple):
    """``trimmed`` is without plain edges; ``framed`` lies within plain lines and is most likely a picture.

    Either may be None. ``parts`` are all, these two among them, the largest first.
    """

    trimmed: Box | None
    framed: Box | None
    parts: list[Box]


class _Cut(NamedTuple):
    left: int
    top: int
    right: int
    bottom: int
    plainly: bool

    @property
    def area(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)


def regions(luma: Greys) -> Regions:
    """Return the regions of a picture's greys ``(height, width)``, at most :data:`MOST_REGIONS`."""
    factor = max(1, round(max(luma.shape) / _SIDE))
    small = np.asarray(Image.fromarray(luma).reduce(factor)) if factor > 1 else luma
    height, width = small.shape
    root = _Cut(0, 0, width, height, plainly=True)
    trimmed = _trimmed(small, root)
    found = {cut[:4]: cut for cut in (trimmed, *_parts(small, trimmed, 0)) if _large(cut, small)}
    found.pop(root[:4], None)
    ordered = sorted(found.values(), key=lambda cut: -cut.area)[:MOST_REGIONS]
    scaled = {cut: _scaled(cut, factor, luma) for cut in ordered}
    return Regions(scaled.get(trimmed), _framed(ordered, scaled), list(scaled.values()))


def _framed(ordered: list[_Cut], scaled: dict[_Cut, Box]) -> Box | None:
    """Return the largest of those that plain lines enclose and divide no further."""
    plain = [cut for cut in ordered if cut.plainly]
    leaves = [cut for cut in plain if not any(_within(other, cut) for other in plain)]
    return scaled[leaves[0]] if leaves else None


def _within(inner: _Cut, outer: _Cut) -> bool:
    return (
        inner.area < outer.area
        and inner.left >= outer.left
        and inner.top >= outer.top
        and inner.right <= outer.right
        and inner.bottom <= outer.bottom
    )


def _scaled(cut: _Cut, factor: int, luma: Greys) -> Box:
    height, width = luma.shape
    return Box(
        cut.left * factor,
        cut.top * factor,
        min(cut.right * factor, width),
        min(cut.bottom * factor, height),
    )


def _large(cut: _Cut, small: Greys) -> bool:
    shortest, longest = sorted((cut.right - cut.left, cut.bottom - cut.top))
    return shortest >= max(_SHORTEST, longest / _LONGEST) and cut.area >= _SMALLEST * small.size


def _plain(lines: Greys) -> Tones:
    """Return the tone of each line that is of one tone, and :data:`_VARIED` for the others."""
    means: Tones = lines.mean(axis=1, dtype=np.float32)
    tones = means.astype(np.int16)[:, None]
    near = np.count_nonzero(np.abs(lines - tones) <= _PLAIN_TONES, axis=1)
    return np.where(near >= _PLAIN_SHARE * lines.shape[1], means, np.float32(_VARIED))


def _commonest(tones: Tones) -> list[float]:
    """Return the tone that most plain lines have, if there are any."""
    plain = tones[tones >= 0]
    if not plain.size:
        return []
    eighths = (plain // 8).astype(np.intp)
    return [float(np.median(plain[eighths == np.bincount(eighths).argmax()]))]


def _trimmed(small: Greys, cut: _Cut) -> _Cut:
    """Return what is left without the plain lines at each edge, each edge of one ground."""
    left, top, right, bottom, _ = cut
    for _ in range(_DEEPEST):
        before = (left, top, right, bottom)
        first, last = _inside(_plain(small[top:bottom, left:right]))
        top, bottom = top + first, top + last
        if bottom - top < _SHORTEST:
            break
        first, last = _inside(_plain(small[top:bottom, left:right].T))
        left, right = left + first, left + last
        if right - left < _SHORTEST or (left, top, right, bottom) == before:
            break
    return _Cut(left, top, right, bottom, plainly=True)


def _inside(tones: Tones) -> Segment:
    grounded = (tones >= 0) & (np.abs(tones - tones[0]) <= _GROUND_TONES)
    first = int(np.argmin(grounded)) if not grounded.all() else len(tones)
    back = (tones >= 0) & (np.abs(tones - tones[-1]) <= _GROUND_TONES)
    last = len(tones) - (int(np.argmin(back[::-1])) if not back.all() else 0)
    return (first, max(first, last))


def _parts(small: Greys, cut: _Cut, depth: int) -> Iterator[_Cut]:
    """Yield the parts of a part, each followed by its own."""
    if depth == _DEEPEST or not _large(cut, small):
        return
    for part in _divided(small, cut):
        yield part
        yield from _parts(small, part, depth + 1)


def _divided(small: Greys, cut: _Cut) -> list[_Cut]:
    """Return what lies between plain lines like those at its edges, else between those of the commonest tone.

    Else what lies between seams; nothing where nothing divides it.
    """
    rows = small[cut.top : cut.bottom, cut.left : cut.right]
    ways = [_Lines(rows, turned=False), _Lines(np.ascontiguousarray(rows.T), turned=True)]
    for grounds in (_at_edges, _commonest):
        for lines in ways:
            segments = _between(lines.tones, grounds(lines.tones))
            if segments != [(0, len(lines.greys))]:
                return [_part(cut, segment, lines, plainly=cut.plainly) for segment in segments]
    for lines in ways:
        segments = _between_seams(lines.greys)
        if len(segments) > 1:
            return [_part(cut, segment, lines, plainly=False) for segment in segments]
    return []


class _Lines:
    """The rows of a part, or its columns, and the tone of each that is plain."""

    __slots__ = ("greys", "tones", "turned")

    def __init__(self, greys: Greys, *, turned: bool) -> None:
        self.greys = greys
        self.turned = turned
        self.tones = _plain(greys)


def _part(cut: _Cut, segment: Segment, lines: _Lines, *, plainly: bool) -> _Cut:
    first, last = segment
    if lines.turned:
        return _Cut(cut.left + first, cut.top, cut.left + last, cut.bottom, plainly)
    return _Cut(cut.left, cut.top + first, cut.right, cut.top + last, plainly)


def _at_edges(tones: Tones) -> list[float]:
    """Return the tones of the first and the last line where these are plain."""
    return [float(tone) for tone in (tones[0], tones[-1]) if tone >= 0]


def _between(tones: Tones, grounds: list[float]) -> list[Segment]:
    """Return the runs of lines that are not of a ground."""
    if not grounds:
        return [(0, len(tones))]
    is_ground = (np.abs(tones[:, None] - np.array(grounds, dtype=np.float32)) <= _GROUND_TONES).any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate(([True], is_ground, [True])).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def _between_seams(lines: Greys) -> list[Segment]:
    """Return the runs of lines between seams that lie far enough apart."""
    if len(lines) < 2 * _SHORTEST:
        return [(0, len(lines))]
    change = np.abs(lines[2:].astype(np.int16) - lines[:-2])
    means = np.minimum(change, _CAP).mean(axis=1, dtype=np.float32)
    shares = (change > _SEAM_TONES).mean(axis=1, dtype=np.float32)
    usual = np.maximum(_usual(means), 1.0)
    strong = (means >= _SEAM_TONES) & (means >= _SEAM_TIMES * usual) & (shares >= _SEAM_SHARE)
    places = [0]
    for place in sorted(np.flatnonzero(strong), key=lambda each: -means[each]):
        middle = int(place) + 1
        if all(abs(middle - other) >= _SHORTEST for other in (*places, len(lines))):
            places.append(middle)
    ends = [*sorted(places), len(lines)]
    return list(pairwise(ends))


def _usual(means: Tones) -> Tones:
    """Return the median of each value's neighbourhood."""
    padded = np.pad(means, _AROUND, mode="reflect")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _AROUND + 1)
    usual: Tones = np.median(around, axis=1).astype(np.float32)
    return usual
