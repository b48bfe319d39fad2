"""A destroyed key stays destroyed: after a kill, after a restore, for ever."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sinmungo.apps.base.actors import SYSTEM, Actor
from sinmungo.apps.vault import queries, services, store, tombstones
from sinmungo.apps.vault.errors import Destroyed, TombstonesDamaged, TombstonesUnwritten
from sinmungo.apps.vault.models import SealedKey, Tombstone
from sinmungo.apps.vault.store import key_vault

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FIELD = "intake_report.words"
CLERK = Actor("staff", "han-gaon")
pytestmark = pytest.mark.django_db


def sealed(*refs: str) -> dict[str, bytes]:
    """Make keys with rows, and something sealed under each."""
    services.ensure(refs)
    services.register(refs, at=AT)
    return {ref: services.seal(ref, FIELD, f"words of {ref}") for ref in refs}


def states() -> dict[str, str]:
    """Return the state of each key's row."""
    return dict(SealedKey.objects.values_list("ref", "state"))


def test_after_destruction_nothing_opens_and_the_rest_does() -> None:
    """Key, row and tombstone agree, and other refs are untouched."""
    blobs = sealed("person:1", "person:2")
    services.destroy(["person:1"], actor=CLERK)
    with pytest.raises(Destroyed):
        queries.unseal("person:1", FIELD, blobs["person:1"])
    assert queries.unseal("person:2", FIELD, blobs["person:2"]).reveal() == "words of person:2"
    assert states() == {"person:1": "destroyed", "person:2": "active"}
    assert list(Tombstone.objects.values_list("ref", flat=True)) == ["person:1"]
    assert [(row.ref, row.by) for row in tombstones.read()] == [("person:1", "staff:han-gaon")]


def test_destroying_twice_changes_nothing() -> None:
    """There is one tombstone and one line."""
    sealed("person:1")
    services.destroy(["person:1"], actor=CLERK)
    services.destroy(["person:1"], actor=CLERK)
    assert Tombstone.objects.count() == 1
    assert len(list(tombstones.read())) == 1


def test_a_ref_without_a_row_can_be_destroyed() -> None:
    """Its tombstone keeps it from ever getting a key."""
    services.destroy(["person:9"], actor=SYSTEM)
    assert states() == {"person:9": "destroyed"}


def test_a_destroyed_ref_never_gets_another_key() -> None:
    """Later text needs another ref: the same one would look as if it had been kept."""
    sealed("person:1")
    services.destroy(["person:1"], actor=CLERK)
    with pytest.raises(Destroyed) as raised:
        services.ensure(["person:2", "person:1"])
    assert (raised.value.code, raised.value.status) == ("vault.destroyed", 404)
    with pytest.raises(Destroyed):
        services.register(["person:1"], at=AT)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_a_destruction_that_was_cut_off_is_taken_up_again(steps: int) -> None:
    """Whichever of its steps was the last, it ends, and all say the same."""
    sealed("person:1", "person:2")
    services.order(["person:1"], at=AT)
    if steps >= 2:
        tombstones.append([tombstones.Listed("person:1", AT, str(CLERK))])
    if steps >= 3:
        key_vault().destroy(["person:1"])
    assert services.resume_destructions() == 1
    assert services.resume_destructions() == 0
    assert states() == {"person:1": "destroyed", "person:2": "active"}
    assert set(key_vault().secrets(["person:1", "person:2"])) == {"person:2"}
    assert Tombstone.objects.count() == 1


def test_an_older_database_backup_does_not_bring_a_key_back() -> None:
    """The list beside the vault is replayed over rows that know of no destruction."""
    blobs = sealed("person:1", "person:2")
    listed = tombstones.Listed("person:1", AT, str(CLERK))
    tombstones.append([listed])
    assert states() == {"person:1": "active", "person:2": "active"}
    assert services.replay_tombstones() == 1
    assert states() == {"person:1": "destroyed", "person:2": "active"}
    with pytest.raises(Destroyed):
        queries.unseal("person:1", FIELD, blobs["person:1"])


def test_an_older_copy_of_the_vault_does_not_bring_a_key_back(vault_folder: Path, tmp_path: Path) -> None:
    """The copy still holds the key; replaying destroys it there too."""
    blobs = sealed("person:1", "person:2")
    key_vault().snapshot(tmp_path / "copy")
    services.destroy(["person:1"], actor=CLERK)
    shutil.rmtree(vault_folder)
    (tmp_path / "copy").rename(vault_folder)
    store._open.cache_clear()
    assert queries.unseal("person:1", FIELD, blobs["person:1"]).reveal()
    assert services.replay_tombstones() == 1
    assert services.replay_tombstones() == 0
    with pytest.raises(Destroyed):
        queries.unseal("person:1", FIELD, blobs["person:1"])
    assert queries.unseal("person:2", FIELD, blobs["person:2"]).reveal() == "words of person:2"


def test_a_lost_list_is_written_again_from_the_rows() -> None:
    """After a replay list and rows agree, whichever of them knew."""
    sealed("person:1")
    services.destroy(["person:1"], actor=CLERK)
    tombstones.path().unlink()
    services.replay_tombstones()
    assert [row.ref for row in tombstones.read()] == ["person:1"]


def test_a_line_cut_short_by_a_crash_is_removed_by_the_next() -> None:
    """It was never acknowledged; what was is kept."""
    tombstones.append([tombstones.Listed("person:1", AT, "system:sinmungo")])
    whole = tombstones.path().read_bytes()
    tombstones.path().write_bytes(whole + whole[:20])
    assert [row.ref for row in tombstones.read()] == ["person:1"]
    tombstones.append([tombstones.Listed("person:2", AT, "system:sinmungo")])
    assert [(row.ref, row.at) for row in tombstones.read()] == [("person:1", AT), ("person:2", AT)]


def test_only_the_owner_can_read_the_list() -> None:
    """It names keys, so its mode is 0600."""
    tombstones.append([tombstones.Listed("person:1", AT, "system:sinmungo")])
    assert tombstones.path().stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("line", [b"person:1\n", b"[]\n", b'{"ref": "person:1"}\n', b"\xff\n"])
def test_a_damaged_line_stops_the_restore(line: bytes) -> None:
    """Serving with a destruction unknown would be worse than not serving."""
    tombstones.path().write_bytes(line)
    with pytest.raises(TombstonesDamaged) as raised:
        services.replay_tombstones()
    assert raised.value.facts["line"] == 1


def test_without_the_list_nothing_is_destroyed() -> None:
    """If the list cannot be written, the key stays and the destruction waits."""
    blobs = sealed("person:1")
    tombstones.path().mkdir()
    with pytest.raises(TombstonesUnwritten):
        services.destroy(["person:1"], actor=CLERK)
    assert queries.unseal("person:1", FIELD, blobs["person:1"]).reveal()
    assert queries.being_destroyed(limit=10) == ["person:1"]
