"""Acts out the two weeks before the demonstration: the same doors as ever, at another time.

Everything happens in one transaction: broken off, there was nothing, and the next start begins anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction

from sinmungo.apps.appeals import queries as appeal_queries
from sinmungo.apps.appeals import services as appeals
from sinmungo.apps.base import actors, clock
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items import queries as items
from sinmungo.apps.items.models import Platform
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review import queries as review_queries
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Approval, Case, Outcome, PendingDecision, Viewing
from sinmungo.apps.review.services.judging import LONGEST_BEAT
from sinmungo.apps.staff.models import User
from sinmungo.apps.statements import queries as statements
from sinmungo.apps.statements.models import Statement
from sinmungo.core.kernel.words import AppealOutcome
from sinmungo.demo import crowd, desk, drawings, known, moved_clock, past_script, script
from sinmungo.demo.earned import Earned
from sinmungo.demo.past import KINDS, PastPost, build_past
from sinmungo.demo.quality import Quality, nothing_found
from sinmungo.demo.stage import Crew, by_number
from sinmungo.demo.story import StoryReport, build
from sinmungo.demo.unfinished import Unfinished
from sinmungo.journeys import appeal as hearing
from sinmungo.journeys import receive
from sinmungo.journeys import report as reporting
from sinmungo.journeys import review as reviewing
from sinmungo.journeys.reviewing import send

#: One decision in so many is taken back first; a person objects to one in so many, every third time rightly.
TAKEN_BACK_ONE_IN, OBJECTED_ONE_IN = 13, 7
JUDGED_AFTER = timedelta(minutes=1)
AGREES_AFTER = timedelta(minutes=40)
OBJECTS_AFTER, HEARD_AFTER, HEARD_FOR = timedelta(hours=3), timedelta(hours=5), timedelta(minutes=4)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happens at a moment."""

    at: datetime
    do: Callable[[], None]


@transaction.atomic
def remember(platform: Platform, url: str) -> None:
    """Act out the past on a platform whose pages stand at ``url``; does nothing where cases are already."""
    if Case.objects.exists():
        return
    seed, accounts, posts = script.STORY
    until = clock.now().replace(minute=0, second=0, microsecond=0)
    past = build_past(build(seed, accounts, posts, until=until), seed, until=until)
    crew = Crew.called()
    weeks = Weeks(platform, by_number(url), crew)
    acts = [
        *weeks.acts(past),
        *Quality(crew, {each.post.external_id: each for each in past}).acts(until),
        *Unfinished(crew, platform).acts(past, until),
        *Earned(platform, crew).acts(until - crowd.OVER_SINCE - crowd.LASTED),
    ]
    for act in sorted((Act(*each) for each in acts), key=lambda act: act.at):
        with moved_clock.at(act.at):
            act.do()


@dataclass(frozen=True, slots=True)
class Weeks:
    """Posts, reports, decisions and appeals of the past."""

    platform: Platform
    url: str
    crew: Crew

    def acts(self, past: tuple[PastPost, ...]) -> Iterator[tuple[datetime, Callable[[], None]]]:
        """Yield what happens and when, in no order."""
        for number, each in enumerate(past):
            yield each.post.created_at, partial(self.tell, each)
            for report in each.reports:
                yield report.made_at, partial(self.report, report, each.post.lang)
            yield each.reports[-1].made_at + JUDGED_AFTER, judge
            if each.decided_at is not None:
                yield each.decided_at, partial(self.decide, each, number)

    def tell(self, each: PastPost) -> None:
        """Let the platform tell of a post."""
        receive.take(
            platform=self.platform, raw=[event(each, self.url)], actor=actors.platform(self.platform.pk)
        )

    def report(self, report: StoryReport, locale: str) -> None:
        """Let somebody report."""
        reporting.file(
            platform=self.platform,
            item_type="post",
            external_id=report.post,
            reason=report.reason,
            actor=actors.platform(self.platform.pk),
            words=report.words,
            locale=locale,
            reporter_external_id=report.reporter,
        )

    def decide(self, each: PastPost, number: int) -> None:
        """Let a colleague decide, another agree where one must, and an appeal be heard where there is one."""
        case = self._case(each)
        if case is None:
            return
        turn = number + number // len(KINDS)  # each sees every kind
        user, another = (self.crew.reviewers[(turn + after) % len(self.crew.reviewers)] for after in (0, 1))
        decided = decide_in(case, user, each, number)
        if isinstance(decided, Approval):
            with moved_clock.at(clock.now() + AGREES_AFTER):
                decided = desk.agree(another, decided)
        if decided.violation and number % OBJECTED_ONE_IN == 0:
            self._object(decided, AppealOutcome.UPHELD if number % 3 else AppealOutcome.OVERTURNED)

    def _case(self, each: PastPost) -> Case | None:
        item = items.item(platform_id=self.platform.pk, item_type="post", external_id=each.post.external_id)
        return review_queries.open_case(item=item)

    def _object(self, decision: Decision, outcome: AppealOutcome) -> None:
        told = statements.of_decision(decision.id, Statement.Audience.AFFECTED)
        if told is None:
            return
        filed, user = decision.made_at + OBJECTS_AFTER, self.crew.hearer
        with moved_clock.at(filed):
            appeal = appeals.file(
                statement=told, words=past_script.OBJECTED.to(told.locale), locale=told.locale
            ).appeal
        with moved_clock.at(filed + HEARD_AFTER):
            held = desk.take(appeal.assignment, user)
            desk.look(user, decision.item, decision.item_version, held)
            appeal_queries.view(appeal_id=appeal.id, seen_by=user)
        reasons = past_script.OVERTURNED if outcome is AppealOutcome.OVERTURNED else script.UPHELD
        with moved_clock.at(filed + HEARD_AFTER + HEARD_FOR):
            hearing.decide(
                appeal=appeal,
                user=user,
                outcome=outcome,
                reasons=reasons.to(told.locale),
                expected_version=held.version,
            )


def judge() -> None:
    """Judge what came in since the last time."""
    receive.keep(clock.now(), 100)


def decide_in(case: Case, user: User, each: PastPost, number: int) -> Decision | Approval:
    """Take a case, have it before one for some seconds, and decide it now; sometimes at the second try."""
    seconds = past_script.SECONDS[number % len(past_script.SECONDS)]
    with moved_clock.at(clock.now() - timedelta(seconds=seconds)):
        held = desk.take(case.assignment, user)
        viewing = desk.look(user, case.item, case.version, held)
    _spend(viewing, seconds)
    finding = desk.found_in(each.post, past_script.PAST_FINDINGS)
    if finding is None:
        _ask(case, user, held.version)
    judgement = desk.judged(case, finding)
    choose = partial(reviewing.decide_undoably, case=case, user=user, judgement=judgement)
    chosen = choose(expected_version=held.version)
    if number % TAKEN_BACK_ONE_IN == 0 and isinstance(chosen, PendingDecision):
        reviewing.take_back(case=case, user=user)
        held.refresh_from_db()
        chosen = choose(expected_version=held.version)
    return _recorded(chosen)


def _ask(case: Case, user: User, expected_version: int) -> None:
    """Answer the questions of the policy that comes to mind, and find nothing."""
    pack = policies.in_force(case.item.platform_id, clock.now())
    if pack is not None:
        version = pack.versions[past_script.ASKED]
        reviewing.keep_answers(
            case=case,
            user=user,
            expected_version=expected_version,
            policy_version=version,
            answers=nothing_found(version),
            suggested={},
        )


def _recorded(chosen: Decision | Approval | PendingDecision) -> Decision | Approval:
    """Return what a choice becomes when nobody takes it back in time."""
    if not isinstance(chosen, PendingDecision):
        return chosen
    with moved_clock.at(chosen.due_at):
        send.keep(now=chosen.due_at, limit=1)
    return Outcome.objects.get(case=chosen.case).decision


def _spend(viewing: Viewing, seconds: int) -> None:
    """Tell the time in front as a page does: a beat at a time."""
    for spent in range(0, seconds, LONGEST_BEAT):
        beat = min(LONGEST_BEAT, seconds - spent)
        review.record_seconds(viewing=viewing, seconds=beat, at=clock.now())


def event(each: PastPost, url: str) -> dict[str, Any]:
    """Return the event by which the platform told of a post at its time."""
    post, author = each.post, each.author
    pictures = drawings.carried_by(post.external_id, post.kind)
    return {
        "event_id": uuid.uuid4().hex,
        "kind": "created",
        "occurred_at": post.created_at.isoformat(),
        "item": {
            "type": "post",
            "external_id": post.external_id,
            "author": {
                "external_id": author.external_id,
                "locale": author.locale,
                "country": author.country,
                "created_at": author.created_at.isoformat(),
                "followers": author.followers,
            },
            "container": "",
            "text": post.text,
            "lang": post.lang,
            "reach": post.views,
            "attributes": {},
            "media": [_media(name, url) for name in pictures],
        },
    }


def _media(name: str, url: str) -> dict[str, Any]:
    """Return what the platform tells of a picture: it hashes them itself, so that nobody need fetch one."""
    digest = drawings.digest(name)
    address = f"{url}/media/{digest}.png"
    return {"sha256": digest, "kind": "image", "url": address, "pdq": [*known.told_hashes(name)]}
