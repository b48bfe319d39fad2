"""Pieces that together lead to a private person are found; news, jobs and one's own words stay low.

Every person and school here is invented.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.kernel.values import PlainItem, PlainSignal
from sinmungo.core.text.exposure import MAX_TEXT, WINDOW, ExposureScreener

PARTS = [
    "김하늘",
    "17살",
    "한빛고",
    "2학년",
    "노원구",
    "a",
    "@b",
    "고3",
    "여고",
    "(세)",
    "08년생",
    "\u200b",
    "Ａ",
]


def screen(text: str) -> dict[str, PlainSignal]:
    return {signal.name: signal for signal in ExposureScreener().screen([PlainItem(text=text)])[0]}


@pytest.mark.parametrize(
    ("text", "score", "evidence"),
    [
        ("한빛고 2학년 3반 김하늘, 17살, 노원구 산다", 0.95, "name, age, school, area"),
        ("김하늘 (17세, 한빛고등학교) 수원 사는 애", 0.95, "name, age, school, area"),
        ("김하늘 29살 한빛병원 근무 부산 해운대구 거주", 0.95, "name, age, school, area"),
        ("이름은 김하늘이고 08년생 한빛여고 다님 인스타 haneul_00", 0.95, "name, age, school, contact"),
        ("남궁하늘이라는 애 있지? 한빛중 2학년이고 강릉시 쪽", 0.95, "name, age, school, area"),
        ("한빛초등학교 3학년 김하늘이 걔임", 0.7, "name, age, school"),
        ("김하늘, 열일곱 살, 제주시", 0.7, "name, age, area"),
        ("Haneul Kim, 17 years old, goes to Hanbit High School", 0.7, "name, age, school"),
        ("17살이고 한빛고 다니고 강남구 사는 애", 0.5, "age, school, area"),
        ("17살 동생이 서울 간대", 0.3, "age, area"),
    ],
)
def test_pieces_of_a_person_add_up(text: str, score: float, evidence: str) -> None:
    """The more kinds of pieces side by side, the higher; the evidence names kinds and no data."""
    found = screen(text)["person"]
    assert (found.score, found.evidence) == (score, evidence)
    assert found.span is not None
    assert 0 <= found.span.start < found.span.end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "배우 김하늘(35)이 서울 한빛대학교 출신으로 22세에 데뷔했다",
        "김하늘 선수(19·한빛고)가 부산 대회에서 우승했다",
        "가수 박노을, 25살 생일 맞아 한빛여고에 장학금… 대구 팬들 환호",
        "저는 17살 김하늘이고 한빛고등학교 다녀요. 노원구 살아요",
        "제 이름은 김하늘, 29살이고 한빛전자에서 일하는데 수원 살아요",
        "한빛전자에서 근무할 사원 모집. 서울 강남구. 담당 김하늘 과장, 20세 이상",
        "신한은행 다니는 31살 남편이랑 대전에 살아요",
        "소설 주인공 이하늘은 17세, 한빛고등학교 2학년, 부산에 산다",
        "옷 입고 다니는 17살 동생이 서울 가고 싶대",
        "3학년 선배가 학교에서 서울 갔대",
        "우리 동네 초등학교 앞 떡볶이집 맛있다",
        "10세 이상 이용가, 5세 미만 무료",
        "고3 때 서울로 이사했어요",
        "2학년 이상한 문제 17세기 조선 서울",
        "김하늘 보고 싶다",
        "",
    ],
)
def test_news_jobs_fiction_and_ones_own_words_stay_low(text: str) -> None:
    """What people write every day never reaches the score that a rule acts on."""
    assert all(signal.score < 0.7 for signal in screen(text).values())


@pytest.mark.parametrize(
    ("text", "is_young"),
    [
        ("한빛중 2학년 김하늘 강릉시", True),
        ("김하늘 17세 한빛상사 근무 강릉시 거주 부산", True),
        ("김하늘 41세 한빛병원 근무 강릉시 거주", False),
    ],
)
def test_a_child_is_told_apart(text: str, is_young: bool) -> None:
    """A school year, a school below university or an age under 19 says that it is a child or a youth."""
    found = screen(text)
    assert found["person"].score >= 0.7
    assert ("child" in found) is is_young


def test_pieces_far_apart_do_not_add_up() -> None:
    """Beyond 160 code points pieces are of different persons."""
    gap = "가나다 " * (WINDOW // 4)
    assert screen(f"한빛고 2학년 김하늘 {gap}")["person"].score == 0.7
    assert screen(f"한빛고 다니는 애 {gap} 김하늘, 17살")["person"].score == 0.3


def test_other_spellings_are_read() -> None:
    """Full width and unseen characters hide nothing, and the span is of the text as it stands."""
    text = "한\u200b빛고 ２학년 김\u200b하늘 강릉시"
    found = screen(text)["person"]
    assert found.score == 0.95
    assert found.span is not None
    assert text[found.span.start : found.span.end] == text


def test_a_long_text_is_read_to_its_limit() -> None:
    """What stands past 20,000 code points is not read."""
    told = "한빛고 2학년 김하늘 강릉시"
    assert screen(" " * (MAX_TEXT - len(told)) + told)["person"].score == 0.95
    assert screen(" " * MAX_TEXT + told) == {}


@settings(deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=30))
def test_no_text_breaks_it(parts: list[str]) -> None:
    """Every span lies in the text and every score is one of the five."""
    text = " ".join(parts)
    for signal in screen(text).values():
        assert signal.score in (0.3, 0.5, 0.7, 0.95)
        assert signal.span is not None
        assert 0 <= signal.span.start < signal.span.end <= len(text)
