"""Contact points are found however they are spelled, and everyday words are not taken for them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.kernel.values import PlainItem, PlainSignal
from sinmungo.core.text.contacts import ContactScreener


def screen(text: str) -> dict[str, PlainSignal]:
    return {signal.name: signal for signal in ContactScreener().screen([PlainItem(text=text)])[0]}


@pytest.mark.parametrize(
    ("text", "name", "evidence"),
    [
        ("연락은 010-0000-0000 으로", "phone", "010-0000-0000"),
        ("０１０　００００　００００", "phone", "０１０　００００　００００"),
        ("+82 10 0000 0000", "phone", "+82 10 0000 0000"),
        ("82-10-0000-0000", "phone", "82-10-0000-0000"),
        ("0 1 0 0 0 0 0 0 0 0 0", "phone", "0 1 0 0 0 0 0 0 0 0 0"),
        ("공일공 공공공공 공공공공", "phone", "공일공 공공공공 공공공공"),
        ("공1공-00공0-공000", "phone", "공1공-00공0-공000"),
        ("o1o.0000.0000", "phone", "o1o.0000.0000"),
        ("010\u200b00000000", "phone", "010\u200b00000000"),
        ("02-000-0000", "phone", "02-000-0000"),
        ("031) 000-0000", "phone", "031) 000-0000"),
        ("call +1 415 555 2671", "phone", "+1 415 555 2671"),
        ("카톡 아이디 dalbit_00", "messenger", "카톡 아이디 dalbit_00"),
        ("카톡: dalbit00", "messenger", "카톡: dalbit00"),
        ("ㅋㅌ dalbit00", "messenger", "ㅋㅌ dalbit00"),
        ("텔레 @dalbit", "messenger", "텔레 @dalbit"),
        ("텔레그램은 dalbit_00 입니다", "messenger", "텔레그램은 dalbit_00"),
        ("Telegram: @dalbit", "messenger", "Telegram: @dalbit"),
        ("t.me/dalbit", "messenger", "t.me/dalbit"),
        ("open.kakao.com/o/dalbit00", "messenger", "open.kakao.com/o/dalbit00"),
        ("카.톡 dalbit00", "messenger", "카.톡 dalbit00"),
        ("ㅋr톡 dalbit00", "messenger", "ㅋr톡 dalbit00"),
        ("톡 dalbit00", "messenger", "톡 dalbit00"),
        ("ㅌㄹ dalbit00", "messenger", "ㅌㄹ dalbit00"),
        ("tg @dalbit", "messenger", "tg @dalbit"),
        ("공일공에 공공공공에 공공공공", "phone", "공일공에 공공공공에 공공공공"),
        ("라인 id dalbit", "messenger", "라인 id dalbit"),
        ("라인아이디 dalbit", "messenger", "라인아이디 dalbit"),
        ("LINE @dalbit", "messenger", "LINE @dalbit"),
        ("https://example.kr/a?b=1 보세요", "link", "https://example.kr/a?b=1"),
        ("hxxp://example.kr", "link", "hxxp://example.kr"),
        ("www.example.kr", "link", "www.example.kr"),
        ("example.com에서", "link", "example.com"),
        ("example.co.kr/abc", "link", "example.co.kr/abc"),
        ("example점컴", "link", "example점컴"),
        ("example[.]com", "link", "example[.]com"),
        ("dalbit@example.com", "email", "dalbit@example.com"),
        ("dalbit골뱅이네이버", "email", "dalbit골뱅이네이버"),
        ("dalbit (at) example (dot) com", "email", "dalbit (at) example (dot) com"),
    ],
)
def test_a_contact_point_is_found(text: str, name: str, evidence: str) -> None:
    """Each spelling scores at least 0.5, with the words as they stand, and so does ``any``."""
    found = screen(text)
    assert found[name].score >= 0.5
    assert found[name].evidence == evidence
    assert found["any"].score == max(signal.score for signal in found.values())
    span = found[name].span
    assert span is not None
    assert text[span.start : span.end] == evidence


@pytest.mark.parametrize(
    "text",
    [
        "라인",
        "라인 타고 올라가면 됩니다",
        "라인업이 좋습니다 abc123",
        "온라인 game2024",
        "deadline v2_final",
        "카톡해",
        "사과가 톡 dalbit 터졌다",
        "ㅌㄹ",
        "tg dalbit",
        "btg 2024abc",
        "카톡 주세요",
        "카톡 프로필 사진",
        "카톡 10개",
        "텔레비전 tv4u",
        "텔레파시",
        "@dalbit 고마워요",
        "2024-01-01 12:30:00",
        "12.5점. 컴퓨터를 샀습니다",
        "node.js와 readme.md",
        "2010-10-10 1234 5678",
        "주문번호 20100112345678",
        "이 일은 사실 오일 장에서 구이를 팔다가 생긴 일",
        "3.14.15",
        "1,234,567,890원",
    ],
)
def test_everyday_words_are_no_contact_point(text: str) -> None:
    """Nothing here could be used by a stranger, so nothing reaches 0.5."""
    assert all(signal.score < 0.5 for signal in screen(text).values())


def test_nothing_found_says_nothing() -> None:
    """A text without contact points has no signal, not even ``any``."""
    assert screen("오늘 날씨가 참 좋습니다.") == {}


def test_any_carries_the_strongest_point() -> None:
    """The evidence of ``any`` is that of the surest contact point."""
    found = screen("@dalbit 010-0000-0000")
    assert found["messenger"].score < 0.5
    assert (found["any"].score, found["any"].evidence) == (1.0, "010-0000-0000")


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("01o공일8 2+-.@/aktl라인카톡id점컴mec\u200b"), max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    """Every span lies in the text and every score in 0..1."""
    for signal in screen(text).values():
        assert signal.span is not None
        assert 0 <= signal.span.start < signal.span.end <= len(text)
        assert 0 < signal.score <= 1
