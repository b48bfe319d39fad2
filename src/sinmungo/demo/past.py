"""The two weeks before the demonstration begins: what was posted and reported then, and what stays open.

Drawn from the story's seed like the story itself. Its posts were told to Sinmungo at their time, so the
platform has them and tells nothing of them again.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sinmungo.demo import sayings
from sinmungo.demo.sayings import Kind
from sinmungo.demo.story import STORY_ENDS, Story, StoryAccount, StoryPost, StoryReport, said

#: Policies are in force since so many days before the demonstration, so that what was posted counts.
IN_FORCE_DAYS: Final = 21
DAYS: Final = 15
#: What was decided in this time, kind by kind in turn, and what nobody got to in the last day. One policy
#: is asked about so often that the agreement on it can be told.
DECIDED: Final = 60
KINDS: Final = (*sayings.TROUBLE, *(Kind.LOOKALIKE, Kind.INSULT) * 3)
OPEN: Final = (
    *(Kind.SPAM,) * 4,
    *(Kind.INSULT, Kind.HATE, Kind.ADVERT, Kind.LOOKALIKE, Kind.EXPOSURE, Kind.INSULT),
)
#: Of ``OPEN``, the first are all by one account.
OF_ONE: Final = 4
#: The accounts before these act in the play, and must be free to.
FIRST_AUTHOR: Final = 13
AUTHORS: Final = 14
#: Every sixth time many report in the same words, as people do who were asked to.
TOGETHER_EVERY, TOGETHER = 6, 4


@dataclass(frozen=True, slots=True)
class PastPost:
    """A post and who reported it; ``decided_at`` is None for what is still open."""

    post: StoryPost
    author: StoryAccount
    reports: tuple[StoryReport, ...]
    decided_at: datetime | None


def build_past(story: Story, seed: int, *, until: datetime = STORY_ENDS) -> tuple[PastPost, ...]:
    """Return what was posted in the days before ``until``, in the order of time; none without authors.

    Only times depend on ``until``: ids and texts are those of the seed.
    """
    authors = story.accounts[FIRST_AUTHOR : FIRST_AUTHOR + AUTHORS]
    if not authors:
        return ()
    draw = _Draw(random.Random(f"past of {seed}"), story.accounts, until)  # noqa: S311  a story, no secret
    decided = [
        draw.past_post(KINDS[number % len(KINDS)], draw.rng.choice(authors), number, decided=True)
        for number in range(DECIDED)
    ]
    still_open = [
        draw.past_post(kind, authors[0 if number < OF_ONE else number], number, decided=False)
        for number, kind in enumerate(OPEN)
        if number < len(authors)
    ]
    return tuple(sorted((*decided, *still_open), key=lambda each: each.post.created_at))


@dataclass(frozen=True, slots=True)
class _Draw:
    """Draws one post after another from one stream of random numbers."""

    rng: random.Random
    accounts: Sequence[StoryAccount]
    until: datetime

    def past_post(self, kind: Kind, author: StoryAccount, number: int, *, decided: bool) -> PastPost:
        """Draw a post, its reports, and when it was decided."""
        rng = self.rng
        if decided:
            age = timedelta(days=DAYS) * (1 - number / DECIDED) + timedelta(days=1, hours=rng.random() * 9)
        else:
            age = timedelta(hours=2 + rng.random() * 26)
        post = StoryPost(
            external_id=f"p_{rng.getrandbits(64):016x}",
            author=author.external_id,
            text=said(rng, kind, author.locale),
            lang=author.locale,
            created_at=self.until - age,
            views=int(rng.expovariate(1 / 90)),
            kind=kind,
        )
        waited = timedelta(hours=2 + rng.random() * 18)
        return PastPost(
            post, author, self._reports(post, number), post.created_at + waited if decided else None
        )

    def _reports(self, post: StoryPost, number: int) -> tuple[StoryReport, ...]:
        rng = self.rng
        together = number % TOGETHER_EVERY == 0
        others = [one for one in self.accounts if one.external_id != post.author]
        reporters = rng.sample(others, min(TOGETHER if together else 1, len(others)))
        same = rng.choice(sayings.PASSED_ON)
        return tuple(
            StoryReport(
                reporter=one.external_id,
                post=post.external_id,
                reason=sayings.REASONS[post.kind],
                words=same if together else rng.choice(sayings.REPORT_WORDS[one.locale]),
                made_at=post.created_at + timedelta(minutes=4 + 7 * place),
            )
            for place, one in enumerate(reporters)
        )
