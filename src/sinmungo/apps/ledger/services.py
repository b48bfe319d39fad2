"""Writing entries in the transaction of the act, and giving them their places in the log.

Two steps, because a locked head of the log would make every act wait for every other: ``record``
writes entries without a position, and one sequencer appends what is committed and signs a checkpoint.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from sinmungo.apps.base import ids
from sinmungo.apps.base.actors import SYSTEM, Actor
from sinmungo.apps.ledger import kinds, signing, tables
from sinmungo.apps.ledger.models import Checkpoint, Sequencer, Tile, Unsequenced
from sinmungo.apps.ledger.tables import EntryRow
from sinmungo.apps.ledger.written import (
    CHECKPOINT_KIND,
    SCHEMA,
    checkpoint_body,
    entry_bytes,
    salted,
    written_actor,
)
from sinmungo.core import merkle
from sinmungo.core.merkle import Frontier

__all__ = ["NewEntry", "keep", "record", "salted", "sequence"]

#: Entries in one transaction of the sequencer: a fifth of a second of writing.
PART = 5000
_last_id = 0
_ids_lock = threading.Lock()
_LONGEST = {"actor": 120, "kind": 60, "subject": 80}


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An act to be written down.

    ``kind`` looks like ``review.case.claimed``; ``subject`` says what it was done to, such as
    ``decision:7KQ2M-X9D4F``; ``body`` holds plain facts and salted digests (see ``kinds``).
    """

    kind: str
    subject: str
    actor: Actor
    body: kinds.Body = field(default_factory=dict)


def record(entries: Sequence[NewEntry], *, at: datetime) -> None:
    """Write ``entries``, in their order, inside the caller's transaction.

    Raises ``AssertionError`` for a body that does not belong in a ledger: a mistake in the program.
    """
    if not entries:
        return
    new_ids = _next_ids(len(entries))
    rows = [_row(new_id, entry, at) for new_id, entry in zip(new_ids, entries, strict=True)]
    tables.insert_entries(rows)
    tables.insert_waiting(new_ids)


def sequence(*, now: datetime, limit: int = PART) -> int:
    """Give up to ``limit`` committed entries their positions and sign a checkpoint; return how many.

    One transaction, under the sequencer's lock: any number of workers may call it at once. Before
    them the log takes an entry that names the checkpoint before, so that none can be taken out later.
    """
    if not Unsequenced.objects.exists():
        return 0
    with transaction.atomic():
        _lock(now)
        waiting = list(
            Unsequenced.objects.order_by("entry_id").values_list("entry_id", "entry__leaf")[:limit]
        )
        if waiting:
            last = Checkpoint.objects.order_by("-size").first()
            _append(last, [(entry_id, bytes(leaf)) for entry_id, leaf in waiting], now)
    return len(waiting)


def keep(now: datetime, limit: int) -> int:
    """Keep the promise that an entry has its place within 5 s; the worker calls this all the time.

    An entry costs a hundredth of what other promises do, so at least ``PART`` are taken at once.
    """
    return sequence(now=now, limit=max(limit, PART))


def _next_ids(count: int) -> list[uuid.UUID]:
    """Return ids above all that this process gave before, for the log takes entries by id.

    Within one millisecond random ids have no order, and an act and its consequence would change
    places; so an id that is not above the last counts on from it (RFC 9562 section 6.2, method 2).
    """
    global _last_id
    with _ids_lock:
        found = []
        for _ in range(count):
            _last_id = max(ids.new_id().int, _last_id + 1)
            found.append(uuid.UUID(int=_last_id))
    return found


def _row(new_id: uuid.UUID, entry: NewEntry, at: datetime) -> EntryRow:
    kinds.check(entry.kind, entry.body)
    actor = written_actor(entry.actor)
    for name, text in (("actor", actor), ("kind", entry.kind), ("subject", entry.subject)):
        if not 0 < len(text) <= _LONGEST[name]:
            raise AssertionError(f"the {name} of an entry of kind {entry.kind} is empty or too long")
    body = merkle.canonical(entry.body)
    whole = entry_bytes(
        entry_id=new_id, at=at, actor=actor, kind=entry.kind, subject=entry.subject, schema=SCHEMA, body=body
    )
    leaf = merkle.leaf_hash(whole)
    return EntryRow(new_id, at, actor, entry.kind, entry.subject, SCHEMA, body.decode(), leaf)


def _lock(now: datetime) -> None:
    Sequencer.objects.bulk_create([Sequencer(id=1)], ignore_conflicts=True)
    Sequencer.objects.select_for_update().get(id=1)
    Sequencer.objects.filter(id=1).update(worked_at=now)


def _append(last: Checkpoint | None, placed: list[tuple[uuid.UUID, bytes]], now: datetime) -> None:
    frontier = Frontier.from_bytes(bytes(last.frontier)) if last else Frontier()
    fresh = placed
    if last is not None:
        fresh = [_entry_of(last, now), *placed]
    grown = frontier.append(leaf for _, leaf in fresh)
    tables.insert_leaves(frontier.size, fresh)
    tables.delete_waiting([entry_id for entry_id, _ in placed])
    _store_tiles(frontier.size, grown.size)
    root = grown.root()
    note = merkle.sign_checkpoint(signing.private_key(), signing.origin(), grown.size, root).decode()
    Checkpoint.objects.create(size=grown.size, root=root, at=now, note=note, frontier=grown.to_bytes())


def _entry_of(last: Checkpoint, now: datetime) -> tuple[uuid.UUID, bytes]:
    """Write the entry that names the checkpoint before; return its id and leaf hash."""
    body = checkpoint_body(last.size, bytes(last.root), last.at, last.note)
    (new_id,) = _next_ids(1)
    row = _row(new_id, NewEntry(CHECKPOINT_KIND, f"checkpoint:{last.size}", SYSTEM, body), now)
    tables.insert_entries([row])
    return row.id, row.leaf


def _store_tiles(old_size: int, new_size: int) -> None:
    for level, index in merkle.tiles_completed_by(old_size, new_size):
        Tile.objects.create(level=level, index=index, hashes=tables.tile_hashes(level, index))
