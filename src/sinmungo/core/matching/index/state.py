"""What an index holds at one moment. Nothing here ever changes: every act makes another state.

A state is a few large parts, each a segment and its graves, and a short loose list that is compared one by
one. So adding and removing build nothing anew, and whoever holds a state may read it for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching.index.scanning import scan
from sinmungo.core.matching.index.searching import near
from sinmungo.core.matching.index.segment import Segment
from sinmungo.core.matching.index.slots import Words
from sinmungo.core.matching.index.values import Found, Keys, in_order

#: Hashes that may lie loose; more of them become a part.
MOST_LOOSE = 2048
#: A part is at least this many times as large as the next; else the two become one.
GROWTH = 8
#: One in so many graves, and a part is built anew without them.
MOST_GRAVES = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A segment, and which of its places are graves."""

    segment: Segment
    graves: NDArray[np.bool_]
    buried: int = 0

    @classmethod
    def of(cls, words: Words, keys: Keys) -> Self:
        """Return a part of turned hashes under keys, in any order."""
        segment = Segment.of(*_by_key(words, keys))
        return cls(segment, np.zeros(len(keys), dtype=np.bool_))

    def __len__(self) -> int:
        return len(self.segment.keys) - self.buried

    def places(self, keys: Keys) -> NDArray[np.int64]:
        """Return the places of those of the keys that stand here."""
        held = self.segment.keys
        if not len(held):
            return np.empty(0, dtype=np.int64)
        at = np.minimum(np.searchsorted(held, keys), len(held) - 1)
        return at.compress((held.take(at) == keys) & ~self.graves.take(at))

    def without(self, keys: Keys) -> Part:
        """Return the part with these keys buried."""
        places = np.unique(self.places(keys))
        if not len(places):
            return self
        graves = self.graves.copy()
        graves[places] = True
        return Part(self.segment, graves, self.buried + len(places))

    def living(self) -> tuple[Words, Keys]:
        """Return what is not buried, in the order of the keys."""
        if not self.buried:
            return self.segment.words, self.segment.keys
        alive = np.flatnonzero(~self.graves)
        return self.segment.words.take(alive, axis=0), self.segment.keys.take(alive)

    def find(self, asked: Words, radius: int) -> Found:
        """Return everything within the radius that is not buried; it may come twice."""
        owners, places, distances = near(self.segment, asked, radius)
        if self.buried:
            alive = np.flatnonzero(~self.graves.take(places))
            owners, places, distances = owners.take(alive), places.take(alive), distances.take(alive)
        return Found(owners, self.segment.keys.take(places), distances)


@dataclass(frozen=True, slots=True)
class State:
    """Parts, the largest first as they settle, and loose hashes; each key stands in one of them."""

    parts: tuple[Part, ...]
    words: Words
    keys: Keys

    @classmethod
    def empty(cls, *parts: Part) -> Self:
        """Return a state without loose hashes."""
        return cls(parts, np.empty((0, 4), dtype=np.uint64), np.empty(0, dtype=np.int64))

    @classmethod
    def of(cls, words: Words, keys: Keys) -> State:
        """Return the state of these turned hashes alone."""
        return State.empty().plus(cls((), words, keys))

    def __len__(self) -> int:
        return sum(map(len, self.parts)) + len(self.keys)

    def holds(self, keys: Keys) -> bool:
        """Tell whether any of the keys is here."""
        loose = len(self.keys) and np.isin(keys, self.keys).any()
        return bool(loose) or any(len(part.places(keys)) for part in self.parts)

    def find(self, asked: Words, radius: int) -> Found:
        """Return everything within the radius of each turned hash."""
        found = [part.find(asked, radius) for part in self.parts]
        if len(self.keys) or not found:
            owners, places, distances = scan(self.words, asked, radius)
            found.append(Found(owners, self.keys.take(places), distances))
        return in_order(found)

    def plus(self, more: State) -> State:
        """Return what stands in either; too many loose hashes become a part."""
        parts = (*self.parts, *more.parts)
        words = np.concatenate((self.words, more.words))
        keys = np.concatenate((self.keys, more.keys))
        if len(keys) > MOST_LOOSE:
            return State.empty(*parts, Part.of(words, keys))
        return State(parts, words, keys)

    def without(self, keys: Keys) -> State:
        """Return the state without what stands under these keys."""
        kept = np.flatnonzero(~np.isin(self.keys, keys))
        parts = tuple(part.without(keys) for part in self.parts)
        return State(parts, self.words.take(kept, axis=0), self.keys.take(kept))

    def living(self) -> tuple[Words, Keys]:
        """Return all hashes in the order of their keys."""
        held = [part.living() for part in self.parts] + [(self.words, self.keys)]
        words = np.concatenate([words for words, _ in held])
        keys = np.concatenate([keys for _, keys in held])
        return _by_key(words, keys)

    def due(self) -> tuple[Part, ...]:
        """Return two parts that should be one, or one that should lose its graves; none if all is well."""
        for part in self.parts:
            if part.buried * MOST_GRAVES > len(part.segment.keys):
                return (part,)
        for larger, smaller in zip(self.parts, self.parts[1:], strict=False):
            if len(larger) < GROWTH * len(smaller):
                return (larger, smaller)
        return ()

    def settled(self, due: Sequence[Part], whole: Part) -> State:
        """Return the state with ``whole`` in the place of the parts that it was made of.

        What was buried in them since is buried in it.
        """
        segments = {id(part.segment): part for part in due}
        for part in self.parts:
            before = segments.get(id(part.segment))
            if before is not None and part.buried != before.buried:
                whole = whole.without(part.segment.keys[part.graves & ~before.graves])
        place = next(at for at, part in enumerate(self.parts) if id(part.segment) in segments)
        rest = [part for part in self.parts if id(part.segment) not in segments]
        return replace(self, parts=(*rest[:place], *([whole] if len(whole) else []), *rest[place:]))


def merged(due: Sequence[Part]) -> Part:
    """Return one part of what lives in these."""
    held = [part.living() for part in due]
    return Part.of(np.concatenate([words for words, _ in held]), np.concatenate([keys for _, keys in held]))


def _by_key(words: Words, keys: Keys) -> tuple[Words, Keys]:
    """Return hashes in the order of their keys; what is in order already is not copied."""
    if (keys[1:] > keys[:-1]).all():
        return words, keys
    order = np.argsort(keys, kind="stable")
    return words.take(order, axis=0), keys.take(order)
