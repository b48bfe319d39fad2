"""Types a YAML tree by the annotations of dataclasses, and says of every node what is wrong with it.

Reading never stops at a fault: a faulty value is replaced by an empty one of its type, so that the
rest is read and checked too. What was read is used only when there was no fault at all.
"""

from __future__ import annotations

import collections.abc
import re
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any, TypeVar, get_args, get_origin

from sinmungo.core.kernel.words import EVERYWHERE
from sinmungo.core.policy.document import Day, Days, Identifier, Keyword, Territory
from sinmungo.core.policy.faults import Fault, did_you_mean
from sinmungo.core.policy.plain import hints_of, without_none
from sinmungo.core.policy.vocabulary import COUNTRIES, KEYWORDS
from sinmungo.core.policy.yamltree import Mapping, Node, Text

T = TypeVar("T")
Special = Callable[["Reading", Node], Any]

_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_DAYS = re.compile(r"([1-9]\d{0,3})d")
_INTEGER = re.compile(r"[+-]?\d{1,9}")
_NUMBER = re.compile(r"[+-]?\d{1,9}(\.\d{1,9})?")
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}
_EMPTY: dict[Any, Any] = {str: "", int: 0, float: 0.0, bool: False}


class Reading:
    """One reading of one file; ``special`` adds readers for types that need more than the node."""

    def __init__(self, faults: list[Fault], special: dict[Any, Special] | None = None) -> None:
        self.faults = faults
        self._readers: dict[Any, Special] = {**_READERS, **(special or {})}

    def read(self, kind: type[T], node: Node) -> T:
        """Return ``node`` as a ``kind``, or something empty of that kind and a fault."""
        made: T = self._read(kind, node)
        return made

    def fault(self, node: Node, message: str, hint: str = "") -> None:
        """Add a fault at a node."""
        self.faults.append(node.source.fault(node.line, node.column, message, hint))

    def _read(self, hint: Any, node: Node) -> Any:
        hint = without_none(hint)
        if hint in self._readers:
            return self._readers[hint](self, node)
        hint = getattr(hint, "__supertype__", hint)
        if is_dataclass(hint):
            return self._object(hint, node)
        if get_origin(hint) is tuple:
            return self._tuple(get_args(hint)[0], node)
        if get_origin(hint) is collections.abc.Mapping:
            return self._mapping(get_args(hint)[1], node)
        return self._scalar(hint, node)

    def read_object(self, kind: type[T], node: Node) -> T:
        """Return a mapping as a dataclass, whatever special reader its type has."""
        made: T = self._object(kind, node)
        return made

    def _object(self, kind: Any, node: Node) -> Any:
        known = {key_of(field): field for field in fields(kind)}
        if not isinstance(node, Mapping):
            self.fault(node, f"keys are expected here: {', '.join(known)}")
            return empty(kind)
        for name, (key, _) in node.items.items():
            if name not in known:
                self.fault(key, f"unknown key {name!r}", did_you_mean(name, known))
        return kind(**{field.name: self._field(kind, field, node) for field in known.values()})

    def _field(self, kind: Any, field: Field[Any], node: Mapping) -> Any:
        key = key_of(field)
        hint = hints_of(kind)[field.name]
        found = node.items.get(key)
        if found is None or _is_null(found[1]):
            if _required(field):
                self.fault(found[1] if found else node, f"the key {key!r} is missing or empty")
                return empty(hint)
            return field.default_factory() if field.default_factory is not MISSING else field.default
        return self._read(hint, found[1])

    def _tuple(self, hint: Any, node: Node) -> tuple[Any, ...]:
        if isinstance(node, Text):
            return () if _is_null(node) else (self._read(hint, node),)
        if isinstance(node, Mapping):
            self.fault(node, "a list is expected here", "begin each entry with '- '")
            return ()
        return tuple(self._read(hint, item) for item in node.items)

    def _mapping(self, hint: Any, node: Node) -> dict[str, Any]:
        if not isinstance(node, Mapping):
            self.fault(node, "names with values are expected here")
            return {}
        return {name: self._read(hint, value) for name, (_, value) in node.items.items()}

    def _scalar(self, kind: Any, node: Node) -> Any:
        if not isinstance(node, Text):
            self.fault(node, "a single value is expected here")
            return empty(kind)
        if issubclass(kind, Enum):
            return self._word(kind, node)
        if kind is str:
            return self._filled(node)
        return self._number(kind, node)

    def _word(self, kind: type[Enum], node: Text) -> Any:
        words = [str(member.value) for member in kind]
        if node.value in words:
            return kind(node.value)
        self.fault(node, f"{node.value!r} is not one of the known words", did_you_mean(node.value, words))
        return empty(kind)

    def _filled(self, node: Text) -> str:
        value = node.value.strip()
        if not value:
            self.fault(node, "a text is expected here, not nothing")
        return value

    def _number(self, kind: Any, node: Text) -> Any:
        if kind is bool and node.value in _TRUTH:
            return _TRUTH[node.value]
        shape = {int: _INTEGER, float: _NUMBER}.get(kind)
        if shape is not None and shape.fullmatch(node.value):
            return kind(node.value)
        expected = {bool: "true or false", int: "a whole number", float: "a number such as 0.5"}[kind]
        self.fault(node, f"{expected} is expected here, not {node.value!r}")
        return empty(kind)


def key_of(field: Field[Any]) -> str:
    """Return the word a field has in the files."""
    return str(field.metadata.get("key", field.name))


def empty(hint: Any) -> Any:
    """Return something empty of a type, to go on with after a fault."""
    hint = without_none(hint)
    hint = getattr(hint, "__supertype__", hint)
    if is_dataclass(hint):
        # is_dataclass also holds for instances, which a type hint never is
        return hint(  # type: ignore[operator]
            **{f.name: empty(hints_of(hint)[f.name]) for f in fields(hint) if _required(f)}  # type: ignore[arg-type]
        )
    if get_origin(hint) is tuple:
        return ()
    if get_origin(hint) is collections.abc.Mapping:
        return {}
    return next(iter(hint)) if issubclass(hint, Enum) else _EMPTY[hint]


def text_of(reading: Reading, node: Node) -> str:
    """Return a node's text; a fault and an empty text if it has none."""
    return str(reading.read(str, node))


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _is_null(node: Node) -> bool:
    return isinstance(node, Text) and node.plain and node.value in ("", "~", "null")


def _identifier(reading: Reading, node: Node) -> Identifier:
    value = text_of(reading, node)
    if value and not _IDENTIFIER.fullmatch(value):
        reading.fault(node, f"{value!r} cannot be an id", "small letters, digits, - and _; at most 64")
    return Identifier(value)


def _days(reading: Reading, node: Node) -> Days:
    value = text_of(reading, node)
    found = _DAYS.fullmatch(value)
    if value and not found:
        reading.fault(node, f"{value!r} is not a length of time", "write days, such as 90d")
    return Days(int(found[1])) if found else Days(0)


def _day(reading: Reading, node: Node) -> Day:
    value = text_of(reading, node)
    try:
        return Day(date.fromisoformat(value).isoformat())
    except ValueError:
        reading.fault(node, f"{value!r} is not a day", "write it as 2026-11-22")
        return Day("")


def _listed(kind: Callable[[str], Any], words: Iterable[str], what: str) -> Special:
    known = frozenset(words)

    def read(reading: Reading, node: Node) -> Any:
        value = text_of(reading, node)
        if value and value not in known:
            reading.fault(node, f"{value!r} is not {what}", did_you_mean(value, known))
        return kind(value)

    return read


_READERS: dict[Any, Special] = {
    Identifier: _identifier,
    Days: _days,
    Day: _day,
    Territory: _listed(Territory, {EVERYWHERE, *COUNTRIES}, "a country's two letters or 'everywhere'"),
    Keyword: _listed(Keyword, KEYWORDS, "a keyword of the EU transparency database"),
}
