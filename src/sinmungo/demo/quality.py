"""Second looks, gold and saved reasons of the two weeks before the demonstration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sinmungo.apps.base import clock
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review import queries_second as second_queries
from sinmungo.apps.review.models import Case, SecondReview
from sinmungo.apps.review.services import reasons
from sinmungo.apps.review.services import seconds as services
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.core.policy import Factor
from sinmungo.demo import desk, past_script
from sinmungo.demo.past import DAYS, PastPost
from sinmungo.demo.script import Finding
from sinmungo.demo.stage import Crew
from sinmungo.journeys import second_look

#: What is drawn in the last days waits for the visitor.
LEFT_DAYS = 2
ANSWERED_AFTER = timedelta(hours=3)
READ_FOR = timedelta(seconds=40)
GOLD_DAYS_AGO, GOLD = 7, 4
#: One second look in so many says otherwise.
DISAGREES_ONE_IN = 6


@dataclass(frozen=True, slots=True)
class Quality:
    """What keeps judgement good; ``past`` tells the truth by a post's external id."""

    crew: Crew
    past: Mapping[str, PastPost]

    def acts(self, until: datetime) -> Iterator[tuple[datetime, Callable[[], None]]]:
        """Yield what happens and when, in no order."""
        yield until - timedelta(days=DAYS), self.keep_reasons
        yield until - timedelta(days=GOLD_DAYS_AGO), self.make_gold
        for days in range(DAYS, 0, -1):
            morning = until - timedelta(days=days)
            yield morning, draw
            if days > LEFT_DAYS:
                yield morning + ANSWERED_AFTER, partial(self.answer, days)

    def keep_reasons(self) -> None:
        """Keep reasons that reviewers use again."""
        user = self.crew.keeper
        for text in past_script.REASONS:
            reasons.write_reason(text=text, user=user, at=clock.now(), actor=staff.actor_of(user))

    def make_gold(self) -> None:
        """Make gold of one decided case a policy, and lay it out."""
        ended = Case.objects.filter(state=Case.State.DECIDED, outcome__decision__violation=True)
        by_policy: dict[str, Case] = {}
        for case in ended.select_related("outcome__decision__policy_version", "version").order_by("id"):
            finding = self._finding(case.item.external_id)
            if finding is not None:
                by_policy.setdefault(finding.policy, case)
        for case in list(by_policy.values())[:GOLD]:
            self._lay(case)

    def _lay(self, case: Case) -> None:
        finding, policy = self._finding(case.item.external_id), case.outcome.decision.policy_version
        if finding is None or policy is None or case.version is None:
            return
        user, at = self.crew.keeper, clock.now()
        gold = services.make_gold(
            case=case,
            policy_version=policy,
            violation=True,
            answers=finding.answers,
            why=past_script.GOLD_WHY,
            user=user,
            at=at,
            actor=staff.actor_of(user),
        )
        services.lay(
            version=case.version,
            policy_version=policy,
            queue=case.assignment.queue_id,
            share=second_look.GOLD_SHARE,
            barred=[user.pk],
            at=at,
            gold=gold,
        )

    def answer(self, day: int) -> None:
        """Let colleagues answer what waits, each in turn; now and then one sees it otherwise."""
        for place, user in enumerate(self.crew.reviewers):
            rows = second_queries.waiting_seconds(seen_by=user, limit=3).rows
            for number, work in enumerate(rows):
                self._answer(work.second, user, agrees=bool((day + place + number) % DISAGREES_ONE_IN))

    def _answer(self, second: SecondReview, user: User, *, agrees: bool) -> None:
        held = desk.take(second.assignment, user)
        desk.look(user, second.version.item, second.version, held)
        finding = self._finding(second.version.item.external_id)
        breaks = finding is not None and finding.policy == second.policy_version.policy_id and agrees
        services.answer_second(
            second=second,
            user=user,
            violation=breaks,
            answers=finding.answers if breaks and finding else nothing_found(second.policy_version),
            words="" if agrees else past_script.SECOND_WORDS,
            expected_version=held.version,
            at=clock.now() + READ_FOR,
            actor=staff.actor_of(user),
        )

    def _finding(self, external_id: str) -> Finding | None:
        return desk.found_in(self.past[external_id].post, past_script.PAST_FINDINGS)


def draw() -> None:
    """Draw of what was decided what is looked at a second time."""
    second_look.keep(now=clock.now(), limit=second_look.MOST_OPEN)


def nothing_found(version: PolicyVersion) -> dict[str, str]:
    """Return answers to a policy's questions by somebody who finds nothing."""
    return {str(factor.id): _least(factor) for factor in policies.document(version).factors}


def _least(factor: Factor) -> str:
    known = [str(answer.id) for answer in factor.answers]
    return "no" if "no" in known else known[-1]
