"""A private person put together from pieces: a name, an age, a school or work, an area, side by side.

Each piece is harmless alone and together they lead strangers to somebody's door. The evidence names
the kinds of pieces and never repeats them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from sinmungo.core.kernel.values import PlainItem, PlainSignal
from sinmungo.core.text import people, places
from sinmungo.core.text.normalise import Normalised, normalise

#: Pieces are looked for in this many code points of a text.
MAX_TEXT = 20_000
#: Pieces belong together within this many code points.
WINDOW = 160
#: What two, three and four kinds of pieces score, if a name is among them.
SCORES = {2: 0.3, 3: 0.7, 4: 0.95}
#: What three kinds without a name score: people write so of their own families.
NAMELESS = 0.5
#: What a text scores at most that presents its writer, a public figure or a job.
OF_ANOTHER_SORT = 0.3

NAME, AGE, SCHOOL, AREA, CONTACT = "name", "age", "school", "area", "contact"
_KINDS = (NAME, AGE, SCHOOL, AREA)


class _Piece(NamedTuple):
    """One piece in the normalised text; ``young`` says that it tells of a child or a youth."""

    kind: str
    start: int
    end: int
    young: bool = False


# One pass finds where a piece may stand; only there are the slower expressions tried.
_AGE_WORDS = (
    *(f"{digit}{gap}{word}" for digit in range(10) for gap in ("", " ") for word in ("살", "세")),
    *(f"{level}{gap}{year}" for level in "초중고" for gap in ("", " ") for year in range(1, 7)),
    *places.listed("학년 년생 열살 열한 열두 열세 열네 열다 열여 열일 열아 스무 스물 old y/o aged"),
)
_SCHOOL_WORDS = places.listed(
    """
    학교 여고 남고 여중 남중 외고 과고 예고 공고 국제고 학년 재학 학번 다니 다녀 다님 다닌 근무 일하 일함 재직
    출근 알바 직원 1반 2반 3반 4반 5반 6반 7반 8반 9반 0반 school attends studies works goes
    """
)
_AREA_WORDS = [*places.REGIONS, *places.BELOW, *places.SHORT, "아파트", "빌라", "호", "live"]
_BACK, _AHEAD = 24, 48


class _Look:
    """Where in a text pieces of some kinds may stand, by the words that belong to each."""

    def __init__(self, **words: Sequence[str]) -> None:
        kinds: dict[str, tuple[str, ...]] = {}
        for kind, listed in words.items():
            for word in listed:
                kinds[word] = (*kinds.get(word, ()), kind)
        self._kinds = list(kinds.values())
        self._automaton = AhoCorasick(list(kinds))

    def __call__(self, text: str) -> dict[str, list[tuple[int, int]]]:
        """Return the stretches of each kind to be read, in order and apart."""
        found: dict[str, list[tuple[int, int]]] = {}
        for key, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            for kind in self._kinds[key]:
                stretches = found.setdefault(kind, [])
                first, last = max(0, start - _BACK), end + _AHEAD
                if stretches and first <= stretches[-1][1]:
                    first, last = stretches[-1][0], max(last, stretches.pop()[1])
                stretches.append((first, last))
        return found


# Areas are looked for only in a text that has an age or a school: most have none.
_look_for_anchors = _Look(age=_AGE_WORDS, school=_SCHOOL_WORDS)
_look_for_areas = _Look(area=_AREA_WORDS)
_AGES = re.compile(
    r"(?<![\d.])(?P<years>\d{1,2})\s?(?:살|세)(?!\s?(?:이상|이하|미만|부터|까지|때|관람|용|트|대|기|로\b))"
    r"|(?<![\d.])(?:19|20)?(?P<birth>\d{2})\s?년생"
    r"|(?P<grade>(?<!\d)[1-6]\s?학년|(?<![가-힣])[초중고]\s?[1-6](?![\d:.]|[가-힣]{0,2}\s?(?:때|시절)))"
    r"|(?P<spelled>열(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉)|스무|스물(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉))\s?살(?!\s?때)"
    r"|(?<!\d)(?P<english>\d{1,2})\s?(?:years? old|yrs? old|y/?o\b)|\baged? (?P<aged>\d{1,2})\b"
)
_SCHOOLS = re.compile(
    r"[가-힣]{2,8}(?P<young>초등학교|중학교|고등학교|여고|남고|여중|남중|외고|과고|예고|공고|국제고)"
    r"|[가-힣]{2,6}(?P<short>[초중고])"
    r"(?=\s?(?:[1-6]\s?학년|[1-6]\s?-\s?\d|\d{1,2}\s?반|재학|학생|[1-6](?!\d))|(?:에|를)?\s?다(?:니|녀|님|닌))"
    r"|[가-힣]{2,8}대학교|[가-힣]{1,6}대(?=\s?(?:[1-4]\s?학년|\d{2}학번|재학|다니|다녀|다님))"
    r"|[가-힣a-z0-9]{2,12}(?:전자|은행|병원|약국|학원|카페|식당|유치원|어린이집"
    r"|센터|지점|마트|미용실|부대|회사)"
    r"(?:에서|에)?\s?(?:근무|일하|일함|재직|다니|다녀|다님|출근|알바|직원)"
    r"|\b(?:goes to|attends|studies at|works at) [a-z0-9' ]{2,40}"
    r"|\b[a-z]{2,20} (?P<high>high|middle|elementary) school"
)
# 입고 다니는, 먹고 다녀: a verb and no school.
_VERB = re.compile(
    r"(?:하|입|먹|들|타|메|쓰|신|끼|차|달|걸|놀|싸|사|보|쫓|따라|데리|가지|지|이|웃|울|묻|찾|돌|끌|업|몰|안|싣|그리)고$"
)
_AREAS = re.compile(
    rf"(?<![가-힣])(?:{'|'.join(sorted([*places.REGIONS, *places.BELOW], key=len, reverse=True))})"
    r"(?=에|의|쪽|살|사는|[^가-힣]|$)"
    rf"|(?<![가-힣])(?:{'|'.join(places.SHORT)})(?=(?:에|쪽|에서)?\s?(?:사는|살아|살고|산다|거주|삽니다|사람))"
    r"|[가-힣]{2,8}(?:아파트|빌라)(?=\s?\d|에|\s?사)|\d{1,4}동\s?\d{1,4}호"
    r"|\blives? (?:in|at|on|near) [a-z]{3,20}"
)
_CONTACTS = re.compile(
    r"01[016789][\s.\-]?\d{3,4}[\s.\-]?\d{4}|(?<![a-z0-9.])@[a-z0-9_.]{4,30}"
    r"|(?:인스타|카톡|텔레|페북|디코|instagram|insta|snap)(?:그램|북)?\s?(?:아이디|id)?\s?[:은는]?\s?@?[a-z0-9_.]{4,30}"
)
_OTHER_SORT = re.compile(
    "저는|제가|제\\s?이름|나는\\s|내\\s?이름|본인은|\\bi am\\b|\\bi'm\\b|\\bmy name\\b"
    "|배우|가수|감독|선수|기자|의원|아이돌|데뷔|컴백|그룹|멤버|출연|주연|소속사|대통령|장관|작가|코치|구단|앨범|드라마|영화"
    "|소설|주인공|캐릭터|후보|위원장|시장은|교육감|대회에서|수상|우승|장학|전시회|연주회"
    "|채용|모집|구인|급여|시급|월급|우대|지원자격|경력직|면접"
)
_INFANT, _ADULT = 4, 19


class ExposureScreener:
    """Source ``exposure``: ``person``, and ``child`` beside it when a piece tells of a child or a youth.

    Two kinds of pieces within 160 code points score 0.3, three 0.7 (0.5 without a name), four 0.95,
    and three with a telephone number or a handle 0.95. A text that presents its writer, a public figure
    or a job scores 0.3 at most. The span covers the pieces.
    """

    name = "exposure"

    def __init__(self, version: str = "1") -> None:
        self.version = version

    def screen(self, batch: Sequence[PlainItem]) -> list[list[PlainSignal]]:
        """Return the signals of each item, spans in code points of the item's own text."""
        return [self._signals(item.text) for item in batch]

    def _signals(self, text: str) -> list[PlainSignal]:
        normal = normalise(text[:MAX_TEXT])
        pieces = _pieces(text[:MAX_TEXT], normal)
        if len(pieces) < 2:
            return []
        together = _closest(pieces)
        kinds = {piece.kind for piece in together}
        score = _score(kinds)
        if not score:
            return []
        start, end = min(each.start for each in together), max(each.end for each in together)
        if _OTHER_SORT.search(normal.text, max(0, start - WINDOW), end + WINDOW):
            score = min(score, OF_ANOTHER_SORT)
        span = normal.original(start, end)
        evidence = ", ".join(kind for kind in (*_KINDS, CONTACT) if kind in kinds)
        told = ["person", "child"] if any(each.young for each in together) else ["person"]
        return [PlainSignal(self.name, self.version, name, score, evidence, span) for name in told]


def _pieces(text: str, normal: Normalised) -> list[_Piece]:
    """Return the pieces in order; none without an age or a school, for a name and an area are news."""
    at = _look_for_anchors(normal.text)
    if not at:
        return []
    anchors = [*_ages(normal.text, at.get(AGE, ())), *_schools(normal.text, at.get(SCHOOL, ()))]
    if not anchors:
        return []
    first, last = min(each.start for each in anchors), max(each.end for each in anchors)
    around = max(0, first - WINDOW), last + WINDOW
    areas = _look_for_areas(normal.text).get(AREA, ())
    found = [*anchors, *(_Piece(AREA, *match.span()) for match in _read(_AREAS, normal.text, areas))]
    found += [_Piece(NAME, start, end) for start, end in people.names(normal.text, *around)]
    if len(text) == len(normal.text):
        found += [_Piece(NAME, start, end) for start, end in people.english_names(text, *around)]
    found += [_Piece(CONTACT, *match.span()) for match in _CONTACTS.finditer(normal.text, *around)]
    return sorted(found, key=lambda each: each.start)


def _read(
    pattern: re.Pattern[str], text: str, stretches: Iterable[tuple[int, int]]
) -> Iterator[re.Match[str]]:
    for start, end in stretches:
        yield from pattern.finditer(text, start, end)


def _ages(text: str, stretches: Iterable[tuple[int, int]]) -> Iterator[_Piece]:
    for match in _read(_AGES, text, stretches):
        years = match["years"] or match["english"] or match["aged"]
        young = match["grade"] is not None or (years is not None and int(years) < _ADULT)
        young = young or (match["spelled"] or "").startswith("열")
        if years is None or int(years) > _INFANT:
            yield _Piece(AGE, *match.span(), young)


def _schools(text: str, stretches: Iterable[tuple[int, int]]) -> Iterator[_Piece]:
    for match in _read(_SCHOOLS, text, stretches):
        if match["short"] is None or not _VERB.search(match.group()):
            yield _Piece(SCHOOL, *match.span(), bool(match["young"] or match["short"] or match["high"]))


def _closest(pieces: Sequence[_Piece]) -> Sequence[_Piece]:
    """Return the pieces of the window that holds the most kinds, the first among equals."""
    best: Sequence[_Piece] = ()
    most, first = 1.0, 0
    for last, piece in enumerate(pieces):
        while piece.end - pieces[first].start > WINDOW and first < last:
            first += 1
        window = pieces[first : last + 1]
        count = _weight({each.kind for each in window})
        if count > most:
            best, most = window, count
    return best


def _weight(kinds: set[str]) -> float:
    return len(kinds - {CONTACT}) + 0.5 * (CONTACT in kinds)


def _score(kinds: set[str]) -> float:
    pieces = len(kinds - {CONTACT})
    if pieces == 3 and CONTACT in kinds:
        return SCORES[4]
    return NAMELESS if pieces == 3 and NAME not in kinds else SCORES.get(pieces, 0.0)
