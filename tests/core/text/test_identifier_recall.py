"""Counted over thousands of generated numbers: what is found, and what is wrongly taken."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.text.identifiers import KINDS, Masked, mask_identifiers
from tests.core.text import identifier_samples as samples

MANY = 10_000
RESIDENT = frozenset(("resident_number", "foreigner_number"))


def shows(masked: Masked, sentence: str, number: str) -> bool:
    """Say whether a digit, or a passport's letter, of ``number`` is left."""
    start = sentence.index(number)
    return any(char.isalnum() and char != "ㅡ" for char in masked.text[start : start + len(number)])


@pytest.mark.parametrize("kind", KINDS)
def test_of_ten_thousand_numbers_of_a_kind_at_most_ten_are_missed(kind: str) -> None:
    """In every spelling: parted, in one piece, full width, in circles, in Hangul, over lines, hidden."""
    missed = [
        sentence
        for number, sentence in samples.sentences(kind, MANY)
        if shows(mask_identifiers(sentence), sentence, number)
    ]
    assert len(missed) <= MANY // 1000, missed[:5]


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_is_told_rightly(kind: str) -> None:
    """At least 99 in 100 numbers are named for what they are."""
    found = [mask_identifiers(sentence).found for _, sentence in samples.sentences(kind, 1_000)]
    assert sum(kind in {each.kind for each in own} for own in found) >= 990


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(KINDS), st.integers(0, 2**32), st.sampled_from(["", "앞 ", "가나다 010, "]))
def test_no_digit_of_a_number_is_left(kind: str, seed: int, before: str) -> None:
    """Whatever is drawn: all its digits and letters become dots, and the text keeps its length."""
    ((number, sentence),) = samples.sentences(kind, 1, seed)
    text = before + sentence
    masked = mask_identifiers(text)
    assert len(masked.text) == len(text)
    assert not shows(masked, text, number)
    assert mask_identifiers(masked.text) == Masked(masked.text, ())


#: Percent of each sample that may be taken for a resident's number and for anything else.
BOUNDS = {
    "order": (6.5, 0.5),
    "tracking": (1.0, 0.5),
    "isbn": (0.0, 0.0),
    "corporate": (0.5, 0.0),
    "business": (0.0, 0.0),
    "epoch": (1.0, 0.2),
    "phone": (0.0, 0.0),
    "time": (0.0, 0.0),
    "plain": (0.6, 0.5),
    "code": (0.0, 0.5),
    "parted": (0.3, 0.3),
    # A third of the numbers that begin with 880, Korea's goods, show a day of 1988.
    "ean": (28.0, 0.2),
}


@pytest.mark.parametrize("name", samples.LOOK_ALIKES)
def test_numbers_of_other_things_are_mostly_left_alone(name: str) -> None:
    """Order, parcel, book, goods, company and telephone numbers, times and codes, without a label."""
    taken: Counter[bool] = Counter()
    for number in samples.look_alikes(name, 4_000):
        kinds = {each.kind for each in mask_identifiers(f"이거 {number} 맞나요").found}
        taken[True] += bool(kinds & RESIDENT)
        taken[False] += bool(kinds - RESIDENT)
    of_residents, of_others = BOUNDS[name]
    assert taken[True] / 40 <= of_residents
    assert taken[False] / 40 <= of_others


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("order", "주문번호"),
        ("tracking", "운송장번호"),
        ("ean", "바코드"),
        ("isbn", "ISBN"),
        ("corporate", "법인등록번호"),
        ("business", "사업자등록번호"),
        ("code", "모델"),
    ],
)
def test_a_number_that_is_named_is_left_alone(name: str, label: str) -> None:
    """Named for what it is, none is taken, not even beside words of payment."""
    for number in samples.look_alikes(name, 2_000):
        assert mask_identifiers(f"{label} {number} 입금 부탁드려요").found == ()


@pytest.mark.parametrize("name", ["phone", "time"])
def test_telephones_and_times_are_no_accounts(name: str) -> None:
    """Beside words of payment a telephone number and a time stay what they are."""
    for number in samples.look_alikes(name, 2_000):
        assert mask_identifiers(f"입금하고 {number} 에 연락").found == ()


def test_about_two_in_a_hundred_random_sixteen_digits_look_like_a_card() -> None:
    """The price of finding cards in one piece without a word beside them."""
    chance = random.Random(16)
    drawn = [samples.digits(chance, 16) for _ in range(5_000)]
    taken = sum(bool(mask_identifiers(f"이거 {number} 맞나요").found) for number in drawn)
    assert taken / len(drawn) <= 0.025
