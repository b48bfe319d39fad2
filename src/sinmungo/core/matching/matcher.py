"""Fingerprints of many banks in memory, and what of them is near to what was seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching import fingerprints
from sinmungo.core.matching.fingerprints import UNKNOWN, KitHash
from sinmungo.core.matching.matches import BankTraits, Match, is_on, settled
from sinmungo.core.matching.near import Signatures
from sinmungo.core.matching.shelf import Hits, Known, Shelf
from sinmungo.core.matching.tiers import Numbers

__all__ = ["BankTraits", "Known", "Match", "Matcher", "Seen"]

Frames = NDArray[np.uint8]
_NAMES = "banks.json"
#: Windows that are looked up together, and hits of them that are held at a time: some 100 bytes each.
FIRST_BLOCK, LARGEST_BLOCK = 16, 256
MOST_HITS = 1_000_000


class Seen(NamedTuple):
    """One picture or clip by all that there is to compare of it; what is empty is not compared."""

    sha256: bytes = b""
    md5: bytes = b""
    hashes: Sequence[KitHash] = ()
    frames: Frames | None = None

    def __repr__(self) -> str:
        return "Seen(···)"


class Matcher:
    """Fingerprints of many banks, found by likeness. One thread writes; any number may read meanwhile.

    What is sealed stands apart from what is open, so that it never comes into a file with it.
    """

    def __init__(self) -> None:
        self._traits: Mapping[str, BankTraits] = {}
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._open, self._sealed = Shelf(), Shelf()

    def __len__(self) -> int:
        return len(self._open) + len(self._sealed)

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of fingerprint that are held."""
        return self._open.kinds | self._sealed.kinds

    def set_banks(self, traits: Mapping[str, BankTraits]) -> None:
        """Say what the banks are from now on; fingerprints of others stay held and match nothing."""
        self._traits = dict(traits)

    def add(self, known: Sequence[Known]) -> None:
        """Hold fingerprints; one whose key is held already takes the other's place.

        What is of a bank not told of counts as sealed. Raises ValueError for content that is none of its
        kind and for a key that stands twice.
        """
        keys = np.array([each.key for each in known], np.int64)
        if len(np.unique(keys)) < len(keys):
            raise ValueError("a key stands twice")
        self._remove(keys)
        apart: tuple[list[Known], list[Known]] = ([], [])
        for each in known:
            traits = self._traits.get(each.bank)
            apart[traits is None or traits.is_sealed].append(each)
        for shelf, own in zip((self._open, self._sealed), apart, strict=True):
            if own:
                shelf.add(own, [self._number(each.bank) for each in own])

    def remove(self, keys: Sequence[int]) -> int:
        """Let go of fingerprints; return how many were held."""
        return self._remove(np.unique(np.array(keys, np.int64)))

    def forget(self, bank: str) -> int:
        """Let go of everything that a bank holds; return how much it was."""
        number = self._numbers.get(bank, -1)
        return sum(shelf.remove(shelf.of_bank(number)) for shelf in (self._open, self._sealed))

    def _remove(self, keys: NDArray[np.int64]) -> int:
        return self._open.remove(keys) + self._sealed.remove(keys)

    def held_keys(self, keys: Sequence[int]) -> frozenset[int]:
        """Return those of ``keys`` that are held."""
        asked = np.array(keys, np.int64)
        return frozenset(np.concatenate((self._open.holds(asked), self._sealed.holds(asked))).tolist())

    def open_keys(self, keys: Sequence[int]) -> list[int]:
        """Return those of ``keys`` that are held and not sealed."""
        found: list[int] = self._open.holds(np.array(keys, np.int64)).tolist()
        return found

    def save(self, folder: Path) -> None:
        """Write what is open, but texts, into files of a folder that is there; nothing of what is sealed."""
        self._open.save(folder)
        banks = self._open.banks
        names = [name if number in banks else "" for number, name in enumerate(self._names)]
        (folder / _NAMES).write_text(json.dumps(names))

    def load(self, folder: Path) -> None:
        """Hold what :meth:`save` wrote, and nothing else; nobody may be reading meanwhile.

        Raises ValueError for files of other content, OSError if they cannot be read.
        """
        self._names = [str(name) for name in json.loads((folder / _NAMES).read_text())]
        self._numbers = {name: number for number, name in enumerate(self._names) if name}
        self._open.load(folder)

    def match_pictures(self, seen: Sequence[Sequence[KitHash]]) -> list[list[Match]]:
        """Return for each picture, given by its hashes, the nearest match of each bank, the nearest first."""
        return [settled(each, self._traits) for each in self._pictures(seen)]

    def match_clips(self, seen: Sequence[Frames]) -> list[list[Match]]:
        """Return likewise for clips, each the rows of its frames' hashes."""
        return [settled(each, self._traits) for each in self._clips(seen)]

    def match_digests(self, seen: Sequence[bytes]) -> list[list[Match]]:
        """Return likewise for digests: 32 bytes are a SHA-256, 16 an MD5, other lengths match nothing."""
        return [settled(each, self._traits) for each in self._digests(seen)]

    def match_texts(self, signatures: Signatures) -> list[list[Match]]:
        """Return likewise for texts, by their signatures."""
        hits = self._asked(lambda shelf: shelf.near_texts(signatures))
        return [settled(each, self._traits) for each in self._matches("text", hits, len(signatures))]

    def match_media(self, seen: Sequence[Seen]) -> list[list[Match]]:
        """Return for each picture or clip the nearest match of each bank by any of what is known of it."""
        asked = (
            self._digests([each.sha256 for each in seen]),
            self._digests([each.md5 for each in seen]),
            self._pictures([each.hashes for each in seen]),
            self._clips([_NO_FRAMES if each.frames is None else each.frames for each in seen]),
        )
        return [
            settled([match for kind in asked for match in kind[place]], self._traits)
            for place in range(len(seen))
        ]

    def near_pictures(self, hashes: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Tell of each of many hashes, rows of 32 bytes, whether it is near one of any picture.

        A quick look at what was seen, before it is asked what it matches: muting and banks are left out.
        """
        found = np.zeros(len(hashes), np.bool_)
        if len(hashes) and "pdq" in self.kinds:
            found[self._asked(lambda shelf: shelf.near_pictures(hashes)).rows] = True
        return found

    def _pictures(self, seen: Sequence[Sequence[KitHash]]) -> list[list[Match]]:
        found: list[list[Match]] = [[] for _ in seen]
        windows = [window for hashes in seen for window in hashes]
        if not windows or "pdq" not in self.kinds:
            return found
        hashes = fingerprints.as_array(windows)
        parts = np.array([window.part for window in windows])
        owners = np.repeat(np.arange(len(seen)), [len(hashes) for hashes in seen])
        start, size = 0, FIRST_BLOCK
        while start < len(windows):
            block = slice(start, start + size)
            hits = self._near(hashes[block])
            told = self._matches("pdq", hits, len(seen), owners[block], parts[block])
            for own, more in zip(found, told, strict=True):
                own.extend(more)
            start, size = start + size, _next_block(size, len(hits.rows))
        return found

    def _near(self, hashes: NDArray[np.uint8]) -> Hits:
        return self._asked(lambda shelf: shelf.near_pictures(hashes))

    def _clips(self, seen: Sequence[Frames]) -> list[list[Match]]:
        hits = self._asked(lambda shelf: shelf.near_clips(seen))
        return self._matches("clip", hits, len(seen))

    def _digests(self, seen: Sequence[bytes]) -> list[list[Match]]:
        found: list[list[Match]] = [[] for _ in seen]
        for kind, size in (("sha256", 32), ("md5", 16)):
            places = [place for place, each in enumerate(seen) if len(each) == size]
            if not places or kind not in self.kinds:
                continue
            hits = self._same(kind, [seen[place] for place in places])
            for place, matches in zip(places, self._matches(kind, hits, len(places)), strict=True):
                found[place] = matches
        return found

    def _same(self, kind: str, digests: Sequence[bytes]) -> Hits:
        return self._asked(lambda shelf: shelf.same_digests(kind, digests))

    def _asked(self, find: Callable[[Shelf], Hits]) -> Hits:
        """Return what both shelves say; of an empty one nothing is asked."""
        if not len(self._sealed):
            return find(self._open)
        if not len(self._open):
            return find(self._sealed)
        pairs = zip(find(self._open), find(self._sealed), strict=True)
        return Hits(*(np.concatenate(pair) for pair in pairs))

    def _matches(
        self,
        kind: str,
        hits: Hits,
        count: int,
        owners: NDArray[np.int64] | None = None,
        windows: NDArray[np.int64] | None = None,
    ) -> list[list[Match]]:
        """Return the nearest hit of each bank for each of ``count`` that asked.

        Of a picture ``owners`` says which one a row belongs to, ``windows`` which part of it the row is.
        Where there are negative banks, which mute parts, it is the nearest of each bank and part.
        """
        found: list[list[Match]] = [[] for _ in range(count)]
        asked = hits.rows if owners is None else owners[hits.rows]
        may_mute = any(bank.is_negative for bank in self._traits.values())
        parts = windows[hits.rows] if windows is not None and may_mute else np.zeros_like(hits.rows)
        for place in _nearest(asked, hits, self._active()[hits.banks], parts).tolist():
            row = hits.rows[place]
            match = Match(
                self._names[hits.banks[place]],
                int(hits.keys[place]),
                kind,
                float(hits.scores[place]),
                int(hits.distances[place]),
                int(hits.parts[place]),
                UNKNOWN if windows is None else int(windows[row]),
                (float(hits.shares[place, 0]), float(hits.shares[place, 1])),
            )
            found[int(asked[place])].append(match)
        return found

    def _active(self) -> NDArray[np.bool_]:
        return np.array([is_on(self._traits, name) for name in self._names], np.bool_)

    def _number(self, bank: str) -> int:
        if bank not in self._numbers:
            self._names.append(bank)
            self._numbers[bank] = len(self._names) - 1
        return self._numbers[bank]


_NO_FRAMES = np.empty((0, fingerprints.HASH_BYTES), np.uint8)


def _next_block(size: int, hits: int) -> int:
    """Return how many windows to look up next: fewer where all look alike, more where little is found."""
    fitting = size * MOST_HITS // max(hits, 1)
    return max(1, min(fitting, size * 4, LARGEST_BLOCK))


def _nearest(asked: Numbers, hits: Hits, active: NDArray[np.bool_], parts: Numbers) -> Numbers:
    """Return the places of the nearest hit for each that asked, bank and part, in the order they asked."""
    near_first = (hits.rows, hits.keys, -hits.scores)
    order = np.lexsort((*near_first, parts, hits.banks, asked))
    order = order[active[order]]
    groups = np.stack((asked[order], hits.banks[order], parts[order]), axis=1)
    first = np.ones(len(order), np.bool_)
    first[1:] = (groups[1:] != groups[:-1]).any(axis=1)
    found = order[first]
    ordered: Numbers = found[np.lexsort([each[found] for each in (*near_first, hits.banks, asked)])]
    return ordered
