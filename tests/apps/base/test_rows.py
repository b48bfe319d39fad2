"""Rows in bulk: the same rows as Django's own bulk writing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sinmungo.apps.base import clock, rows
from sinmungo.apps.enforcement.models import Expiry
from sinmungo.apps.items.models import Item, Version
from tests.common import factories as make

pytestmark = pytest.mark.django_db


def test_what_is_written_reads_as_with_bulk_create() -> None:
    """Ids, times, bytes, Korean text and empty references come back as they were given."""
    platform = make.platform()
    author = make.account(platform)
    ours, theirs = (make.seen(author, text="가나다 🦊 'quoted' \"too\"") for _ in range(2))
    rows.insert([ours])
    Version.objects.bulk_create([theirs])
    fields = ("item", "platform", "event_digest", "kind", "text", "attributes")
    stored = [Version.objects.filter(pk=row.pk).values(*fields).get() for row in (ours, theirs)]
    assert [bytes(row.pop("event_digest")) for row in stored] == [bytes(32)] * 2
    assert stored[0] == stored[1]
    assert Version.objects.get(pk=ours.pk).occurred_at == ours.occurred_at
    assert Item.objects.get(pk=author.pk).author is None


def test_a_conflict_may_be_passed_over() -> None:
    """With an ``ON CONFLICT`` clause a row that is there stays as it is."""
    item, now = make.account(make.platform()), clock.now()
    promised = [(item.id, now, 0, "")]
    names = ("item_id", "due_at", "attempts", "last_error")
    for _ in range(2):
        rows.insert_values(Expiry, names, promised, conflict="ON CONFLICT DO NOTHING")
    assert Expiry.objects.get().due_at == now


def test_named_columns_are_updated_by_key() -> None:
    """Only the named attributes change, of exactly these rows."""
    item, now = make.account(make.platform()), clock.now()
    made = [Expiry.objects.create(item=item, due_at=now + timedelta(days=day)) for day in range(3)]
    for row in made[:2]:
        row.attempts, row.last_error, row.done_at = 4, "not written", now
    rows.update(made[:2], columns=["attempts", "done_at"])
    stored = Expiry.objects.order_by("pk").values_list("attempts", "last_error", "done_at")
    assert list(stored) == [(4, "", now), (4, "", now), (0, "", None)]


def test_nothing_is_written_of_nothing() -> None:
    """An empty list asks the database nothing."""
    rows.insert([])
    rows.update([], columns=["attempts"])
    rows.insert_values(Expiry, ("item_id",), [])
    assert not Expiry.objects.exists()
