"""Exact digests: the same bytes are found, and nothing of a digest is told."""

from __future__ import annotations

import hashlib

import pytest

from sinmungo.core.kernel.values import PlainItem, PlainMedia
from sinmungo.core.matching.exact import ExactScreener

KNOWN = hashlib.sha256(b"drawn by code: a circle").hexdigest()
OTHER = hashlib.sha256(b"drawn by code: a square").hexdigest()


def test_each_bank_that_holds_a_medium_speaks_once() -> None:
    """Score 1.0 under the bank's name, saying which of the item's media, in either case of digits."""
    screener = ExactScreener(
        {"circles": frozenset({KNOWN}), "shapes": frozenset({KNOWN.upper(), OTHER})}, "4"
    )
    item = PlainItem(media=(PlainMedia("0" * 64), PlainMedia(KNOWN.upper()), PlainMedia(OTHER)))
    (signals,) = screener.screen([item])
    assert [
        (signal.source, signal.source_version, signal.name, signal.score, signal.evidence)
        for signal in signals
    ] == [
        ("match", "4", "circles", 1.0, "media 2 of 3"),
        ("match", "4", "shapes", 1.0, "media 2 of 3"),
    ]


def test_media_that_no_bank_holds_say_nothing() -> None:
    """Items without media and unknown media have no signal and keep their place."""
    screener = ExactScreener({"circles": frozenset({KNOWN})}, "1")
    assert screener.screen([PlainItem(), PlainItem(media=(PlainMedia(OTHER),))]) == [[], []]


@pytest.mark.parametrize(
    "digest", ["", "abc", KNOWN[:-1], KNOWN + "0", "g" * 64, f" {KNOWN[1:]}", KNOWN + "\n"]
)
def test_what_is_no_digest_is_refused_without_being_told(digest: str) -> None:
    """The error names the bank, never what stood in it."""
    with pytest.raises(ValueError, match="'circles'") as caught:
        ExactScreener({"circles": frozenset({digest})}, "1")
    assert not digest or digest not in str(caught.value)
