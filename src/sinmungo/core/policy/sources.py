"""The screeners of ``core.text`` that a pack needs, built from its terms and patterns."""

from __future__ import annotations

from collections.abc import Sequence

from sinmungo.core.kernel.values import Screener
from sinmungo.core.policy.facts import CONTACT, EXPOSURE, IDENTIFIERS
from sinmungo.core.policy.pack import Shared, TermEntry
from sinmungo.core.policy.plain import digest_of, to_plain
from sinmungo.core.text.contacts import ContactScreener
from sinmungo.core.text.exposure import ExposureScreener
from sinmungo.core.text.identifiers import IdentifierScreener
from sinmungo.core.text.patterns import PatternScreener
from sinmungo.core.text.terms import Term, TermList, TermScreener

#: Enough of a digest to tell two versions of a list apart.
_VERSION_LETTERS = 16


def screeners_for(shared: Shared, reads: Sequence[str]) -> list[Screener]:
    """Return a screener for each kind of source: terms and patterns if declared, others if read."""
    made: list[Screener] = []
    if shared.terms:
        lists = [TermList(name, _terms(entries)) for name, entries in shared.terms.items()]
        made.append(TermScreener(lists, _version(shared.terms)))
    if shared.patterns:
        made.append(PatternScreener(dict(shared.patterns), _version(shared.patterns)))
    if _any_from(CONTACT, reads):
        made.append(ContactScreener())
    if _any_from(IDENTIFIERS, reads):
        made.append(IdentifierScreener())
    if _any_from(EXPOSURE, reads):
        made.append(ExposureScreener())
    return made


def _terms(entries: Sequence[TermEntry]) -> tuple[Term, ...]:
    return tuple(
        Term(
            word,
            score=entry.score,
            whole_word=entry.whole_word,
            spaced=entry.spaced,
            exceptions=entry.exceptions,
        )
        for entry in entries
        for word in entry.words
    )


def _version(content: object) -> str:
    return digest_of(to_plain(content))[:_VERSION_LETTERS]


def _any_from(source: str, reads: Sequence[str]) -> bool:
    return any(name.startswith(f"signals.{source}.") for name in reads)
