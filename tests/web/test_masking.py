"""What is covered for a reader whose desk does not need to know whose a case is."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.text.identifiers import MASK
from sinmungo.web.console.masking import Veil, covered
from tests.apps.review import made


def number() -> str:
    """Return an invented telephone number, made anew for each test."""
    return f"010-0000-{random.Random(7).randrange(10_000):04d}"


@pytest.mark.parametrize(
    ("before", "secret", "after"),
    [
        ("연락은 ", number(), " 주세요"),
        ("메일 ", "haneul.nuri@example.invalid", " 로"),
        ("카톡 아이디 ", "haneul_nuri77", " 입니다"),
        ("보고 있나 ", "@haneul_nuri", " 야"),
        ("방은 open.kakao.com/", "o/haneul1234", " 여기"),
        ("글은 https://example.com/", "people/haneul?x=1", " 에"),
        ("이름은 ", "남궁하늘", " 입니다"),
    ],
)
def test_personal_data_is_covered_and_the_rest_stays(before: str, secret: str, after: str) -> None:
    """The contact point goes, what stands around it stays, and a link keeps its host."""
    told = covered(f"{before}{secret}{after}")
    assert secret not in told
    assert told.startswith(before.rstrip()) and told.endswith(after.lstrip())
    assert MASK in told


def test_a_person_put_together_from_pieces_is_covered() -> None:
    """A name, an age, a school and an area side by side lead to a door, so all of it goes."""
    told = covered("조심해 김하늘 17살 누리여고 다님 서울 사는 애")
    for piece in ("김하늘", "17살", "누리여고", "서울"):
        assert piece not in told
    assert told.startswith("조심해 ")


@pytest.mark.parametrize("place", [0, 700, 1_480, 1_499, 3_000, 19_990, 60_000])
def test_a_long_text_is_covered_to_its_end(place: int) -> None:
    """Wherever it stands in a long text, also where two windows meet, a number is found."""
    text = "가나 " * (place // 3) + number() + " 다라" * 30
    assert number()[-4:] not in covered(text)


def test_a_text_full_of_numbers_is_covered_in_time() -> None:
    """Whoever fills a post with contact points hides none of them."""
    numbers = [f"010-0000-{i:04d}" for i in range(1_000)]
    told = covered(" 하하 ".join(numbers))
    assert not any(each in told for each in numbers)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="가하늘누리 01-2349@._/abchtps:카톡\n", max_size=200))
def test_a_covered_text_keeps_its_length_and_covering_again_changes_nothing(text: str) -> None:
    """Evidence stays marked in the right place."""
    told = covered(text)
    assert len(told) == len(text)
    assert covered(told) == told


@pytest.mark.django_db
def test_accounts_are_told_apart_without_their_handles() -> None:
    """The author is one, others are numbered in the order in which they spoke, and texts name no handle."""
    platform = made.world().platform
    authors = [made.post(platform)[0].author for _ in range(3)]
    author, first, second = authors
    assert author and first and second
    veil = Veil(author, sees_personal=False)
    veil.meet([first, author, None, second, first])
    names = [veil.who(each) for each in (author, first, second)]
    assert len(set(names)) == 3
    assert not any(account.external_id in name for account in authors if account for name in names)
    assert first.external_id not in veil.text(f"{first.external_id} 나와라")


@pytest.mark.django_db
def test_whoever_may_see_it_sees_everything_as_it_is() -> None:
    """An open veil changes nothing."""
    author = made.post(made.world().platform)[0].author
    assert author
    veil = Veil(author, sees_personal=True)
    assert veil.who(author) == author.external_id
    assert veil.text(f"전화 {number()}", [(0, 2)]) == f"전화 {number()}"
