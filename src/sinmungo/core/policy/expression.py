"""The one place that touches the CEL engine (Google's C++ engine, ``cel-expr-python``).

Conditions are CEL (github.com/google/cel-spec) over flat, typed, dotted facts: a name that is not
declared and a comparison of unlike types fail when compiled. The engine bounds the iterations of
an expression itself. It reads a text only to its first U+0000, so none may reach it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cel_expr_python import cel

MAX_CHARACTERS = 4_000
#: The engine refuses an expression of 100,000 characters; a longer pack makes several lists.
_LIST_CHARACTERS = 60_000

_TYPES: dict[str, Any] = {
    "string": cel.Type.STRING,
    "int": cel.Type.INT,
    "double": cel.Type.DOUBLE,
    "list": cel.Type.List(cel.Type.STRING),
}
_ERROR = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")

#: Fields of cel.expr.CheckedExpr and Reference that carry what an expression refers to.
_CHECKED_EXPR, _REFERENCE_MAP, _MAP_VALUE, _NAME, _OVERLOAD = 2, 2, 2, 1, 3


class EvaluationError(Exception):
    """An expression met an error on these facts, such as a division by zero."""


@dataclass(frozen=True, slots=True)
class ConditionError:
    """Why a condition does not compile; ``offset`` is the code point it concerns.

    ``undeclared`` is the whole dotted name that nothing declares, if that is the error.
    """

    offset: int
    message: str
    undeclared: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition and the facts it reads, sorted."""

    text: str
    reads: tuple[str, ...]
    expression: Any


class Language:
    """CEL over the declared facts: a name to ``string``, ``int``, ``double`` or ``list``."""

    def __init__(self, facts: Mapping[str, str]) -> None:
        self._facts = facts
        self._env = cel.NewEnv(variables={name: _TYPES[kind] for name, kind in facts.items()})

    def compile(self, text: str) -> Condition | list[ConditionError]:
        """Return the compiled condition, or every error in it."""
        if len(text) > MAX_CHARACTERS:
            message = f"a condition has at most {MAX_CHARACTERS} characters; this has {len(text)}"
            return [ConditionError(0, message)]
        try:
            expression = self._env.compile(text)
        except RuntimeError as error:
            return _errors(text, str(error))
        if expression.return_type() != cel.Type.BOOL:
            kind = expression.return_type().name().lower()
            return [ConditionError(0, f"a condition is true or false; this is of type {kind}")]
        names, overloads = _references(expression.serialize())
        if any(overload.startswith("matches") for overload in overloads):
            message = "matches() is not used in a condition; name the pattern under patterns: in pack.yaml"
            return [ConditionError(max(text.find("matches"), 0), message)]
        return Condition(text, tuple(sorted(names & self._facts.keys())), expression)

    def join(self, conditions: Sequence[Condition]) -> ConditionList:
        """Return all conditions as one expression."""
        return ConditionList(self._env, conditions)


class ConditionList:
    """Many conditions evaluated in one call: ``[when1, when2, ...]``."""

    def __init__(self, env: Any, conditions: Sequence[Condition]) -> None:
        self._lists = [
            # A condition may end in a comment, so each has a line of its own.
            env.compile("[" + "\n,".join(condition.text for condition in chunk) + "\n]")
            for chunk in _chunks(conditions)
        ]

    def evaluate(self, facts: Mapping[str, Any]) -> list[bool]:
        """Return which conditions hold. Raises EvaluationError if any of them errs."""
        return [held for part in self._lists for held in _value(part, facts)]


def holds(condition: Condition, facts: Mapping[str, Any]) -> bool:
    """Return whether one condition holds. Raises EvaluationError."""
    return bool(_value(condition.expression, facts))


def _value(expression: Any, facts: Mapping[str, Any]) -> Any:
    try:
        result = expression.eval(data=facts)
        plain = result.plain_value()
    except (RuntimeError, TypeError, ValueError) as error:
        raise EvaluationError(_first_line(str(error))) from error
    if isinstance(plain, bool | list):
        return plain
    raise EvaluationError(_first_line(str(plain)))


def _first_line(message: str) -> str:
    return message.splitlines()[0] if message else "the condition has no value"


def _chunks(conditions: Sequence[Condition]) -> Iterator[list[Condition]]:
    chunk: list[Condition] = []
    length = 0
    for condition in conditions:
        if chunk and length + len(condition.text) > _LIST_CHARACTERS:
            yield chunk
            chunk, length = [], 0
        chunk.append(condition)
        length += len(condition.text) + 2
    if chunk:
        yield chunk


def _errors(text: str, message: str) -> list[ConditionError]:
    found = [_error(text, *match.groups()) for match in _ERROR.finditer(message)]
    return found or [ConditionError(0, _first_line(message))]


def _error(text: str, line: str, column: str, message: str) -> ConditionError:
    before = text.split("\n")[: int(line) - 1]
    offset = min(sum(len(part) + 1 for part in before) + int(column) - 1, len(text))
    message = message.removesuffix(" [INVALID_ARGUMENT]").replace(" (in container '')", "")
    if _UNDECLARED.search(message):
        for path in _PATH.finditer(text):
            if path.start() <= offset < path.end():
                return ConditionError(path.start(), f"{path[0]!r} is not a fact", path[0])
    if "mismatched input '<EOF>'" in message:
        message = "the condition ends too early"
    return ConditionError(offset, message)


def _references(serialized: bytes) -> tuple[set[str], set[str]]:
    """Return the names and the overloads that a checked expression refers to.

    The engine offers them only inside the protocol buffer ``cel.expr.CheckedExpr``.
    """
    names: set[str] = set()
    overloads: set[str] = set()
    checked = _first(_fields(serialized), _CHECKED_EXPR)
    for entry in _all(_fields(checked), _REFERENCE_MAP):
        reference = list(_fields(_first(_fields(entry), _MAP_VALUE)))
        names.update(name.decode() for name in _all(reference, _NAME))
        overloads.update(name.decode() for name in _all(reference, _OVERLOAD))
    return names, overloads


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and bytes of each length-delimited field of a protocol buffer message."""
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        kind = key & 7
        if kind == 0:
            _, position = _varint(data, position)
        elif kind == 2:
            length, position = _varint(data, position)
            yield key >> 3, data[position : position + length]
            position += length
        else:
            position += 8 if kind == 1 else 4


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position


def _first(fields: Iterable[tuple[int, bytes]], number: int) -> bytes:
    return next(iter(_all(fields, number)), b"")


def _all(fields: Iterable[tuple[int, bytes]], number: int) -> list[bytes]:
    return [data for found, data in fields if found == number]
