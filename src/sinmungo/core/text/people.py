"""Korean personal names in places that make a word a name.

A family name and one or two syllables look like any other word, so a name is only found where
something beside it says that a person is meant: an age, a school year, 씨, ``이름은`` ... Common words
that begin like a family name are left out. Built to be right rather than to find every name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sinmungo.core.text.places import BELOW, REGIONS, listed

# By the census of 2015 (Statistics Korea) these cover more than 99 in 100 people.
_FAMILY = (
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공현함변염여추도소석선설"
    "마길연위표명기반라왕금옥육인맹제모탁국어은편용봉"
)
_FAMILY_OF_TWO = "남궁|황보|제갈|선우|독고|사공|서문"
_LONG = f"(?:(?:{_FAMILY_OF_TWO})[가-힣]{{1,2}}|[{_FAMILY}][가-힣]{{2}})"
_SHORT = f"(?:{_LONG}|[{_FAMILY}][가-힣])"
_AGE = (
    r"\(?(?:만\s?)?\d{1,2}\s?(?:살|세)|\d{2,4}\s?년생|[초중고]\s?[1-6](?!\d)|[1-6]\s?학년"
    r"|(?:열|스물|스무)[가-힣]{0,2}\s?살"
)
_END = r"(?=이?[가은는을를의도랑]|이(?:[고야]|\s)|한테|에게|입니다|이에요|예요|임(?![가-힣])|[^가-힣]|$)"
_KIND = "(?:애|사람|학생|여자|남자|놈|년|아이|친구|걔)"

_PLACES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:이름|성명|본명|실명)[은이]?\s?:?\s?(?P<name>{_SHORT}){_END}",
        rf"(?<![가-힣])(?P<name>{_SHORT})(?:씨|군|양)?\s?[,(/·]{{1,2}}\s?(?={_AGE})",
        rf"(?<![가-힣])(?P<name>{_LONG})(?:\s?씨|군|양)?\s(?={_AGE})",
        (
            r"(?:학년|\d반|[초중고][1-6]|학교|[여남외과예]고|[여남]중|\d살|\d세|년생)[\s,:/]{1,2}"
            rf"(?P<name>{_LONG}){_END}"
        ),
        rf"(?<![가-힣])(?P<name>{_SHORT})이?라(?:는|고\s?하는)\s?{_KIND}",
        rf"(?<![가-힣])(?P<name>{_LONG})(?:\s?씨|군|양)(?=[\s은는이가의를을,.])",
        rf"(?<![가-힣])(?P<name>{_LONG})(?=\s(?:인스타|전화|전번|번호|집\s?주소|주소|신상))",
    )
)
_ENGLISH = re.compile(r"\b[A-Z][a-z]{1,14} [A-Z][a-z]{1,19}\b")

# First two syllables of words that begin like a name and follow an age or a school year.
_COMMON = frozenset(
    listed(
        """
        강아 강의 고등 고민 고백 고생 고양 고졸 공대 공무 공부 공학 구독 구매 국내 국어 권장 금년 금지
        기간 기분 기억 기준 까지 나는 나도 나머 나오 나온 나와 나왔 나이 나중 나한 남동 남매 남성 남자
        남친 남편 남학 내가 내년 노래 노인 노처 노총 대학 도대 도움 도저 도중 동생 라고 라는 라도 라면
        라서 마다 마음 마지 명의 명이 모두 모든 모르 모솔 모쏠 모임 무렵 문과 문의 문제 미만 박사 반대
        반말 반에 반장 방금 방학 배우 백수 백일 변호 변화 부터 서로 서울 석사 선배 선생 설마 설명 성격
        성인 성적 소개 소녀 소년 소심 손녀 손님 손자 송별 수능 수업 수험 시작 시절 신랑 신입 신체 신혼
        심리 안녕 안되 안에 안해 양육 양쪽 어느 어디 어떤 어른 어린 어머 어제 언니 엄마 여동 여름 여성
        여자 여친 여학 여행 연상 연애 연예 연하 염색 오늘 오래 오면 오빠 오전 오후 오히 왕따 용돈 우리
        원래 원하 위로 위주 유명 유부 유일 유치 유학 육아 윤리 은근 은행 이거 이건 이걸 이것 이게 이고
        이나 이때 이라 이랑 이런 이렇 이미 이번 이상 이야 이전 이제 이지 이하 이후 인가 인간 인기 인데
        인문 인사 인생 인지 임신 입학 장남 장녀 장래 장애 전공 전교 전까 전문 전부 전업 전에 전체 전학
        전화 정규 정년 정도 정말 정상 정신 정확 제가 제대 제발 제일 조교 조금 조심 조용 조카 주로 주말
        주변 주부 주위 주인 중반 중학 지금 지나 지난 지내 지방 지역 지원 지인 진단 진로 진짜 진학 진행
        차라 차이 채용 천천 초반 최고 최근 최대 최소 최초 추가 추천 친구 편의 편입 표현 하게 하고 하나
        하는 하려 하루 하며 하면 하여 하지 학생 한국 한다 한데 한명 한번 한참 한창 한테 함께 허락 현역
        현재 현직 홍보 황당 후반
        """
    )
)

_PLACE_NAMES = frozenset((*REGIONS, *BELOW))


def names(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where Korean names stand in a stretch of a normalised text."""
    for place in _PLACES:
        for match in place.finditer(text, start, end):
            if match["name"][:2] not in _COMMON and match["name"] not in _PLACE_NAMES:
                yield match.span("name")


def english_names(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where two capitalised words stand side by side; not to be relied on alone."""
    return (match.span() for match in _ENGLISH.finditer(text, start, end))
