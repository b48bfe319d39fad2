"""From what was seen to matches: the nearest of each bank, after what is never a match."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sinmungo.core.matching import matcher as matcher_module
from sinmungo.core.matching import texts
from sinmungo.core.matching.fingerprints import TRIMMED_MIRRORED, UNKNOWN, WHOLE, KitHash, pack
from sinmungo.core.matching.matcher import BankTraits, Known, Match, Matcher, Seen
from tests.core.matching.slow_matcher import SlowMatcher

BASES = [np.random.default_rng(seed).bytes(32) for seed in range(3)]
SIGNATURE = texts.signatures(["오늘 저녁 여덟 시에 강가에서 함께 만나 걸어요"])[0]
OPEN, OTHER, SEALED, NEVER = "open-bank", "other-bank", "sealed-bank", "never"
TRAITS = {
    OPEN: BankTraits(OPEN),
    OTHER: BankTraits(OTHER),
    SEALED: BankTraits(SEALED, is_sealed=True),
    NEVER: BankTraits(NEVER, is_negative=True),
}


def _flipped(bits: bytes, count: int, start: int = 0) -> bytes:
    number = int.from_bytes(bits, "big")
    for place in range(start, start + count):
        number ^= 1 << place
    return number.to_bytes(32, "big")


def _picture(key: int, bank: str, *hashes: bytes) -> Known:
    return Known(key, bank, "pdq", pack([KitHash(part, bits) for part, bits in enumerate(hashes)]))


def _matcher(*known: Known) -> Matcher:
    matcher = Matcher()
    matcher.set_banks(TRAITS)
    matcher.add(known)
    return matcher


def _seen(*hashes: bytes) -> list[KitHash]:
    return [KitHash(TRIMMED_MIRRORED + place, bits) for place, bits in enumerate(hashes)]


def test_each_bank_speaks_once_with_its_nearest_fingerprint() -> None:
    """Of a bank that holds several alike the nearest is told, with the parts on either side that met."""
    matcher = _matcher(
        _picture(1, OPEN, _flipped(BASES[0], 20)),
        _picture(2, OPEN, BASES[1], _flipped(BASES[0], 4)),
        _picture(3, OTHER, _flipped(BASES[0], 31)),
    )

    (found,) = matcher.match_pictures([_seen(BASES[2], BASES[0])])

    assert found == [
        Match(OPEN, 2, "pdq", 0.984375, 4, kit_part=1, seen_part=18),
        Match(OTHER, 3, "pdq", 0.878906, 31, kit_part=0, seen_part=18),
    ]


def test_beyond_a_distance_of_31_nothing_is_said() -> None:
    """A picture 32 bits away is another picture."""
    matcher = _matcher(_picture(1, OPEN, _flipped(BASES[0], 32)))

    assert matcher.match_pictures([_seen(BASES[0]), []]) == [[], []]


def test_a_digest_is_the_very_same_or_nothing() -> None:
    """SHA-256 and MD5 are told apart by their length; other lengths match nothing."""
    sha256, md5 = hashlib.sha256(b"a circle").digest(), hashlib.md5(b"a circle").digest()  # noqa: S324 - what lists hold
    matcher = _matcher(Known(1, OPEN, "sha256", sha256), Known(2, OTHER, "md5", md5))

    found = matcher.match_digests([md5, b"", sha256, sha256[:20]])

    assert found == [[Match(OTHER, 2, "md5", 1.0)], [], [Match(OPEN, 1, "sha256", 1.0)], []]


def test_a_clip_is_found_by_the_share_of_its_frames() -> None:
    """Eight of ten frames on one side are enough; the score is the smaller share."""
    frames = np.stack([np.frombuffer(np.random.default_rng(seed).bytes(32), np.uint8) for seed in range(30)])
    matcher = _matcher(Known(1, OPEN, "clip", frames[:20].tobytes()))

    part, less = matcher.match_clips([frames[:10], np.concatenate((frames[:7], frames[20:23]))])

    assert part == [Match(OPEN, 1, "clip", 0.5, shares=(1.0, 0.5))]
    assert less == []


def test_a_text_is_found_by_its_likeness() -> None:
    """A text with one syllable changed is found, another is not."""
    text = "오늘 저녁 여덟 시에 강가에서 함께 만나 걸어요"
    matcher = _matcher(Known(1, OPEN, "text", texts.signatures([text]).astype("<u4").tobytes()))

    alike, other, nothing = matcher.match_texts(
        texts.signatures([text.replace("걸어요", "걷어요"), "내일은 도서관이 문을 닫습니다", ""])
    )

    assert [(match.bank, match.kind) for match in alike] == [(OPEN, "text")]
    assert 0.6 <= alike[0].score < 1
    assert (other, nothing) == ([], [])


@pytest.mark.parametrize(("distance", "spoken"), [(9, [OPEN]), (10, []), (11, [])])
def test_what_is_never_a_match_mutes_what_is_no_nearer(distance: int, spoken: list[str]) -> None:
    """A negative fingerprint at a distance of 10 mutes an open bank from 10 on, and says nothing itself."""
    matcher = _matcher(
        _picture(1, NEVER, _flipped(BASES[0], 10)), _picture(2, OPEN, _flipped(BASES[0], distance, 100))
    )

    (found,) = matcher.match_pictures([_seen(BASES[0])])

    assert [match.bank for match in found] == spoken


def test_what_is_never_a_match_hides_nothing_that_stands_beside_it() -> None:
    """In a collage each part speaks for itself; where the whole is never a match, no part of it is one."""
    matcher = _matcher(_picture(1, NEVER, BASES[0]), _picture(2, OPEN, _flipped(BASES[1], 9)))
    left, right = KitHash(20, BASES[0]), KitHash(21, BASES[1])

    (beside,) = matcher.match_pictures([[left, right]])
    (within,) = matcher.match_pictures([[KitHash(WHOLE, BASES[0]), right]])

    assert [(match.bank, match.seen_part) for match in beside] == [(OPEN, 21)]
    assert within == []


def test_a_part_that_is_muted_leaves_the_next_nearest() -> None:
    """A bank whose nearest fingerprint is muted speaks by another part of the picture."""
    matcher = _matcher(
        _picture(1, NEVER, BASES[0]), _picture(2, OPEN, BASES[0]), _picture(3, OPEN, _flipped(BASES[1], 30))
    )

    (found,) = matcher.match_pictures([[KitHash(20, BASES[0]), KitHash(21, BASES[1])]])

    assert [(match.key, match.distance) for match in found] == [(3, 30)]


def test_a_protected_fingerprint_is_never_muted() -> None:
    """The very picture in a negative bank leaves what a sealed bank says."""
    matcher = _matcher(_picture(1, NEVER, BASES[0]), _picture(2, SEALED, _flipped(BASES[0], 30)))

    (found,) = matcher.match_pictures([_seen(BASES[0])])

    assert [match.bank for match in found] == [SEALED]


def test_a_negative_digest_mutes_what_looks_like_it() -> None:
    """All that is known of one medium counts together: where the file is never a match, its look is none."""
    digest = hashlib.sha256(b"a circle").digest()
    matcher = _matcher(Known(1, NEVER, "sha256", digest), _picture(2, OPEN, _flipped(BASES[0], 1)))

    assert matcher.match_media([Seen(sha256=digest, hashes=_seen(BASES[0]))]) == [[]]
    assert [match.bank for match in matcher.match_media([Seen(hashes=_seen(BASES[0]))])[0]] == [OPEN]


def test_a_bank_that_is_off_or_not_told_of_matches_nothing() -> None:
    """Its fingerprints stay held and match once it is on; a negative bank that is off mutes nothing."""
    matcher = _matcher(_picture(1, OPEN, BASES[0]), _picture(2, NEVER, BASES[0]))

    matcher.set_banks({OPEN: BankTraits(OPEN), NEVER: BankTraits(NEVER, is_negative=True, is_on=False)})
    assert [match.bank for match in matcher.match_pictures([_seen(BASES[0])])[0]] == [OPEN]
    matcher.set_banks({OPEN: BankTraits(OPEN, is_on=False)})
    assert matcher.match_pictures([_seen(BASES[0])]) == [[]]
    assert len(matcher) == 2


def test_a_key_that_is_held_gets_the_new_content() -> None:
    """Adding a key again replaces what stood under it; a key twice in one call is refused."""
    matcher = _matcher(_picture(1, OPEN, BASES[0]))
    matcher.add([_picture(1, OTHER, BASES[1])])

    assert matcher.match_pictures([_seen(BASES[0])]) == [[]]
    assert [match.bank for match in matcher.match_pictures([_seen(BASES[1])])[0]] == [OTHER]
    with pytest.raises(ValueError, match="twice"):
        matcher.add([_picture(2, OPEN, BASES[0]), _picture(2, OPEN, BASES[1])])


def test_a_hash_of_unknown_origin_is_told_as_such() -> None:
    """An imported hash has no part of a kit."""
    matcher = _matcher(Known(1, OPEN, "pdq", pack([KitHash(UNKNOWN, BASES[0])])))

    assert matcher.match_pictures([_seen(BASES[0])])[0][0].kit_part == UNKNOWN


def test_nothing_that_is_held_is_written_out_by_accident() -> None:
    """What a log or an assertion would print of a fingerprint or of what was seen holds no hash."""
    digest = hashlib.sha256(b"a circle").digest()

    shown = repr([Known(1, OPEN, "sha256", digest), Seen(sha256=digest)])

    assert "x" not in shown.replace("\\x", "x")


def test_many_windows_on_many_alike_are_looked_up_in_small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much each finds, hits are held for few windows at a time and every picture gets its nearest."""
    monkeypatch.setattr(matcher_module, "MOST_HITS", 50)
    alike = [_picture(key, OPEN, _flipped(BASES[0], key % 20)) for key in range(200)]
    matcher, sizes = _matcher(*alike), []
    near = matcher._near
    monkeypatch.setattr(matcher, "_near", lambda hashes: (sizes.append(len(hashes)), near(hashes))[1])

    found = matcher.match_pictures([_seen(_flipped(BASES[0], 3), BASES[0]) for _ in range(20)])

    assert [[match.distance for match in each] for each in found] == [[0]] * 20
    assert sizes[0] == 16
    assert set(sizes[1:]) == {1}


class Twins(RuleBasedStateMachine):
    """The matcher and its slow twin, told the same in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.fast, self.slow, self.last = Matcher(), SlowMatcher(), 0
        self._tell(TRAITS)

    def _tell(self, traits: dict[str, BankTraits]) -> None:
        self.fast.set_banks(traits)
        self.slow.set_banks(traits)

    @rule(off=st.sets(st.sampled_from(sorted(TRAITS))))
    def switch(self, off: set[str]) -> None:
        self._tell({name: traits._replace(is_on=name not in off) for name, traits in TRAITS.items()})

    @rule(
        bank=st.sampled_from(sorted(TRAITS)),
        base=st.integers(0, 2),
        flips=st.lists(st.integers(0, 40), min_size=1, max_size=4),
    )
    def add_picture(self, bank: str, base: int, flips: list[int]) -> None:
        hashes = [_flipped(BASES[base], count, 16 * place) for place, count in enumerate(flips)]
        self._add(_picture(self.last, bank, *hashes))

    @rule(bank=st.sampled_from(sorted(TRAITS)), word=st.integers(0, 3))
    def add_digest(self, bank: str, word: int) -> None:
        self._add(Known(self.last, bank, "sha256", hashlib.sha256(bytes((word,))).digest()))

    @rule(bank=st.sampled_from(sorted(TRAITS)), bases=st.lists(st.integers(0, 2), min_size=1, max_size=4))
    def add_clip(self, bank: str, bases: list[int]) -> None:
        self._add(Known(self.last, bank, "clip", b"".join(BASES[base] for base in bases)))

    @rule(bank=st.sampled_from(sorted(TRAITS)), changed=st.sampled_from([0, 20, 51, 52, 80]))
    def add_text(self, bank: str, changed: int) -> None:
        signature = SIGNATURE.copy()
        signature[:changed] += 1
        self._add(Known(self.last, bank, "text", signature.astype("<u4").tobytes()))

    def _add(self, known: Known) -> None:
        self.fast.add([known])
        self.slow.add([known])
        self.last += 1

    @rule(keys=st.lists(st.integers(0, 12), max_size=4))
    def remove(self, keys: list[int]) -> None:
        assert self.fast.remove(keys) == self.slow.remove(keys)

    @rule(bank=st.sampled_from(sorted(TRAITS)))
    def forget(self, bank: str) -> None:
        assert self.fast.forget(bank) == self.slow.forget(bank)

    @invariant()
    def are_alike(self) -> None:
        asked = [
            Seen(
                hashlib.sha256(bytes((base,))).digest(),
                b"",
                _seen(_flipped(BASES[base], 5), _flipped(BASES[base], 20, 128)),
                np.stack([np.frombuffer(BASES[each], np.uint8) for each in (base, base, 0)]),
            )
            for base in range(3)
        ]
        assert len(self.fast) == len(self.slow)
        assert _told(self.fast.match_media(asked)) == _told(self.slow.match_media(asked))
        texts = np.stack([SIGNATURE])
        assert _told(self.fast.match_texts(texts)) == _told(self.slow.match_texts(texts))


def _told(found: list[list[Match]]) -> list[list[tuple[object, ...]]]:
    """Leave out which of several at one distance it is: the twins may meet them in another order."""
    return [[(match.bank, match.kind, match.score, match.distance) for match in each] for each in found]


TestTwins = Twins.TestCase
TestTwins.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
