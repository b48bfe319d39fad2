"""Invented decisions, second reviews of them, and gold, for tests of quality."""

from __future__ import annotations

from datetime import datetime, timedelta

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.enforcement.proposals import ProposedAction
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Assignment, Case, GoldItem, SecondReview
from sinmungo.apps.review.services import seconds
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.words import ActionKind
from sinmungo.journeys import review as journey
from sinmungo.journeys import second_look
from tests.apps.review import made

YES = {"directed": "yes", "imminent": "no"}
NO = {"directed": "no", "imminent": "no"}
LATER = second_look.SETTLED + timedelta(minutes=1)


def decided(world: made.World, user: User, *, violation: bool = True, text: str = made.WORDS) -> Decision:
    """Make a case and let ``user`` look at it and decide it."""
    case = made.waiting_case(world.platform, text)
    at = clock.now()
    viewing = review.record_viewing(
        user=user, item=case.item, version=case.version, assignment=case.assignment, at=at, actor=SYSTEM
    )
    review.record_seconds(viewing=viewing, seconds=30, at=at + timedelta(seconds=40))
    decision = journey.decide_case(
        case=case,
        user=user,
        expected_version=taken(case.assignment, user),
        judgement=journey.Judgement(
            violation=violation,
            facts="특정한 사람을 해치겠다고 말합니다.",
            policy_version=world.version,
            ground="terms" if violation else "",
            actions=(ProposedAction(ActionKind.REMOVE),) if violation else (),
            answers=YES if violation else NO,
            state_version=0,
        ),
    )
    assert isinstance(decision, Decision)
    return decision


def case_of(decision: Decision) -> Case:
    """Return the case that a decision ended."""
    return Case.objects.select_related("assignment", "item", "version").get(outcome__decision=decision)


def taken(assignment: Assignment, user: User) -> int:
    """Take work into somebody's hands; returns its version then."""
    assignment.refresh_from_db()
    claimed = review.claim(
        assignment=assignment,
        user=user,
        expected_version=assignment.version,
        at=clock.now(),
        actor=staff.actor_of(user),
    )
    return claimed.version


def drawn(*, at: datetime | None = None, limit: int = 500) -> int:
    """Let the keeper look, as if every decision had settled."""
    return second_look.keep(now=at or clock.now() + LATER, limit=limit)


def second_to(decision: Decision) -> SecondReview:
    """Return the second review of a decision."""
    rows = SecondReview.objects.select_related("assignment", "version__item", "policy_version", "gold")
    return rows.get(decision=decision)


def answered(
    second: SecondReview,
    user: User,
    *,
    violation: bool = True,
    words: str = "",
    answers: dict[str, str] = YES,
) -> SecondReview:
    """Let somebody take a second review and answer it."""
    return seconds.answer_second(
        second=second,
        user=user,
        violation=violation,
        answers=answers,
        words=words,
        expected_version=taken(second.assignment, user),
        at=clock.now(),
        actor=staff.actor_of(user),
    )


def gold(world: made.World, decision: Decision, keeper: User, **more: object) -> GoldItem:
    """Make gold of what was decided."""
    wanted: dict[str, object] = {
        "case": case_of(decision),
        "policy_version": world.version,
        "violation": True,
        "answers": YES,
        "why": "이름을 불러 특정한 사람에게 하는 말입니다.",
        "user": keeper,
        "at": clock.now(),
        "actor": staff.actor_of(keeper),
    }
    return seconds.make_gold(**wanted | more)  # type: ignore[arg-type]
