"""The map of an import: which column of a history file means what, and which of its words are ours."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sinmungo.core.kernel.errors import Refused
from sinmungo.core.policy.faults import Fault, did_you_mean, render_fault
from sinmungo.core.policy.yamltree import MAX_BYTES, Mapping, Node, SourceFile, Text, decode, parse

#: What a row may tell. Those of the first line must be known for every row.
REQUIRED = ("external_id", "item_type", "item_id", "made_at", "category", "ground", "facts", "automated")
OPTIONAL = (
    "author_id",
    "violation",
    "ground_kind",
    "actions",
    "ends",
    "days",
    "territory",
    "detected_automatically",
    "appeal_outcome",
    "appeal_answered_at",
    "appeal_reasons",
    "appeal_actions",
)
FIELDS = REQUIRED + OPTIONAL
DEFAULT_ZONE = "Asia/Seoul"
_PARTS = ("columns", "values", "defaults", "time_zone")

EXAMPLE = """\
# Which column of the file means what. On the left are our names, on the right the file's columns.
columns:
  external_id: case_no
  item_type: target_kind
  item_id: target_id
  author_id: user_id
  made_at: decided_at
  category: reason
  ground: rule
  facts: memo
  actions: sanction            # several are parted by |
  days: sanction_days          # or `ends`, a time
  automated: decided_by
  appeal_outcome: objection
  appeal_answered_at: objection_answered_at
  appeal_reasons: objection_memo

# What the file's words mean. A word that does not stand here must be one of ours already.
values:
  item_type: {게시글: post, 댓글: post, 쪽지: message, 회원: account}
  actions: {삭제: remove, 이용정지: suspend, 주의: warn, 조치없음: none}
  category:
    욕설: STATEMENT_CATEGORY_CYBER_VIOLENCE
    광고: STATEMENT_CATEGORY_SCAMS_AND_FRAUD
    혐오: STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH
  automated: {운영자: not, 자동: fully}
  appeal_outcome: {기각: upheld, 인용: overturned, 일부인용: partly_overturned}

# What holds where a column is missing or a cell is empty.
defaults:
  territory: everywhere
  detected_automatically: no
  ground_kind: terms

# The zone of times that do not name one.
time_zone: Asia/Seoul
"""


class BadMap(Refused):
    """A map that cannot be used; ``faults`` holds all that is wrong with it."""

    code = "import.bad_map"
    message = "The map has {count} faults. {shown}"

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(set(faults))
        shown = "\n".join(render_fault(fault) for fault in self.faults)
        super().__init__(count=len(self.faults), shown="\n" + shown)


@dataclass(frozen=True, slots=True)
class HistoryMap:
    """A checked map: our field to their column, their words to ours, and defaults."""

    columns: AnyMapping[str, str] = field(default_factory=dict)
    values: AnyMapping[str, AnyMapping[str, str]] = field(default_factory=dict)
    defaults: AnyMapping[str, str] = field(default_factory=dict)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(DEFAULT_ZONE))

    def read(self, name: str, row: AnyMapping[str, str]) -> str:
        """Return what a row says of a field, in our words; empty when it says nothing."""
        column = self.columns.get(name)
        theirs = row.get(column, "").strip() if column is not None else ""
        if not theirs:
            return self.defaults.get(name, "")
        words = self.values.get(name, {})
        if name in ("actions", "appeal_actions"):
            return "|".join(words.get(word.strip(), word.strip()) for word in theirs.split("|"))
        return words.get(theirs, theirs)


def load_map(path: Path) -> HistoryMap:
    """Return the map in a YAML file; raises BadMap with every fault."""
    faults: list[Fault] = []
    try:
        with path.open("rb") as file:
            source = decode(path.name, file.read(MAX_BYTES + 1), faults)
    except OSError as error:
        raise BadMap([Fault(path.name, 0, 0, f"the file cannot be read: {error.strerror}")]) from error
    tree = parse(source, faults) if source is not None else None
    made = _Reader(source, faults).map(tree) if source is not None and tree is not None else HistoryMap()
    if tree is None and not faults:
        faults.append(Fault(path.name, 0, 0, "the file is empty"))
    if faults:
        raise BadMap(faults)
    return made


class _Reader:
    """Types the tree of a map; what does not fit is a fault at its place."""

    def __init__(self, source: SourceFile, faults: list[Fault]) -> None:
        self._source = source
        self._faults = faults

    def map(self, root: Node) -> HistoryMap:
        parts = self._entries(root)
        for key, node in parts.items():
            if key not in _PARTS:
                self._fault(node, f"{key!r} is not a part of a map", did_you_mean(key, _PARTS))
        columns = self._fields(parts.get("columns"))
        values = parts.get("values")
        words = {name: self._texts(node) for name, node in self._known(values).items()} if values else {}
        defaults = self._fields(parts.get("defaults"))
        for name in REQUIRED:
            if name not in columns and name not in defaults:
                self._fault(root, f"{name!r} has neither a column nor a default", "add it to columns")
        return HistoryMap(columns, words, defaults, self._zone(parts.get("time_zone")))

    def _fields(self, node: Node | None) -> dict[str, str]:
        return {name: self._text(inner) for name, inner in self._known(node).items()} if node else {}

    def _texts(self, node: Node) -> dict[str, str]:
        return {name: self._text(inner) for name, inner in self._entries(node).items()}

    def _known(self, node: Node) -> dict[str, Node]:
        found = self._entries(node)
        for name, inner in found.items():
            if name not in FIELDS:
                self._fault(inner, f"{name!r} is not a field of a decision", did_you_mean(name, FIELDS))
        return found

    def _entries(self, node: Node) -> dict[str, Node]:
        if isinstance(node, Mapping):
            return {key: inner for key, (_, inner) in node.items.items()}
        self._fault(node, "names with values were expected here", "such as  external_id: case_no")
        return {}

    def _text(self, node: Node) -> str:
        if isinstance(node, Text):
            return node.value
        self._fault(node, "one word or sentence was expected here")
        return ""

    def _zone(self, node: Node | None) -> ZoneInfo:
        name = self._text(node) if node is not None else DEFAULT_ZONE
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            if node is not None:
                self._fault(node, f"{name!r} is not a time zone", "such as Asia/Seoul")
            return ZoneInfo(DEFAULT_ZONE)

    def _fault(self, node: Node, message: str, hint: str = "") -> None:
        self._faults.append(self._source.fault(node.line, node.column, message, hint))
