"""What the platform tells Sinmungo of its items: events, written with the change they tell of."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum

from sinmungo.demo.platform import pictures
from sinmungo.demo.platform.models import Account, Follow, Message, OutboxEvent, Post, Room, ViewCount
from sinmungo.demo.platform.sender import SENDER

Item = Account | Post | Room | Message


def owe(kind: str, item: Item, *, now: datetime) -> None:
    """Write the event ``kind`` (created, changed, deleted) about ``item`` in this transaction."""
    with transaction.atomic():
        OutboxEvent.objects.bulk_create([_row(kind, item, now, Counts.of(item))])
        transaction.on_commit(SENDER.wake)


def owe_many(kind: str, items: Iterable[Item]) -> None:
    """Write one event for each of ``items`` as of the moment it was written."""
    counts = Counts(
        followers=dict(Follow.objects.values_list("followed").annotate(Count("pk"))),
        views=dict(ViewCount.objects.values_list("post").annotate(Sum("count"))),
    )
    OutboxEvent.objects.bulk_create(
        [_row(kind, item, item.created_at, counts) for item in items], batch_size=1000
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """How many follow each account since the story began, and how often each post was opened."""

    followers: dict[int, int]
    views: dict[int, int]

    @classmethod
    def of(cls, item: Item) -> Counts:
        """Read what is needed for one item."""
        author = item if isinstance(item, Account) else item.author
        followers = Follow.objects.filter(followed=author).count()
        views = 0
        if isinstance(item, Post):
            opened = ViewCount.objects.filter(post=item)
            views = opened.aggregate(total=Sum("count", default=0))["total"]
        return cls(followers={author.pk: followers}, views={item.pk: views})


def _row(kind: str, item: Item, occurred_at: datetime, counts: Counts) -> OutboxEvent:
    event_id = uuid.uuid4().hex  # random: it must not tell a time or a count
    return OutboxEvent(event_id=event_id, body=event_body(event_id, kind, item, occurred_at, counts))


def event_body(event_id: str, kind: str, item: Item, occurred_at: datetime, counts: Counts) -> dict[str, Any]:
    """Return the event as Sinmungo reads it."""
    author = item if isinstance(item, Account) else item.author
    text = f"{item.display_name}\n{item.about}".strip() if isinstance(item, Account) else item.text
    return {
        "event_id": event_id,
        "kind": kind,
        "occurred_at": occurred_at.isoformat(),
        "item": {
            "type": type(item).__name__.lower(),
            "external_id": item.external_id,
            "author": describe_author(author, followers=counts.followers.get(author.pk, 0)),
            "container": item.room.external_id if isinstance(item, Message) else "",
            "text": text,
            "lang": language_of(text),
            "reach": counts.views.get(item.pk, 0) if isinstance(item, Post) else 0,
            "attributes": {},
            "media": _media_of(item),
        },
    }


def _media_of(item: Item) -> list[dict[str, str]]:
    return [each.told() for each in pictures.of_post(item.external_id)] if isinstance(item, Post) else []


def describe_author(account: Account, *, followers: int) -> dict[str, Any]:
    """Return what Sinmungo is told of an account; ``followers`` are those since the story began."""
    return {
        "external_id": account.external_id,
        "locale": account.locale,
        "country": account.country,
        "created_at": account.created_at.isoformat(),
        "followers": account.followers_before + followers,
    }


def language_of(text: str) -> str:
    """Return ``ko`` for a text with Hangul syllables, else ``en``; nothing for no text."""
    if not text:
        return ""
    return "ko" if any("가" <= letter <= "힣" for letter in text) else "en"
