"""Exact digests: media that is, byte for byte, what a bank holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sinmungo.core.kernel.values import PlainItem, PlainSignal

_SHA256 = re.compile("[0-9a-f]{64}")


class ExactScreener:
    """Source ``match``: a signal of score 1.0 named after each bank that holds an item's SHA-256.

    Digests are 64 hexadecimal digits in either case. The evidence never names a digest: a bank may be
    sealed. Raises ValueError, naming the bank and not the digest, for anything else in a bank.
    """

    name = "match"

    def __init__(self, banks: Mapping[str, frozenset[str]], version: str) -> None:
        self.version = version
        self._banks_of: dict[str, list[str]] = {}
        for bank, digests in banks.items():
            for digest in digests:
                self._banks_of.setdefault(_checked(bank, digest), []).append(bank)

    def screen(self, batch: Sequence[PlainItem]) -> list[list[PlainSignal]]:
        """Return for each item one signal for each bank that holds one of its media."""
        return [self._signals(item) for item in batch]

    def _signals(self, item: PlainItem) -> list[PlainSignal]:
        matched: dict[str, str] = {}
        for place, media in enumerate(item.media, start=1):
            for bank in self._banks_of.get(media.sha256.lower(), ()):
                matched.setdefault(bank, f"media {place} of {len(item.media)}")
        return [PlainSignal(self.name, self.version, bank, 1.0, where) for bank, where in matched.items()]


def _checked(bank: str, digest: str) -> str:
    lowered = digest.lower()
    if _SHA256.fullmatch(lowered) is None:
        raise ValueError(f"the bank {bank!r} holds something that is not a SHA-256 digest")
    return lowered
