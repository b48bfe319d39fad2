"""The matcher's slow twin: every fingerprint is compared with everything that was seen, one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from sinmungo.core.matching import clips
from sinmungo.core.matching.fingerprints import UNKNOWN, KitHash, unpack
from sinmungo.core.matching.matcher import BankTraits, Known, Match, Seen

RADIUS = 31
LEAST_SHARE = 0.8
LEAST_LIKENESS = 0.6
#: The whole and what is trimmed, either mirrored too, and what nobody knows the origin of.
ALL_OF_IT = (0, 1, 16, 17, UNKNOWN)


class SlowMatcher:
    """The same doors as ``Matcher``, over a dict."""

    def __init__(self) -> None:
        self._traits: dict[str, BankTraits] = {}
        self._known: dict[int, Known] = {}

    def __len__(self) -> int:
        return len(self._known)

    def set_banks(self, traits: Mapping[str, BankTraits]) -> None:
        self._traits = dict(traits)

    def add(self, known: Sequence[Known]) -> None:
        self._known |= {each.key: each for each in known}

    def remove(self, keys: Sequence[int]) -> int:
        return sum(self._known.pop(key, None) is not None for key in set(keys))

    def forget(self, bank: str) -> int:
        return self.remove([key for key, each in self._known.items() if each.bank == bank])

    def match_media(self, seen: Sequence[Seen]) -> list[list[Match]]:
        return [self._spoken(self._all(each)) for each in seen]

    def match_texts(self, signatures: Sequence[np.ndarray]) -> list[list[Match]]:
        return [self._spoken(self._texts(each)) for each in signatures]

    def _all(self, seen: Seen) -> Iterable[Match]:
        for known in self._of("sha256"):
            if known.content == seen.sha256:
                yield Match(known.bank, known.key, "sha256", 1.0)
        for known in self._of("md5"):
            if known.content == seen.md5:
                yield Match(known.bank, known.key, "md5", 1.0)
        for known in self._of("pdq"):
            yield from _pictures(known, seen.hashes)
        for known in self._of("clip"):
            yield from _clips(known, seen)

    def _texts(self, signature: np.ndarray) -> Iterable[Match]:
        for known in self._of("text"):
            likeness = float((np.frombuffer(known.content, "<u4") == signature).mean())
            if likeness >= LEAST_LIKENESS:
                yield Match(known.bank, known.key, "text", round(likeness, 6))

    def _of(self, kind: str) -> list[Known]:
        return [self._known[key] for key in sorted(self._known) if self._known[key].kind == kind]

    def _spoken(self, matches: Iterable[Match]) -> list[Match]:
        told = [each for each in matches if each.bank in self._traits and self._traits[each.bank].is_on]
        muting = [each for each in told if self._traits[each.bank].is_negative]
        nearest: dict[str, Match] = {}
        for match in told:
            traits = self._traits[match.bank]
            if traits.is_negative or (not traits.is_sealed and any(_mutes(each, match) for each in muting)):
                continue
            if match.bank not in nearest or match.score > nearest[match.bank].score:
                nearest[match.bank] = match
        return sorted(nearest.values(), key=lambda each: (-each.score, each.bank))


def _mutes(never: Match, match: Match) -> bool:
    is_part = never.kind == "pdq" and never.seen_part not in ALL_OF_IT
    is_same = match.kind == "pdq" and match.seen_part == never.seen_part
    return never.score >= match.score and (is_same or not is_part)


def _pictures(known: Known, windows: Sequence[KitHash]) -> Iterable[Match]:
    found = [
        (_distance(window.bits, held.bits), place, held.part, window.part)
        for place, held in enumerate(unpack(known.content))
        for window in windows
    ]
    for distance, _, kit_part, seen_part in found:
        if distance <= RADIUS:
            score = round(1 - distance / 256, 6)
            yield Match(known.bank, known.key, "pdq", score, distance, kit_part, seen_part)


def _clips(known: Known, seen: Seen) -> Iterable[Match]:
    if seen.frames is None or not len(seen.frames):
        return
    shares = clips.shares(seen.frames, np.frombuffer(known.content, np.uint8).reshape(-1, 32))
    if max(shares) >= LEAST_SHARE:
        told = (round(shares.query, 6), round(shares.compared, 6))
        yield Match(known.bank, known.key, "clip", min(told), -1, UNKNOWN, UNKNOWN, told)


def _distance(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()
