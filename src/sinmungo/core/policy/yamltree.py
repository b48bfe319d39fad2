"""YAML as a tree of texts that know their places, and nothing else of YAML's cleverness.

Scalars stay text until a schema types them: YAML 1.1 would read ``NO`` as false, ``010`` as 8 and
``12:30`` as 750. Aliases, anchors, tags and duplicate keys are refused: 289 bytes of aliases can
stand for 43 million leaves. Depth and size are bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from sinmungo.core.policy.faults import Fault

MAX_BYTES = 1_000_000
MAX_DEPTH = 20

#: libyaml where the wheel has it (ten times faster); both give the same events.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A decoded file: its name in the pack, its text, its lines."""

    name: str
    text: str
    lines: tuple[str, ...]

    def fault(self, line: int, column: int, message: str, hint: str = "") -> Fault:
        """Return a fault at a place of this file (from 1)."""
        shown = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        return Fault(self.name, line, column, message, hint, shown)


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar. ``plain`` is false for quoted and block scalars; ``index`` is where it begins."""

    source: SourceFile
    line: int
    column: int
    value: str
    plain: bool
    index: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    source: SourceFile
    line: int
    column: int
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys in their order, each with the key's own node and its value."""

    source: SourceFile
    line: int
    column: int
    items: dict[str, tuple[Text, Node]] = field(default_factory=dict)


Node = Text | Sequence | Mapping


def decode(name: str, data: bytes, faults: list[Fault]) -> SourceFile | None:
    """Return the file's text, or None after adding the fault that makes it unreadable."""
    if len(data) > MAX_BYTES:
        faults.append(Fault(name, 0, 0, f"the file is larger than {MAX_BYTES} bytes", "split it"))
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        faults.append(_undecodable(name, data, error))
        return None
    source = SourceFile(name, text, tuple(text.splitlines()))
    if "\0" in text:
        line, column = place_of(text, text.index("\0"))
        faults.append(source.fault(line, column, "the character U+0000 stands here", "remove it"))
        return None
    return source


def parse(source: SourceFile, faults: list[Fault]) -> Node | None:
    """Return the tree of a file, or None when there is none; what is refused is added to ``faults``."""
    builder = _Builder(source, faults)
    try:
        for event in yaml.parse(source.text, Loader=_LOADER):
            if not builder.take(event):
                return None
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        message = f"this is not YAML: {error.problem or error.context}"
        faults.append(source.fault(mark.line + 1, mark.column + 1, message, _yaml_hint(error)))
        return None
    except yaml.YAMLError as error:
        faults.append(source.fault(1, 1, f"this is not YAML: {str(error).splitlines()[0]}"))
        return None
    return builder.root


def place_of(text: str, index: int) -> tuple[int, int]:
    """Return line and column, from 1, of a code point of ``text``."""
    before = text[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


def place_inside(node: Text, offset: int) -> tuple[int, int]:
    """Return line and column in the file of the ``offset``-th code point of a scalar's value.

    Quoted, folded and literal scalars differ from their source in white space and escapes only,
    so the two are walked together.
    """
    text = node.source.text
    position = _first_of_value(node)
    for char in node.value[: offset + 1]:
        found = position if char.isspace() else text.find(char, position)
        if found < 0:
            break
        position = found + 1
    past_end = offset >= len(node.value)
    return place_of(text, max(position - (0 if past_end else 1), node.index))


def _first_of_value(node: Text) -> int:
    text = node.source.text
    if text[node.index : node.index + 1] in ("|", ">") and not node.plain:
        return max(text.find("\n", node.index), node.index)
    return node.index if node.plain else node.index + 1


def _undecodable(name: str, data: bytes, error: UnicodeDecodeError) -> Fault:
    good = data[: error.start].decode("utf-8-sig")
    line, column = place_of(good, len(good))
    shown = good.splitlines()[-1] if column > 1 else ""
    return Fault(name, line, column, "this byte is not UTF-8", "save the file as UTF-8", shown)


def _yaml_hint(error: yaml.MarkedYAMLError) -> str:
    if error.problem and "cannot start any token" in error.problem:
        return "put the value in quotation marks, and indent with spaces"
    if error.problem and "mapping values are not allowed" in error.problem:
        return "a text that holds ': ' needs quotation marks"
    return ""


class _Builder:
    """Turns parser events into nodes without recursion; depth is counted, not suffered."""

    def __init__(self, source: SourceFile, faults: list[Fault]) -> None:
        self.root: Node | None = None
        self._source = source
        self._faults = faults
        self._open: list[Sequence | Mapping] = []
        self._key: list[Text | None] = []
        self._documents = 0

    def take(self, event: yaml.Event) -> bool:
        """Add an event; return False when reading on is of no use."""
        if isinstance(event, yaml.DocumentStartEvent):
            return self._begin_document(event)
        if isinstance(event, yaml.NodeEvent):
            return self._node(event)
        if isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            self._open.pop()
            self._key.pop()
        return True

    def _begin_document(self, event: yaml.Event) -> bool:
        self._documents += 1
        if self._documents > 1:
            self._refuse(event, "a second document begins here", "keep one document in a file")
        return self._documents == 1

    def _node(self, event: Any) -> bool:
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        if event.anchor is not None:
            self._refuse(event, "anchors and aliases are not used in a policy", "write it out")
        if getattr(event, "tag", None) is not None:
            self._refuse(event, "tags are not used in a policy", "remove the word that begins with '!'")
        if isinstance(event, yaml.ScalarEvent):
            plain = bool(event.implicit[0])
            self._add(Text(self._source, line, column, event.value, plain, mark.index))
            return True
        if isinstance(event, yaml.AliasEvent):
            self._add(Text(self._source, line, column, "", plain=True, index=mark.index))
            return True
        return self._begin(event, line, column)

    def _begin(self, event: yaml.Event, line: int, column: int) -> bool:
        if len(self._open) >= MAX_DEPTH:
            self._refuse(event, f"nested deeper than {MAX_DEPTH} levels", "")
            return False
        made = (Sequence if isinstance(event, yaml.SequenceStartEvent) else Mapping)(
            self._source, line, column
        )
        self._add(made)
        self._open.append(made)
        self._key.append(None)
        return True

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif self._key[-1] is None:
            self._key[-1] = self._as_key(node)
        else:
            self._put(parent, self._key[-1], node)
            self._key[-1] = None

    def _as_key(self, node: Node) -> Text:
        if isinstance(node, Text):
            return node
        self._faults.append(self._source.fault(node.line, node.column, "a key must be a text"))
        return Text(self._source, node.line, node.column, "", plain=False, index=0)

    def _put(self, parent: Mapping, key: Text, node: Node) -> None:
        if key.value in parent.items:
            first = parent.items[key.value][0]
            message = f"the key {key.value!r} stands twice"
            hint = f"it stands in line {first.line} already"
            self._faults.append(self._source.fault(key.line, key.column, message, hint))
            return
        parent.items[key.value] = (key, node)

    def _refuse(self, event: yaml.Event, message: str, hint: str) -> None:
        mark: Any = event.start_mark
        self._faults.append(self._source.fault(mark.line + 1, mark.column + 1, message, hint))
