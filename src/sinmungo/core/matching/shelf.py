"""What is held of banks in memory, to be compared: digests, pictures, clips and texts, each under its key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching.clip_rows import Rows, readings_of, shares
from sinmungo.core.matching.exact import MD5_BYTES, SHA256_BYTES, DigestIndex
from sinmungo.core.matching.fingerprints import HASH_BYTES, MOST_HASHES, RECORD_BYTES, UNKNOWN
from sinmungo.core.matching.index import HashIndex
from sinmungo.core.matching.near import VALUES, Signatures
from sinmungo.core.matching.texts import TextIndex
from sinmungo.core.matching.tiers import Numbers, Tier, Tiers

#: Of two clips at least this share of one's frames has one like it in the other.
LEAST_SHARE = 0.8
BITS = 256
#: A hash's key in the index is its fingerprint's key times this, plus its place in the kit.
_PLACES = 64
#: Likewise of a clip's frames.
_FRAMES = 4096
_DIGESTS = {"sha256": SHA256_BYTES, "md5": MD5_BYTES}
_KINDS = ("sha256", "md5", "pdq", "clip", "text")
_CARD = np.dtype([("bank", "<u4"), ("kind", "u1"), ("parts", "u1", (MOST_HASHES,))])
_PICTURES, _REST = "pictures.index", "rest.npz"


class Known(NamedTuple):
    """One fingerprint of a bank; ``content`` is as ``core.matching.fingerprints`` writes it for its kind."""

    key: int
    bank: str
    kind: str
    content: bytes

    def __repr__(self) -> str:
        return f"Known({self.key}, ···)"


class Hits(NamedTuple):
    """What was found, as rows: which of those asked, which fingerprint, its bank's number, how near."""

    rows: Numbers
    keys: Numbers
    banks: Numbers
    scores: NDArray[np.float64]
    distances: Numbers
    parts: Numbers
    shares: NDArray[np.float64]


class Shelf:
    """Fingerprints of banks, which are told apart by numbers; safe to read while one thread writes."""

    def __init__(self) -> None:
        self._cards = Tiers(_CARD)
        self._pictures = HashIndex()
        self._frames = HashIndex()
        self._clips: dict[int, Rows] = {}
        self._digests = {kind: DigestIndex(size) for kind, size in _DIGESTS.items()}
        self._texts = TextIndex()

    def __len__(self) -> int:
        return len(self._cards)

    def add(self, known: Sequence[Known], banks: Sequence[int]) -> None:
        """Add fingerprints that are not here yet, each with its bank's number."""
        keys = np.array([each.key for each in known], np.int64)
        cards = np.zeros(len(known), _CARD)
        cards["bank"] = banks
        cards["kind"] = [_KINDS.index(each.kind) for each in known]
        places = _by_kind(known)
        if pictures := places.get("pdq"):
            cards["parts"][pictures] = _parts([known[place].content for place in pictures])
        # whoever finds something looks its card up, so cards come first
        self._cards.add(keys, cards)
        for kind, found in places.items():
            self._add(kind, keys[found], [known[place].content for place in found])

    def _add(self, kind: str, keys: Numbers, contents: Sequence[bytes]) -> None:
        match kind:
            case "pdq":
                records, rows, places = _records(contents)
                self._pictures.add(records[:, 1:], keys[rows] * _PLACES + places)
            case "clip":
                self._add_clips(keys, contents)
            case "text":
                self._texts.add(_signatures(contents), keys)
            case _:
                self._digests[kind].add(contents, keys)

    def _add_clips(self, keys: Numbers, contents: Sequence[bytes]) -> None:
        for key, content in zip(keys.tolist(), contents, strict=True):
            rows = np.frombuffer(content, np.uint8).reshape(-1, HASH_BYTES)
            self._clips[key] = rows
            frames = np.flatnonzero(rows.any(axis=1))
            self._frames.add(rows[frames], key * _FRAMES + frames)

    def save(self, folder: Path) -> None:
        """Write everything but texts into files of a folder that is there; :meth:`load` reads them."""
        numbers, cards = self._cards.all()
        kept = cards["kind"] != _KINDS.index("text")
        clips_held = sorted(self._clips.items())
        arrays = {
            "cards": numbers[kept],
            "cards_rows": cards[kept],
            "clips": np.array([key for key, _ in clips_held], np.int64),
            "clips_sizes": np.array([rows.size for _, rows in clips_held], np.int64),
            "clips_rows": np.frombuffer(b"".join(rows.tobytes() for _, rows in clips_held), np.uint8),
        }
        for kind, digests in self._digests.items():
            arrays[kind], arrays[f"{kind}_rows"] = digests.all()
        self._pictures.save(folder / _PICTURES)
        with (folder / _REST).open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)

    def load(self, folder: Path) -> None:
        """Hold what :meth:`save` wrote, and nothing else; nobody may be reading meanwhile.

        Raises ValueError for files of other content, OSError if they cannot be read.
        """
        self._pictures = HashIndex.load(folder / _PICTURES)
        with np.load(folder / _REST, allow_pickle=False) as held:
            self._cards = Tiers(_CARD, Tier(held["cards"], held["cards_rows"]))
            for kind, size in _DIGESTS.items():
                self._digests[kind] = DigestIndex(size, Tier(held[kind], held[f"{kind}_rows"]))
            rows, ends = held["clips_rows"].tobytes(), np.cumsum(held["clips_sizes"]).tolist()
            self._add_clips(held["clips"], [rows[one:end] for one, end in pairwise([0, *ends])])

    def holds(self, keys: Numbers) -> Numbers:
        """Return those of ``keys`` that are here, each once."""
        places, _ = self._cards.find(keys)
        return np.unique(keys[places])

    @property
    def banks(self) -> frozenset[int]:
        """The numbers of the banks that hold something here."""
        return frozenset(np.unique(self._cards.all().rows["bank"]).tolist())

    def of_bank(self, bank: int) -> Numbers:
        """Return the keys of everything that a bank holds."""
        numbers, cards = self._cards.all()
        found: Numbers = numbers[cards["bank"] == bank]
        return found

    def remove(self, keys: Numbers) -> int:
        """Take fingerprints out; return how many were here."""
        held = self.holds(keys)
        if not len(held):
            return 0
        self._pictures.remove(_spread(held, _PLACES, MOST_HASHES))
        for key in held.tolist():
            rows = self._clips.pop(key, None)
            if rows is not None:
                self._frames.remove(key * _FRAMES + np.arange(len(rows)))
        for digests in self._digests.values():
            digests.remove(held)
        self._texts.remove(held)
        return self._cards.drop(lambda tier: np.isin(tier.numbers, held))

    def near_pictures(self, hashes: NDArray[np.uint8]) -> Hits:
        """Find what lies within a distance of 31 of each hash."""
        found = self._pictures.find_many(hashes)
        keys, places = np.divmod(found.keys, _PLACES)
        rows, cards = self._cards.find(keys)
        distances = found.distances[rows].astype(np.int64)
        scores = np.round(1 - distances / BITS, 6)
        parts = cards["parts"][np.arange(len(rows)), places[rows]].astype(np.int64)
        return _hits(found.rows[rows], keys[rows], cards, scores, distances, parts)

    def same_digests(self, kind: str, digests: Sequence[bytes]) -> Hits:
        """Find the very same digests."""
        asked, keys = self._digests[kind].find_many(digests)
        rows, cards = self._cards.find(keys)
        return _hits(asked[rows], keys[rows], cards, np.ones(len(rows)))

    def near_texts(self, signatures: Signatures) -> Hits:
        """Find texts that are nearly the same."""
        asked, keys, likeness = self._texts.find_many(signatures)
        rows, cards = self._cards.find(keys)
        return _hits(asked[rows], keys[rows], cards, np.round(likeness[rows], 6))

    def near_clips(self, asked: Sequence[NDArray[np.uint8]]) -> Hits:
        """Find clips of which one side has eight of ten frames in the other; scored by the smaller share."""
        found = [
            (place, key, *shares(rows, known))
            for place, rows in enumerate(asked)
            for key, known in self._worth_comparing(rows)
        ]
        told = [each for each in found if max(each[2:]) >= LEAST_SHARE]
        keys = np.array([each[1] for each in told], np.int64)
        rows, cards = self._cards.find(keys)
        both = np.round(np.array([each[2:] for each in told]).reshape(-1, 2), 6)[rows]
        places = np.array([each[0] for each in told], np.int64)
        return _hits(places[rows], keys[rows], cards, both.min(axis=1), shares=both)

    def _worth_comparing(self, rows: Rows) -> Iterator[tuple[int, Rows]]:
        """Yield the clips that share enough frames with ``rows`` for a share of any of their readings."""
        frames = rows[rows.any(axis=1)]
        if not self._clips or not len(frames):
            return
        found = self._frames.find_many(frames)
        keys = found.keys // _FRAMES
        mine = Counter(np.unique(np.stack((keys, found.rows)), axis=1)[0].tolist())
        theirs = Counter((np.unique(found.keys) // _FRAMES).tolist())
        least = LEAST_SHARE * _shortest(rows)
        for key, count in mine.items():
            known = self._clips.get(key)
            if known is not None and (count >= least or theirs[key] >= LEAST_SHARE * _shortest(known)):
                yield key, known

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of fingerprint that are here."""
        counts = {"pdq": len(self._pictures), "clip": len(self._clips), "text": len(self._texts)}
        counts |= {kind: len(digests) for kind, digests in self._digests.items()}
        return frozenset(kind for kind, count in counts.items() if count)


def _by_kind(known: Sequence[Known]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, each in enumerate(known):
        found.setdefault(each.kind, []).append(place)
    return found


def _records(contents: Sequence[bytes]) -> tuple[NDArray[np.uint8], Numbers, Numbers]:
    """Return all records as rows of 33 bytes, which content each is of, and its place in it."""
    counts = np.array([len(each) // RECORD_BYTES for each in contents], np.int64)
    rows = np.repeat(np.arange(len(contents)), counts)
    places = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.frombuffer(b"".join(contents), np.uint8).reshape(-1, RECORD_BYTES), rows, places


def _parts(contents: Sequence[bytes]) -> NDArray[np.uint8]:
    records, rows, places = _records(contents)
    parts = np.full((len(contents), MOST_HASHES), UNKNOWN, np.uint8)
    parts[rows, places] = records[:, 0]
    return parts


def _signatures(contents: Sequence[bytes]) -> Signatures:
    return np.frombuffer(b"".join(contents), "<u4").reshape(-1, VALUES).astype(np.uint32)


def _shortest(rows: Rows) -> int:
    return int(min(part.stop - part.start for part in readings_of(rows)))


def _spread(keys: Numbers, step: int, count: int) -> Numbers:
    return (keys[:, None] * step + np.arange(count)).ravel()


def _hits(
    rows: Numbers,
    keys: Numbers,
    cards: NDArray[np.void],
    scores: NDArray[np.float64],
    distances: Numbers | None = None,
    parts: Numbers | None = None,
    shares: NDArray[np.float64] | None = None,
) -> Hits:
    return Hits(
        rows,
        keys,
        cards["bank"].astype(np.int64),
        scores,
        np.full(len(rows), -1) if distances is None else distances,
        np.full(len(rows), UNKNOWN) if parts is None else parts,
        np.ones((len(rows), 2)) if shares is None else shares,
    )
