"""Normalising brings spellings together and never loses the way back."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sinmungo.core.text.normalise import normalise, squeeze, squeezed

# Letters, marks, jamo and unseen characters that meet each other far more often than by chance.
AWKWARD = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=("Cs",)),
        st.sampled_from(
            "가힣ㄱㅎㅏㅣㅋㅠ\u1100\u1161\u11a8\u115f\u1160ﾊﾞﾟe\u0301\u0308\u200b\u200d\ufe0fＡ１ﬁßİǰ…ﾡￂ﷽"
        ),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ＡＢＣ １２３", "abc 123"),
        ("Straße", "strasse"),
        ("ﬁne", "fine"),
        ("시\u200b험\ufe0f", "시험"),
        (unicodedata.normalize("NFD", "시험을 봅니다"), "시험을 봅니다"),
        ("ㅅㅣㅎㅓㅁ", "시험"),
        ("ㅅㅣ험", "시험"),
        ("ㄴㅏㄴㅏ", "나나"),
        ("ㅅㅂ ㅋㅋㅋ ㅠㅠ", "ㅅㅂ ㅋㅋㅋ ㅠㅠ"),
        ("\u1109\u1107", "ㅅㅂ"),
        ("ﾡﾡ", "ㄱㄱ"),
        ("ﾊﾞ", "バ"),
        ("s\u0336p\u0337am", "spam"),
        ("cafe\u0301", "café"),
        ("\u115f\u3164", ""),
    ],
)
def test_spellings_come_together(written: str, read: str) -> None:
    """Each way of writing the same thing gives the same normalised text."""
    assert normalise(written).text == read


@settings(deadline=None)
@given(AWKWARD)
@example("ㅂ\u200bㅏㄹ")
@example("가\u11a8")
def test_every_code_point_has_a_place_in_the_original(text: str) -> None:
    """Starts and ends lie in the original, never cross and never go back."""
    normal = normalise(text)
    assert len(normal.starts) == len(normal.ends) == len(normal.text)
    assert all(0 <= start < end <= len(text) for start, end in zip(normal.starts, normal.ends, strict=True))
    assert list(normal.starts) == sorted(normal.starts)
    assert list(normal.ends) == sorted(normal.ends)


@settings(deadline=None)
@given(AWKWARD, st.sampled_from(["시험", "spam", "ㅅㅂ"]), AWKWARD)
def test_the_original_of_a_match_holds_the_match(before: str, word: str, after: str) -> None:
    """What a normalised range points back to, normalised again, holds the words of the range."""
    normal = normalise(f"{before} {word} {after}")
    at = normal.text.index(word)
    span = normal.original(at, at + len(word))
    assert word in normalise(f"{before} {word} {after}"[span.start : span.end]).text


@settings(deadline=None)
@given(AWKWARD)
def test_normalised_text_is_folded_and_unseen_characters_are_gone(text: str) -> None:
    """Nothing of category Cf is left, and ASCII is in small letters."""
    read = normalise(text).text
    assert not any(unicodedata.category(char) == "Cf" for char in read)
    assert not any("A" <= char <= "Z" for char in read)


@settings(deadline=None)
@given(AWKWARD)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    """A normalised text is its own normalised form, so lists and texts meet."""
    once = normalise(text).text
    assert normalise(once).text == once


def test_any_number_of_marks_is_read_in_linear_time() -> None:
    """Marks past the thirtieth are read apart, and still gone: nothing is left of a pile of them."""
    assert normalise("a" + "\u0336\u0317" * 10_000 + "b").text == "ab"


def test_plain_text_is_left_as_it_is() -> None:
    """The characters that are copied whole are those that NFKC and folding leave alone."""
    points = [*range(0x20, 0x41), *range(0x5B, 0x7F), *range(0xAC00, 0xD7A4), *range(0x4E00, 0xA000)]
    plain = "".join(map(chr, points)) + "ぁゖァヺ“”‘’「」『』·"
    assert unicodedata.normalize("NFKC", plain).casefold() == plain
    assert normalise(plain).text == plain


def test_a_range_that_is_empty_or_outside_is_refused() -> None:
    """There is no original place for nothing."""
    with pytest.raises(ValueError, match="range"):
        normalise("시험").original(1, 1)
    with pytest.raises(ValueError, match="range"):
        normalise("시험").original(0, 3)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("시 험", "시험"),
        ("시.*_험", "시험"),
        ("시1험", "시험"),
        ("s p-a_m", "spam"),
        ("12시 30분", "12시30분"),
    ],
)
def test_squeezing_drops_what_stands_between_letters(written: str, read: str) -> None:
    """Separators go, and a single digit that breaks a Hangul word."""
    assert squeezed(written) == read


@settings(deadline=None)
@given(AWKWARD)
def test_squeezing_keeps_the_way_back(text: str) -> None:
    """Each kept code point is the one its place names, and both forms of squeezing agree."""
    result = squeeze(text)
    assert result.text == squeezed(text)
    assert [text[start] for start in result.starts] == list(result.text)
