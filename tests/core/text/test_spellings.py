"""One innocent word in every spelling that people use to hide a word, found where it stands."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.kernel.values import PlainItem, PlainSignal
from sinmungo.core.text.alike import ALIKE, stands_for
from sinmungo.core.text.normalise import normalise
from sinmungo.core.text.terms import Term, TermList, TermScreener

TERMS = (
    Term("시험", spaced=True, exceptions=("시험관",)),
    Term("ㅅㅎ", spaced=True),
    Term("spam", spaced=True),
)
SCREENER = TermScreener([TermList("words", TERMS)], "1")

FILLERS = st.sampled_from(("\u200b", "\u00ad", "\ufe0f", "\u2060", "\u034f"))
GAPS = st.sampled_from((" ", ".", "-", "*", "_", "  ", "·", "~"))
# Nothing here is a letter that could join the word or be read as part of it.
AROUND = st.text(alphabet=st.sampled_from("가나 \n.,!…ㅋㅠ漢ß﷽ﬁＺ１\u1100\u1161"), max_size=12)


def screen(text: str) -> list[PlainSignal]:
    return SCREENER.screen([PlainItem(text=text)])[0]


@st.composite
def hangul(draw: st.DrawFn) -> str:
    """Draw a spelling of 시험 or ㅅㅎ."""
    way = draw(st.integers(0, 7))
    filler, gap = draw(FILLERS), draw(GAPS)
    return (
        unicodedata.normalize("NFD", "시험"),
        "ㅅㅣㅎㅓㅁ",
        f"시{filler * draw(st.integers(1, 4))}험",
        f"시{gap}험",
        "시" + "이" * draw(st.integers(2, 6)) + "험",
        "시" + "ㅣ" * draw(st.integers(2, 6)) + "험",
        f"ㅅ{filler}ㅎ",
        f"ㅅ{gap}ㅎ",
    )[way]


@st.composite
def latin(draw: st.DrawFn) -> str:
    """Draw a spelling of spam: capitals, full width, look-alikes, unseen characters, gaps, drawn out."""
    way = draw(st.integers(0, 4))
    gap = draw(GAPS)
    full_width = "".join(chr(ord(char) + 0xFEE0) for char in "spam")
    # ẚ is left out: Unicode takes it apart into two letters.
    alike = [char for char, letters in ALIKE.items() if "a" in letters and len(normalise(char).text) == 1]
    return (
        "".join(draw(st.sampled_from((char, char.upper()))) for char in "spam"),
        full_width,
        f"sp{draw(st.sampled_from(alike))}m",
        gap.join("spam"),
        "sp" + "a" * draw(st.integers(3, 9)) + "m" * draw(st.sampled_from((1, 3, 5))),
    )[way]


@settings(deadline=None, max_examples=400)
@given(AROUND, st.one_of(hangul(), latin()), AROUND)
def test_a_word_is_found_in_every_spelling_at_its_own_characters(before: str, word: str, after: str) -> None:
    """The span is that of the word as it was written, not a character more or less."""
    text = f"{before} {word} {after}"
    (signal,) = screen(text)
    assert signal.span is not None
    assert signal.evidence.strip("\u200b\u00ad\ufe0f\u2060\u034f") == word


AWKWARD = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=("Cs",)),
        st.sampled_from("시험ㅅㅣㅎㅓㅁ이\u1109\u1175\u1112\u1165\u11b7\u200b\ufe0fspamѕрaｓ４@ \u0336"),
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=400)
@given(st.lists(st.one_of(AWKWARD, hangul(), latin()), max_size=5).map("".join))
def test_every_span_leads_back_to_characters_that_spell_a_term(text: str) -> None:
    """What the span holds, normalised and screened alone, is the term again."""
    for signal in screen(text):
        assert signal.span is not None
        written = text[signal.span.start : signal.span.end]
        assert signal.evidence == written[:200]
        assert screen(written), written
        assert any(_spells(normalise(written).text, term.text) for term in TERMS), written


def _spells(written: str, term: str) -> bool:
    """Say whether the letters of ``term``, or what looks like them, come in this order."""
    left = list(term)
    for char in written:
        if left and (stands_for(char, left[0]) or left[0] in ALIKE.get(char, "")):
            left.pop(0)
    return not left


@pytest.mark.parametrize(
    "text",
    [
        "시이험",
        "다시 이험한 산길",
        "역시 이이험",
        "시이이험관",
        "아이험",
        "시아아험",
        "spa am",
        "spaam",
        "antispaaaam",
        "시이이",
        "아아아 어어 이이",
        "다시 험하게",
    ],
)
def test_what_is_not_drawn_out_is_left_alone(text: str) -> None:
    """One more vowel may begin a word, and another vowel is another word."""
    assert screen(text) == []


def test_a_word_that_is_drawn_out_is_found_whole() -> None:
    """The evidence is all of it, as long as it was drawn."""
    assert [signal.evidence for signal in screen("아 시이이이험이다")] == ["시이이이험"]
    assert [signal.evidence for signal in screen("no spaaammmm")] == ["spaaammmm"]


def test_twice_written_letters_stay_what_they_are() -> None:
    """A word with a double letter is found drawn out too."""
    good = TermScreener([TermList("words", [Term("good")])], "1")
    texts = ("goood", "goooood", "god", "gooddd")
    found = good.screen([PlainItem(text=text) for text in texts])
    assert [[signal.evidence for signal in each] for each in found] == [
        ["goood"],
        ["goooood"],
        [],
        ["gooddd"],
    ]
