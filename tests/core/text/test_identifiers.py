"""Resident numbers are hidden by shape and date, whole, and other numbers are mostly left alone."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.kernel.errors import Refused
from sinmungo.core.kernel.values import PlainItem, Span
from sinmungo.core.text.identifiers import BadText, IdentifierScreener, mask_identifiers

SPELLED = str.maketrans("0123456789", "공일이삼사오육칠팔구")
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")


def numbers(count: int) -> Iterator[tuple[str, str]]:
    """Draw both halves of numbers that nobody holds: their shape and date are right, the rest is chance."""
    chance = random.Random(20201005)
    for _ in range(count):
        date = f"{chance.randrange(100):02}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}"
        yield date, f"{chance.randrange(1, 9)}{chance.randrange(10**6):06}"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("900101-1234567", "●●●●●●-●●●●●●●"),
        ("9001011234567", "●●●●●●●●●●●●●"),
        ("번호는 900101-1234567이고", "번호는 ●●●●●●-●●●●●●●이고"),
        ("900101 - 1234567", "●●●●●● - ●●●●●●●"),
        ("900101ㅡ1234567", "●●●●●●ㅡ●●●●●●●"),
        ("90.01.01-1234567", "●●.●●.●●-●●●●●●●"),
        ("900101\n1234567", "●●●●●●\n●●●●●●●"),
        ("9\u200b001011234567", "●\u200b●●●●●●●●●●●●"),
        ("９００１０１－１２３４５６７", "●●●●●●－●●●●●●●"),
        ("⑨⓪⓪①⓪①-①②③④⑤⑥⑦", "●●●●●●-●●●●●●●"),
        ("9 0 0 1 0 1 1 2 3 4 5 6 7", "● ● ● ● ● ● ● ● ● ● ● ● ●"),
        ("구공공일공일 일이삼사오육칠", "●●●●●● ●●●●●●●"),
        ("구공공일공일-일이삼사오육칠이 맞습니다", "●●●●●●-●●●●●●●이 맞습니다"),
        ("9공01공1-일234567", "●●●●●●-●●●●●●●"),
        ("900101-1234567, 910101-2234567", "●●●●●●-●●●●●●●, ●●●●●●-●●●●●●●"),
        ("주민번호:9001011234567", "주민번호:●●●●●●●●●●●●●"),
        ("계좌를 물었더니 주민번호 900101-1234567", "계좌를 물었더니 주민번호 ●●●●●●-●●●●●●●"),
    ],
)
def test_every_digit_of_a_number_is_hidden(text: str, masked: str) -> None:
    """Birth date, sex and the rest become dots, and nothing else moves."""
    assert mask_identifiers(text).text == masked


@pytest.mark.parametrize(
    "text",
    [
        "90010112345678",
        "901301-1234567",
        "900132-1234567",
        "주문번호 9001011234567",
        "주문번호: 9001011234567",
        "운송장번호는 900101-1234567",
        "송장 9001011234567",
        "계좌 900101-1234567",
        "법인등록번호 900101-1234567",
        "ISBN 978-89-7001-010-1",
        "ISBN 9001011234567",
        "ORD9001011234567",
        "37.9001011234567",
        "1795000000000",
        "2011-05-03 12345",
        "010-1234-5678",
        "1 2 3 4 5 6 7 8 9 10 11 12 13",
        "1,200,000 3,500,000",
        "이 일 이 사 오 구",
        "",
    ],
)
def test_what_is_something_else_is_left_alone(text: str) -> None:
    """Longer numbers, wrong dates, labelled numbers, fractions and counts stay as they are."""
    assert mask_identifiers(text).text == text


@pytest.mark.parametrize(
    ("digit", "kind"),
    [*((each, "resident_number") for each in "123490"), *((each, "foreigner_number") for each in "5678")],
)
def test_the_seventh_digit_tells_the_kind(digit: str, kind: str) -> None:
    """Citizens and foreigners are told apart, and the place is that of the mask."""
    masked = mask_identifiers(f"번호 900101-{digit}234567")
    assert [(found.kind, found.span) for found in masked.found] == [(kind, Span(3, 17))]


def test_no_number_is_told_by_a_checksum() -> None:
    """Every last digit is hidden alike: numbers given since October 2020 have no checksum."""
    assert all(mask_identifiers(f"201005-312345{last}").found for last in range(10))


def test_numbers_are_found_however_they_are_written() -> None:
    """Of 500 generated numbers in eight spellings all are hidden."""
    missed = [
        text
        for date, rest in numbers(500)
        for text in (
            f"{date}-{rest}",
            f"{date}{rest}",
            f"{date} {rest}",
            f"{date}.{rest}",
            f"{date}\u200b-\u200b{rest}".translate(FULL_WIDTH),
            f"{date}-{rest}".translate(SPELLED),
            f"{date}-{rest}".translate(CIRCLED),
            " ".join(date + rest),
        )
        if not mask_identifiers(f"제 번호는 {text} 입니다").found
    ]
    assert missed == []


def test_few_other_numbers_are_taken() -> None:
    """Of random 13-digit numbers at most 4 in 100 are taken for one, of labelled numbers none."""
    chance = random.Random(7)
    drawn = [f"{chance.randrange(10**13):013}" for _ in range(20_000)]
    taken = sum(bool(mask_identifiers(f"번호 {number} 확인").found) for number in drawn)
    assert taken / len(drawn) < 0.04
    assert not any(mask_identifiers(f"주문번호 {number} 확인").found for number in drawn[:2_000])
    assert not any(mask_identifiers(f"번호 {number}0 확인").found for number in drawn[:2_000])


def test_book_numbers_are_never_taken() -> None:
    """An ISBN begins 978 or 979, which is no birth date."""
    chance = random.Random(8)
    books = [f"97{chance.choice('89')}{chance.randrange(10**10):010}" for _ in range(2_000)]
    assert not any(mask_identifiers(f"책 {book}").found for book in books)


def test_nul_is_replaced_and_half_a_surrogate_pair_refused() -> None:
    """What a database or an expression would cut or refuse never gets that far."""
    assert mask_identifiers("가\0나").text == "가\ufffd나"
    with pytest.raises(BadText) as caught:
        mask_identifiers("가\ud800나")
    assert isinstance(caught.value, Refused)
    assert caught.value.code == "text.lone_surrogate"


# Runs of digits, separators and masks that overlap and touch in every way.
RUNS = st.text(
    alphabet=st.one_of(
        st.sampled_from("0011190●-. \n\u200b공일구이１①a계좌"), st.characters(exclude_categories=("Cs",))
    ),
    max_size=70,
)
NUMBERS = st.sampled_from(
    ["900101-1234567", "9001011234567", "9 0 0 1 0 1 1 2 3 4 5 6 7", "구공공일공일일이삼사오육칠"]
)


@settings(deadline=None, max_examples=400)
@given(st.lists(st.one_of(RUNS, NUMBERS), max_size=6).map("".join))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    """Masking is idempotent, keeps the length, and touches nothing outside of what it reports."""
    once = mask_identifiers(text)
    assert mask_identifiers(once.text).text == once.text
    assert mask_identifiers(once.text).found == ()
    assert len(once.text) == len(text)
    hidden = {place for found in once.found for place in range(found.span.start, found.span.end)}
    assert all(
        before == after or place in hidden or before == "\0"
        for place, (before, after) in enumerate(zip(text, once.text, strict=True))
    )


def test_the_source_speaks_of_the_mask_it_left() -> None:
    """A masked number is a signal with its place; dots of another shape are none."""
    texts = ["번호 900101-1234567", "●●●●●", "●" * 14, "오늘", "● ● ● 목록"]
    batch = [PlainItem(text=mask_identifiers(text).text) for text in texts]
    (first, *others) = IdentifierScreener().screen(batch)
    assert [(signal.source, signal.name, signal.score, signal.span) for signal in first] == [
        ("identifiers", "resident_number", 1.0, Span(3, 17))
    ]
    assert others == [[], [], [], []]
