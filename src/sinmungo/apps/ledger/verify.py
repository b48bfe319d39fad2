"""Everything the ledger stores, recomputed from the entries' fields upwards (RFC 9162).

Entries give leaf hashes; leaf rows must say the same, without a gap; tiles must repeat them; every
checkpoint must carry the root that they give at its size, and our signature. As all roots come from
one pass over one sequence of leaves, each checkpoint continues the one before. Each checkpoint but the
last is named by the entry that follows it, so none can be taken out or put in.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Exists, OuterRef, QuerySet

from sinmungo.apps.ledger import signing
from sinmungo.apps.ledger.models import Checkpoint, Entry, Leaf, Unsequenced
from sinmungo.apps.ledger.tilecheck import TileCheck
from sinmungo.apps.ledger.written import CHECKPOINT_KIND, checkpoint_body, entry_bytes
from sinmungo.core import merkle
from sinmungo.core.merkle import BadCheckpoint, Frontier

PAGE = 4 * merkle.TILE_WIDTH
#: More faults than these say nothing new; the last one then tells that there are more.
MAX_FAULTS = 200
_UNKNOWN = bytes(merkle.HASH_BYTES)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written. ``position`` is None where the log has none for it."""

    kind: str
    position: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Verification:
    """``ok`` when there is no fault in a log of ``size`` entries."""

    ok: bool
    size: int
    faults: list[Fault] = field(default_factory=list)


class TooMany(Exception):
    """There are more faults than anybody reads."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """The columns of one entry, whatever somebody may have put into them."""

    id: uuid.UUID
    at: datetime
    actor: str
    kind: str
    subject: str
    schema: int
    body: str
    leaf: bytes

    def recomputed(self) -> bytes:
        """Return the leaf hash that the fields give; of fields that have no written form, none."""
        try:
            whole = entry_bytes(
                entry_id=self.id,
                at=self.at,
                actor=self.actor,
                kind=self.kind,
                subject=self.subject,
                schema=self.schema,
                body=self.body.encode(),
            )
        except (AttributeError, TypeError, ValueError):
            return b""
        return merkle.leaf_hash(whole)


_COLUMNS = ("id", "at", "actor", "kind", "subject", "schema", "body", "leaf")


class Verifier:
    """One pass over the ledger: it reads only, and leaves alone what is appended meanwhile."""

    def __init__(self, progress: Callable[[int, int], None], saved_note: str) -> None:
        self._progress = progress
        self._saved_note = saved_note
        self._saved: merkle.Checkpoint | None = None
        self._faults: list[Fault] = []
        self._frontier = Frontier()
        self._tiles = TileCheck(self._fault)
        self._size = 0
        self._roots_agree = True

    def run(self) -> Verification:
        """Return what was found."""
        try:
            self._examine()
        except TooMany:
            self._faults.append(Fault("more", None, f"only the first {MAX_FAULTS} faults are listed"))
        return Verification(not self._faults, self._size, self._faults)

    def _examine(self) -> None:
        self._size = self._measure()
        self._read_saved()
        for start in range(0, self._size, PAGE):
            self._examine_page(start, min(start + PAGE, self._size))
            self._progress(min(start + PAGE, self._size), self._size)
        self._tiles.look_for_others()
        self._examine_unplaced()

    def _fault(self, kind: str, position: int | None, detail: str) -> None:
        if len(self._faults) >= MAX_FAULTS:
            raise TooMany
        self._faults.append(Fault(kind, position, detail))

    def _measure(self) -> int:
        """Return the size to be verified: what was signed, or more if there are rows beyond it."""
        # Leaves first: whatever the sequencer appends between the two reads, it also signs.
        last = Leaf.objects.order_by("-position").values_list("position", flat=True).first()
        end = 0 if last is None else last + 1
        signed = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
        if end > signed:
            self._fault("checkpoint.missing", signed, "no checkpoint covers the entries from here on")
        if Leaf.objects.filter(position__lt=0).exists():
            self._fault("leaf.unexpected", None, "there are positions below zero")
        return max(end, signed)

    # -- a checkpoint that was kept elsewhere

    def _read_saved(self) -> None:
        if not self._saved_note:
            return
        try:
            note = self._saved_note.encode()
            self._saved = merkle.verify_checkpoint(signing.public_key(), signing.origin(), note)
        except BadCheckpoint as error:
            self._fault("saved.invalid", None, f"the saved checkpoint: {error.facts['reason']}")
            return
        if self._saved.size > self._size:
            self._fault("log.truncated", self._size, f"the saved checkpoint has {self._saved.size} entries")

    def _compare_saved(self) -> None:
        if self._saved and self._saved.size == self._frontier.size:
            if self._saved.root != self._frontier.root():
                self._fault("log.rewritten", self._saved.size, "the saved checkpoint has another root")
            self._saved = None

    # -- one page of positions

    def _examine_page(self, start: int, end: int) -> None:
        leaves = {
            position: (entry_id, bytes(leaf))
            for position, entry_id, leaf in Leaf.objects.filter(
                position__gte=start, position__lt=end
            ).values_list("position", "entry_id", "hash")
        }
        entries = _stored(entry_id for entry_id, _ in leaves.values())
        near = Checkpoint.objects.filter(size__gte=start, size__lte=end)
        checkpoints = {checkpoint.size: checkpoint for checkpoint in near}
        for position in range(start, end):
            entry_id, leaf = leaves.get(position, (None, _UNKNOWN))
            entry = entries.get(entry_id) if entry_id else None
            self._examine_chain(position, entry, checkpoints.get(position))
            self._append(self._examined_leaf(position, entry_id, leaf, entry))
            if position + 1 in checkpoints:
                self._examine_checkpoint(checkpoints[position + 1])

    def _append(self, leaf: bytes) -> None:
        self._frontier = self._frontier.append([leaf])
        self._tiles.append(leaf)
        self._compare_saved()

    def _examined_leaf(
        self, position: int, entry_id: uuid.UUID | None, leaf: bytes, entry: _Stored | None
    ) -> bytes:
        """Check one position; return the hash that the tree has there, as far as it is known."""
        if entry_id is None:
            self._fault("leaf.missing", position, "no row gives this position to an entry")
        elif entry is None:
            self._fault("entry.missing", position, f"the entry {entry_id} is gone")
        elif entry.recomputed() != entry.leaf:
            self._fault("entry.changed", position, f"the entry {entry_id} no longer gives its own leaf hash")
        elif entry.leaf != leaf:
            self._fault("leaf.differs", position, f"the position's hash is not that of entry {entry_id}")
        return leaf if len(leaf) == merkle.HASH_BYTES else _UNKNOWN

    # -- checkpoints

    def _examine_chain(self, position: int, entry: _Stored | None, row: Checkpoint | None) -> None:
        """The entry after a checkpoint names it, and such an entry stands nowhere else."""
        names_one = entry is not None and entry.kind == CHECKPOINT_KIND
        if names_one and row is None:
            self._fault("checkpoint.missing", position, "the log names a checkpoint here that is gone")
        elif row is not None and not names_one:
            self._fault("checkpoint.unexpected", position, "the log does not name this checkpoint")
        elif row is not None and entry is not None:
            body = checkpoint_body(row.size, bytes(row.root), row.at, row.note)
            if merkle.canonical(body).decode() != entry.body:
                self._fault("checkpoint.changed", position, "the log names this checkpoint otherwise")

    def _examine_checkpoint(self, row: Checkpoint) -> None:
        root = bytes(row.root)
        try:
            note = merkle.verify_checkpoint(signing.public_key(), signing.origin(), row.note.encode())
        except BadCheckpoint as error:
            self._fault("checkpoint.signature", row.size, error.facts["reason"])
        else:
            if (note.size, note.root) != (row.size, root):
                self._fault("checkpoint.changed", row.size, "size or root are not those that were signed")
        self._examine_root(row, root)

    def _examine_root(self, row: Checkpoint, root: bytes) -> None:
        """Name the first of a run of wrong roots: those after it follow from the same cause."""
        agrees = root == self._frontier.root()
        if not agrees and self._roots_agree:
            self._fault("checkpoint.root", row.size, "the entries up to here do not give the signed root")
        if agrees and bytes(row.frontier) != self._frontier.to_bytes():
            self._fault("checkpoint.frontier", row.size, "the stored edge of the tree is another")
        self._roots_agree = agrees

    # -- what has no position

    def _examine_unplaced(self) -> None:
        placed = Exists(Leaf.objects.filter(entry=OuterRef("pk")))
        waits = Exists(Unsequenced.objects.filter(entry=OuterRef("pk")))
        for entry_id in _each(Entry.objects.filter(~placed, ~waits).values_list("id", flat=True)):
            self._fault("entry.unplaced", None, f"the entry {entry_id} has no position and awaits none")
        known = Exists(Entry.objects.filter(pk=OuterRef("entry_id")))
        for entry_id in _each(Unsequenced.objects.filter(~known).values_list("entry_id", flat=True)):
            self._fault("entry.missing", None, f"the entry {entry_id} is gone before it got a position")
        twice = Exists(Leaf.objects.filter(entry=OuterRef("entry_id")))
        for entry_id in _each(Unsequenced.objects.filter(twice).values_list("entry_id", flat=True)):
            self._fault("entry.twice", None, f"the entry {entry_id} has a position and awaits another")
        for row in _each(Entry.objects.filter(waits).values_list(*_COLUMNS)):
            self._examine_waiting(_as_stored(row))

    def _examine_waiting(self, entry: _Stored) -> None:
        if entry.recomputed() != entry.leaf:
            self._fault("entry.changed", None, f"the waiting entry {entry.id} no longer gives its leaf hash")


def _stored(entry_ids: Iterator[uuid.UUID]) -> dict[uuid.UUID, _Stored]:
    rows = Entry.objects.filter(id__in=list(entry_ids)).values_list(*_COLUMNS)
    return {row[0]: _as_stored(row) for row in rows}


def _as_stored(row: tuple[uuid.UUID, datetime, str, str, str, int, str, bytes]) -> _Stored:
    return _Stored(*row[:-1], leaf=bytes(row[-1]))


T = TypeVar("T")


def _each(rows: QuerySet[Any, T]) -> Iterator[T]:
    """Read rows as they come, not all at once."""
    return rows.iterator(chunk_size=PAGE)
