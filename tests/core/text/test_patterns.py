"""Named patterns are found in normalised text, and refused when a text could make them run for ever."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.kernel.values import PlainItem, PlainSignal
from sinmungo.core.text.patterns import PatternError, PatternScreener, check_pattern


def screen(patterns: dict[str, str], text: str) -> list[PlainSignal]:
    return PatternScreener(patterns, "3").screen([PlainItem(text=text)])[0]


@pytest.mark.parametrize(
    ("pattern", "text", "evidence"),
    [
        (r"\d+만\s?원", "내일 １０만 원 드립니다", "１０만 원"),
        (r"[가-힣]{2,4}동\s*\d+호", "달빛동 12호로 오세요", "달빛동 12호"),
        (r"offer", "Special OFFER", "OFFER"),
        (r"(?:\d[- ]?){10}", "코드 12-34-56-78-90", "12-34-56-78-90"),
        (r"a{2,}b", "xaaab", "aaab"),
        (r"시험", "시\u200b험", "시\u200b험"),
        (unicodedata.normalize("NFD", "시험"), "시험", "시험"),
        (r"(?:ab|cd){2}", "xxabcd", "abcd"),
        (r"x[]a-]+y", "xa]-y", "xa]-y"),
        (r"a{,2}b", "aab", "aab"),
        (r"\{x\}", "{x}", "{x}"),
        (r"계좌\s*번호\s*[:：]?\s*[0-9-]+", "계좌번호: 00-00", "계좌번호: 00-00"),
        (r"\s*\d+\s*만\s*원", "약 10 만 원", " 10 만 원"),
    ],
)
def test_a_pattern_is_found_with_its_place(pattern: str, text: str, evidence: str) -> None:
    """The evidence is the text as it stands, whatever width or case it has."""
    (signal,) = screen({"name": pattern}, text)
    assert (signal.source, signal.source_version, signal.name, signal.score) == ("patterns", "3", "name", 1.0)
    assert signal.evidence == evidence
    assert signal.span is not None
    assert text[signal.span.start : signal.span.end] == evidence


def test_patterns_that_are_not_there_say_nothing() -> None:
    """Only the patterns found give signals, in the order of the pack."""
    found = screen({"a": "하나", "b": "둘", "c": "셋"}, "셋, 하나")
    assert [signal.name for signal in found] == ["a", "c"]


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("(a+)+b", "without bound"),
        ("(?:a*b)*c", "without bound"),
        ("(?:x(?:a+)y){2}", "without bound"),
        ("(?:a{,}b){,}c", "without bound"),
        ("(a|aa)+b", "alternatives"),
        ("(?:a?a?)*b", "option"),
        ("(?:a{0,9}){12}b", "repeat"),
        (r"(a)\1", "refers back"),
        (r"(?P<x>a)(?P=x)", "refers back"),
        (r"(a)?(?(1)b|c)", "refers back"),
        ("(?i)a", "flags"),
        ("(?x: a )", "flags"),
        ("(?#note)a", "flags"),
        ("a{5000}", "200 times"),
        (".*a.*b.*c", "any character"),
        ("a+b+" * 4, "long repeats"),
        (r"\s*\s*\s*x", "in a row"),
        (r"\s*x?\s*(?:y)?\s*z", "in a row"),
        ("(?:[가-힣]+a){1}[가-힣]+b[가-힣]+c", "any character"),
        ("a*", "every text"),
        ("(", "not a regular expression"),
        ("[", "not a regular expression"),
        ("a" * 501, "500 characters"),
    ],
)
def test_a_dangerous_or_broken_pattern_is_refused_in_words(pattern: str, word: str) -> None:
    """The checker says why in a sentence, and the screener refuses to be built, naming the pattern."""
    fault = check_pattern(pattern)
    assert fault is not None
    assert word in fault
    with pytest.raises(PatternError, match="'risky'"):
        PatternScreener({"risky": pattern}, "1")


def test_limits_hold_at_their_edge() -> None:
    """500 characters, 200 repeats and six long repeats are fine; a text is read to 20,000."""
    assert check_pattern("a" * 500) is None
    assert check_pattern("a{200}") is None
    assert check_pattern("a+b+" * 3) is None
    assert screen({"end": "끝"}, "가" * 19_999 + "끝") != []
    assert screen({"end": "끝"}, "가" * 20_000 + "끝") == []


def test_the_evidence_of_a_long_text_says_how_much_was_read() -> None:
    """A reviewer must know that the rest of a long text was not read."""
    (signal,) = screen({"start": "처음"}, "처음" + "가" * 20_000)
    assert signal.evidence == "처음 (first 20,000 characters read)"


def test_an_unbounded_repeat_stops_at_a_hundred() -> None:
    """A star means at most a hundred, so that no text makes a pattern slow."""
    assert screen({"gap": "a.*b"}, "a" + "x" * 100 + "b") != []
    assert screen({"gap": "a.*b"}, "a" + "x" * 101 + "b") == []


@settings(deadline=None)
@given(st.text(alphabet="ab(|)[]{}*+?,.0123\\^$-:=!<>P", max_size=30))
def test_what_passes_the_check_compiles_and_reads_short_repeats_as_written(pattern: str) -> None:
    """A pattern that is not refused finds in a short text just what it finds unbounded."""
    if check_pattern(pattern) is not None:
        return
    for text in ("", "ab", "aabb(ba)", "a1b0.3{2}"):
        match = re.search(pattern, text, re.IGNORECASE)
        found = screen({"p": pattern}, text)
        assert bool(found) == (match is not None and match.end() > match.start())
