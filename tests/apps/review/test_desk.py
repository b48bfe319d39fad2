"""Giving work to somebody, putting it off, and asking who knows more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review import queries, queries_desk
from sinmungo.apps.review import services as review
from sinmungo.apps.review.errors import (
    AlreadyDone,
    BadMoment,
    CannotTakeIt,
    ChangedMeanwhile,
    HeldByAnother,
    NoteLength,
    NotHeld,
    UnknownQueue,
)
from sinmungo.apps.review.models import Assignment, Case, Note
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.staff.models import Preference, User
from tests.apps.review import made

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return made.waiting_case(made.world().platform)


@pytest.fixture
def reviewer() -> User:
    return made.member()


@pytest.fixture
def lead() -> User:
    return made.member("lead")


def work(case: Case) -> Assignment:
    case.assignment.refresh_from_db()
    return case.assignment


def claim(case: Case, user: User) -> Assignment:
    row = work(case)
    return review.claim(assignment=row, user=user, expected_version=row.version, at=clock.now(), actor=SYSTEM)


def assign(case: Case, to: User | None, by: User, version: int | None = None) -> Assignment:
    row = work(case)
    seen = row.version if version is None else version
    return review.assign(
        assignment=row, to=to, by=by, expected_version=seen, at=clock.now(), actor=staff.actor_of(by)
    )


def snooze(case: Case, user: User, **ahead: float) -> Assignment:
    row, at = work(case), clock.now()
    return review.snooze(
        assignment=row,
        user=user,
        until=at + timedelta(**ahead),
        expected_version=row.version,
        at=at,
        actor=staff.actor_of(user),
    )


def escalate(case: Case, user: User, to: str = "senior", words: str = "판단이 어렵습니다.") -> Assignment:
    row = work(case)
    return review.escalate(
        case=case,
        user=user,
        to=to,
        words=words,
        expected_version=row.version,
        at=clock.now(),
        actor=staff.actor_of(user),
    )


def test_a_lead_gives_a_case_to_a_colleague_and_takes_it_back(case: Case, lead: User, reviewer: User) -> None:
    """The case is on the colleague's list, then on nobody's, and the ledger knows by whom."""
    assert assign(case, reviewer, lead).assignee == reviewer
    assert assign(case, None, lead).assignee is None
    assert Entry.objects.filter(kind="review.work.assigned").count() == 2


def test_taking_a_case_from_a_colleague_ends_their_hold(case: Case, lead: User, reviewer: User) -> None:
    """Who had it in hand has it no longer, and decides nothing on it."""
    claim(case, reviewer)
    row = assign(case, lead, lead)
    assert row.assignee == lead
    assert row.holder is None
    with pytest.raises(NotHeld):
        review.require_held(assignment=row, user=reviewer, expected_version=row.version, at=clock.now())


def test_a_reviewer_puts_free_work_on_their_own_list_only(case: Case, reviewer: User) -> None:
    """Nobody without the right gives work to others, or takes what others have."""
    other = made.member()
    assert assign(case, reviewer, reviewer).assignee == reviewer
    assert assign(case, None, reviewer).assignee is None
    with pytest.raises(RoleLacks):
        assign(case, other, reviewer)
    assign(case, other, other)
    with pytest.raises(RoleLacks):
        assign(case, reviewer, reviewer)
    with pytest.raises(RoleLacks):
        assign(case, None, reviewer)


def test_work_of_another_queue_goes_on_nobodys_list(case: Case) -> None:
    """Whoever is bound to queues neither takes nor gives what waits in others."""
    for role in ("vendor", "lead"):
        bound = made.member(role, queues=["privacy"])
        with pytest.raises(RoleLacks):
            assign(case, bound, bound)


def test_what_a_colleague_has_in_hand_goes_on_nobody_elses_list(case: Case, reviewer: User) -> None:
    """A reviewer meets the conflict that names who was first."""
    claim(case, made.member(name="먼저 온 사람"))
    with pytest.raises(HeldByAnother, match="먼저 온 사람"):
        assign(case, reviewer, reviewer)


def test_a_case_goes_to_nobody_who_may_not_decide_it(case: Case, lead: User, reviewer: User) -> None:
    """Not to a role without the right, to who took part, of another platform, or who refused the queue."""
    refusing = made.member()
    Preference.objects.create(user=refusing, refused_queues=["threats"])
    review.bar(assignment=work(case), users=[reviewer.pk], at=clock.now(), actor=SYSTEM)
    elsewhere = made.member(platform="somewhere-else")
    for person in (made.member("observer"), refusing, reviewer, elsewhere):
        with pytest.raises(CannotTakeIt):
            assign(case, person, lead)
        assert person not in queries_desk.could_take(assignment=work(case), seen_by=lead)
    assert lead in queries_desk.could_take(assignment=work(case), seen_by=lead)


def test_assigning_what_has_changed_or_ended_is_a_conflict(case: Case, lead: User, reviewer: User) -> None:
    """As everywhere, who acts says which version they saw."""
    with pytest.raises(ChangedMeanwhile):
        assign(case, reviewer, lead, version=0)
    held = claim(case, reviewer)
    review.complete(
        assignment=held, user=reviewer, expected_version=held.version, at=clock.now(), actor=SYSTEM
    )
    with pytest.raises(AlreadyDone):
        assign(case, reviewer, lead)


def test_a_snoozed_case_is_out_of_sight_until_its_moment(case: Case, reviewer: User) -> None:
    """It is in nobody's hand, on the list of who put it off, and waits again afterwards."""
    claim(case, reviewer)
    row = snooze(case, reviewer, hours=1)
    assert (row.holder, row.assignee) == (None, reviewer)
    seen = queries.waiting_cases(seen_by=reviewer).rows
    later = queries.waiting_cases(seen_by=reviewer, at=clock.now() + timedelta(minutes=61)).rows
    assert not seen
    assert [each.case for each in later] == [case]


@pytest.mark.parametrize("ahead", [{"seconds": 0}, {"seconds": -1}, {"days": 14, "seconds": 1}])
def test_a_case_is_put_off_by_at_most_two_weeks(case: Case, reviewer: User, ahead: dict[str, int]) -> None:
    """Not into the past, and not out of sight; fourteen days are allowed."""
    claim(case, reviewer)
    with pytest.raises(BadMoment):
        snooze(case, reviewer, **ahead)
    assert snooze(case, reviewer, days=14).snoozed_until is not None


def test_a_case_is_never_put_off_past_its_due_time(case: Case, reviewer: User) -> None:
    """What must be looked at within two hours waits no three."""
    claim(case, reviewer)
    Assignment.objects.filter(pk=case.assignment_id).update(due_at=clock.now() + timedelta(hours=2))
    with pytest.raises(BadMoment):
        snooze(case, reviewer, hours=3)
    assert snooze(case, reviewer, hours=1).snoozed_until is not None


def test_only_who_holds_a_case_puts_it_off(case: Case, reviewer: User) -> None:
    """Seeing a case is not having it."""
    with pytest.raises(NotHeld):
        snooze(case, reviewer, hours=1)


def test_news_wakes_a_snoozed_case(case: Case, reviewer: User) -> None:
    """A report on the item brings it up again at once."""
    claim(case, reviewer)
    snooze(case, reviewer, days=3)
    review.gather(
        item=case.item, version=case.version, verdict=None, queue="threats", at=clock.now(), actor=SYSTEM
    )
    assert work(case).snoozed_until is None


def test_an_escalated_case_waits_with_its_reason_before_those_who_know_more(
    case: Case, reviewer: User
) -> None:
    """It is in their queue, in nobody's hand, and a note says why and by whom."""
    claim(case, reviewer)
    row = escalate(case, reviewer)
    assert (row.queue_id, row.holder, row.assignee) == ("senior", None, None)
    [note] = queries_desk.notes_of(case=case, seen_by=reviewer)
    assert (note.kind, note.who, note.words) == ("escalated", str(reviewer), "판단이 어렵습니다.")


def test_who_escalated_is_not_given_the_case_again_by_itself(case: Case, reviewer: User) -> None:
    """The next case of that queue is another's, and theirs only if they open it."""
    claim(case, reviewer)
    escalate(case, reviewer)
    at = clock.now()
    assert queries_desk.next_for(user=reviewer, queue="senior", at=at) == []
    assert queries_desk.next_for(user=made.member(), queue="senior", at=at) == [case]


def test_news_leaves_an_escalated_case_where_it_is(case: Case, reviewer: User) -> None:
    """A report does not bring it back to the desk that asked for help."""
    claim(case, reviewer)
    review.ensure_queue(slug="legal", title_ko="법률 검토", title_en="Legal", weight=1)
    escalate(case, reviewer, to="legal")
    review.gather(
        item=case.item, version=case.version, verdict=None, queue="threats", at=clock.now(), actor=SYSTEM
    )
    assert work(case).queue_id == "legal"


def test_escalating_needs_a_reason_and_a_desk_that_exists(case: Case, reviewer: User) -> None:
    """Without words, to a queue that is no such desk, or to one nobody made: nothing happens."""
    claim(case, reviewer)
    with pytest.raises(NoteLength):
        escalate(case, reviewer, words="  ")
    for queue in ("privacy", "appeals", "child-safety"):
        with pytest.raises(UnknownQueue):
            escalate(case, reviewer, to=queue)
    assert not Note.objects.filter(case=case).exists()
    assert work(case).queue_id == "threats"


def test_no_case_is_referred_to_the_queue_of_appeals(case: Case, reviewer: User) -> None:
    """Appeals come from those who object, and from nowhere else."""
    review.ensure_queue(slug="appeals", title_ko="이의신청", title_en="Appeals", weight=0)
    held = claim(case, reviewer)
    with pytest.raises(UnknownQueue):
        review.refer(
            assignment=held,
            user=reviewer,
            queue="appeals",
            expected_version=held.version,
            at=clock.now(),
            actor=SYSTEM,
        )


def test_the_next_case_is_one_that_nobody_else_has(reviewer: User) -> None:
    """What a colleague holds or was given is passed over, and so is the case at hand."""
    platform = made.world().platform
    cases = [made.waiting_case(platform) for _ in range(4)]
    claim(cases[0], made.member())
    other = made.member()
    assign(cases[1], other, other)
    found = queries_desk.next_for(user=reviewer, queue="threats", at=clock.now(), leave_out=cases[2].code)
    assert found == [cases[3]]
