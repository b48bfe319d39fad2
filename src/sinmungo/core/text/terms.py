"""Term lists: words that a policy pack names, found in the spellings people use for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from sinmungo.core.kernel.values import PlainItem, PlainSignal, Span
from sinmungo.core.text.alike import coarse, stands_for
from sinmungo.core.text.normalise import Normalised, normalise, squeeze, squeezed
from sinmungo.core.text.stretch import unstretched

#: Evidence is cut here; the span says where the rest is.
EVIDENCE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase of a list.

    ``score`` (0..1) is how much it says alone. ``whole_word`` asks for word borders on both sides;
    by default it is asked of terms whose first or last letter is not Hangul, and not of Hangul, where
    particles follow a word without a gap. ``spaced`` also finds it spelled with gaps (시 험, s.p.a.m).
    ``exceptions`` are the words in which it is innocent, such as a longer word that contains it.
    """

    text: str
    score: float = 1.0
    whole_word: bool | None = None
    spaced: bool = False
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TermList:
    """A named list; its name is the name of its signals."""

    name: str
    terms: Sequence[Term]


class _Entry(NamedTuple):
    """A term made ready: ``text`` and ``exceptions`` normalised."""

    list_name: str
    text: str
    score: float
    whole_word: bool
    exceptions: frozenset[str]


class _Hit(NamedTuple):
    """An entry found, in code points of the normalised text."""

    entry: _Entry
    start: int
    end: int


class _Index:
    """One automaton over the coarse forms of entries and of their exceptions."""

    def __init__(self, entries: Sequence[_Entry]) -> None:
        self._entries: dict[str, list[_Entry]] = {}
        self._exceptions: dict[str, set[str]] = {}
        for entry in entries:
            self._entries.setdefault(coarse(entry.text), []).append(entry)
            for exception in entry.exceptions:
                self._exceptions.setdefault(coarse(exception), set()).add(exception)
        self._keys = sorted(self._entries.keys() | self._exceptions.keys())
        self._automaton = AhoCorasick(self._keys)

    def find(self, text: str) -> Iterator[_Hit]:
        """Yield the entries that ``text`` spells, but for those inside one of their exceptions."""
        found = self._automaton.find_matches_as_indexes(coarse(text), overlapping=True)
        innocent = self._innocent(text, found) if found else ()
        for key, start, end in found:
            written = text[start:end]
            for entry in self._entries.get(self._keys[key], ()):
                if stands_for(written, entry.text) and not _covered(innocent, entry, start, end):
                    yield _Hit(entry, start, end)

    def _innocent(self, text: str, found: list[tuple[int, int, int]]) -> list[tuple[str, int, int]]:
        return [
            (text[start:end], start, end)
            for key, start, end in found
            if text[start:end] in self._exceptions.get(self._keys[key], ())
        ]


class TermScreener:
    """Source ``terms``: for each list and item at most one signal, its strongest term's.

    Raises ValueError for two lists of one name, a term that is empty once normalised, or a score
    outside 0..1.
    """

    name = "terms"

    def __init__(self, lists: Sequence[TermList], version: str) -> None:
        self.version = version
        names = [each.name for each in lists]
        if len(set(names)) != len(names):
            raise ValueError("two term lists have the same name")
        ready = [(term, _entry(each.name, term)) for each in lists for term in each.terms]
        self._index = _Index([entry for _, entry in ready])
        spaced = [entry for term, entry in ready if term.spaced]
        self._spaced = _Index([_squeezed(entry) for entry in spaced]) if spaced else None

    def screen(self, batch: Sequence[PlainItem]) -> list[list[PlainSignal]]:
        """Return the signals of each item, spans in code points of the item's own text."""
        return [self._signals(item.text) for item in batch]

    def _signals(self, text: str) -> list[PlainSignal]:
        normal = normalise(text)
        strongest: dict[str, _Hit] = {}
        for hit in self._hits(normal.text):
            known = strongest.get(hit.entry.list_name)
            if known is None or _rank(hit) < _rank(known):
                strongest[hit.entry.list_name] = hit
        return [self._signal(text, normal, hit) for hit in strongest.values()]

    def _hits(self, text: str) -> Iterator[_Hit]:
        for hit in self._index.find(text):
            if not hit.entry.whole_word or _stands_alone(text, hit.start, hit.end):
                yield hit
        for reading in unstretched(text):
            yield from _stretched_hits(self._index, text, reading)
        if self._spaced is not None:
            yield from _spaced_hits(self._spaced, text)

    def _signal(self, text: str, normal: Normalised, hit: _Hit) -> PlainSignal:
        span = normal.original(hit.start, hit.end)
        evidence = text[span.start : span.end][:EVIDENCE_LENGTH]
        score = round(hit.entry.score, 6)
        return PlainSignal(self.name, self.version, hit.entry.list_name, score, evidence, span)


def _entry(list_name: str, term: Term) -> _Entry:
    text = normalise(term.text).text
    if not text.strip():
        raise ValueError(f"a term of the list {list_name!r} is empty")
    if not 0.0 <= term.score <= 1.0:
        raise ValueError(f"the score of a term of the list {list_name!r} is not between 0 and 1")
    whole = term.whole_word
    if whole is None:
        whole = not (_is_hangul(text[0]) and _is_hangul(text[-1]))
    exceptions = frozenset(filter(None, (normalise(word).text for word in term.exceptions)))
    return _Entry(list_name, text, term.score, whole, exceptions)


def _squeezed(entry: _Entry) -> _Entry:
    """Return the entry as text without separators spells it."""
    exceptions = frozenset(squeezed(word) for word in entry.exceptions)
    return entry._replace(text=squeezed(entry.text) or entry.text, exceptions=exceptions - {""})


def _stretched_hits(index: _Index, text: str, reading: Normalised) -> Iterator[_Hit]:
    """Yield entries that are drawn out in ``text``: those with more letters there than in ``reading``."""
    for hit in index.find(reading.text):
        at = reading.original(hit.start, hit.end)
        if at.end - at.start > hit.end - hit.start and not (
            hit.entry.whole_word and not _stands_alone(text, at.start, at.end)
        ):
            yield _Hit(hit.entry, at.start, at.end)


def _spaced_hits(index: _Index, text: str) -> Iterator[_Hit]:
    """Yield entries spelled with gaps.

    A term whose letters merely meet at a word's border (다시 발표) is not spelled with gaps: it must
    begin where a word begins, and, if any gap is white space, end where a word ends.
    """
    without_gaps = squeezed(text)
    hits = list(index.find(without_gaps)) if len(without_gaps) < len(text) else []
    if not hits:
        return
    way_back = squeeze(text)
    for hit in hits:
        at = way_back.original(hit.start, hit.end)
        if at.end - at.start > hit.end - hit.start and _is_spaced_out(text, at):
            yield _Hit(hit.entry, at.start, at.end)


def _is_spaced_out(text: str, at: Span) -> bool:
    if _joined(text, at.start):
        return False
    has_white_space = any(char.isspace() for char in text[at.start : at.end])
    return not (has_white_space and _joined(text, at.end))


def _stands_alone(text: str, start: int, end: int) -> bool:
    return not _joined(text, start) and not _joined(text, end)


def _joined(text: str, at: int) -> bool:
    """Say whether no word border lies before ``text[at]``.

    A border also lies between Hangul and other letters: a particle follows a Latin word directly.
    """
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    return before.isalnum() and after.isalnum() and _is_hangul(before) == _is_hangul(after)


def _is_hangul(char: str) -> bool:
    return "가" <= char <= "힣" or "ㄱ" <= char <= "ㅣ"


def _covered(innocent: Sequence[tuple[str, int, int]], entry: _Entry, start: int, end: int) -> bool:
    return any(word in entry.exceptions and first <= start and end <= last for word, first, last in innocent)


def _rank(hit: _Hit) -> tuple[float, int, int]:
    """Order hits: the strongest first, then the earliest, then the longest."""
    return (-hit.entry.score, hit.start, -hit.end)
