"""Source ``match``: what a bank holds is said of an item, once a bank, and no hash is told."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from sinmungo.core.kernel.values import PlainItem, PlainMedia
from sinmungo.core.matching import texts
from sinmungo.core.matching.explain import Evidence, evidence, read_evidence
from sinmungo.core.matching.fingerprints import KitHash, pack, part_name
from sinmungo.core.matching.matcher import BankTraits, Known, Match, Matcher
from sinmungo.core.matching.screener import MatchScreener

DIGEST = hashlib.sha256(b"drawn by code: a circle").digest()
OTHER = hashlib.sha256(b"drawn by code: a square").hexdigest()
BITS = np.random.default_rng(1).bytes(32)
TEXT = "오늘 저녁 여덟 시에 강가에서 함께 만나 걸어요"


def _screener(*known: Known, **more: bool) -> MatchScreener:
    matcher = Matcher()
    matcher.set_banks({each.bank: BankTraits(each.bank) for each in known})
    matcher.add(known)
    return MatchScreener(matcher, "4", **more)


def _picture(bits: bytes, part: int = 16) -> PlainMedia:
    return PlainMedia(OTHER, hashes=pack([KitHash(part, bits)]))


def test_each_bank_that_holds_a_medium_speaks_once() -> None:
    """Score 1.0 under the bank's name, saying which of the item's media, in either case of digits."""
    screener = _screener(Known(1, "circles", "sha256", DIGEST), Known(2, "round-shapes", "sha256", DIGEST))
    item = PlainItem(media=(PlainMedia("0" * 64), PlainMedia(DIGEST.hex().upper()), PlainMedia(DIGEST.hex())))

    (signals,) = screener.screen([item])

    assert [
        (signal.source, signal.source_version, signal.name, signal.score, signal.evidence)
        for signal in signals
    ] == [
        ("match", "4", "circles", 1.0, "place=2/3 kind=sha256 id=1"),
        ("match", "4", "round_shapes", 1.0, "place=2/3 kind=sha256 id=2"),
    ]


def test_media_that_no_bank_holds_say_nothing() -> None:
    """Items without media and unknown media have no signal and keep their place."""
    screener = _screener(Known(1, "circles", "sha256", DIGEST))

    assert screener.screen([PlainItem(), PlainItem(media=(PlainMedia(OTHER),))]) == [[], []]


@pytest.mark.parametrize("digest", ["", "abc", DIGEST.hex()[:-1], "g" * 64, f" {DIGEST.hex()[1:]}"])
def test_what_is_no_digest_matches_nothing(digest: str) -> None:
    """A platform's mistake harms no item."""
    screener = _screener(Known(1, "circles", "sha256", DIGEST))

    assert screener.screen([PlainItem(media=(PlainMedia(digest, md5=digest, hashes=b"short"),))]) == [[]]


def test_the_nearest_of_an_items_pictures_is_told() -> None:
    """Of two pictures of an item that match one bank the nearer counts, with its distance and its parts."""
    far = bytes((BITS[0] ^ 0b111,)) + BITS[1:]
    screener = _screener(Known(431, "circles", "pdq", pack([KitHash(1, BITS)])))

    ((signal,),) = screener.screen([PlainItem(media=(_picture(far), _picture(BITS)))])

    assert signal.score == 1.0
    assert signal.evidence == "place=2/2 kind=pdq distance=0 kit=whole-mirrored seen=trimmed id=431"


def test_texts_are_looked_at_where_a_bank_holds_texts() -> None:
    """A text nearly the same is told with its likeness; a text without letters is like nothing."""
    screener = _screener(Known(1, "letters", "text", texts.signatures([TEXT]).astype("<u4").tobytes()))

    (same,), nothing, none = screener.screen(
        [PlainItem(text=TEXT + "!"), PlainItem(text="..."), PlainItem(text="도서관은 내일 쉽니다")]
    )

    assert (same.name, same.score, same.evidence) == ("letters", 1.0, "place=0/0 kind=text id=1")
    assert (nothing, none) == ([], [])


def test_banks_that_could_not_be_held_are_told_of() -> None:
    """Every item says that not all banks were looked at, beside what was found."""
    screener = _screener(Known(1, "circles", "sha256", DIGEST), is_whole=False)

    found, nothing = screener.screen([PlainItem(media=(PlainMedia(DIGEST.hex()),)), PlainItem()])

    assert [signal.name for signal in found] == ["circles", "degraded"]
    assert [signal.name for signal in nothing] == ["degraded"]


@pytest.mark.parametrize(
    ("match", "read"),
    [
        (
            Match("b", 431, "pdq", 0.95, 12, 1, 16),
            Evidence(1, 2, "pdq", 431, 12, "whole-mirrored", "trimmed"),
        ),
        (Match("b", 7, "sha256", 1.0), Evidence(1, 2, "sha256", 7)),
        (
            Match("b", 8, "clip", 0.5, shares=(1.0, 0.5)),
            Evidence(1, 2, "clip", 8, seen_share=1.0, known_share=0.5),
        ),
    ],
)
def test_evidence_is_read_as_it_was_written(match: Match, read: Evidence) -> None:
    """A page gets back what a signal keeps."""
    assert read_evidence(evidence(match, 1, 2)) == read


@pytest.mark.parametrize(
    "line",
    [
        "", "media 1 of 2", "place=1/2", "place=1 kind=pdq id=1", "place=1/2 kind=other id=1",
        "place=1/2 kind=pdq id=x", "place=1/2  kind=pdq id=1", "place=1/2 kind=pdq id=1 shares=1", "x" * 600,
    ],
)  # fmt: skip
def test_a_line_that_is_none_of_ours_is_read_as_nothing(line: str) -> None:
    """Evidence of another release or source breaks no page."""
    assert read_evidence(line) is None


def test_every_part_of_a_picture_can_be_read_back() -> None:
    """Whatever a part is called, the line that names it is read."""
    for part in range(256):
        read = read_evidence(evidence(Match("b", 1, "pdq", 1.0, 0, part, part), 1, 1))
        assert read is not None and read.kit == read.seen == part_name(part)
