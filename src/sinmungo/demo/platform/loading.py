"""Brings a story into the platform's database, with the events and reports it owes Sinmungo."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from sinmungo.demo.crowd import Newcomer
from sinmungo.demo.past import PastPost
from sinmungo.demo.platform import outbox
from sinmungo.demo.platform.models import (
    Account,
    Follow,
    Holding,
    Message,
    Post,
    Room,
    SentReport,
    Told,
    ViewCount,
)
from sinmungo.demo.story import Story, StoryPost


def load(story: Story) -> None:
    """Store the whole story in one transaction; raises IntegrityError when it is there already."""
    with transaction.atomic():
        accounts = _accounts(story)
        rooms = _rooms(story, accounts)
        posts = _posts(story, accounts)
        messages = Message.objects.bulk_create(
            Message(
                external_id=one.external_id,
                author=accounts[one.author],
                room=rooms[one.room],
                text=one.text,
                created_at=one.created_at,
            )
            for one in story.messages
        )
        Follow.objects.bulk_create(
            Follow(follower=accounts[follower], followed=accounts[followed])
            for follower, followed in story.follows
        )
        outbox.owe_many("created", [*accounts.values(), *rooms.values(), *posts, *messages])
        _reports(story, accounts)


def load_past(past: Sequence[PastPost]) -> None:
    """Store posts of earlier weeks; Sinmungo was told of them and of their reports at their time."""
    with transaction.atomic():
        authors = Account.objects.in_bulk(
            {each.author.external_id for each in past}, field_name="external_id"
        )
        _store_posts([each.post for each in past], authors)


def load_wave(people: Sequence[Newcomer]) -> None:
    """Store newcomers and what they asked; Sinmungo was told of them at their time.

    Each belongs to the newcomers' circle. The first also runs a room that nobody gives back and has lost
    followers for good, and a sponsor was told of the suspension: so there is something to put right.
    """
    with transaction.atomic():
        rows = Account.objects.bulk_create(_newcomer(each) for each in people)
        Post.objects.bulk_create(
            Post(external_id=each.post, author=row, text=each.text, created_at=each.posted_at)
            for each, row in zip(people, rows, strict=True)
        )
        kind = Holding.Kind.MEMBERSHIP
        Holding.objects.bulk_create(Holding(account=row, kind=kind, name="새 이웃 모임") for row in rows)
        if rows:
            _hold_more(rows[0], people[0])


def _newcomer(each: Newcomer) -> Account:
    return Account(
        external_id=each.account,
        handle=each.handle,
        display_name=each.display_name,
        about="새로 이사 왔습니다. 잘 부탁드립니다.",
        locale="ko",
        country="KR",
        created_at=each.joined_at,
        followers_before=each.followers,
    )


def _hold_more(row: Account, each: Newcomer) -> None:
    row.followers_before, row.followers_leave = 31, 4
    row.save(update_fields=["followers_before", "followers_leave"])
    Holding.objects.create(account=row, kind=Holding.Kind.ROLE, name="놀이터 산책 모임지기", returns=False)
    Told.objects.create(
        account=row,
        party="other",
        name="동네 장난감 나눔터",
        reference="2026-17",
        told_at=each.posted_at,
    )


def _accounts(story: Story) -> dict[str, Account]:
    rows = Account.objects.bulk_create(
        Account(
            external_id=one.external_id,
            handle=one.handle,
            display_name=one.display_name,
            about=one.about,
            locale=one.locale,
            country=one.country,
            created_at=one.created_at,
            followers_before=one.followers,
        )
        for one in story.accounts
    )
    return {row.external_id: row for row in rows}


def _rooms(story: Story, accounts: dict[str, Account]) -> dict[str, Room]:
    rows = Room.objects.bulk_create(
        Room(
            external_id=one.external_id, author=accounts[one.owner], text=one.title, created_at=one.created_at
        )
        for one in story.rooms
    )
    return {row.external_id: row for row in rows}


def _posts(story: Story, accounts: dict[str, Account]) -> list[Post]:
    return _store_posts(story.posts, accounts)


def _store_posts(posts: Sequence[StoryPost], accounts: dict[str, Account]) -> list[Post]:
    rows = Post.objects.bulk_create(
        Post(
            external_id=one.external_id,
            author=accounts[one.author],
            text=one.text,
            created_at=one.created_at,
        )
        for one in posts
    )
    ViewCount.objects.bulk_create(
        ViewCount(post=row, hour=row.created_at.replace(minute=0, second=0, microsecond=0), count=one.views)
        for row, one in zip(rows, posts, strict=True)
    )
    return rows


def _reports(story: Story, accounts: dict[str, Account]) -> None:
    SentReport.objects.bulk_create(
        SentReport(
            reporter=accounts[one.reporter],
            type="post",
            external_id=one.post,
            reason=one.reason,
            words=one.words,
            made_at=one.made_at,
            next_try_at=one.made_at,
        )
        for one in story.reports
    )
