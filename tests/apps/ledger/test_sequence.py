"""Positions, tiles, checkpoints and proofs."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as site
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from sinmungo.apps.base.actors import PUBLIC
from sinmungo.apps.ledger import queries, services, signing
from sinmungo.apps.ledger.models import Checkpoint, Leaf, Tile, Unsequenced
from sinmungo.apps.ledger.services import NewEntry
from sinmungo.core import merkle

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def write(count: int, start: int = 0) -> None:
    """Record ``count`` entries about case:<n>."""
    batch = [NewEntry("review.case.opened", f"case:{n}", PUBLIC) for n in range(start, start + count)]
    services.record(batch, at=AT)


def test_positions_follow_the_order_of_writing() -> None:
    """The first checkpoint covers exactly what was written, from position 0 on."""
    write(10)
    assert services.sequence(now=AT) == 10
    placed = Leaf.objects.order_by("position").values_list("position", "entry__subject")
    assert list(placed) == [(n, f"case:{n}") for n in range(10)]
    assert not Unsequenced.objects.exists()


def test_without_entries_there_is_no_checkpoint() -> None:
    """An idle sequencer writes nothing."""
    assert services.sequence(now=AT) == 0
    assert queries.checkpoint() is None
    write(1)
    services.sequence(now=AT)
    assert services.keep(AT, 100) == 0
    assert Checkpoint.objects.count() == 1


def test_each_checkpoint_is_named_by_the_entry_after_it() -> None:
    """The log itself says which checkpoint came before, so none can be taken out later."""
    write(3)
    services.sequence(now=AT)
    write(2, start=3)
    services.sequence(now=AT + timedelta(seconds=1))
    assert list(Checkpoint.objects.order_by("size").values_list("size", flat=True)) == [3, 6]
    (named,) = queries.entries("checkpoint:3")
    assert Leaf.objects.get(entry=named).position == 3


def test_a_limit_leaves_the_rest_for_the_next_time() -> None:
    """A backlog is worked off in parts, in order."""
    write(25)
    taken = [services.sequence(now=AT, limit=10) for _ in range(4)]
    assert taken == [10, 10, 5, 0]
    assert queries.verify_all().ok


def test_a_checkpoint_is_signed_by_the_deployments_key() -> None:
    """The note holds origin, size and root and verifies with the public key alone."""
    write(5)
    services.sequence(now=AT)
    last = queries.checkpoint()
    assert last is not None
    note = merkle.verify_checkpoint(signing.public_key(), site.SINMUNGO_LEDGER_ORIGIN, last.note.encode())
    assert (note.size, note.root) == (5, bytes(last.root))
    assert len(queries.public_key_hex()) == 64


def test_full_tiles_are_stored_and_only_those() -> None:
    """A tile appears when its 256 hashes are known."""
    write(255)
    services.sequence(now=AT)
    assert not Tile.objects.exists()
    write(300, start=255)
    services.sequence(now=AT)
    assert list(Tile.objects.order_by("index").values_list("level", "index")) == [(0, 0), (0, 1)]


def test_what_waits_has_no_proof_yet() -> None:
    """Before its position, and for an unknown subject, there is none; the age of what waits is known."""
    write(1)
    assert queries.proof("case:0") is None
    assert queries.proof("case:unknown") is None
    assert queries.oldest_waiting() == AT
    services.sequence(now=AT)
    assert queries.proof("case:0") is not None
    assert queries.oldest_waiting() is None


def test_a_proof_is_of_the_act_itself_and_not_of_what_followed() -> None:
    """Of several entries about one subject the first is proved."""
    write(1)
    services.record([NewEntry("review.case.closed", "case:0", PUBLIC)], at=AT)
    services.sequence(now=AT)
    proof = queries.proof("case:0")
    assert proof is not None
    assert "review.case.opened" in proof.entry_document


def _holds(proof: queries.Proof) -> bool:
    leaf = hashlib.sha256(b"\x00" + proof.entry_document.encode()).digest()
    note = merkle.verify_checkpoint(
        signing.public_key(), site.SINMUNGO_LEDGER_ORIGIN, proof.checkpoint_note.encode()
    )
    assert (note.size, note.root.hex()) == (proof.size, proof.root_hex)
    path = [bytes.fromhex(step) for step in proof.path]
    return merkle.verify_inclusion(proof.position, note.size, leaf, path, note.root)


def test_a_changed_document_or_place_is_not_proved() -> None:
    """A proof holds for one text at one position only."""
    write(20)
    services.sequence(now=AT)
    proof = queries.proof("case:7")
    assert proof is not None
    assert _holds(proof)
    changed = {name: getattr(proof, name) for name in proof.__slots__}
    assert not _holds(queries.Proof(**(changed | {"entry_document": proof.entry_document + " "})))
    assert not _holds(queries.Proof(**(changed | {"position": proof.position + 1})))


class Proofs(TestCase):
    """Hypothesis on a database that is rolled back after each example."""

    @settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
    @given(batches=st.lists(st.integers(1, 180), min_size=1, max_size=5), data=st.data())
    def test_every_entry_of_any_history_of_batches_is_proved(
        self, batches: list[int], data: st.DataObject
    ) -> None:
        """Whatever the batches, each entry's proof verifies against the signed root alone."""
        written = 0
        for count in batches:
            write(count, start=written)
            written += count
            services.sequence(now=AT, limit=data.draw(st.integers(1, 400)))
        while services.sequence(now=AT):
            pass
        for n in range(0, written, max(1, written // 40)):
            proof = queries.proof(f"case:{n}")
            assert proof is not None
            assert _holds(proof)
        assert queries.verify_all().ok
