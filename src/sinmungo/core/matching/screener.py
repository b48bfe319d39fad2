"""Source ``match``: media and texts that a bank holds, the very same or nearly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from sinmungo.core.kernel.values import PlainItem, PlainMedia, PlainSignal
from sinmungo.core.matching import texts
from sinmungo.core.matching.explain import evidence
from sinmungo.core.matching.fingerprints import HASH_BYTES, RECORD_BYTES, unpack
from sinmungo.core.matching.matcher import Match, Matcher, Seen
from sinmungo.core.text.screeners import DEGRADED

_HEX = re.compile("(?:[0-9a-f]{2})*")


class MatchScreener:
    """A signal for each bank that holds something of an item, named after the bank, with the nearest match.

    Names of banks become identifiers: a hyphen is written ``_``. The evidence is as
    :func:`~sinmungo.core.matching.explain.evidence` writes it and never names a hash. Where not all banks
    could be held (``is_whole`` is false) every item is told so by the signal ``match.degraded``.
    """

    name = "match"

    def __init__(self, matcher: Matcher, version: str, *, is_whole: bool = True) -> None:
        self.version = version
        self._matcher = matcher
        self._is_whole = is_whole

    def screen(self, batch: Sequence[PlainItem]) -> list[list[PlainSignal]]:
        """Return the signals of each item of ``batch``, in its order; the nearest bank of an item first."""
        found: list[dict[str, tuple[Match, str]]] = [{} for _ in batch]
        self._look_at_media(batch, found)
        if "text" in self._matcher.kinds:
            self._look_at_texts(batch, found)
        return [self._signals(own.values()) for own in found]

    def _look_at_media(
        self, batch: Sequence[PlainItem], found: Sequence[dict[str, tuple[Match, str]]]
    ) -> None:
        media = [
            (row, place, each) for row, item in enumerate(batch) for place, each in enumerate(item.media, 1)
        ]
        if not media:
            return
        matched = self._matcher.match_media([seen(each) for _, _, each in media])
        for (row, place, _), matches in zip(media, matched, strict=True):
            _keep_nearest(found[row], matches, place, len(batch[row].media))

    def _look_at_texts(
        self, batch: Sequence[PlainItem], found: Sequence[dict[str, tuple[Match, str]]]
    ) -> None:
        signatures = texts.signatures([item.text for item in batch])
        for own, matches in zip(found, self._matcher.match_texts(signatures), strict=True):
            _keep_nearest(own, matches, 0, 0)

    def _signals(self, found: Iterable[tuple[Match, str]]) -> list[PlainSignal]:
        ordered = sorted(found, key=lambda each: (-each[0].score, each[0].bank))
        told = [
            PlainSignal(self.name, self.version, signal_name(match.bank), match.score, line)
            for match, line in ordered
        ]
        if not self._is_whole:
            told.append(PlainSignal(self.name, self.version, DEGRADED, 1.0, "a bank could not be opened"))
        return told


def signal_name(bank: str) -> str:
    """Return the name of a bank's signals and facts."""
    return bank.replace("-", "_")


def seen(media: PlainMedia) -> Seen:
    """Return what there is to compare of one of an item's media; what cannot be read is left out."""
    hashes = media.hashes if len(media.hashes) % RECORD_BYTES == 0 else b""
    frames = media.frames if len(media.frames) % HASH_BYTES == 0 else b""
    return Seen(
        sha256=_bytes(media.sha256),
        md5=_bytes(media.md5),
        hashes=unpack(hashes),
        frames=np.frombuffer(frames, np.uint8).reshape(-1, HASH_BYTES) if frames else None,
    )


def _bytes(digits: str) -> bytes:
    lowered = digits.lower()
    return bytes.fromhex(lowered) if _HEX.fullmatch(lowered) else b""


def _keep_nearest(own: dict[str, tuple[Match, str]], matches: Iterable[Match], place: int, of: int) -> None:
    for match in matches:
        if match.bank not in own or match.score > own[match.bank][0].score:
            own[match.bank] = (match, evidence(match, place, of))
