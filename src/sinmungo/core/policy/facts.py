"""Facts, schema 1: what a rule may read of an item, its author, its reports and its signals.

All are flat, typed and always present, so a condition needs no ``has()``: a signal that nobody
raised is 0.0, an unknown number is 0, an unknown text is empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from sinmungo.core.kernel.values import PlainItem, PlainSignal
from sinmungo.core.policy.pack import Shared
from sinmungo.core.text.identifiers import KINDS

#: Facts that need no source.
BASE_FACTS: dict[str, str] = {
    "item.type": "string",
    "item.text": "string",
    "item.lang": "string",
    "item.country": "string",
    "item.reach": "int",
    "item.age_hours": "double",
    "author.age_days": "double",
    "author.strikes": "int",
    "author.followers": "int",
    "author.country": "string",
    "author.decided_before": "int",
    "reports.count": "int",
    "reports.clusters": "int",
    "reports.reasons": "list",
    "reports.reporters_accuracy": "double",
    "signals.degraded": "list",
}

#: Sources that Sinmungo always has, and the names of their signals.
CONTACT = "contact"
EXPOSURE = "exposure"
IDENTIFIERS = "identifiers"
TERMS = "terms"
PATTERNS = "patterns"
BUILT_IN: dict[str, tuple[str, ...]] = {
    CONTACT: ("phone", "messenger", "link", "hidden_link", "email", "any"),
    EXPOSURE: ("person", "child"),
    IDENTIFIERS: KINDS,
}

_ZERO: dict[str, Any] = {"string": "", "int": 0, "double": 0.0, "list": []}
_CONVERT: dict[str, Any] = {"string": str, "int": int, "double": float, "list": list}


def _part(prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): kind for name, kind in BASE_FACTS.items() if name.startswith(prefix)}


_AUTHOR = _part("author.")
_REPORTS = _part("reports.")


class Blank(Protocol):
    """What :func:`build_facts` needs of a compiled pack."""

    @property
    def blank_facts(self) -> Mapping[str, Any]:
        """Every declared fact with the value it has when nothing is known."""
        ...


def declared_facts(shared: Shared) -> dict[str, str]:
    """Return every fact the rules of a pack may read, with its type."""
    names = dict(BASE_FACTS)
    for source, signals in _sources(shared):
        names.update({f"signals.{source}.{name}": "double" for name in signals})
    return names


def blank(facts: Mapping[str, str]) -> dict[str, Any]:
    """Return every fact with the value it has when nothing is known."""
    return {name: _ZERO[kind] for name, kind in facts.items()}


def build_facts(item: PlainItem, signals: Sequence[PlainSignal], names: Blank) -> dict[str, Any]:
    """Return the facts of one item; of several signals with one name the highest score counts.

    Signals that the pack does not declare are left out; one named ``degraded`` adds its source to
    ``signals.degraded``. Author and report values of a wrong type raise TypeError or ValueError.
    """
    facts = dict(names.blank_facts)
    facts["item.type"] = item.type
    facts["item.text"] = item.text
    facts["item.lang"] = item.lang
    facts["item.country"] = item.country
    facts["item.reach"] = item.reach
    facts["item.age_hours"] = item.age_hours
    if item.author:
        _copy(facts, "author.", item.author, _AUTHOR)
    if item.reports:
        _copy(facts, "reports.", item.reports, _REPORTS)
    if signals:
        _add_signals(facts, signals)
    return facts


def _copy(facts: dict[str, Any], prefix: str, values: Mapping[str, Any], kinds: Mapping[str, str]) -> None:
    for name, value in values.items():
        if name in kinds:
            facts[prefix + name] = _CONVERT[kinds[name]](value)


def _add_signals(facts: dict[str, Any], signals: Iterable[PlainSignal]) -> None:
    degraded: list[str] = []
    for signal in signals:
        if signal.name == "degraded":
            degraded.append(signal.source)
            continue
        name = f"signals.{signal.source}.{signal.name}"
        if name in facts and signal.score > facts[name]:
            facts[name] = signal.score
    if degraded:
        facts["signals.degraded"] = sorted(set(degraded))


def _sources(shared: Shared) -> Iterable[tuple[str, Iterable[str]]]:
    yield from BUILT_IN.items()
    yield TERMS, shared.terms
    yield PATTERNS, shared.patterns
    yield from shared.sources.items()
