"""What a reviewer decides may be taken back for half a minute; then it is recorded once, or says why not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.enforcement.errors import NoSuchGround, StateChanged
from sinmungo.apps.enforcement.models import Decision, Delivery, Restriction
from sinmungo.apps.enforcement.proposals import ProposedAction
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review import queries_desk
from sinmungo.apps.review import services as review
from sinmungo.apps.review.errors import BlankLeft, ChangedMeanwhile, NothingToTakeBack, TooLate, TooManyChosen
from sinmungo.apps.review.models import Approval, Assignment, Case, PendingDecision
from sinmungo.apps.staff.models import User
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.statements.services import person_ref
from sinmungo.apps.vault import services as vault
from sinmungo.core.kernel.words import ActionKind, Automated
from sinmungo.journeys import decide
from sinmungo.journeys import review as journey
from sinmungo.journeys.review import Judgement, Selected
from sinmungo.journeys.reviewing import send
from tests.apps.review import made

pytestmark = pytest.mark.django_db

FACTS = "특정한 사람을 해치겠다고 말합니다."
REMOVE = (ProposedAction(ActionKind.REMOVE),)
SUSPEND = (ProposedAction(ActionKind.SUSPEND, lasts=timedelta(days=30)),)


@pytest.fixture(autouse=True)
def half_a_minute(settings: Any) -> None:
    settings.SINMUNGO_UNDO_SECONDS = 30


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def case(world: made.World) -> Case:
    return made.waiting_case(world.platform)


@pytest.fixture
def reviewer() -> User:
    return made.member()


def take(row: Assignment, user: User) -> int:
    row.refresh_from_db()
    held = review.claim(assignment=row, user=user, expected_version=row.version, at=clock.now(), actor=SYSTEM)
    return held.version


def look(case: Case, user: User) -> None:
    review.record_viewing(
        user=user,
        item=case.item,
        version=case.version,
        assignment=case.assignment,
        at=clock.now(),
        actor=SYSTEM,
    )


def judgement(world: made.World, **more: Any) -> Judgement:
    plain = Judgement(
        violation=True,
        facts=FACTS,
        policy_version=world.version,
        ground="terms",
        actions=REMOVE,
        answers={"directed": "yes", "imminent": "no"},
        state_version=0,
    )
    return replace(plain, **more)


def choose(case: Case, user: User, found: Judgement) -> PendingDecision:
    look(case, user)
    result = journey.decide_undoably(
        case=case, user=user, expected_version=take(case.assignment, user), judgement=found
    )
    assert isinstance(result, PendingDecision)
    return result


def after(seconds: float = 31) -> int:
    """Let the keeper work when so many seconds have passed."""
    return send.keep(now=clock.now() + timedelta(seconds=seconds), limit=200)


def told_why(case: Case, user: User) -> str:
    """Return the code of the error that the note on a case names."""
    [note] = queries_desk.notes_of(case=case, seen_by=user)
    assert note.kind == "refused" and note.words is not None
    return str(json.loads(note.words)["code"])


def test_nothing_is_recorded_or_told_before_the_time_is_up(
    case: Case, world: made.World, reviewer: User
) -> None:
    """For half a minute there is no decision, restriction, statement or delivery; then all of them, once."""
    choose(case, reviewer, judgement(world))
    case.refresh_from_db()
    assert case.state == Case.State.SENDING
    assert case.assignment.holder is None
    assert after(29) == 0
    assert not Decision.objects.exists()
    assert not Statement.objects.exists()
    assert after(31) == 1
    assert after(31) == 0
    decision = Decision.objects.get()
    case.refresh_from_db()
    assert (case.state, case.outcome.decision) == (Case.State.DECIDED, decision)
    assert decision.made_by == f"staff:{reviewer.pk.hex}"
    assert decision.automated == Automated.NOT
    assert enforcement.facts_of(decision) == FACTS
    assert Restriction.objects.get(item=case.item).kind == "remove"
    assert Delivery.objects.count() == Statement.objects.count() == 1


def test_what_was_taken_back_is_in_ones_hands_with_everything_that_was_chosen(
    case: Case, world: made.World, reviewer: User
) -> None:
    """Nothing is ever recorded of it; the answers stand, and facts and actions can be read again."""
    choose(case, reviewer, judgement(world))
    pending = journey.take_back(case=case, user=reviewer)
    case.refresh_from_db()
    assert (case.state, case.assignment.holder) == (Case.State.OPEN, reviewer)
    assert after(60) == 0
    assert not Decision.objects.exists()
    again = journey.read_chosen(pending)
    assert (again.facts, again.actions, again.ground) == (FACTS, REMOVE, "terms")
    assert queries_desk.last_chosen(case=case, user=reviewer) == pending
    assert Entry.objects.filter(kind="review.decision.withdrawn").count() == 1


def test_a_case_may_be_decided_anew_after_it_was_taken_back(
    case: Case, world: made.World, reviewer: User
) -> None:
    """The second choice is the one that is recorded."""
    choose(case, reviewer, judgement(world))
    journey.take_back(case=case, user=reviewer)
    choose(case, reviewer, judgement(world, violation=False, ground="", actions=()))
    assert after() == 1
    assert not Decision.objects.get().violation


def test_nobody_takes_a_case_in_hand_that_is_decided_and_not_sent(
    case: Case, world: made.World, reviewer: User
) -> None:
    """Neither a colleague nor its own reviewer, who has the undo for that."""
    choose(case, reviewer, judgement(world))
    for user in (reviewer, made.member()):
        with pytest.raises(ChangedMeanwhile):
            take(case.assignment, user)
    assert after() == 1


def test_only_who_chose_takes_it_back_and_only_in_time(case: Case, world: made.World, reviewer: User) -> None:
    """A colleague has nothing to take back here; afterwards it is too late; twice is once."""
    choose(case, reviewer, judgement(world))
    with pytest.raises(NothingToTakeBack):
        journey.take_back(case=case, user=made.member())
    after()
    with pytest.raises(TooLate):
        journey.take_back(case=case, user=reviewer)
    other = made.waiting_case(world.platform)
    choose(other, reviewer, judgement(world))
    journey.take_back(case=other, user=reviewer)
    with pytest.raises(NothingToTakeBack):
        journey.take_back(case=other, user=reviewer)


def test_a_decision_that_waits_holds_no_words_in_the_open(
    case: Case, world: made.World, reviewer: User
) -> None:
    """What is said of the person stands sealed in the row."""
    pending = choose(case, reviewer, judgement(world))
    assert FACTS not in json.dumps(pending.proposal, ensure_ascii=False)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"ground": "none"}, NoSuchGround),
        ({"state_version": 7}, StateChanged),
        ({"facts": "{{who}}"}, BlankLeft),
    ],
)
def test_what_the_door_would_refuse_now_is_refused_now(
    case: Case, world: made.World, reviewer: User, change: dict[str, Any], error: type[Exception]
) -> None:
    """The reviewer hears it while the case is still before them."""
    version = take(case.assignment, reviewer)
    with pytest.raises(error), transaction.atomic():
        journey.decide_undoably(
            case=case, user=reviewer, expected_version=version, judgement=judgement(world, **change)
        )
    case.refresh_from_db()
    assert (case.state, case.assignment.holder) == (Case.State.OPEN, reviewer)
    assert not PendingDecision.objects.exists()


def test_what_the_door_refuses_by_then_opens_the_case_again_and_says_why(
    case: Case, world: made.World, reviewer: User
) -> None:
    """Another decision on the item came first: the case is on its reviewer's list with the reason."""
    choose(case, reviewer, judgement(world))
    decide.one(made_elsewhere(case, world), actor=SYSTEM)
    assert after() == 1
    case.refresh_from_db()
    assert (case.state, case.assignment.assignee) == (Case.State.OPEN, reviewer)
    assert told_why(case, reviewer) == StateChanged.code
    assert queries_desk.not_sent(user=reviewer) == [case]
    assert Decision.objects.count() == 1
    assert queries_desk.last_chosen(case=case, user=reviewer) is not None


def made_elsewhere(case: Case, world: made.World) -> decide.Proposal:
    """Return what another act decides on the item of a case meanwhile."""
    from tests.common import factories

    assert case.version is not None
    return factories.proposal(case.version, world.version, ProposedAction(ActionKind.HIDE))


def test_a_new_version_of_the_item_is_never_decided_unseen(
    case: Case, world: made.World, reviewer: User
) -> None:
    """Edited within the half minute, the item comes before a person again."""
    choose(case, reviewer, judgement(world))
    edited = made.seen(case.item, "고친 글입니다")
    review.gather(item=case.item, version=edited, verdict=None, queue="threats", at=clock.now(), actor=SYSTEM)
    after()
    case.refresh_from_db()
    assert (case.state, case.version) == (Case.State.OPEN, edited)
    assert told_why(case, reviewer) == "review.changed"


def test_what_another_tool_ended_meanwhile_stays_ended(case: Case, world: made.World, reviewer: User) -> None:
    """The decision that waited is not recorded over it."""
    choose(case, reviewer, judgement(world))
    first = decide.one(made_elsewhere(case, world), actor=SYSTEM)
    review.close(case=case, decision=first, at=clock.now(), actor=SYSTEM)
    assert after() == 1
    assert Decision.objects.get() == first
    assert PendingDecision.objects.get().done_at is not None


def test_of_a_person_who_was_forgotten_nothing_is_recorded(
    case: Case, world: made.World, reviewer: User
) -> None:
    """Their key went within the half minute: no decision, no note, and the promise is at an end."""
    choose(case, reviewer, judgement(world))
    vault.destroy([person_ref(case.item)], actor=SYSTEM)
    after()
    case.refresh_from_db()
    assert case.state == Case.State.OPEN
    assert not Decision.objects.exists()
    assert PendingDecision.objects.get().done_at is not None


def test_one_decision_that_fails_holds_up_no_other(
    world: made.World, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that nothing can read is tried again later; what was chosen beside it is recorded."""
    good, broken = (made.waiting_case(world.platform) for _ in range(2))
    choose(good, reviewer, judgement(world))
    pending = choose(broken, reviewer, judgement(world))
    pending.proposal = {**pending.proposal, "facts": "not hexadecimal"}
    pending.save(update_fields=["proposal"])
    assert after() == 2
    assert Decision.objects.get().item == good.item
    pending.refresh_from_db()
    assert (pending.done_at, pending.last_error) == (None, "ValueError")


def test_a_harsh_act_waits_for_its_second_person_first(case: Case, world: made.World, reviewer: User) -> None:
    """There is nothing to undo yet: it is laid before another at once."""
    look(case, reviewer)
    result = journey.decide_undoably(
        case=case,
        user=reviewer,
        expected_version=take(case.assignment, reviewer),
        judgement=judgement(world, actions=SUSPEND),
    )
    assert isinstance(result, Approval)
    assert not PendingDecision.objects.exists()


def agreed(case: Case, world: made.World, proposer: User, second: User) -> PendingDecision:
    """Let ``second`` agree to suspend the account behind a case."""
    approval = made.proposed(case, proposer, take(case.assignment, proposer))
    look(case, second)
    version = take(approval.assignment, second)
    approval = Approval.objects.get(pk=approval.pk)
    result = journey.approve_undoably(approval=approval, user=second, expected_version=version)
    assert isinstance(result, PendingDecision)
    return result


def test_an_agreement_waits_out_its_undo_too(case: Case, world: made.World, reviewer: User) -> None:
    """Then it is the proposer's decision, with the second person's name."""
    second = made.member()
    agreed(case, world, reviewer, second)
    assert not Decision.objects.exists()
    assert after() == 1
    decision = Decision.objects.get()
    assert decision.made_by == f"staff:{reviewer.pk.hex}"
    assert decision.approved_by == f"staff:{second.pk.hex}"


def test_an_agreement_that_was_taken_back_waits_for_a_word_again(
    case: Case, world: made.World, reviewer: User
) -> None:
    """The proposal is in the second person's hands; they may agree anew or send it back."""
    second = made.member()
    agreed(case, world, reviewer, second)
    journey.take_back(case=case, user=second)
    approval = Approval.objects.get()
    case.refresh_from_db()
    assert (approval.state, approval.decided_by, case.state) == ("waiting", None, Case.State.HELD)
    assert approval.assignment.holder == second
    version = approval.assignment.version
    journey.approve_undoably(approval=approval, user=second, expected_version=version)
    after()
    assert Decision.objects.count() == 1


def select(cases: list[Case]) -> list[Selected]:
    for case in cases:
        case.assignment.refresh_from_db()
    return [Selected(case, case.assignment.version, 0) for case in cases]


def test_a_selection_ends_with_one_reason_and_each_person_is_told_alone(
    world: made.World, reviewer: User
) -> None:
    """Three cases, one of them opened: three decisions and three statements of their own."""
    cases = [made.waiting_case(world.platform) for _ in range(3)]
    look(cases[0], reviewer)
    settled = journey.decide_selection(selected=select(cases), user=reviewer, judgement=judgement(world))
    assert all(isinstance(each.result, PendingDecision) for each in settled)
    assert len({each.result.batch for each in settled if each.result}) == 1
    assert after() == 3
    automated = {decision.item_id: decision.automated for decision in Decision.objects.all()}
    assert automated[cases[0].item_id] == Automated.NOT
    assert {automated[case.item_id] for case in cases[1:]} == {Automated.PARTIALLY}
    assert Statement.objects.filter(audience="affected").values("account").distinct().count() == 3


def test_what_is_opened_after_deciding_was_not_looked_at_before(
    world: made.World, reviewer: User, client: Any
) -> None:
    """Opening a case while its decision waits does not turn a batch into individual looks."""
    case = made.waiting_case(world.platform)
    journey.decide_selection(selected=select([case]), user=reviewer, judgement=judgement(world))
    client.force_login(reviewer)
    assert client.get(f"/console/case/{case.code}/").status_code == 200
    after()
    assert Decision.objects.get().automated == Automated.PARTIALLY


def test_of_a_selection_who_cannot_be_decided_on_stays_open(world: made.World, reviewer: User) -> None:
    """One is in a colleague's hands and one has changed: both are named, the third is decided."""
    cases = [made.waiting_case(world.platform) for _ in range(3)]
    selected = select(cases)
    take(cases[0].assignment, made.member())
    take(cases[1].assignment, reviewer)
    settled = journey.decide_selection(selected=selected, user=reviewer, judgement=judgement(world))
    assert [each.error.code if each.error else "" for each in settled] == [
        "review.already_held",
        "review.changed",
        "",
    ]
    for case in cases[:2]:
        case.refresh_from_db()
        assert case.state == Case.State.OPEN


def test_harsh_outcomes_of_a_selection_go_to_a_second_person_one_by_one(
    world: made.World, reviewer: User
) -> None:
    """Two cases make two approvals, each with its own word."""
    cases = [made.waiting_case(world.platform) for _ in range(2)]
    settled = journey.decide_selection(
        selected=select(cases), user=reviewer, judgement=judgement(world, actions=SUSPEND)
    )
    assert all(isinstance(each.result, Approval) for each in settled)
    assert Approval.objects.count() == 2


def test_without_a_time_to_undo_a_selection_is_recorded_at_once(
    world: made.World, reviewer: User, settings: Any
) -> None:
    """All of it through one batch of the door."""
    settings.SINMUNGO_UNDO_SECONDS = 0
    cases = [made.waiting_case(world.platform) for _ in range(3)]
    journey.decide_selection(selected=select(cases), user=reviewer, judgement=judgement(world))
    assert Decision.objects.count() == 3
    assert after() == 0


@pytest.mark.parametrize("count", [0, 51])
def test_a_selection_is_1_to_50_cases(case: Case, world: made.World, reviewer: User, count: int) -> None:
    """None, and one too many, are refused."""
    with pytest.raises(TooManyChosen):
        journey.decide_selection(selected=select([case]) * count, user=reviewer, judgement=judgement(world))


def test_a_selection_of_fifty_is_decided(world: made.World, reviewer: User) -> None:
    """The most that is allowed goes through in one piece."""
    cases = [made.waiting_case(world.platform) for _ in range(50)]
    settled = journey.decide_selection(selected=select(cases), user=reviewer, judgement=judgement(world))
    assert not [each.error for each in settled if each.error]
    assert after() == 50
    assert Decision.objects.count() == 50
