"""Looking first for what a pattern cannot do without finds the same as searching every text."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sinmungo.core.kernel.values import PlainItem
from sinmungo.core.text.literals import ignores_capitals, needs
from sinmungo.core.text.normalise import normalise
from sinmungo.core.text.patterns import PatternScreener, check_pattern

# Few characters, so that texts and patterns meet; among them letters whose capitals are unusual.
LETTERS = "abkisAK가나1 éıßſK"


def _either(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(parts, min_size=1, max_size=3).map(lambda few: f"(?:{'|'.join(few)})")


def _row(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(parts, min_size=1, max_size=4).map("".join)


def _repeated(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    counts = st.sampled_from(["?", "{2}", "{0,2}", "{1,3}", "+", "*", "??", "{2,}", "{,2}", "+?"])
    return st.tuples(parts, counts).map("".join)


def _around(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(["(?=", "(?!", "(", "(?>", "(?P<a>"]), parts).map(
        lambda pair: f"{pair[0]}{pair[1]})"
    )


CLASSES = (
    "[ab]",
    "[^ab]",
    "[가-나]",
    "[a-c1-3]",
    "[A-C]",
    "[k-]",
    "[]a]",
    r"[\dk]",
    "[é-ü]",
    "[^A-Z]",
    "[ -~]",
)
OTHERS = ("ab", "가나", "ka", ".", r"\d", r"\s?", r"\w", r"\b", r"\.", r"\n", "^", "$", "(?<=a)", "(?<!가)")
ATOMS = st.sampled_from([*LETTERS, *CLASSES, *OTHERS])
PATTERNS = st.recursive(
    ATOMS,
    lambda parts: st.one_of(_row(parts), _either(parts), _repeated(parts), _around(parts)),
    max_leaves=8,
)
TEXTS = st.lists(st.text(alphabet=LETTERS + "bcü.\n", max_size=12), min_size=1, max_size=4)


@settings(deadline=None, max_examples=400)
@given(st.lists(PATTERNS, min_size=1, max_size=5), TEXTS)
@example(["k", "i", "S"], ["K", "ı", "ſ"])
@example(["[^i]b", "[i]b", r"\wb"], ["ıb"])
@example(["(?:a|)b{2}|가나?1"], ["abb", "가1", "ab"])
def test_the_look_before_the_search_loses_nothing(patterns: list[str], texts: list[str]) -> None:
    """For any patterns and texts the screener finds what ``re`` finds with capitals ignored."""
    taken = {str(place): each for place, each in enumerate(patterns) if check_pattern(each) is None}
    found = PatternScreener(taken, "1").screen([PlainItem(text=text) for text in texts])
    for text, signals in zip(texts, found, strict=True):
        normal = normalise(text)
        wanted = {}
        for name, pattern in taken.items():
            match = re.search(unicodedata.normalize("NFC", pattern), normal.text, re.IGNORECASE)
            if match is not None and match.end() > match.start():
                wanted[name] = normal.original(*match.span())
        assert {signal.name: signal.span for signal in signals} == wanted


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("시험", [[{"시험"}]]),
        ("시험|문제", [[{"시험"}], [{"문제"}]]),
        (r"(?:입금|송금)\s?(?:부탁|먼저)", [[{"먼저", "부탁"}, {"송금", "입금"}]]),
        (r"중[1-3](?!때)", [[{"중1", "중2", "중3"}]]),
        (r"Offer(?:ed)?", [[{"offer", "offered"}]]),
        (r"\d+만\s?원?", [[{"만"}]]),
        (r"(?:ab){2}c*", [[{"abab"}]]),
        (r"(?:ab)+", [[{"ab"}]]),
        (r"\d{4}", None),
        (r"시험|\d{4}", None),
        (r"(?:가|나)?", None),
        (r"\x41b", None),
    ],
)
def test_what_a_pattern_needs(pattern: str, wanted: list[list[set[str]]] | None) -> None:
    """Of each alternative the sets of which a match holds one literal each; None when there is none."""
    found = needs(pattern)
    assert (found and [[set(each) for each in sets] for sets in found]) == wanted


@pytest.mark.parametrize(
    ("pattern", "without"),
    [
        ("가[a-z]+", True),
        (r"\bkill\b", True),
        (r"[^가-힣]\S", True),
        ("Kill", False),
        ("[A-Z]", False),
        ("é", False),
        ("[à-ü]", False),
        (r"\x6b", False),
        ("ı", False),
    ],
)
def test_capitals_matter_only_where_a_pattern_has_them(pattern: str, without: bool) -> None:
    """Small ASCII letters and scripts without capitals are found in folded text as they are."""
    assert ignores_capitals(pattern) is without


def test_a_folded_text_has_no_letter_that_stands_for_an_ascii_one() -> None:
    """Of all that Python holds equal to an ASCII letter, capitals ignored, only ı is ever left."""
    unusual = [
        char
        for char in map(chr, (*range(0xD800), *range(0xE000, 0x1FBFF), *range(0xE0000, 0xE01F0)))
        if unicodedata.normalize("NFKC", char).casefold() != char or char.isupper()
    ]
    folded = normalise("\n".join(unusual)).text
    assert set(re.findall("(?i:[a-z])", folded)) <= {*"abcdefghijklmnopqrstuvwxyz", "ı"}


def test_many_patterns_are_told_in_the_order_of_the_pack() -> None:
    """Those that need a look and those that need none keep their places."""
    screener = PatternScreener({"b": "나라", "a": r"\d\d", "c": "가지"}, "1")
    (signals,) = screener.screen([PlainItem(text="가지 12 나라")])
    assert [signal.name for signal in signals] == ["b", "a", "c"]
