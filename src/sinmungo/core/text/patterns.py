"""Named patterns of a policy pack: compiled once, and refused when a text could make them run for ever."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sinmungo.core.kernel.values import PlainItem, PlainSignal
from sinmungo.core.text.literals import TOKEN, Needs, Prefilter, bounds, ignores_capitals, needs
from sinmungo.core.text.normalise import normalise

MAX_PATTERN = 500
#: A pattern reads this many code points of a text.
MAX_TEXT = 20_000
#: What an unbounded repeat (``*``, ``+``, ``{2,}``) stops at.
MAX_REPEAT = 100
#: Repeats longer than 20, and among them those of almost any character (``.``, ``[^a]``, ``[가-힣]``).
MAX_LONG, MAX_WIDE = 6, 2
#: How many ways a repeated group may match one text before trying them all is too slow.
MAX_WAYS = 4_096
_LONG = 20
EVIDENCE_LENGTH = 200
# The one letter of a normalised text that ``re.IGNORECASE`` holds equal to a small ASCII letter.
_DOTLESS = "ı"

_ANYTHING = "."
_WIDE = re.compile(r"\.|\\[SDWw]|\[\^.*|\[.*(?:[^\W\d]-|\\[SDWw]).*", re.DOTALL)


class PatternError(ValueError):
    """A pattern that is refused; its words are those of ``check_pattern``."""


@dataclass(slots=True)
class _Group:
    """What has been read of one group: in how many ways may it match one text, at most?"""

    ways: int = 1
    earlier_branches: int = 0
    unbounded: bool = False
    row: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.ways + self.earlier_branches


@dataclass(slots=True)
class _Reader:
    """Reads a pattern once, left to right, and writes it again with every repeat bounded."""

    stack: list[_Group] = field(default_factory=lambda: [_Group()])
    written: list[str] = field(default_factory=list)
    closed: _Group | None = None
    last: str = ""
    # Long repeats that may still match the same stretch, up to here and before the last token.
    row: list[str] = field(default_factory=list)
    row_before: list[str] = field(default_factory=list)
    long_repeats: int = 0
    wide_repeats: int = 0

    def read(self, pattern: str) -> None:
        for token in TOKEN.finditer(pattern):
            kind = token.lastgroup if token["quantifier"] is None else "quantifier"
            closed, self.closed = self.closed, None
            if kind == "quantifier":
                self._quantify(token, closed)
                continue
            self.written.append(token.group())
            if kind in ("atom", "char"):
                self._pass(token.group())
            self._enter(kind or "")

    def _pass(self, atom: str) -> None:
        """Read one character or set, which parts the repeats before it from those after it."""
        self.last = _ANYTHING if _WIDE.fullmatch(atom) else atom
        self.row_before = self.row
        self.row = [each for each in self.row if _overlap(each, self.last)]

    def _enter(self, kind: str) -> None:
        if kind == "back":
            raise PatternError("It refers back to a group (such as \\1); write out what may stand there.")
        if kind == "flags":
            raise PatternError(
                "It sets flags or holds a comment; capitals never matter, other flags are not taken."
            )
        if kind == "open":
            self.stack.append(_Group(row=self.row))
        elif kind == "bar":
            self.stack[-1] = _Group(1, self.stack[-1].total, self.stack[-1].unbounded, self.stack[-1].row)
        elif kind == "close" and len(self.stack) > 1:
            self._close(self.stack.pop())

    def _close(self, group: _Group) -> None:
        self.closed = group
        self.last, self.row_before = _ANYTHING, group.row
        self.stack[-1].ways *= group.total
        self.stack[-1].unbounded |= group.unbounded

    def _quantify(self, token: re.Match[str], group: _Group | None) -> None:
        low, high = bounds(token)
        if low is None:  # "{" that counts nothing is an ordinary character
            self.written.append(token.group())
            return
        unbounded = high is None
        top = max(low, MAX_REPEAT) if high is None else high
        if top > 2 * MAX_REPEAT:
            raise PatternError(f"It repeats something more than {2 * MAX_REPEAT} times.")
        if group is not None:
            _check_nesting(group, top, unbounded=unbounded)
        self.stack[-1].ways *= top - low + 1
        self.stack[-1].unbounded |= unbounded
        if low == 0:
            self.row = max(self.row, self.row_before, key=len)
        if top - low > _LONG:
            self._count_long()
        suffix = token.group()[-1] if len(token.group()) > 1 and token.group()[-1] in "?+" else ""
        self.written.append(f"{{{low},{top}}}{suffix}")

    def _count_long(self) -> None:
        self.long_repeats += 1
        self.wide_repeats += self.last == _ANYTHING
        if self.long_repeats > MAX_LONG:
            raise PatternError(f"It has more than {MAX_LONG} long repeats; split it into several patterns.")
        if self.wide_repeats > MAX_WIDE:
            raise PatternError(
                f"It repeats almost any character in more than {MAX_WIDE} places; say what may stand there."
            )
        if sum(_overlap(each, self.last) for each in self.row) > 1:
            raise PatternError(
                "Three long repeats in a row may match the same characters; join them into one."
            )
        self.row = [*self.row, self.last]


def _overlap(one: str, other: str) -> bool:
    return _ANYTHING in (one, other) or one == other


class _Pattern(NamedTuple):
    """A pattern ready to search. One of small letters need not ignore capitals: that is twice as fast."""

    name: str
    compiled: re.Pattern[str]
    of_small_letters: bool
    needs: Needs | None


class PatternScreener:
    """Source ``patterns``: for each named pattern that an item's text holds, a signal of score 1.0.

    Patterns are Python's ``re``, read over the normalised text: full-width forms are narrow, unseen
    characters gone, typed Hangul letters composed. Capitals do not matter. Only the first 20,000 code
    points of a text are read, and the evidence of a longer one says so. An unbounded repeat stops at 100.

    Raises PatternError, naming the pattern, for one that ``check_pattern`` refuses.
    """

    name = "patterns"

    def __init__(self, patterns: Mapping[str, str], version: str) -> None:
        self.version = version
        for name, pattern in patterns.items():
            fault = check_pattern(pattern)
            if fault is not None:
                raise PatternError(f"Pattern {name!r}: {fault}")
        self._patterns = [_pattern(name, _bounded(each)) for name, each in patterns.items()]
        self._prefilter = Prefilter([each.needs for each in self._patterns])

    def screen(self, batch: Sequence[PlainItem]) -> list[list[PlainSignal]]:
        """Return the signals of each item, spans in code points of the item's own text."""
        return [self._signals(item.text) for item in batch]

    def _signals(self, text: str) -> list[PlainSignal]:
        normal = normalise(text[:MAX_TEXT])
        folded = normal.text.replace(_DOTLESS, "i")
        signals = []
        for place in self._prefilter.candidates(folded):
            pattern = self._patterns[place]
            match = pattern.compiled.search(folded if pattern.of_small_letters else normal.text)
            if match is not None and match.end() > match.start():
                span = normal.original(match.start(), match.end())
                evidence = _evidence(text, text[span.start : span.end])
                signals.append(PlainSignal(self.name, self.version, pattern.name, 1.0, evidence, span))
        return signals


def check_pattern(text: str) -> str | None:
    """Return why a pattern is refused, as an English sentence, or None when it is fine.

    Refused are: more than 500 characters; what does not compile; references back; flags and comments;
    a group repeated without bound that holds a repeat, an option or alternatives, or repeated so often
    that there are more than 4,096 ways to match one text; more than 6 long repeats, or 2 of almost
    any character, or 2 in a row of the same one; a pattern that matches an empty text. The check reads
    the pattern's form, not its meaning: it refuses some harmless patterns (``(a|b)+``, to be written
    ``[ab]+``), and it lets pass some that are slow without being endless. The slowest kind met, two
    long repeats of any character, takes 1.4 s for 20,000 code points made to be slow.
    """
    if len(text) > MAX_PATTERN:
        return f"It is longer than {MAX_PATTERN} characters."
    try:
        re.compile(text)
        compiled = re.compile(_bounded(text), re.IGNORECASE)
    except PatternError as fault:
        return str(fault)
    except (re.error, OverflowError, RecursionError) as fault:
        return f"It is not a regular expression: {fault}."
    if compiled.match("") is not None:
        return "It matches an empty text, and so every text."
    return None


def _pattern(name: str, bounded: str) -> _Pattern:
    of_small_letters = ignores_capitals(bounded)
    compiled = re.compile(bounded, re.NOFLAG if of_small_letters else re.IGNORECASE)
    return _Pattern(name, compiled, of_small_letters, needs(bounded))


def _bounded(pattern: str) -> str:
    reader = _Reader()
    reader.read(unicodedata.normalize("NFC", pattern))
    return "".join(reader.written)


def _check_nesting(group: _Group, top: int, *, unbounded: bool) -> None:
    if top <= 1:
        return
    if group.unbounded:
        raise PatternError("A repeated group holds a repeat without bound; write the inner one with bounds.")
    if group.total > 1 and (unbounded or group.total**top > MAX_WAYS):
        raise PatternError(
            "A repeated group holds an option, alternatives or a repeat, and there are too many ways to "
            "match it; repeat a set of characters instead, or fewer times."
        )


def _evidence(text: str, found: str) -> str:
    cut = found[:EVIDENCE_LENGTH]
    return f"{cut} (first {MAX_TEXT:,} characters read)" if len(text) > MAX_TEXT else cut
