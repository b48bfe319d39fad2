"""Term lists find the words they name in the spellings people use, and leave innocent words alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.kernel.values import PlainItem, PlainSignal, Span
from sinmungo.core.text.terms import Term, TermList, TermScreener

LISTS = [
    TermList(
        "words",
        [
            Term("시험", spaced=True, exceptions=("시험관",)),
            Term("spam", 0.8, spaced=True),
            Term("ㅅㅎ", 0.5),
            Term("class", 0.6),
        ],
    ),
    TermList("others", [Term("바다", 0.3, whole_word=True), Term("사과", 0.4)]),
]


def screen(text: str, lists: list[TermList] = LISTS) -> list[PlainSignal]:
    return TermScreener(lists, "7").screen([PlainItem(text=text)])[0]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("내일 시험을 봅니다", "시험"),
        ("내일 시\u200b험을", "시\u200b험"),
        (f"내일 {unicodedata.normalize('NFD', '시험')}", unicodedata.normalize("NFD", "시험")),
        ("내일 ㅅㅣㅎㅓㅁ", "ㅅㅣㅎㅓㅁ"),
        ("내일 시 험", "시 험"),
        ("내일 시.험지", "시.험"),
        ("내일 시1험", "시1험"),
        ("ＳＰＡＭ!", "ＳＰＡＭ"),
        ("это ѕраm", "ѕраm"),
        ("$p4m을 보냅니다", "$p4m"),
        ("no s p a m here", "s p a m"),
        ("śpäm", "śpäm"),
        ("c1ass", "c1ass"),
        ("ㅅ\u200bㅎ 보자", "ㅅ\u200bㅎ"),
        ("\u1109\u1112", "\u1109\u1112"),
    ],
)
def test_a_term_is_found_as_it_is_spelled(text: str, evidence: str) -> None:
    """The evidence is the words as they stand in the item, and the span is where they stand."""
    (signal,) = screen(text)
    assert signal.evidence == evidence
    assert signal.span is not None
    assert text[signal.span.start : signal.span.end] == evidence


@pytest.mark.parametrize(
    "text",
    [
        "spamming",
        "antispam",
        "classic",
        "시험관이 왔습니다",
        "다시 험하게 굴지 마세요",
        "이 시 험준한 산을 노래한다",
        "바다표범",
        "5p4m5",
        "",
    ],
)
def test_an_innocent_word_is_left_alone(text: str) -> None:
    """Longer words, listed exceptions and letters that merely meet are no match."""
    assert screen(text) == []


def test_digits_stand_for_at_most_half_of_a_word() -> None:
    """A model number is not a word."""
    lists = [TermList("words", [Term("ass")])]
    assert screen("A55 샀습니다", lists) == []
    assert [signal.evidence for signal in screen("4ss", lists)] == ["4ss"]


def test_an_exception_excuses_only_where_it_stands() -> None:
    """The same term outside of its exception still counts."""
    (signal,) = screen("시험관이 시험을 냈습니다")
    assert signal.span == Span(5, 7)


def test_each_list_speaks_once_with_its_strongest_term() -> None:
    """One signal for a list and item, of the term with the highest score, the earliest among equals."""
    signals = {signal.name: signal for signal in screen("바다 사과 ㅅㅎ spam spam 사과")}
    assert {name: signal.score for name, signal in signals.items()} == {"words": 0.8, "others": 0.4}
    assert signals["words"].span == Span(9, 13)
    assert signals["others"].span == Span(3, 5)
    assert {(signal.source, signal.source_version) for signal in signals.values()} == {("terms", "7")}


def test_two_lists_may_name_the_same_term() -> None:
    """A term that stands in two lists gives a signal for each."""
    lists = [TermList("a", [Term("시험", 0.2)]), TermList("b", [Term("시험", 0.9)])]
    assert {(signal.name, signal.score) for signal in screen("시험", lists)} == {("a", 0.2), ("b", 0.9)}


def test_lists_without_terms_find_nothing() -> None:
    """An empty pack is a valid one."""
    assert screen("시험", []) == []
    assert screen("시험", [TermList("empty", [])]) == []


@pytest.mark.parametrize(
    "lists",
    [
        [TermList("a", [Term("\u200b ")])],
        [TermList("a", [Term("시험", score=1.5)])],
        [TermList("a", []), TermList("a", [])],
    ],
)
def test_a_list_that_cannot_work_is_refused(lists: list[TermList]) -> None:
    """Empty terms, scores outside 0..1 and two lists of one name raise at once."""
    with pytest.raises(ValueError, match="term"):
        TermScreener(lists, "1")


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    """Any text is screened, and every span lies in it."""
    for signal in screen(text):
        assert signal.span is not None
        assert 0 <= signal.span.start < signal.span.end <= len(text)
