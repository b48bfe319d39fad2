"""Events into rows: items by derived ids, immutable versions, each event once.

Works on SQLite and on PostgreSQL without a model object in the hot path. What an item's newest fact is
follows from its versions' times, so events may come late, twice or in any order.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from sinmungo.apps.base import ids
from sinmungo.apps.base import rows as base_rows
from sinmungo.apps.items import bulk
from sinmungo.apps.items.events import Event
from sinmungo.apps.items.models import Platform
from sinmungo.core.kernel.ids import derived_id

_ITEM_COLUMNS = ("id", "platform_id", "type", "external_id", "author_id", "container_id", "first_seen_at")
_AUTHOR, _CONTAINER = _ITEM_COLUMNS.index("author_id"), _ITEM_COLUMNS.index("container_id")
#: An item that was only named before (by a report, or as somebody's room) learns its author now.
_ITEM_CONFLICT = """ON CONFLICT (id) DO UPDATE SET
    author_id = COALESCE(items_item.author_id, excluded.author_id),
    container_id = COALESCE(items_item.container_id, excluded.container_id)
    WHERE (items_item.author_id IS NULL AND excluded.author_id IS NOT NULL)
       OR (items_item.container_id IS NULL AND excluded.container_id IS NOT NULL)"""
_VERSION_COLUMNS = (
    "id",
    "item_id",
    "platform_id",
    "event_id",
    "event_digest",
    "kind",
    "occurred_at",
    "received_at",
    "text",
    "attributes",
)
_NEWEST_DELETION = """UPDATE items_item SET deleted_at = (
    SELECT CASE WHEN v.kind = 'deleted' THEN v.occurred_at END FROM items_version v
    WHERE v.item_id = items_item.id ORDER BY v.occurred_at DESC, v.id DESC LIMIT 1) WHERE id = %s"""


@dataclass(slots=True)
class Stored:
    """What became of a batch: versions made, in order, and the places of duplicates and conflicts."""

    versions: list[uuid.UUID] = field(default_factory=list)
    events: list[int] = field(default_factory=list)
    duplicates: list[int] = field(default_factory=list)
    conflicts: list[int] = field(default_factory=list)


def item_id(platform_id: str, item_type: str, external_id: str) -> uuid.UUID:
    """Return the id of an item, known or not."""
    return derived_id(platform_id, item_type, external_id)


def store_events(platform_id: str, events: Sequence[Event], *, at: datetime) -> Stored:
    """Store what is new of ``events`` in the caller's transaction.

    The same event id with the same body is a duplicate, with another body a conflict; both are told
    by index and change nothing. Writers of one platform take turns.
    """
    Platform.objects.select_for_update(no_key=True).get(pk=platform_id)
    stored = Stored()
    known = _known_digests(platform_id, events)
    for index, event in enumerate(events):
        digest = known.get(event.event_id)
        if digest is None:
            known[event.event_id] = event.digest
            stored.events.append(index)
            stored.versions.append(ids.new_id())
        else:
            (stored.duplicates if digest == event.digest else stored.conflicts).append(index)
    _write(platform_id, [events[index] for index in stored.events], stored.versions, at)
    return stored


class Name(NamedTuple):
    """An item as others name it: ``author`` is an account's external id, empty when it is not told."""

    type: str
    external_id: str
    author: str = ""


def ensure_items(platform_id: str, names: Sequence[Name], *, at: datetime) -> list[uuid.UUID]:
    """Make those items that are only named and unknown; return the ids of all, in order."""
    named = _Named(platform_id, at)
    for name in names:
        named.item(name.type, name.external_id, name.author, "")
    with transaction.atomic():
        Platform.objects.select_for_update(no_key=True).get(pk=platform_id)
        named.insert()
    return [item_id(platform_id, name.type, name.external_id) for name in names]


def ensure_item(platform_id: str, item_type: str, external_id: str, *, at: datetime) -> uuid.UUID:
    """Make an item that is only named, if it is unknown, and return its id."""
    return ensure_items(platform_id, [Name(item_type, external_id)], at=at)[0]


def _known_digests(platform_id: str, events: Sequence[Event]) -> dict[str, bytes]:
    rows = bulk.select(
        "SELECT event_id, event_digest FROM items_version WHERE platform_id = %s AND event_id",
        [event.event_id for event in events],
        first=[platform_id],
    )
    return {event_id: bytes(digest) for event_id, digest in rows}


def _write(platform_id: str, events: Sequence[Event], versions: Sequence[uuid.UUID], at: datetime) -> None:
    if not events:
        return
    named = _Named(platform_id, at)
    own_ids = [named.item(e.type, e.external_id, e.author, e.container) for e in events]
    named.insert()
    moments = [bulk.moment(event.occurred_at) for event in events]
    rows = _version_rows(platform_id, events, versions, own_ids, moments, bulk.moment(at))
    base_rows.write("items_version", _VERSION_COLUMNS, rows)
    samples = [
        (own, moment, event.reach)
        for event, own, moment in zip(events, own_ids, moments, strict=True)
        if event.reach
    ]
    base_rows.write("items_reachsample", ("item_id", "at", "views"), samples)
    _settle_deletions(events, own_ids)


def _version_rows(
    platform_id: str,
    events: Sequence[Event],
    versions: Sequence[uuid.UUID],
    own_ids: Sequence[Any],
    moments: Sequence[Any],
    received: Any,
) -> list[tuple[Any, ...]]:
    uid = bulk.uuid_writer()
    return [
        (
            uid(version),
            own,
            platform_id,
            event.event_id,
            event.digest,
            event.kind,
            moment,
            received,
            event.text,
            event.attributes,
        )
        for event, version, own, moment in zip(events, versions, own_ids, moments, strict=True)
    ]


class _Named:
    """Every item that a batch names, once: its own items, their authors and their rooms, in order.

    Ids are in the form that the database stores.
    """

    def __init__(self, platform_id: str, at: datetime) -> None:
        self._rows: dict[tuple[str, str], list[Any]] = {}
        self._platform_id = platform_id
        self._first_seen = bulk.moment(at)
        self._uid = bulk.uuid_writer()

    def item(self, item_type: str, external_id: str, author: str, container: str) -> Any:
        row = self._row(item_type, external_id)
        if author and row[_AUTHOR] is None:
            row[_AUTHOR] = self._row("account", author)[0]
        if container and row[_CONTAINER] is None:
            row[_CONTAINER] = self._row("room", container)[0]
        return row[0]

    def insert(self) -> None:
        base_rows.write("items_item", _ITEM_COLUMNS, list(self._rows.values()), conflict=_ITEM_CONFLICT)

    def _row(self, item_type: str, external_id: str) -> list[Any]:
        key = (item_type, external_id)
        known = self._rows.get(key)
        if known is None:
            own = self._uid(item_id(self._platform_id, item_type, external_id))
            known = [own, self._platform_id, item_type, external_id, None, None, self._first_seen]
            self._rows[key] = known
        return known


def _settle_deletions(events: Sequence[Event], own_ids: Sequence[Any]) -> None:
    """Set or clear ``deleted_at`` where it may have changed: it is what the newest version says."""
    touched = {own for event, own in zip(events, own_ids, strict=True) if event.kind == "deleted"}
    gone = bulk.select("SELECT id FROM items_item WHERE id", list(set(own_ids)), "AND deleted_at IS NOT NULL")
    touched.update(row[0] for row in gone)
    if touched:
        with connection.cursor() as cursor:
            cursor.executemany(_NEWEST_DELETION, [(own,) for own in sorted(touched)])
