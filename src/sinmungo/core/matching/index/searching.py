"""Searching a segment: which lists are looked up, which of their entries are compared, which are near.

Entries are sifted before the hashes behind them are touched, after Qin and Xiao, *Pigeonring* (2018). Let
d(i) be the distance in slot i, and r(i) + 1 add up to radius + 1. Within the radius the differences
d(i) - (r(i) + 1) add up to less than zero, so from some slot s on, going round, every sum of them is below
zero (the cycle lemma): d(s) <= r(s), and also d(s) + d(s+1) <= r(s) + r(s+1) + 1. An entry of slot s
holds bits of slot s+1, and these alone rule out nearly all that is in the list by chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching.index.planning import least_reach, lists, shares
from sinmungo.core.matching.index.scanning import Hits, joined, scan, verified
from sinmungo.core.matching.index.segment import Segment, sketches
from sinmungo.core.matching.index.slots import DISTANCES, MASKS, MOST_REACH, SLOTS, VALUES, Words, slots

#: Lists that are looked up in one go; it bounds memory.
_MOST_LISTS = 1 << 16
#: Entries that are looked at in one go, unless one list is longer.
MOST_ENTRIES = 1 << 17
#: An entry costs about as much as this many hashes of a scan.
ENTRY_COST = 3
#: Lists are crowded when they are this many times as long as chance would make them.
_CROWDED = 4

_ONE = np.int8(1)
_NEXT = (np.arange(SLOTS) + 1) % SLOTS
_BASES = (np.arange(SLOTS, dtype=np.int64) * VALUES)[:, np.newaxis]


class _Asked(NamedTuple):
    """Turned hashes that are asked, and their places among all that are asked."""

    words: Words
    owners: NDArray[np.int64]

    def some(self, chosen: slice | NDArray[np.bool_]) -> _Asked:
        return _Asked(self.words[chosen], self.owners[chosen])


class _Lists(NamedTuple):
    """Lists of entries: where each begins, how long it is, what its entries must be near to, and how near."""

    begins: NDArray[np.int64]
    counts: NDArray[np.int64]
    sketches: NDArray[np.uint32]
    limits: NDArray[np.int8]

    def some(self, chosen: slice) -> _Lists:
        return _Lists(self.begins[chosen], self.counts[chosen], self.sketches[chosen], self.limits[chosen])


def near(segment: Segment, asked: Words, radius: int) -> Hits:
    """Return all pairs of a hash asked and one of the segment within the radius; a pair may come twice."""
    everything = _Asked(asked, np.arange(len(asked)))
    return joined(list(_near(segment, everything, radius, least_reach(radius))))


def _near(segment: Segment, asked: _Asked, radius: int, reach: int) -> Iterator[Hits]:
    if reach > MOST_REACH:
        yield _scanned(segment, asked, radius)
        return
    step = max(_MOST_LISTS // (SLOTS * lists(reach)), 1)
    for start in range(0, len(asked.owners), step):
        yield from _near_block(segment, asked.some(slice(start, start + step)), radius, reach)


def _scanned(segment: Segment, asked: _Asked, radius: int) -> Hits:
    owners, places, distances = scan(segment.words, asked.words, radius)
    return Hits(asked.owners.take(owners), places, distances)


def _near_block(segment: Segment, asked: _Asked, radius: int, reach: int) -> Iterator[Hits]:
    begins, counts = _looked_up(segment, asked.words, reach)
    reaches = shares(counts, radius, reach)
    counts[DISTANCES[: lists(reach)] > reaches[:, :, np.newaxis]] = 0
    work = counts.sum(axis=(1, 2), dtype=np.int64)
    held = len(segment.words)
    elsewhere = (work > _crowded(held, reach)) | (work * ENTRY_COST > held)
    if elsewhere.any():
        yield from _near_elsewhere(segment, asked.some(elsewhere), work[elsewhere], radius, reach)
        counts[elsewhere] = 0
    chosen = _lists(segment, asked.words, begins, counts, reaches)
    for lists_passed, places in _passing(segment, chosen):
        owners = lists_passed // (SLOTS * lists(reach))
        found = verified(segment.words, places, asked.words, owners, radius)
        yield found._replace(owners=asked.owners.take(found.owners))


def _near_elsewhere(
    segment: Segment, asked: _Asked, work: NDArray[np.int64], radius: int, reach: int
) -> Iterator[Hits]:
    """Search where lists are long: with wider shares if chance does not explain it, else by a scan."""
    crowded = work > _crowded(len(segment.words), reach)
    if crowded.any():
        yield from _near(segment, asked.some(crowded), radius, reach + 1)
    if not crowded.all():
        yield _scanned(segment, asked.some(~crowded), radius)


def _crowded(held: int, reach: int) -> int:
    """Return with how many entries it pays to look whether wider shares have fewer."""
    if reach == MOST_REACH:
        return SLOTS * held
    by_chance = SLOTS * lists(reach) * held // VALUES
    return _CROWDED * max(by_chance, SLOTS * lists(reach + 1))


def _looked_up(segment: Segment, asked: Words, reach: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return where the lists within the reach begin and how long they are, each of shape (m, 16, lists)."""
    places = (slots(asked)[:, :, np.newaxis] ^ MASKS[: lists(reach)]) + _BASES
    begins = segment.offsets.take(places)
    places += 1
    return begins, segment.offsets.take(places) - begins


def _lists(
    segment: Segment,
    asked: Words,
    begins: NDArray[np.uint32],
    counts: NDArray[np.uint32],
    reaches: NDArray[np.int8],
) -> _Lists:
    each = counts.shape[2]
    following = sketches(slots(asked).take(_NEXT, axis=1), segment.place_bits)
    together = reaches + reaches.take(_NEXT, axis=1) + _ONE
    return _Lists(
        begins.reshape(-1).astype(np.int64),
        counts.reshape(-1).astype(np.int64),
        following.reshape(-1).repeat(each),
        (together[:, :, np.newaxis] - DISTANCES[:each]).reshape(-1),
    )


def _passing(segment: Segment, chosen: _Lists) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield lists and places of the entries that pass, so many at a time that memory stays bounded."""
    ends = chosen.counts.cumsum()
    first = 0
    while first < len(ends):
        done = ends[first - 1] if first else 0
        last = max(int(ends.searchsorted(done + MOST_ENTRIES, side="right")), first + 1)
        passed, places = _pass(segment, chosen.some(slice(first, last)))
        yield passed + first, places
        first = last


def _pass(segment: Segment, chosen: _Lists) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    ends = chosen.counts.cumsum()
    at: NDArray[np.int64] = np.repeat(chosen.begins - (ends - chosen.counts), chosen.counts)
    at += np.arange(len(at))
    entries = segment.entries.take(at)
    differing = (entries ^ chosen.sketches.repeat(chosen.counts)) >> np.uint32(segment.place_bits)
    is_near = np.bitwise_count(differing).view(np.int8) <= chosen.limits.repeat(chosen.counts)
    passed = np.flatnonzero(is_near)
    places = entries.take(passed) & np.uint32((1 << segment.place_bits) - 1)
    return ends.searchsorted(passed, side="right"), places.astype(np.int64)
