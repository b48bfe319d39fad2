"""Text sealed under a key, and opened again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.vault import queries, services
from sinmungo.apps.vault.errors import Destroyed
from sinmungo.apps.vault.models import SealedKey
from sinmungo.apps.vault.store import key_vault
from sinmungo.core.sealing import CannotOpen

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
FIELD = "intake_report.words"
pytestmark = pytest.mark.django_db


def test_what_is_sealed_can_be_opened_and_is_not_printed() -> None:
    """The text comes back whole, only where it is asked for by name."""
    services.ensure(["report:1"])
    blob = services.seal("report:1", FIELD, "이 글은 광고입니다.")
    assert "광고".encode() not in blob
    opened = queries.unseal("report:1", FIELD, memoryview(blob))
    assert opened.reveal() == "이 글은 광고입니다."
    assert "광고" not in f"{opened} {opened!r}"


def test_a_batch_is_sealed_in_its_order_under_each_ones_key() -> None:
    """Many rows of several refs give their envelopes in the same order."""
    services.ensure(["report:1", "report:2"])
    rows = [("report:1", FIELD, b"a"), ("report:2", FIELD, b"b"), ("report:1", "other.field", b"c")]
    blobs = services.seal_many(rows)
    opened = [
        queries.unseal_bytes(ref, field, blob).reveal()
        for (ref, field, _), blob in zip(rows, blobs, strict=True)
    ]
    assert opened == [b"a", b"b", b"c"]


def test_an_envelope_moved_to_another_column_or_ref_does_not_open() -> None:
    """Ref and field are part of what is sealed."""
    services.ensure(["report:1", "report:2"])
    blob = services.seal("report:1", FIELD, "words")
    for ref, field in (("report:2", FIELD), ("report:1", "intake_report.contact")):
        with pytest.raises(CannotOpen):
            queries.unseal(ref, field, blob)


def test_a_ref_that_was_never_ensured_seals_and_opens_nothing() -> None:
    """Without a key there is neither a way in nor a way out."""
    with pytest.raises(Destroyed):
        services.seal("report:1", FIELD, "words")
    with pytest.raises(Destroyed):
        queries.unseal("report:1", FIELD, bytes(300))


def test_ensuring_twice_keeps_the_first_key() -> None:
    """What was sealed before still opens."""
    services.ensure(["report:1"])
    blob = services.seal("report:1", FIELD, "words")
    services.ensure(["report:1", "report:2", "report:1"])
    assert queries.unseal("report:1", FIELD, blob).reveal() == "words"


def test_registering_writes_the_rows_that_are_missing() -> None:
    """A row that is there keeps its time of making."""
    services.ensure(["report:1", "report:2"])
    services.register(["report:1"], at=AT)
    services.register(["report:1", "report:2", "report:2"], at=AT + timedelta(hours=1))
    rows = SealedKey.objects.order_by("ref").values_list("ref", "state", "created_at")
    assert list(rows) == [("report:1", "active", AT), ("report:2", "active", AT + timedelta(hours=1))]


def test_a_key_that_went_since_it_was_ensured_rolls_the_transaction_back() -> None:
    """Nothing is stored that nobody could ever read."""
    services.ensure(["report:1"])
    key_vault().destroy(["report:1"])

    def use() -> None:
        with transaction.atomic():
            services.register(["report:1"], at=AT)

    with pytest.raises(Destroyed):
        use()
    assert not SealedKey.objects.exists()


def test_orphans_are_reaped_after_an_hour_and_used_keys_are_not() -> None:
    """A secret that no row speaks of is deleted, but not while its transaction may still commit."""
    services.ensure(["report:1", "report:2"])
    services.register(["report:1"], at=AT)
    now = datetime.now(UTC)
    assert services.reap_orphans(now + timedelta(minutes=59)) == 0
    assert services.reap_orphans(now + timedelta(minutes=61)) == 1
    assert set(key_vault().secrets(["report:1", "report:2"])) == {"report:1"}


def test_a_secret_that_came_back_after_its_destruction_is_an_orphan() -> None:
    """Somebody who ensured a ref just while it was destroyed leaves no key behind."""
    services.ensure(["report:1"])
    services.register(["report:1"], at=AT)
    services.destroy(["report:1"], actor=SYSTEM)
    key_vault().create(["report:1"])
    assert services.reap_orphans(datetime.now(UTC) + timedelta(hours=2)) == 1
    assert not key_vault().secrets(["report:1"])


def test_the_worker_reaps_now_and_then() -> None:
    """Asked all the time, the keeper looks for orphans every ten minutes."""
    services.ensure(["report:1"])
    later = datetime.now(UTC) + timedelta(hours=2)
    assert services.keep(later, 100) == 1
    key_vault().create(["report:2"])
    assert services.keep(later + timedelta(minutes=9), 100) == 0
    assert services.keep(later + timedelta(minutes=11), 100) == 1
