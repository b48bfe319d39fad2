from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q

from sinmungo.apps.items.errors import UnknownItem, UnknownPlatform
from sinmungo.apps.items.models import ApiKey, Item, Platform, Version
from sinmungo.apps.items.store import item_id

#: Versions asked for in one statement.
_SOME = 1_000


class VersionSeen(NamedTuple):
    """What judging needs of a version, without model objects."""

    id: uuid.UUID
    item_id: uuid.UUID
    type: str
    text: str
    attributes: str
    event_id: str
    occurred_at: datetime
    first_seen_at: datetime
    author_id: uuid.UUID | None


def platform_by_key(digest: bytes) -> Platform | None:
    """Return the platform whose key has this SHA-256, unless the key was revoked."""
    key = ApiKey.objects.select_related("platform").filter(digest=digest, revoked_at__isnull=True).first()
    return key.platform if key else None


def platform_by_slug(slug: str) -> Platform:
    """Return a platform; raises UnknownPlatform."""
    platform = Platform.objects.filter(pk=slug).first()
    if platform is None:
        raise UnknownPlatform(slug=slug)
    return platform


def platforms() -> list[Platform]:
    """Return every platform, by slug."""
    return list(Platform.objects.order_by("slug"))


def item(*, platform_id: str, item_type: str, external_id: str) -> Item:
    """Return an item by the platform's own id; raises UnknownItem."""
    found = Item.objects.filter(pk=item_id(platform_id, item_type, external_id)).first()
    if found is None:
        raise UnknownItem
    return found


def items_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Item]:
    """Return those of the items that exist."""
    return Item.objects.select_related("author", "platform").in_bulk(list(ids))


def versions_by_id(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Version]:
    """Return those of the versions that exist."""
    return Version.objects.in_bulk(list(ids))


def latest_version(item: Item) -> Version | None:
    """Return the version that happened last, whenever it arrived.

    News of a deletion says nothing of what stood there, so the version before it is returned, if any.
    """
    rows = Version.objects.filter(item=item).order_by("-occurred_at", "-id")
    return rows.exclude(kind="deleted").first() or rows.first()


def standing(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return those of the versions that say what stands on a platform now, each with its platform's slug.

    These are, of items that are not deleted, what :func:`latest_version` returns.
    """
    later = Version.objects.filter(item=OuterRef("item")).exclude(kind="deleted")
    later = later.filter(
        Q(occurred_at__gt=OuterRef("occurred_at"))
        | Q(occurred_at=OuterRef("occurred_at"), id__gt=OuterRef("id"))
    )
    found: dict[uuid.UUID, str] = {}
    for start in range(0, len(ids), _SOME):
        rows = Version.objects.filter(pk__in=ids[start : start + _SOME], item__deleted_at__isnull=True)
        rows = rows.exclude(kind="deleted").exclude(Exists(later))
        found.update(rows.values_list("pk", "platform_id"))
    return found


def versions_seen(ids: Sequence[uuid.UUID]) -> list[VersionSeen]:
    """Return the versions ``ids`` for judging, in the order asked for."""
    rows = Version.objects.filter(pk__in=ids).values_list(
        "id",
        "item_id",
        "item__type",
        "text",
        "attributes",
        "event_id",
        "occurred_at",
        "item__first_seen_at",
        "item__author_id",
    )
    by_id = {row[0]: VersionSeen(*row) for row in rows}
    return [by_id[each] for each in ids if each in by_id]
