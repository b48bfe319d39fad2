"""How a case was looked at, answered and ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review import queries, services
from sinmungo.apps.review.errors import SamePerson, UnknownFactor, WordsNeeded
from sinmungo.apps.review.models import Approval, Case, Viewing
from sinmungo.apps.staff.models import User
from tests.apps.review import made

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def case(world: made.World) -> Case:
    return made.waiting_case(world.platform)


def _view(case: Case, user: User, later: timedelta = timedelta()) -> Viewing:
    return services.record_viewing(
        user=user,
        item=case.item,
        version=case.version,
        assignment=case.assignment,
        at=clock.now() + later,
        actor=SYSTEM,
    )


def test_opening_a_case_twice_is_one_viewing(case: Case) -> None:
    """Within half an hour opening again goes on with the same viewing; later it is another."""
    reviewer = made.member()
    assert not queries.has_looked(user=reviewer, item=case.item, version=case.version)
    first = _view(case, reviewer)
    assert _view(case, reviewer, timedelta(minutes=29)) == first
    assert _view(case, reviewer, timedelta(minutes=31)) != first
    assert queries.has_looked(user=reviewer, item=case.item, version=case.version)
    assert Entry.objects.filter(kind="review.item.viewed").count() == 2


def test_seconds_never_exceed_the_time_that_passed(case: Case) -> None:
    """However much a page reports, no more is kept than went by, and one report gives a minute at most."""
    viewing = _view(case, made.member())
    soon = viewing.shown_at + timedelta(seconds=10)
    assert services.record_seconds(viewing=viewing, seconds=8, at=soon).seconds == 8
    assert services.record_seconds(viewing=viewing, seconds=60, at=soon).seconds == 10
    late = viewing.shown_at + timedelta(minutes=10)
    assert services.record_seconds(viewing=viewing, seconds=10**9, at=late).seconds == 70
    assert services.record_seconds(viewing=viewing, seconds=-5, at=late).seconds == 70


def _answer(case: Case, world: made.World, **answers: str) -> None:
    services.answer_factors(
        case=case,
        user=made.member(),
        policy_version=world.version,
        answers=answers,
        suggested={"directed": "yes"},
        at=clock.now(),
        actor=SYSTEM,
    )


def test_a_later_answer_replaces_an_earlier_one(case: Case, world: made.World) -> None:
    """Each question has one answer: the last that was given."""
    _answer(case, world, directed="yes", imminent="no")
    _answer(case, world, directed="no")
    assert queries.answers(case=case, policy="threats") == {"directed": "no", "imminent": "no"}
    assert queries.answered_policies(case=case) == ["threats"]


@pytest.mark.parametrize("answers", [{"directed": "perhaps"}, {"weather": "yes"}])
def test_what_the_policy_does_not_ask_is_refused(
    case: Case, world: made.World, answers: dict[str, str]
) -> None:
    """An answer or a question that the policy does not know is refused, and nothing is kept."""
    with pytest.raises(UnknownFactor):
        _answer(case, world, **answers)
    assert queries.answers(case=case, policy="threats") == {}


def test_an_urgent_answer_moves_the_case_before_all_others(case: Case, world: made.World) -> None:
    """An answer that the policy calls urgent puts the case first, once, and says so."""
    other = made.waiting_case(world.platform, at=clock.now() - timedelta(days=5))
    lead = made.member("lead")
    assert queries.waiting_cases(seen_by=lead).rows[0].case == other
    _answer(case, world, imminent="yes")
    _answer(case, world, imminent="yes")
    assert queries.waiting_cases(seen_by=lead).rows[0].case == case
    case.assignment.refresh_from_db()
    parts = queries.explanation(assignment=case.assignment, at=clock.now())
    assert [part.value for part in parts if part.label == "urgent"] == ["imminent"]


def test_urgency_stays_when_more_comes_in(case: Case, world: made.World) -> None:
    """A report that comes later does not take the urgent place away."""
    _answer(case, world, imminent="yes")
    services.gather(
        item=case.item, version=case.version, verdict=None, queue="threats", at=clock.now(), actor=SYSTEM
    )
    case.assignment.refresh_from_db()
    assert case.assignment.priority_explained[-1]["label"] == "urgent"


def _asked(case: Case, proposer: User) -> Approval:
    services.claim(
        assignment=case.assignment, user=proposer, expected_version=1, at=clock.now(), actor=SYSTEM
    )
    return services.request_approval(
        case=case,
        user=proposer,
        proposal={"facts": "…"},
        kept={"facts": "00"},
        expected_version=2,
        at=clock.now(),
        actor=SYSTEM,
    )


def _settle(approval: Approval, user: User, **more: Any) -> Approval:
    values = {"approved": True, "expected_version": 2, "at": clock.now(), "actor": SYSTEM, **more}
    return services.settle_approval(approval=approval, user=user, **values)


def test_a_proposal_waits_with_the_case_held(case: Case) -> None:
    """While a second person is asked the case is in no queue and the approval is in theirs."""
    proposer, second = made.member(), made.member()
    approval = _asked(case, proposer)
    assert case.state == Case.State.HELD
    assert queries.waiting_cases(seen_by=second).rows == []
    assert [row.approval for row in queries.waiting_approvals(seen_by=second).rows] == [approval]
    assert approval.assignment.barred == proposer


def test_nobody_approves_what_they_proposed(case: Case) -> None:
    """The proposer is refused by the service and by the database."""
    proposer = made.member("lead")
    approval = _asked(case, proposer)
    with pytest.raises(SamePerson):
        _settle(approval, proposer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(decided_by=proposer)


def test_what_is_sent_back_has_words_and_waits_again(case: Case) -> None:
    """Sending back needs a reason, which whoever takes the case next reads."""
    second = made.member()
    approval = _asked(case, made.member())
    services.claim(
        assignment=approval.assignment, user=second, expected_version=1, at=clock.now(), actor=SYSTEM
    )
    with pytest.raises(WordsNeeded):
        _settle(approval, second, approved=False, words="  ")
    with pytest.raises(WordsNeeded):
        _settle(approval, second, approved=False, words="x" * 1001)
    _settle(approval, second, approved=False, words="근거가 부족합니다.")
    case.refresh_from_db()
    assert case.state == Case.State.OPEN
    assert [back.words for back in queries.sent_back(case=case)] == ["근거가 부족합니다."]
