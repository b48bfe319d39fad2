"""What leaves the house names nobody, and every letter left stands where it stood."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinmungo.journeys.consulting.checking import place_of
from sinmungo.journeys.consulting.covered import COVER, MOST_CONTACTS, covered

PHONE = "010-" + "5" * 4 + "-" + "12" * 2
POINTS = [
    "@moon_acorn00",
    "moon.acorn@bada.example",
    "a+b@bada.example",
    PHONE,
    PHONE.replace("-", " "),
    "텔레그램 moon_acorn00",
    "카톡 아이디 acorn7788",
]


@pytest.mark.parametrize("point", POINTS)
def test_a_contact_point_is_covered_and_its_length_kept(point: str) -> None:
    """Nothing that leads to a person is left of it, and the words around it stay."""
    text = f"내일 강가에서 만나요 {point} 으로 연락 주세요"
    found = covered(text, names=[])

    assert len(found) == len(text)
    assert found.startswith("내일 강가에서 만나요")
    assert point.split()[-1] not in found
    assert not any(char.isdigit() for char in found)


def test_names_are_covered_as_whole_words() -> None:
    """A platform's name of somebody is covered wherever it stands alone, and words that hold it stay."""
    found = covered("Nuri-7, nuri-7! nuri-77 (nuri-7)", names=["nuri-7"])

    assert found == f"{COVER * 6}, {COVER * 6}! nuri-77 ({COVER * 6})"
    assert covered("가나 가나다", names=["가나"]) == "가나 가나다"


@pytest.mark.parametrize("name", ["nuri-7", "별난도토리"])
def test_a_name_is_covered_with_a_particle_behind_it(name: str) -> None:
    """Korean puts 는, 이 or 님 right behind a name, which leaves with no letter of it."""
    found = covered(f"{name}는 어제 {name}님이 부른 @{name}한테", names=[name])

    assert name not in found
    assert found.startswith(f"{COVER * len(name)}는 어제")


def test_a_text_full_of_contact_points_is_cut_rather_than_sent() -> None:
    """Beyond the bound nothing is let through, and it takes no long time."""
    numbers = [f"010-5555-{number:04}" for number in range(MOST_CONTACTS * 3)]
    began = time.perf_counter()
    found = covered(" 그리고 ".join(numbers), names=[])

    assert not any(number in found for number in numbers)
    assert time.perf_counter() - began < 5


@given(st.text(max_size=200))
def test_covering_twice_changes_nothing(text: str) -> None:
    """What was covered stays as it is, and no text grows by it."""
    once = covered(text, names=["nuri-7"])

    assert len(once) <= len(text)
    assert covered(once, names=["nuri-7"]) == once


def test_a_quote_is_found_where_it_stands_among_much_else() -> None:
    """In generated texts each quote maps back to a stretch with the same letters, gaps apart."""
    luck = random.Random(7)
    words = ["강가", "나루", "돛단배", "Acorn", "물결", "７월", "ㄱㄴ"]
    for _ in range(200):
        chosen = [luck.choice(words) for _ in range(12)]
        text = luck.choice([" ", "  ", "\n", ". "]).join(chosen)
        start = luck.randrange(10)
        span = place_of(" ".join(chosen[start : start + 3]), text)

        assert span is not None
        assert "".join(text[span.start : span.end].split()).replace(".", "") in "".join(chosen)
