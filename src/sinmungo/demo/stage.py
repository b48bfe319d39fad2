"""The stage of the play: who acts, on which platform, and the waiting until both sides are quiet."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from django.conf import settings

from sinmungo.apps.base import clock, promise
from sinmungo.apps.enforcement.models import Delivery
from sinmungo.apps.intake.models import EventBatch
from sinmungo.apps.items import queries as items
from sinmungo.apps.items.models import Platform
from sinmungo.apps.screening.models import Hunt
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.demo import script
from sinmungo.demo.played import Played
from sinmungo.demo.process import Neighbour
from sinmungo.demo.script import LivePost
from sinmungo.demo.story import Story, StoryAccount, StoryPost, build

SETTLES_WITHIN = 120.0
#: What a keeper has in its hands, or has just been given, shows as overdue for a moment.
BETWEEN_LOOKS = 0.3


class StoryStuck(RuntimeError):
    """Something that was sent did not arrive within the bound."""


@dataclass(slots=True)
class Stage:
    """Everybody and everything the play needs, and how far it is."""

    platform: Platform
    url: str
    story: Story
    truth: Mapping[str, StoryPost]
    reviewer: User
    approver: User
    hearer: User
    played: Played

    @property
    def live(self) -> dict[str, LivePost]:
        """The posts that were written while the play ran, by external id."""
        return {key: script.LIVE[name] for key, name in self.played.live.items()}

    def visit(self, account: StoryAccount) -> Neighbour:
        """Return somebody of the story at the platform's pages, signed in; raises httpx.HTTPError."""
        neighbour = Neighbour(self.url, locale=account.locale)
        answer = neighbour.send("/session", account=account.external_id)
        if answer.is_error:
            answer.raise_for_status()
        return neighbour


@dataclass(frozen=True, slots=True)
class Crew:
    """Who worked here in the weeks before: four reviewers, a hearer, who keeps gold and reasons, a lead.

    ``visitor`` is the reviewer whom a visitor steps into, who took no part in anything.
    """

    reviewers: tuple[User, ...]
    hearer: User
    keeper: User
    lead: User
    visitor: User

    @classmethod
    def called(cls) -> Crew:
        """Find them; raises NoSuchMember."""
        names = (script.REVIEWER, script.APPROVER, *script.MORE_REVIEWERS)
        return cls(
            reviewers=tuple(staff.by_username(name) for name in names),
            hearer=staff.by_username(script.HEARER),
            keeper=staff.by_username(script.POLICY),
            lead=staff.by_username(script.LEAD),
            visitor=staff.by_username(script.VISITOR),
        )


def by_number(url: str) -> str:
    """Return the platform's address by number: it binds 127.0.0.1, and localhost may be another first."""
    return url.replace("//localhost", "//127.0.0.1")


def set_stage() -> Stage:
    """Find the platform and the colleagues, and build the story that the platform told."""
    story = build(*script.STORY)
    return Stage(
        platform=items.platform_by_slug(script.PLATFORM),
        url=settings.SINMUNGO_DEMO_PLATFORM_URL,
        story=story,
        truth={post.external_id: post for post in story.posts},
        reviewer=staff.by_username(script.REVIEWER),
        approver=staff.by_username(script.APPROVER),
        hearer=staff.by_username(script.HEARER),
        played=Played.read(settings.HOME),
    )


def settle(stage: Stage) -> None:
    """Wait until neither side owes the other anything; raises StoryStuck after two minutes."""
    give_up_at = time.monotonic() + SETTLES_WITHIN
    while not _is_quiet(stage):
        if time.monotonic() > give_up_at:
            raise StoryStuck("Something is still owed after two minutes.")
        time.sleep(BETWEEN_LOOKS)


def _is_quiet(stage: Stage) -> bool:
    owed = httpx.get(f"{stage.url}/healthz", timeout=10, trust_env=False).raise_for_status().json()
    if owed["owed_events"] or owed["owed_reports"]:
        return False
    now = clock.now()
    return all(promise.oldest_overdue(model, now=now) is None for model in (EventBatch, Delivery, Hunt))
