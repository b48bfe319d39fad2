"""What colleagues left on the desk when the demonstration begins: put off, escalated, given, noted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sinmungo.apps.base import clock
from sinmungo.apps.items import queries as items
from sinmungo.apps.items.models import Platform
from sinmungo.apps.review import queries as review_queries
from sinmungo.apps.review.models import Case
from sinmungo.apps.review.services import desk as services
from sinmungo.apps.review.services.notes import add_note
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.demo import desk, past_script
from sinmungo.demo.past import PastPost
from sinmungo.demo.sayings import Kind
from sinmungo.demo.stage import Crew

BEFORE = timedelta(minutes=50)
PUT_OFF = timedelta(hours=20)
SENIOR = "senior"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Open cases of the past, and who does something about them without deciding."""

    crew: Crew
    platform: Platform

    def acts(
        self, past: tuple[PastPost, ...], until: datetime
    ) -> Iterator[tuple[datetime, Callable[[], None]]]:
        """Yield what happens and when, in no order."""
        still_open = [each for each in past if each.decided_at is None]
        by_kind = {each.post.kind: each for each in still_open}
        told = until - BEFORE
        yield told, partial(self._put_off, by_kind[Kind.ADVERT])
        yield told, partial(self._escalate, by_kind[Kind.EXPOSURE])
        yield told, partial(self._give, by_kind[Kind.HATE])
        for each, words in zip(still_open, past_script.NOTES, strict=False):
            yield told, partial(self._note, each, words)

    def _put_off(self, each: PastPost) -> None:
        case, user = self._case(each), self.crew.reviewers[0]
        self._note(each, past_script.SNOOZED_NOTE)
        held = desk.take(case.assignment, user)
        services.snooze(
            assignment=held,
            user=user,
            until=clock.now() + PUT_OFF,
            expected_version=held.version,
            at=clock.now(),
            actor=staff.actor_of(user),
        )

    def _escalate(self, each: PastPost) -> None:
        case, user = self._case(each), self.crew.reviewers[1]
        case.assignment = desk.take(case.assignment, user)
        services.escalate(
            case=case,
            user=user,
            to=SENIOR,
            words=past_script.ESCALATED_NOTE,
            expected_version=case.assignment.version,
            at=clock.now(),
            actor=staff.actor_of(user),
        )

    def _give(self, each: PastPost) -> None:
        assignment, lead = self._case(each).assignment, self.crew.lead
        services.assign(
            assignment=assignment,
            to=self.crew.visitor,
            by=lead,
            expected_version=assignment.version,
            at=clock.now(),
            actor=staff.actor_of(lead),
        )

    def _note(self, each: PastPost, words: str) -> None:
        user: User = self.crew.reviewers[0]
        add_note(case=self._case(each), user=user, words=words, at=clock.now(), actor=staff.actor_of(user))

    def _case(self, each: PastPost) -> Case:
        item = items.item(platform_id=self.platform.pk, item_type="post", external_id=each.post.external_id)
        case = review_queries.open_case(item=item)
        if case is None:
            raise LookupError(f"nobody opened a case of {each.post.external_id}")
        return case
