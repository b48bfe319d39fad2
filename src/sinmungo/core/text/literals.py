"""What a text must hold for a pattern to match it: a cheap look that saves most searches.

From a pattern are read sets of literals such that every text it matches holds one literal of each set
(as Russ Cox describes for Google's code search, "Regular Expression Matching with a Trigram Index",
2012). One automaton then looks for the literals of all patterns in one pass over a text. The filter
may let a pattern pass in vain and never keeps one back that would match.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

#: Texts that a part of a pattern may match, at most, to be written out one by one.
MAX_TEXTS = 128
#: Sets of literals looked for, of one alternative.
MAX_SETS = 3

# The grammar of a pattern that ``patterns.check_pattern`` has passed.
TOKEN = re.compile(
    r"""(?P<quantifier>(?:[*+?]|\{(?P<low>\d*)(?P<comma>,?)(?P<high>\d*)\})[?+]?)
      | (?P<back>\\[1-9]|\(\?P=|\(\?\()
      | (?P<flags>\(\?(?:[aiLmsux-]|\#))
      | (?P<atom>\\.|\.|\[\^?\]?(?:\\.|[^\]\\])*\])
      | (?P<open>\((?:\?(?:[:=!>]|<[=!]|P<\w+>))?)
      | (?P<close>\))
      | (?P<bar>\|)
      | (?P<char>.)""",
    re.VERBOSE | re.DOTALL,
)
_MEMBER = re.compile(r"(?P<low>\\.|.)(?:-(?P<high>\\.|.))?", re.DOTALL)
_NO_WIDTH = frozenset((r"\b", r"\B", r"\A", r"\Z", "^", "$"))
_KINDS_OF_CHARACTER = frozenset((r"\d", r"\D", r"\s", r"\S", r"\w", r"\W"))
_LOOKS_AROUND = frozenset(("(?=", "(?!", "(?<=", "(?<!"))

Literals = frozenset[str]
#: For each alternative of a pattern, sets of literals: a match holds one of each set of one alternative.
Needs = tuple[tuple[Literals, ...], ...]

_NOTHING: Literals = frozenset(("",))


class Unclear(Exception):
    """The pattern holds something that is not read here, such as an escape of a number."""


class _Part(NamedTuple):
    """What is known of a part: all texts it may match, if they are few, or else the sets it needs."""

    texts: Literals | None
    sets: tuple[Literals, ...] = ()


_ANY = _Part(None)
_EMPTY = _Part(_NOTHING)


def bounds(token: re.Match[str]) -> tuple[int | None, int | None]:
    """Return the least and the greatest count of a quantifier; (None, None) when it counts nothing."""
    sign = token.group()[0]
    if sign != "{":
        return (1 if sign == "+" else 0), (1 if sign == "?" else None)
    if not (token["low"] or token["comma"]):
        return None, None
    low = int(token["low"] or 0)
    if token["comma"]:
        return low, int(token["high"]) if token["high"] else None
    return low, low


def needs(pattern: str) -> Needs | None:
    """Return what a folded text must hold to be matched, capitals ignored; None if nothing is sure.

    ``pattern`` has passed ``patterns.check_pattern``.
    """
    try:
        alternatives = _alternatives(TOKEN.finditer(pattern))
    except Unclear:
        return None
    found = tuple(_most_telling(part) for part in alternatives)
    return found if all(found) else None


def ignores_capitals(pattern: str) -> bool:
    """Say whether ``pattern`` finds the same in a folded text with and without ``re.IGNORECASE``.

    So it is if its letters are small ASCII letters or have no capitals, as Hangul. A folded text has
    no capitals, and none of the letters that Python holds equal to an ASCII letter.
    """
    try:
        return all(_is_small(token) for token in TOKEN.finditer(pattern))
    except Unclear:
        return False


class Prefilter:
    """Says which of many patterns a folded text might match, by their needs."""

    def __init__(self, of_patterns: Sequence[Needs | None]) -> None:
        self._always = [place for place, each in enumerate(of_patterns) if each is None]
        self._alternatives: list[tuple[int, int]] = []
        bits: dict[str, int] = {}
        bit = 1
        for place, each in enumerate(of_patterns):
            for alternative in each or ():
                wanted = 0
                for literals in alternative:
                    for literal in literals:
                        bits[literal] = bits.get(literal, 0) | bit
                    wanted |= bit
                    bit <<= 1
                self._alternatives.append((place, wanted))
        self._bits = list(bits.values())
        self._automaton = AhoCorasick(list(bits))

    def candidates(self, text: str) -> Sequence[int]:
        """Return the places of the patterns to be tried on ``text``, in order."""
        hits = self._automaton.find_matches_as_indexes(text, overlapping=True)
        if not hits:
            return self._always
        seen = 0
        for key, _, _ in hits:
            seen |= self._bits[key]
        may = {place for place, wanted in self._alternatives if seen & wanted == wanted}
        return sorted(may.union(self._always)) if may else self._always


# Reading a pattern -------------------------------------------------------------------------------


def _alternatives(tokens: Iterator[re.Match[str]]) -> list[_Part]:
    """Read up to the end of a group, or of the pattern; return its alternatives."""
    done: list[_Part] = []
    row: list[_Part] = []
    for token in tokens:
        kind = token.lastgroup if token["quantifier"] is None else "quantifier"
        if kind == "close":
            break
        if kind == "bar":
            done.append(_joined(row))
            row = []
        elif kind == "quantifier":
            _repeat(row, token)
        elif kind == "open":
            inner = _either(_alternatives(tokens))
            row.append(_EMPTY if token.group() in _LOOKS_AROUND else inner)
        else:
            row.append(_atom(token.group()))
    done.append(_joined(row))
    return done


def _atom(written: str) -> _Part:
    if written in _NO_WIDTH:
        return _EMPTY
    if written == "." or written in _KINDS_OF_CHARACTER:
        return _ANY
    if len(written) > 1 and written[0] == "[":
        return _class(written)
    return _texts([_character(written)])


def _class(written: str) -> _Part:
    if written.startswith("[^"):
        return _ANY
    chars: list[str] = []
    for member in _MEMBER.finditer(written[1:-1]):
        if member["low"] in _KINDS_OF_CHARACTER:
            return _ANY
        low, high = _ends(member)
        if high - low >= MAX_TEXTS:
            return _ANY
        chars.extend(map(chr, range(low, high + 1)))
    return _texts(chars)


def _texts(chars: Sequence[str]) -> _Part:
    """Return what matches one of ``chars`` in a folded text; capitals beyond ASCII are not followed."""
    if len(chars) > MAX_TEXTS or not all(char.isascii() or _has_no_capital(char) for char in chars):
        return _ANY
    return _Part(frozenset(char.lower() for char in chars))


def _character(written: str) -> str:
    """Return the character that a character or an escape of one stands for."""
    if written[0] != "\\" or len(written) == 1:
        return written
    if written[1].isalnum():
        raise Unclear
    return written[1]


def _ends(member: re.Match[str]) -> tuple[int, int]:
    low = ord(_character(member["low"]))
    return low, low if member["high"] is None else ord(_character(member["high"]))


def _repeat(row: list[_Part], token: re.Match[str]) -> None:
    """Apply a quantifier to the last part of ``row``."""
    low, high = bounds(token)
    if low is None:
        row.append(_ANY)
        return
    part = row.pop()
    if low == 0:
        row.append(_Part(part.texts | _NOTHING) if high == 1 and part.texts is not None else _ANY)
    elif low == high and part.texts is not None:
        row.append(_joined([part] * low))
    else:
        row.append(_Part(None, tuple(_sets(part))))


def _joined(row: Sequence[_Part]) -> _Part:
    """Return what is known of parts that follow one another."""
    sets: list[Literals] = []
    texts = _NOTHING
    is_whole = True
    for part in row:
        if part.texts is not None and len(texts) * len(part.texts) <= MAX_TEXTS:
            texts = frozenset(map("".join, product(texts, part.texts)))
            continue
        is_whole = False
        sets += [*_known(texts), *part.sets]
        texts = _NOTHING if part.texts is None else part.texts
    return _Part(texts) if is_whole else _Part(None, (*sets, *_known(texts)))


def _either(parts: Sequence[_Part]) -> _Part:
    """Return what is known of alternatives."""
    if len(parts) == 1:
        return parts[0]
    few = [part.texts for part in parts if part.texts is not None]
    if len(few) == len(parts) and sum(map(len, few)) <= MAX_TEXTS:
        return _Part(frozenset[str]().union(*few))
    best = [_sets(part)[:1] for part in parts]
    if not all(best):
        return _ANY
    return _Part(None, (frozenset[str]().union(*(one for (one,) in best)),))


def _sets(part: _Part) -> list[Literals]:
    """Return the sets that ``part`` needs, those that say most first."""
    sets = part.sets if part.texts is None else _known(part.texts)
    return sorted(sets, key=lambda each: (-min(map(len, each)), len(each), sorted(each)))


def _most_telling(part: _Part) -> tuple[Literals, ...]:
    """Return the sets worth a look: a single ASCII letter or a blank stands in nearly every text."""
    sets = _sets(part)
    more = [each for each in sets[1:] if not any(len(text) == 1 and text.isascii() for text in each)]
    return (*sets[:1], *more[: MAX_SETS - 1])


def _known(texts: Literals) -> tuple[Literals, ...]:
    return () if "" in texts else (texts,)


# Capitals ----------------------------------------------------------------------------------------


def _is_small(token: re.Match[str]) -> bool:
    written = token.group()
    if token.lastgroup == "char" or (token.lastgroup == "atom" and written[0] == "\\"):
        return written in _NO_WIDTH or written in _KINDS_OF_CHARACTER or _is_small_char(_character(written))
    if token.lastgroup == "atom" and written[0] == "[":
        members = written[1:-1].removeprefix("^")
        return all(_is_small_range(member) for member in _MEMBER.finditer(members))
    return True


def _is_small_range(member: re.Match[str]) -> bool:
    if member["low"] in _KINDS_OF_CHARACTER:
        return True
    low, high = _ends(member)
    return all(_is_small_char(chr(point)) for point in range(low, high + 1))


def _is_small_char(char: str) -> bool:
    return "a" <= char <= "z" or _has_no_capital(char)


def _has_no_capital(char: str) -> bool:
    return char.lower() == char == char.upper()
