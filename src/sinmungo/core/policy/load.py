"""Reads a pack from its folder; every fault of every file is found before anything is refused."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NewType

from sinmungo.core.policy.checks import PolicyChecks, check_shared
from sinmungo.core.policy.document import Guideline, Identifier, PolicyDocument, Words
from sinmungo.core.policy.expression import Language
from sinmungo.core.policy.facts import declared_facts
from sinmungo.core.policy.faults import Fault, PolicyFaults
from sinmungo.core.policy.pack import Pack, Queue, Shared, TermEntry
from sinmungo.core.policy.reading import Reading, empty, text_of
from sinmungo.core.policy.yamltree import MAX_BYTES, Node, SourceFile, Text, decode, parse

PACK_FILE = "pack.yaml"
POLICIES = "policies"

Terms = NewType("Terms", tuple[TermEntry, ...])


@dataclass(frozen=True, slots=True)
class _PackFile:
    """What ``pack.yaml`` holds."""

    id: Identifier
    title: Words
    terms: AnyMapping[str, Terms] = field(default_factory=dict)
    patterns: AnyMapping[str, str] = field(default_factory=dict)
    queues: tuple[Queue, ...] = ()
    sources: AnyMapping[str, tuple[Identifier, ...]] = field(default_factory=dict)


def load_pack(path: Path | str) -> Pack:
    """Return the pack in the folder ``path``, checked whole.

    Raises PolicyFaults with every fault of every file.
    """
    loader = _Loader(Path(path))
    pack = loader.load()
    if loader.faults:
        raise PolicyFaults(loader.faults)
    return pack


class _Loader:
    def __init__(self, folder: Path) -> None:
        self.faults: list[Fault] = []
        self._folder = folder
        self._readers: dict[Any, Any] = {
            Terms: self._terms,
            Guideline: self._guideline,
            TermEntry: _term_entry,
        }

    def load(self) -> Pack:
        node = self._tree(PACK_FILE)
        read: _PackFile = self._typed(_PackFile, node)
        shared = Shared(read.terms, read.patterns, read.queues, read.sources)
        if node is not None:
            check_shared(node, shared, self.faults)
        policies = self._policies(shared, whole=node is not None)
        return Pack(read.id, read.title, shared, policies)

    def _policies(self, shared: Shared, *, whole: bool) -> tuple[PolicyDocument, ...]:
        names = sorted(file.name for file in (self._folder / POLICIES).glob("*.yaml"))
        if not names:
            self._fault(POLICIES, "there is no policy", f"write one as {POLICIES}/<policy>.yaml")
        checks = PolicyChecks(shared, Language(declared_facts(shared)), self.faults)
        made = []
        for name in names:
            node = self._tree(f"{POLICIES}/{name}")
            if node is None:
                continue
            policy = self._typed(PolicyDocument, node)
            made.append(policy)
            if whole:
                checks.check(policy, node)
        return tuple(made)

    def _typed(self, kind: Any, node: Node | None) -> Any:
        return empty(kind) if node is None else Reading(self.faults, self._readers).read(kind, node)

    def _tree(self, name: str) -> Node | None:
        source = self._source(name)
        if source is None:
            return None
        before = len(self.faults)
        node = parse(source, self.faults)
        if node is None and len(self.faults) == before:
            self._fault(name, "the file is empty")
        return node

    def _source(self, name: str) -> SourceFile | None:
        data = self._bytes(name)
        return None if data is None else decode(name, data, self.faults)

    def _bytes(self, name: str) -> bytes | None:
        try:
            with (self._folder / name).open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "this is not a file's name"
            self._fault(name, f"the file cannot be read: {reason}")
            return None

    def _fault(self, name: str, message: str, hint: str = "") -> None:
        self.faults.append(Fault(name, 0, 0, message, hint))

    def _named_file(self, reading: Reading, node: Node) -> SourceFile | None:
        """Return the file a node names; it must lie inside the pack's folder."""
        name = text_of(reading, node)
        if not name:
            return None
        inside = (self._folder / name).resolve().is_relative_to(self._folder.resolve())
        if not inside or not (self._folder / name).is_file():
            reading.fault(node, f"there is no file {name!r} in the pack", "name it from the pack's folder")
            return None
        return self._source(name)

    def _guideline(self, reading: Reading, node: Node) -> Guideline:
        source = self._named_file(reading, node)
        if source is not None and not source.text.strip():
            reading.fault(node, f"the guideline {source.name!r} is empty")
        return Guideline(source.text if source else "")

    def _terms(self, reading: Reading, node: Node) -> tuple[TermEntry, ...]:
        if not isinstance(node, Text):
            return reading.read(tuple[TermEntry, ...], node)
        source = self._named_file(reading, node)
        tree = parse(source, self.faults) if source else None
        if tree is None:
            return ()
        return reading.read(tuple[TermEntry, ...], tree)


def _term_entry(reading: Reading, node: Node) -> TermEntry:
    if isinstance(node, Text):
        return TermEntry((text_of(reading, node),))
    entry = reading.read_object(TermEntry, node)
    if not 0 < entry.score <= 1:
        reading.fault(node, "a score lies above 0 and is at most 1")
    return entry
