"""Numbers that identify a person are hidden whole, and other numbers are mostly left alone."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.kernel.errors import Refused
from sinmungo.core.kernel.values import PlainItem, Span
from sinmungo.core.text.identifiers import BadText, IdentifierScreener, mask_identifiers


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
        ("9\ufe0f\u20e300101-1234567", "●\ufe0f\u20e3●●●●●-●●●●●●●"),
        ("여권 M12345678", "여권 ●●●●●●●●●"),
        ("M123A4567", "●●●●●●●●●"),
        ("여권은 m 123 a 4567", "여권은 ● ●●● ● ●●●●"),
        ("Ｍ１２３４５６７８", "●●●●●●●●●"),
        ("M-12345678", "●-●●●●●●●●"),
        ("11-12-345678-90", "●●-●●-●●●●●●-●●"),
        ("11.12.345678.90", "●●.●●.●●●●●●.●●"),
        ("면허 111234567890", "면허 ●●●●●●●●●●●●"),
        ("서울 12-345678-90", "서울 ●●-●●●●●●-●●"),
        ("4111-1111-1111-1111", "●●●●-●●●●-●●●●-●●●●"),
        ("1) 4111 1111 1111 1111 (12/25)", "1) ●●●● ●●●● ●●●● ●●●● (12/25)"),
        ("3782-822463-10005", "●●●●-●●●●●●-●●●●●"),
        ("카드 41111111 11111111", "카드 ●●●●●●●● ●●●●●●●●"),
        ("신한 110-123-456789 홍길동", "신한 ●●●-●●●-●●●●●● 홍길동"),
        ("110-123-456789 (국민은행)", "●●●-●●●-●●●●●● (국민은행)"),
        ("계좌 110-123-456789 010-1234-5678", "계좌 ●●●-●●●-●●●●●● 010-1234-5678"),
        ("계좌 110-123-456789 5만원", "계좌 ●●●-●●●-●●●●●● 5만원"),
        ("계좌 900101-1234567", "계좌 ●●●●●●-●●●●●●●"),
        ("예금주 홍길동\n110123456789", "예금주 홍길동\n●●●●●●●●●●●●"),
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
        "S20241122",
        "m12345678",
        "user_m12345678",
        "MX12345678",
        "M123456789",
        "M12345678@example.com",
        "주문번호 M12345678",
        "L 90 M 95 100",
        "110-123-456789",
        "입금 2024-11-22 13:45:10",
        "입금 24.11.22 13:45",
        "입금 후 010-1234-5678 로 연락",
        "계좌 물어보려고 02-123-4567 로 전화함",
        "통장에 100000000000원 있으면",
        "입금자명과 주문번호 20241122-0001234",
        "4111-1111-1111-1112",
        "https://a.test/p/4111111111111111",
        "a.test/?id=4111111111111111",
        "쿠폰번호 4111-1111-1111-1111",
        "30-12-345678-90",
        "111234567890",
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


def test_few_other_numbers_are_taken() -> None:
    """Of random 13-digit numbers at most 3.5 in 100 are taken for one, of labelled numbers none."""
    chance = random.Random(7)
    drawn = [f"{chance.randrange(10**13):013}" for _ in range(20_000)]
    found = [mask_identifiers(f"번호 {number} 확인").found for number in drawn]
    taken = sum(any(each.kind in ("resident_number", "foreigner_number") for each in own) for own in found)
    assert taken / len(drawn) < 0.035
    assert not any(mask_identifiers(f"주문번호 {number} 확인").found for number in drawn[:2_000])


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
    [
        "900101-1234567",
        "9001011234567",
        "9 0 0 1 0 1 1 2 3 4 5 6 7",
        "구공공일공일일이삼사오육칠",
        "M12345678",
        "11-12-345678-90",
        "4111 1111 1111 1111",
        "농협 352-1234-5678-90",
    ]
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


def test_the_source_speaks_of_what_was_hidden() -> None:
    """One signal for each kind, with the place of its first number and the dots as they stand."""
    masked = mask_identifiers("번호 900101-1234567, 910101-1234567 여권 M12345678")
    item = PlainItem(text=masked.text, masked=tuple((each.kind, each.span) for each in masked.found))
    (signals,) = IdentifierScreener().screen([item])
    assert [(each.source, each.name, each.score, each.evidence, each.span) for each in signals] == [
        ("identifiers", "passport", 1.0, "●●●●●●●●●", Span(37, 46)),
        ("identifiers", "resident_number", 1.0, "●●●●●●-●●●●●●●", Span(3, 17)),
    ]


def test_dots_that_somebody_typed_say_nothing() -> None:
    """Only what masking found is told, so nobody can feign it."""
    items = [PlainItem(text=text) for text in ("●●●●●●-●●●●●●●", "●" * 13, "오늘")]
    assert IdentifierScreener().screen(items) == [[], [], []]


@pytest.mark.parametrize(
    ("piece", "is_number"),
    [
        ("9001011234567.", True),
        ("9001011234567 ", True),
        ("110-123-456789 계좌\n", True),
        ("1 ", False),
        ("M1234567 ", False),
        ("4111 ", False),
        ("1\u200b", False),
        ("이일", False),
    ],
)
def test_the_longest_text_full_of_digits_is_masked(piece: str, is_number: bool) -> None:
    """100,000 code points of numbers that touch each other are all read."""
    count = 100_000 // len(piece)
    assert len(mask_identifiers(piece * count).found) == (count if is_number else 0)


@pytest.mark.parametrize("link", ["M12345678-4111-1111-1111-1111", "이-110-123-456789이"])
def test_numbers_chained_to_one_another_are_all_hidden_in_bounded_time(link: str) -> None:
    """Each shows only once its neighbour is hidden; no digit is left, and no length makes looking endless."""
    text = link * (20_000 // len(link))
    began = time.perf_counter()
    masked = mask_identifiers(text)

    assert time.perf_counter() - began < 8
    assert len(masked.text) == len(text)
    assert not any(char.isdigit() for char in masked.text)
    assert mask_identifiers(masked.text).text == masked.text
