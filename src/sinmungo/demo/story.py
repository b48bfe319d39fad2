"""Draws an invented community from a seed: the same seed always gives the same story.

Nobody in it exists: handles are things and numbers, schools and streets are not on any map, addresses end
in ``.example`` (RFC 2606). What is troublesome is said in mild, neutral words; beside each kind stand
innocents that look alike, because screening must tell them apart.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sinmungo.core.kernel.words import ReportReason
from sinmungo.demo import sayings
from sinmungo.demo.sayings import Kind

STORY_ENDS = datetime(2026, 6, 1, 9, tzinfo=UTC)
STORY_DAYS = 60
MAX_ACCOUNTS = 100_000
MAX_POSTS = 1_000_000
ENGLISH_SHARE = 0.2
#: Shares of posts: of an account that makes trouble, of all others, and of innocents that look alike.
TROUBLE_OF_TROUBLESOME = 0.8
TROUBLE_OF_OTHERS = 0.04
LOOKALIKE_SHARE = 0.12
#: One account in this many makes trouble.
ONE_IN = 12


@dataclass(frozen=True, slots=True)
class StoryAccount:
    """Somebody invented; ``troublesome`` accounts write most of what is reported."""

    external_id: str
    handle: str
    display_name: str
    about: str
    locale: str
    country: str
    created_at: datetime
    followers: int
    troublesome: bool


@dataclass(frozen=True, slots=True)
class StoryRoom:
    """A room and who opened it (an account's external id)."""

    external_id: str
    owner: str
    title: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoryPost:
    """A post; ``kind`` is the truth about it, which no platform and no screener is told."""

    external_id: str
    author: str
    text: str
    lang: str
    created_at: datetime
    views: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class StoryMessage:
    """Something said in a room."""

    external_id: str
    room: str
    author: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoryReport:
    """Somebody's report of a post."""

    reporter: str
    post: str
    reason: ReportReason
    words: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """The whole community, everything in the order it happened."""

    accounts: tuple[StoryAccount, ...]
    rooms: tuple[StoryRoom, ...]
    posts: tuple[StoryPost, ...]
    messages: tuple[StoryMessage, ...]
    follows: tuple[tuple[str, str], ...]
    reports: tuple[StoryReport, ...]


def build(seed: int, n_accounts: int, n_posts: int, *, until: datetime = STORY_ENDS) -> Story:
    """Return the story of ``seed``: its last 60 days end at ``until``.

    Raises ValueError when fewer than 2 accounts, a negative number of posts, or too many are asked for.
    """
    if not 2 <= n_accounts <= MAX_ACCOUNTS or not 0 <= n_posts <= MAX_POSTS:
        raise ValueError(f"a story has 2 to {MAX_ACCOUNTS} accounts and 0 to {MAX_POSTS} posts")
    teller = _Teller(random.Random(seed), until)  # noqa: S311  it must be repeatable, not secret
    accounts = tuple(teller.account(number) for number in range(n_accounts))
    posts = tuple(sorted((teller.post(accounts) for _ in range(n_posts)), key=lambda post: post.created_at))
    rooms = tuple(teller.room(title, accounts) for title in sayings.ROOMS)
    messages = tuple(teller.message(rooms, accounts) for _ in range(n_posts // 3))
    return Story(
        accounts=accounts,
        rooms=rooms,
        posts=posts,
        messages=tuple(sorted(messages, key=lambda message: message.created_at)),
        follows=teller.follows(accounts),
        reports=teller.reports(posts, accounts),
    )


def said(rng: random.Random, kind: Kind, locale: str) -> str:
    """Draw the text of a post of a kind: one of few sentences with other words in it, so many are alike."""
    template = rng.choice(sayings.POSTS[locale, kind])
    words = {name: rng.choice(choices) for name, choices in sayings.FILLINGS[locale].items()}
    return template.format(**words, n=rng.randint(2, 9), number=rng.randint(10, 99))


class _Teller:
    """Draws one part after another from one stream of random numbers."""

    def __init__(self, rng: random.Random, until: datetime) -> None:
        self._rng = rng
        self._until = until

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{self._rng.getrandbits(64):016x}"

    def _moment(self, after: datetime | None = None) -> datetime:
        begins = after or self._until - timedelta(days=STORY_DAYS)
        return begins + (self._until - begins) * self._rng.random()

    def account(self, number: int) -> StoryAccount:
        rng = self._rng
        english = rng.random() < ENGLISH_SHARE
        colour, thing = rng.choice(sayings.NAMES_EN if english else sayings.NAMES_KO)
        return StoryAccount(
            external_id=self._id("a"),
            handle=f"{colour}{thing}_{number:02d}",
            display_name=f"{colour} {thing} {number}" if english else f"{colour}{thing} {number}호",
            about=rng.choice(sayings.ABOUT_EN if english else sayings.ABOUT_KO),
            locale="en" if english else "ko",
            country=rng.choice(sayings.COUNTRIES_EN) if english else "KR",
            created_at=self._until - timedelta(hours=rng.randint(24 * STORY_DAYS, 24 * 1500)),
            followers=int(rng.paretovariate(1.1) * 8) % 50_000,
            troublesome=number % ONE_IN == ONE_IN - 1,
        )

    def post(self, accounts: Sequence[StoryAccount]) -> StoryPost:
        rng = self._rng
        author = rng.choice(accounts)
        kind = self._kind(troublesome=author.troublesome)
        return StoryPost(
            external_id=self._id("p"),
            author=author.external_id,
            text=said(rng, kind, author.locale),
            lang=author.locale,
            created_at=self._moment(),
            views=int(rng.expovariate(1 / 40)),
            kind=kind,
        )

    def _kind(self, *, troublesome: bool) -> Kind:
        drawn = self._rng.random()
        trouble = TROUBLE_OF_TROUBLESOME if troublesome else TROUBLE_OF_OTHERS
        if drawn < trouble:
            return self._rng.choice(sayings.TROUBLE)
        return Kind.LOOKALIKE if drawn < trouble + LOOKALIKE_SHARE else Kind.PLAIN

    def room(self, title: str, accounts: Sequence[StoryAccount]) -> StoryRoom:
        owner = self._rng.choice(accounts)
        return StoryRoom(self._id("r"), owner.external_id, title, self._moment())

    def message(self, rooms: Sequence[StoryRoom], accounts: Sequence[StoryAccount]) -> StoryMessage:
        room, author = self._rng.choice(rooms), self._rng.choice(accounts)
        said = self._rng.choice(sayings.MESSAGES[author.locale])
        return StoryMessage(
            self._id("m"), room.external_id, author.external_id, said, self._moment(room.created_at)
        )

    def follows(self, accounts: Sequence[StoryAccount]) -> tuple[tuple[str, str], ...]:
        pairs = {
            (one.external_id, other.external_id): None
            for one in accounts
            for other in self._rng.sample(accounts, min(3, len(accounts)))
            if one is not other
        }
        return tuple(pairs)

    def reports(
        self, posts: Sequence[StoryPost], accounts: Sequence[StoryAccount]
    ) -> tuple[StoryReport, ...]:
        told = []
        for post in posts:
            share = {Kind.PLAIN: 0.005, Kind.LOOKALIKE: 0.1}.get(post.kind, 0.6)
            if self._rng.random() < share:
                told += self._reports_of(post, accounts)
        return tuple(sorted(told, key=lambda report: report.made_at))

    def _reports_of(self, post: StoryPost, accounts: Sequence[StoryAccount]) -> list[StoryReport]:
        drawn = self._rng.sample(accounts, min(3, len(accounts)))
        reporters = [one for one in drawn if one.external_id != post.author][: self._rng.randint(1, 3)]
        return [
            StoryReport(
                reporter=one.external_id,
                post=post.external_id,
                reason=sayings.REASONS[post.kind],
                words=self._rng.choice(sayings.REPORT_WORDS[one.locale]),
                made_at=self._moment(post.created_at),
            )
            for one in reporters
        ]
