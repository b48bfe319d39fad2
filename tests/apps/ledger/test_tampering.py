"""Whoever can write to the database can change it; verification names what was changed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings as site
from django.db import connection

from sinmungo.apps.base import append_only
from sinmungo.apps.base.actors import PUBLIC
from sinmungo.apps.ledger import queries, services
from sinmungo.apps.ledger.models import Checkpoint, Entry, Leaf
from sinmungo.apps.ledger.services import NewEntry
from sinmungo.core import merkle

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def write(count: int, start: int = 0) -> None:
    """Record ``count`` entries about case:<n>."""
    batch = [
        NewEntry("review.case.opened", f"case:{n}", PUBLIC, {"n": n}) for n in range(start, start + count)
    ]
    services.record(batch, at=AT)


@pytest.fixture(autouse=True)
def log(db: None) -> Iterator[None]:
    """A log of 601 entries under two checkpoints (300 and 601), two full tiles, and no triggers."""
    write(300)
    services.sequence(now=AT)
    write(300, start=300)
    services.sequence(now=AT)
    assert queries.verify_all().ok
    append_only.remove()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA defer_foreign_keys = ON")
        else:
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    yield
    with connection.cursor() as cursor:
        # Whoever tampers ignores foreign keys too; the test's own transaction must still end well.
        cursor.execute("DELETE FROM ledger_unsequenced")
        cursor.execute("DELETE FROM ledger_leaf")
        cursor.execute("DELETE FROM ledger_entry")


def run(statement: str, *values: object) -> None:
    """Change the database as somebody with its password could."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount >= 1


def _stored(entry_id: uuid.UUID) -> object:
    return entry_id if connection.features.has_native_uuid_field else entry_id.hex


def faults(saved_note: str = "") -> list[tuple[str, int | None]]:
    """Return kind and position of each fault."""
    return [(fault.kind, fault.position) for fault in queries.verify_all(saved_note=saved_note).faults]


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("UPDATE ledger_entry SET body = %s WHERE subject = 'case:7'", '{"n":8}'),
        ("UPDATE ledger_entry SET body = %s WHERE subject = 'case:7'", '{"n": 7}'),
        ("UPDATE ledger_entry SET actor = %s WHERE subject = 'case:7'", "system:sinmungo"),
        ("UPDATE ledger_entry SET kind = %s WHERE subject = 'case:7'", "review.case.closed"),
        ("UPDATE ledger_entry SET subject = %s WHERE subject = 'case:7'", "case:8"),
        ("UPDATE ledger_entry SET schema = %s WHERE subject = 'case:7'", 2),
        ("UPDATE ledger_entry SET at = %s WHERE subject = 'case:7'", "2026-11-22 09:00:00.000001"),
        ("UPDATE ledger_entry SET leaf = %s WHERE subject = 'case:7'", bytes(32)),
    ],
)
def test_a_changed_entry_is_found_at_its_position(change: str, value: object) -> None:
    """Whatever column of an entry is changed, even by a space, its position is named."""
    run(change, value)
    assert faults() == [("entry.changed", 7)]


def test_an_entry_changed_together_with_its_hash_is_found() -> None:
    """Recomputing the entry's own leaf hash does not help: the position has another."""
    run("UPDATE ledger_entry SET body = %s WHERE subject = 'case:7'", '{"n":8}')
    forged = merkle.leaf_hash(queries.document(Entry.objects.get(subject="case:7")).encode())
    run("UPDATE ledger_entry SET leaf = %s WHERE subject = 'case:7'", forged)
    assert faults() == [("leaf.differs", 7)]


def test_an_entry_changed_with_both_hashes_is_found() -> None:
    """Changing the position's hash too breaks the tile, and every root from there on."""
    run("UPDATE ledger_entry SET body = %s WHERE subject = 'case:7'", '{"n":8}')
    forged = merkle.leaf_hash(queries.document(Entry.objects.get(subject="case:7")).encode())
    run("UPDATE ledger_entry SET leaf = %s WHERE subject = 'case:7'", forged)
    run("UPDATE ledger_leaf SET hash = %s WHERE position = 7", forged)
    assert faults() == [("tile.changed", 0), ("checkpoint.root", 300)]


def test_swapped_positions_are_found() -> None:
    """Two entries that change places with their hashes keep every row well formed, and are found."""
    for old, new in ((5, -1), (6, 5), (-1, 6)):
        run("UPDATE ledger_leaf SET position = %s WHERE position = %s", new, old)
    assert faults() == [("tile.changed", 0), ("checkpoint.root", 300)]


def test_swapped_entries_under_their_old_hashes_are_found() -> None:
    """Pointing two positions at one another's entries is named at both."""
    first, second = Leaf.objects.get(position=5).entry_id, Leaf.objects.get(position=6).entry_id
    spare = Leaf.objects.get(position=600).entry_id
    run("DELETE FROM ledger_leaf WHERE position = 600")
    for position, entry in ((5, spare), (6, first), (5, second)):
        run("UPDATE ledger_leaf SET entry_id = %s WHERE position = %s", _stored(entry), position)
    found = faults()
    assert ("leaf.differs", 5) in found
    assert ("leaf.differs", 6) in found
    assert ("leaf.missing", 600) in found


def test_a_removed_last_leaf_is_found() -> None:
    """Its position is missing and its entry is neither placed nor waiting."""
    run("DELETE FROM ledger_leaf WHERE position = 600")
    assert faults() == [("leaf.missing", 600), ("checkpoint.root", 601), ("entry.unplaced", None)]


def test_a_removed_entry_is_found() -> None:
    """The position that it had remains and names nothing."""
    run("DELETE FROM ledger_entry WHERE subject = 'case:7'")
    assert faults() == [("entry.missing", 7)]


def test_an_entry_removed_with_its_leaf_is_found() -> None:
    """A gap in the positions is named."""
    position = Leaf.objects.get(entry__subject="case:7").position
    run("DELETE FROM ledger_leaf WHERE position = %s", position)
    run("DELETE FROM ledger_entry WHERE subject = 'case:7'")
    assert faults()[0] == ("leaf.missing", 7)


def test_a_changed_tile_is_found() -> None:
    """A tile that differs from its leaves is named, and nothing else is blamed."""
    run('UPDATE ledger_tile SET hashes = %s WHERE level = 0 AND "index" = 1', bytes(8192))
    assert faults() == [("tile.changed", 256)]


def test_a_removed_and_an_invented_tile_are_found() -> None:
    """Each full tile is there, and no other."""
    run('UPDATE ledger_tile SET "index" = 2 WHERE level = 0 AND "index" = 1')
    assert faults() == [("tile.missing", 256), ("tile.unexpected", None)]


def test_a_forged_checkpoint_is_found() -> None:
    """A note signed by another key is not ours."""
    root = bytes(Checkpoint.objects.get(size=601).root)
    forged = merkle.sign_checkpoint(
        Ed25519PrivateKey.from_private_bytes(bytes(32)), site.SINMUNGO_LEDGER_ORIGIN, 601, root
    )
    run("UPDATE ledger_checkpoint SET note = %s WHERE size = 601", forged.decode())
    assert faults() == [("checkpoint.signature", 601)]


def test_a_checkpoint_signed_anew_for_other_entries_is_found() -> None:
    """Even with our own key a root that the entries do not give is named."""
    note = merkle.sign_checkpoint(
        Ed25519PrivateKey.from_private_bytes(site.SINMUNGO_LEDGER_KEY),
        site.SINMUNGO_LEDGER_ORIGIN,
        601,
        bytes(32),
    )
    run("UPDATE ledger_checkpoint SET note = %s, root = %s WHERE size = 601", note.decode(), bytes(32))
    assert faults() == [("checkpoint.root", 601)]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("UPDATE ledger_checkpoint SET at = '2026-11-22 10:00:00' WHERE size = 300", "checkpoint.changed"),
        ("DELETE FROM ledger_checkpoint WHERE size = 300", "checkpoint.missing"),
    ],
)
def test_an_earlier_checkpoint_cannot_be_changed_or_taken_out(change: str, kind: str) -> None:
    """The entry after it names it."""
    run(change)
    assert faults() == [(kind, 300)]


def test_a_removed_last_checkpoint_is_found() -> None:
    """Entries that no checkpoint covers are named."""
    run("DELETE FROM ledger_checkpoint WHERE size = 601")
    assert faults() == [("checkpoint.missing", 300)]


def test_a_changed_edge_of_the_tree_is_found() -> None:
    """The sequencer would go on from it."""
    run("UPDATE ledger_checkpoint SET frontier = %s WHERE size = 601", bytes(8))
    assert faults() == [("checkpoint.frontier", 601)]


def test_an_invented_checkpoint_is_found() -> None:
    """A checkpoint that the log does not name, even one that is true, was not made by the sequencer."""
    frontier = merkle.Frontier().append(bytes(row.hash) for row in Leaf.objects.filter(position__lt=10))
    note = merkle.sign_checkpoint(
        Ed25519PrivateKey.from_private_bytes(site.SINMUNGO_LEDGER_KEY),
        site.SINMUNGO_LEDGER_ORIGIN,
        10,
        frontier.root(),
    )
    Checkpoint.objects.create(
        size=10, root=frontier.root(), at=AT, note=note.decode(), frontier=frontier.to_bytes()
    )
    assert faults() == [("checkpoint.unexpected", 10)]


def test_entries_that_wait_are_verified_too() -> None:
    """A waiting entry that is changed, or taken off the list of those that wait, is found."""
    write(2, start=900)
    run("UPDATE ledger_entry SET actor = 'system:x' WHERE subject = 'case:900'")
    assert faults() == [("entry.changed", None)]
    run("DELETE FROM ledger_unsequenced")
    assert faults() == [("entry.unplaced", None), ("entry.unplaced", None)]


def test_a_waiting_entry_that_is_gone_is_found() -> None:
    """Its place on the list of those that wait remains."""
    write(1, start=900)
    run("DELETE FROM ledger_entry WHERE subject = 'case:900'")
    assert faults() == [("entry.missing", None)]


def truncate() -> None:
    """Cut the log back to its first checkpoint, leaving no loose end."""
    entries = list(Leaf.objects.filter(position__gte=300).values_list("entry_id", flat=True))
    run("DELETE FROM ledger_leaf WHERE position >= 300")
    Entry.objects.filter(id__in=entries).delete()
    run("DELETE FROM ledger_checkpoint WHERE size > 300")
    run('DELETE FROM ledger_tile WHERE "index" = 1')


def test_a_log_cut_off_behind_a_saved_checkpoint_is_found() -> None:
    """Without a checkpoint kept elsewhere it looks like a younger log; with one it does not."""
    saved = Checkpoint.objects.get(size=601).note
    truncate()
    assert faults() == []
    assert faults(saved) == [("log.truncated", 300)]


def test_a_log_rewritten_behind_a_saved_checkpoint_is_found() -> None:
    """Whoever holds the key can write another history; it does not continue the saved one."""
    saved = Checkpoint.objects.get(size=601).note
    truncate()
    write(300, start=5000)
    services.sequence(now=AT)
    assert faults() == []
    assert faults(saved) == [("log.rewritten", 601)]


def test_a_saved_checkpoint_that_the_log_continues_is_no_fault() -> None:
    """The log may have grown since; one that is not ours is named."""
    saved = Checkpoint.objects.get(size=300).note
    assert faults(saved) == []
    assert faults(saved.replace("300", "301", 1)) == [("saved.invalid", None)]


def test_faults_without_end_are_cut_short() -> None:
    """A log of which nothing is right gives a bounded list that says so."""
    run("UPDATE ledger_entry SET schema = 9")
    found = queries.verify_all()
    assert len(found.faults) == 201
    assert found.faults[-1].kind == "more"
    assert not found.ok


def test_values_of_another_sort_are_a_fault_and_not_a_crash() -> None:
    """Hashes of the wrong length and unreadable times are reported like any other change."""
    run("UPDATE ledger_leaf SET hash = %s WHERE position = 3", b"short")
    assert faults()[0] == ("leaf.differs", 3)
