"""Contact points: telephone numbers, messenger handles, links and e-mail addresses, however they are spelled.

Scores say how surely something is a contact point, not whether it is wrong to give one: a policy's
rules say that. At 0.5 and above a point is one that a stranger could use.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import phonenumbers

from sinmungo.core.kernel.values import PlainItem, PlainSignal
from sinmungo.core.text.links import domain, leads_elsewhere
from sinmungo.core.text.normalise import normalise

#: Contact points are looked for in this many code points of a text.
MAX_TEXT = 20_000
EVIDENCE_LENGTH = 200
#: A link that ends under another name than it shows; a shortener is one too, so it is not sure.
HIDDEN_LINK = 0.9


class _Found(NamedTuple):
    """A contact point in the normalised text."""

    name: str
    score: float
    start: int
    end: int


def _holds(text: str, any_of: Iterable[str]) -> bool:
    """Say whether one of ``any_of`` stands in ``text``: a look that saves most of the slower searches."""
    for part in any_of:  # noqa: SIM110 - any() takes twice as long, and this is asked of every text
        if part in text:
            return True
    return False


# Telephone numbers -------------------------------------------------------------------------------

# Digits as they are, said in Hangul (공일공), and the letters o, i and l written for 0 and 1. A number
# needs its prefix and its exact count of digits, so that ordinary words made of such letters stay out.
_ZERO, _ONE = "[0o공영〇]", "[1il일]"
_DIGIT = "[0-9oil공영〇일이삼사오육륙칠팔구]"
_GAP = r"[\s.\-‐‑‒–—―−~_/·ㆍㅡ()*,에]{0,3}"
# Each pattern begins with what it consumes and looks behind after it: that is several times faster.
_COUNTRY = r"(?:\+82|0082(?<![0-9a-z]....)|82(?<![0-9a-z+]..))"
_MOBILE = re.compile(
    rf"(?:{_COUNTRY}{_GAP}\(?0?\)?|{_ZERO}(?<![0-9a-z].)){_GAP}{_ONE}{_GAP}(?:{_ZERO}|[16789육륙칠팔구])"
    rf"(?:{_GAP}{_DIGIT}){{7,8}}(?![0-9])"
)
_MOBILE_FIRST, _MOBILE_SECOND = ("82", *_ZERO[1:-1]), _ONE[1:-1]
_LANDLINE = re.compile(
    rf"(?:{_COUNTRY}[\s.\-]{{0,2}}|0(?<![0-9a-z.\-].))(?:2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|50[2-8]?)"
    r"[)\s.\-]{1,3}[0-9]{3,4}[\s.\-]{1,3}[0-9]{4}(?![0-9\-])"
)
# 1588-0000; but 1598-1600 are years.
_BUSINESS = re.compile(
    r"1(?<![0-9a-z.\-].)[5-8][0-9]{2}[\s.\-]{1,3}(?!1[5-9][0-9]{2}|20[0-9]{2})[0-9]{4}(?![0-9\-])"
)
_FOUR_DIGITS = re.compile("[0-9]{4}")
_ABROAD = re.compile(r"\+(?!82)[1-9](?:[\s.\-()]{0,2}[0-9]){6,14}(?![0-9])")


def _phones(text: str) -> Iterator[_Found]:
    if _holds(text, _MOBILE_FIRST) and _holds(text, _MOBILE_SECOND):
        for match in _MOBILE.finditer(text):
            yield _Found("phone", 1.0, *match.span())
    if not _holds(text, string.digits) or _FOUR_DIGITS.search(text) is None:
        return
    for match in _LANDLINE.finditer(text):
        yield _Found("phone", 0.7, *match.span())
    for match in _BUSINESS.finditer(text):
        yield _Found("phone", 0.5, *match.span())
    if "+" in text:
        for match in _ABROAD.finditer(text):
            if _is_number(match.group()):
                yield _Found("phone", 0.9, *match.span())


def _is_number(written: str) -> bool:
    """Ask the numbering plans of all countries; only of what begins with a plus, for it is slow."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(written))
    except phonenumbers.NumberParseException:
        return False


# Messengers --------------------------------------------------------------------------------------

_SERVICE = re.compile(
    r"(?P<kakao>카카오톡|카카오|카\s?[.·\-]?\s?톡|까톡|ㅋ[ㅏr]톡|톡(?<![가-힣].)|ㅋㅌ|옾챗|오픈\s?(?:채팅방?|톡|카톡)|kakao\s?talk|kakao|katalk)"
    r"|(?P<telegram>텔레그램|텔레그렘|텔그|텔레(?![가-힣])|telegram|tele(?<![a-z]....)(?![a-z])|ㅌㄹ"
    r"|tg(?<![a-z0-9]..)(?![a-z0-9]))"
    r"|(?P<line>라인(?<![가-힣]..)(?=아이디|[^가-힣])|line(?<![a-z]....)(?![a-z]))"
)
_SERVICE_LETTERS = ("톡", "ㅋㅌ", "챗", "오픈", "카카오", "텔", "라인", "ka", "tele", "line", "ㅌㄹ", "tg")
_HANDLE = re.compile(
    r"(?P<glue>(?:\s|[:;=>\-~·,.()\[\]]|으로|로|은|는|이|→|☞){0,6})"
    r"(?P<mark>(?:아이디|아뒤|(?<![a-z])id(?![a-z])|@)?)(?:\s|[:=\-]|은|는|이|가|@){0,4}"
    r"(?P<handle>[a-z0-9][a-z0-9._\-]{2,29})(?![a-z0-9@])"
)
_ROOM = re.compile(
    r"open\s?\.\s?kakao\s?\.\s?com\s?/\s?[os]/\s?[a-z0-9]{4,}"
    r"|pf\.kakao\.com/[a-z0-9_]{3,}|qr\.kakao\.com/talk/[a-z0-9_\-]{4,}"
    r"|(?<![a-z0-9])(?:t|telegram)\s?\.\s?me\s?/\s?\+?[a-z0-9_]{4,}|line\.me/(?:r/)?ti/[a-z0-9~/._%@\-]{3,}"
)
_AT_HANDLE = re.compile(r"(?<![a-z0-9._%+\-/])@[a-z0-9_]{5,32}(?![a-z0-9_.])")
_INVITES = re.compile(r"\s{0,2}(?:으로|로)?\s{0,2}(?:주세요|줘|연락|문의|추가|친추|상담|와|오세요)")


def _messengers(text: str) -> Iterator[_Found]:
    if "/" in text:
        for match in _ROOM.finditer(text):
            yield _Found("messenger", 1.0, *match.span())
    if _holds(text, _SERVICE_LETTERS):
        for match in _SERVICE.finditer(text):
            yield from _handle_after(text, match)
    if "@" in text:
        for match in _AT_HANDLE.finditer(text):
            yield _Found("messenger", 0.3, *match.span())


def _handle_after(text: str, service: re.Match[str]) -> Iterator[_Found]:
    """Yield what follows a messenger's name: a handle, or at least an invitation to write there."""
    follows = _HANDLE.match(text, service.end())
    if follows is not None and not text[service.end() : follows.start("handle")].endswith("."):
        is_sure = bool(follows["mark"]) or "@" in text[service.end() : follows.start("handle")]
        score = 0.9 if is_sure else _likeness(follows["handle"])
        if score >= 0.5 or (score and service["line"] is None):
            yield _Found("messenger", score, service.start(), follows.end("handle"))
    elif service["line"] is None and (invites := _INVITES.match(text, service.end())):
        yield _Found("messenger", 0.4, service.start(), invites.end())


def _likeness(handle: str) -> float:
    """Return how much an unannounced word looks like a handle rather than a word or a count."""
    has_letter = any(char.isalpha() for char in handle)
    has_other = any(char.isdecimal() or char == "_" for char in handle)
    if has_letter and has_other and len(handle) >= 4:
        return 0.8
    return 0.4 if has_letter and len(handle) >= 4 else 0.0


# Links and e-mail --------------------------------------------------------------------------------

_TLD = "com|net|org|info|biz|io|co|kr|jp|cn|uk|tv|cc|gg|xyz|dev|ly|gl|icu|ru|tk|ml|asia|casino|bet|한국|닷컴"
# Ends of addresses that are English words too: a full stop without a space looks the same (help.me).
_WORD_TLD = (
    "me|to|us|top|site|online|shop|store|club|vip|live|app|link|page|pro|fun|space|cam|chat|work|world|one|life"
    "|today|website"
)
_DOT = r"(?:\.|\s?(?:\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|점|닷)\s?)"
_POINT = re.compile(r"\.[a-z한닷]")
_FULL = re.compile(
    r"(?:h(?:tt|xx)ps?\s?:\s?/\s?/\s?|(?<![a-z0-9])www\.)[a-z0-9가-힣.\-]{2,200}[!#-&(-;=?-~]{0,500}"
)
_BARE = re.compile(
    r"(?<![a-z0-9@.\-_가-힣])[a-z0-9][a-z0-9\-]{1,62}(?:\.[a-z0-9\-]{1,63}){0,3}\."
    rf"(?:(?P<sure>{_TLD})|(?:{_WORD_TLD}))(?![a-z0-9\-.@_])(?P<path>[:/?#][!#-&(-;=?-~]{{1,500}})?"
)
_HIDDEN = re.compile(
    rf"(?<![a-z0-9@.\-_])[a-z0-9][a-z0-9\-]{{1,62}}\s?(?:\[\.\]|\(\.\)|\{{\.\}}|\[dot\]|\(dot\)|점|닷)\s?"
    rf"(?:{_TLD}|{_WORD_TLD}|컴|넷|케이알)(?![a-z0-9\-@])"
)
_HIDDEN_DOTS = ("[.]", "(.)", "{.}", "dot", "점", "닷")
_AT = r"\s?(?:@|골뱅이|\[at\]|\(at\)|\{at\}|\[@\]|\(@\))\s?"
_DOMAIN = rf"(?:[a-z0-9][a-z0-9\-]{{0,62}}{_DOT}){{1,3}}(?:[a-z]{{2,24}}|컴|넷)(?![a-z0-9])"
_KNOWN_HOST = r"(?:네이버|지메일|다음|한메일)(?:\s?(?:점|닷|\.)\s?(?:컴|넷|com|net))?"
_EMAIL = re.compile(rf"(?<![a-z0-9._%+\-])[a-z0-9][a-z0-9._%+\-]{{0,63}}{_AT}(?:{_DOMAIN}|{_KNOWN_HOST})")


def _links(text: str) -> Iterator[_Found]:
    if "ttp" in text or "xxp" in text or "www." in text:
        for match in _FULL.finditer(text):
            yield _Found("link", 1.0, *match.span())
    if _POINT.search(text):
        for match in _BARE.finditer(text):
            yield _Found("link", 0.8 if match["sure"] or match["path"] else 0.4, *match.span())
    if _holds(text, _HIDDEN_DOTS):
        for match in _HIDDEN.finditer(text):
            yield _Found("link", 0.9, *match.span())


def _emails(text: str) -> Iterator[_Found]:
    if "@" in text or "골뱅이" in text or "at" in text:
        for match in _EMAIL.finditer(text):
            yield _Found("email", 1.0, *match.span())


_LATIN = re.compile("[a-z0-9]")
_FINDERS_IN_HANGUL = (_phones, _messengers)
#: Links and e-mail addresses begin with a Latin letter or a digit.
_FINDERS = (*_FINDERS_IN_HANGUL, _links, _emails)


class ContactScreener:
    """Source ``contact``: ``phone``, ``messenger``, ``link``, ``hidden_link``, ``email``, and ``any``.

    ``any`` is the strongest of them. Where the platform tells at which address a link ends, ``link``
    says so as "shown -> final", and ``hidden_link`` that the end is somebody else's. Each name at most
    once for an item, its strongest point's. A messenger's name alone is no contact point: without a
    handle or an address it stays below 0.5.
    """

    name = "contact"

    def __init__(self, version: str = "1") -> None:
        self.version = version

    def screen(self, batch: Sequence[PlainItem]) -> list[list[PlainSignal]]:
        """Return the signals of each item, spans in code points of the item's own text."""
        return [self._of_item(item) if item.links else self._signals(item.text) for item in batch]

    def _of_item(self, item: PlainItem) -> list[PlainSignal]:
        told = list(self._told(item.links))
        if not told:
            return self._signals(item.text)
        others = [each for each in self._signals(item.text) if each.name not in ("link", "any")]
        any_of_all = replace(max([*told, *others], key=lambda each: each.score), name="any")
        return [*told, *others, any_of_all]

    def _told(self, links: Sequence[tuple[str, str]]) -> Iterator[PlainSignal]:
        ends = [(domain(url), domain(final)) for url, final in links]
        known = [(shown, final) for shown, final in ends if final]
        if known:
            yield self._link("link", 1.0, *known[0])
        hidden = leads_elsewhere(known)
        if hidden is not None:
            yield self._link("hidden_link", HIDDEN_LINK, *hidden)

    def _link(self, name: str, score: float, shown: str, final: str) -> PlainSignal:
        evidence = f"{shown} -> {final}".lstrip()[:EVIDENCE_LENGTH]
        return PlainSignal(self.name, self.version, name, score, evidence)

    def _signals(self, text: str) -> list[PlainSignal]:
        normal = normalise(text[:MAX_TEXT])
        strongest: dict[str, _Found] = {}
        for find in _FINDERS if _LATIN.search(normal.text) else _FINDERS_IN_HANGUL:
            for found in find(normal.text):
                known = strongest.get(found.name)
                if known is None or _rank(found) < _rank(known):
                    strongest[found.name] = found
        if not strongest:
            return []
        points = [*strongest.values(), min(strongest.values(), key=_rank)._replace(name="any")]
        signals = []
        for point in points:
            span = normal.original(point.start, point.end)
            evidence = text[span.start : span.end][:EVIDENCE_LENGTH]
            signals.append(PlainSignal(self.name, self.version, point.name, point.score, evidence, span))
        return signals


def _rank(found: _Found) -> tuple[float, int]:
    """Order contact points: the strongest first, then the earliest."""
    return (-found.score, found.start)
