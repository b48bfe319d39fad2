"""A reviewer decides a case; harsh acts wait for a second person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sinmungo.apps.base import clock, ids
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.enforcement.errors import NoFacts, StateChanged
from sinmungo.apps.enforcement.models import Decision, Restriction, Strike
from sinmungo.apps.enforcement.proposals import ProposedAction
from sinmungo.apps.intake.models import Report
from sinmungo.apps.items import store
from sinmungo.apps.items.models import Item
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review import services as review
from sinmungo.apps.review.errors import (
    AlreadyDone,
    Barred,
    ChangedMeanwhile,
    NotHeld,
    NotLooked,
    ProposalDiffers,
    SamePerson,
)
from sinmungo.apps.review.models import Approval, Case
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.statements.models import Statement
from sinmungo.core.kernel.words import ActionKind, Automated
from sinmungo.journeys import review as journey
from sinmungo.journeys.review import AnswerAll, Judgement, NoPolicyChosen, NothingChosen
from tests.apps.review import made

pytestmark = pytest.mark.django_db

FACTS = "특정한 사람을 해치겠다고 말합니다."
REMOVE = (ProposedAction(ActionKind.REMOVE),)
SUSPEND = (*REMOVE, ProposedAction(ActionKind.SUSPEND, lasts=timedelta(days=30)))


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def case(world: made.World) -> Case:
    return made.waiting_case(world.platform)


@pytest.fixture
def reviewer() -> User:
    return made.member()


def _held(case: Case, user: User, look: bool = True) -> int:
    case.assignment.refresh_from_db()
    now = clock.now()
    if look:
        review.record_viewing(
            user=user, item=case.item, version=case.version, assignment=case.assignment, at=now, actor=SYSTEM
        )
    held = review.claim(
        assignment=case.assignment,
        user=user,
        expected_version=case.assignment.version,
        at=now,
        actor=SYSTEM,
    )
    return held.version


def _judgement(world: made.World, **more: object) -> Judgement:
    plain = Judgement(
        violation=True,
        facts=FACTS,
        policy_version=world.version,
        ground="terms",
        actions=REMOVE,
        answers={"directed": "yes", "imminent": "no"},
        suggested={"directed": "yes"},
        state_version=0,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def _decide(case: Case, user: User, judgement: Judgement, look: bool = True) -> Decision | Approval:
    version = _held(case, user, look)
    return journey.decide_case(case=case, user=user, expected_version=version, judgement=judgement)


def _report(case: Case) -> Report:
    return Report.objects.create(
        id=ids.new_id(),
        item=case.item,
        platform=case.item.platform,
        reason="harassment",
        receipt_digest=ids.new_handle() * 2,
        received_at=clock.now(),
    )


def test_a_case_ends_by_its_decision(case: Case, world: made.World, reviewer: User) -> None:
    """Deciding records the decision with its restriction and strike, and closes the case."""
    decision = _decide(case, reviewer, _judgement(world))
    assert isinstance(decision, Decision)
    case.refresh_from_db()
    assert case.state == Case.State.DECIDED
    assert case.outcome.decision == decision
    assert case.assignment.done_at is not None
    assert enforcement.facts_of(decision) == FACTS
    assert Restriction.objects.get(item=case.item).kind == "remove"
    assert Strike.objects.get().account == case.item.author
    assert Entry.objects.filter(kind="review.case.closed").count() == 1


def test_every_reporter_is_told_the_outcome(case: Case, world: made.World, reviewer: User) -> None:
    """All open reports on the item get their outcome, and each reporter a statement."""
    reports = [_report(case), _report(case)]
    _decide(case, reviewer, _judgement(world))
    for report in reports:
        report.refresh_from_db()
        assert report.outcome == Report.Outcome.ACTED
    told = Statement.objects.filter(audience="reporter")
    assert {statement.report_id for statement in told} == {report.id for report in reports}


def test_no_violation_is_a_decision_too(case: Case, world: made.World, reviewer: User) -> None:
    """Finding nothing is recorded, does nothing to anybody, and is told to whoever reported."""
    report = _report(case)
    decision = _decide(case, reviewer, _judgement(world, violation=False, ground="", actions=()))
    assert isinstance(decision, Decision)
    assert not decision.violation
    assert not Restriction.objects.filter(standing=True).exists()
    report.refresh_from_db()
    assert report.outcome == Report.Outcome.NO_VIOLATION


def test_no_violation_needs_no_policy(case: Case, world: made.World, reviewer: User) -> None:
    """A case may end without a violation and without naming a policy."""
    judgement = Judgement(violation=False, facts="살펴보았고 문제가 없습니다.", state_version=0)
    assert isinstance(_decide(case, reviewer, judgement), Decision)


@pytest.mark.parametrize(("look", "automated"), [(True, Automated.NOT), (False, Automated.PARTIALLY)])
def test_only_what_was_opened_counts_as_looked_at(
    case: Case, world: made.World, reviewer: User, look: bool, automated: Automated
) -> None:
    """A decision says that a person looked only when this person had the item open."""
    decision = _decide(case, reviewer, _judgement(world), look)
    assert isinstance(decision, Decision)
    assert (decision.looked, decision.automated) == (look, automated)


def test_the_second_to_decide_meets_a_conflict(case: Case, world: made.World, reviewer: User) -> None:
    """When two decide one case, the second is told so and nothing is decided twice."""
    version = _held(case, reviewer)
    journey.decide_case(case=case, user=reviewer, expected_version=version, judgement=_judgement(world))
    with pytest.raises(AlreadyDone):
        journey.decide_case(case=case, user=reviewer, expected_version=version, judgement=_judgement(world))
    assert Decision.objects.count() == 1


def test_deciding_needs_the_case_in_hand(case: Case, world: made.World, reviewer: User) -> None:
    """Without a claim, or on an older version, nothing is decided."""
    with pytest.raises(NotHeld):
        journey.decide_case(case=case, user=reviewer, expected_version=1, judgement=_judgement(world))
    _held(case, reviewer)
    with pytest.raises(ChangedMeanwhile):
        journey.decide_case(case=case, user=reviewer, expected_version=1, judgement=_judgement(world))


def test_a_decision_elsewhere_meanwhile_is_a_conflict(case: Case, world: made.World, reviewer: User) -> None:
    """When the item was decided on since the page was opened, the case stays open."""
    with pytest.raises(StateChanged):
        _decide(case, reviewer, _judgement(world, state_version=5))
    case.refresh_from_db()
    assert case.state == Case.State.OPEN
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"answers": {"directed": "yes"}}, AnswerAll),
        ({"policy_version": None}, NoPolicyChosen),
        ({"actions": ()}, NothingChosen),
        ({"facts": "  "}, NoFacts),
    ],
)
def test_a_half_made_judgement_is_refused_whole(
    case: Case, world: made.World, reviewer: User, change: dict[str, object], error: type[Exception]
) -> None:
    """An open question, no policy, no action or no facts: refused, and nothing is kept of it."""
    with pytest.raises(error):
        _decide(case, reviewer, _judgement(world, **change))
    assert not Decision.objects.exists()
    assert not case.answers.exists()


def test_a_harsh_act_waits_for_a_second_person(case: Case, world: made.World, reviewer: User) -> None:
    """Suspending for a month does nothing until another person agrees, and then is theirs as well."""
    approval = _decide(case, reviewer, _judgement(world, actions=SUSPEND))
    assert isinstance(approval, Approval)
    assert not Decision.objects.exists()
    second = made.member()
    decision = journey.approve(approval=approval, user=second, expected_version=_take(approval, second))
    assert decision.made_by == str(staff.actor_of(reviewer))
    assert decision.approved_by == str(staff.actor_of(second))
    assert enforcement.facts_of(decision) == FACTS
    case.refresh_from_db()
    assert case.state == Case.State.DECIDED


def test_an_outcome_that_asks_for_it_waits_too(case: Case, world: made.World, reviewer: User) -> None:
    """When the policy's outcome holds, even a mild action waits for a second person."""
    answers = {"directed": "yes", "imminent": "yes"}
    assert isinstance(_decide(case, reviewer, _judgement(world, answers=answers)), Approval)


def test_the_same_person_cannot_approve(case: Case, world: made.World) -> None:
    """Whatever their role, the proposer can neither claim nor approve what they proposed."""
    lead = made.member("lead")
    approval = _decide(case, lead, _judgement(world, actions=SUSPEND))
    assert isinstance(approval, Approval)
    with pytest.raises(Barred):
        _take(approval, lead)
    with pytest.raises(SamePerson):
        journey.approve(approval=approval, user=lead, expected_version=1)
    assert not Decision.objects.exists()


def test_what_waits_holds_no_words_in_clear(case: Case, world: made.World, reviewer: User) -> None:
    """The row of a waiting proposal keeps what was said of a person sealed."""
    approval = _decide(case, reviewer, _judgement(world, actions=SUSPEND))
    assert isinstance(approval, Approval)
    assert FACTS not in str(approval.proposal)
    assert journey.read_proposal(approval).facts == FACTS


def test_only_the_very_proposal_is_approved(case: Case, world: made.World, reviewer: User) -> None:
    """A row that was changed behind the proposer's back is refused."""
    approval = _decide(case, reviewer, _judgement(world, actions=SUSPEND))
    assert isinstance(approval, Approval)
    Approval.objects.filter(pk=approval.pk).update(proposal={**approval.proposal, "strike_weight": 9})
    approval.refresh_from_db()
    second = made.member()
    version = _take(approval, second)
    with pytest.raises(ProposalDiffers):
        journey.approve(approval=approval, user=second, expected_version=version)


def test_sent_back_the_case_can_be_decided_otherwise(case: Case, world: made.World, reviewer: User) -> None:
    """After a proposal came back, the case is open and a milder decision ends it."""
    approval = _decide(case, reviewer, _judgement(world, actions=SUSPEND))
    assert isinstance(approval, Approval)
    second = made.member()
    journey.send_back(
        approval=approval,
        user=second,
        words="정지까지는 필요하지 않아 보입니다.",
        expected_version=_take(approval, second),
    )
    case.refresh_from_db()
    assert isinstance(_decide(case, reviewer, _judgement(world)), Decision)


def test_another_desk_sees_the_item_next_where_the_policy_says_so(
    case: Case, world: made.World, reviewer: User
) -> None:
    """An outcome that refers opens a case in the other queue once this one has ended."""
    answers = {"directed": "no", "imminent": "yes"}
    hide = (ProposedAction(ActionKind.HIDE),)
    _decide(case, reviewer, _judgement(world, answers=answers, actions=hide))
    following = Case.objects.exclude(pk=case.pk).get()
    assert following.item == case.item
    assert following.assignment.queue_id == "privacy"
    _decide(following, reviewer, _judgement(world, answers=answers, actions=hide, state_version=1))
    assert not Case.objects.exclude(state=Case.State.DECIDED).exists()


def test_a_milder_outcome_without_a_strike_leaves_none(case: Case, world: made.World, reviewer: User) -> None:
    """Where the policy's outcome gives no strike, none is counted."""
    answers = {"directed": "no", "imminent": "yes"}
    hide = (ProposedAction(ActionKind.HIDE),)
    _decide(case, reviewer, _judgement(world, answers=answers, actions=hide))
    assert not Strike.objects.exists()


def test_an_account_is_decided_like_any_item(world: made.World, reviewer: User) -> None:
    """A case on an account itself may end in a warning to it."""
    item, _ = made.post(world.platform)
    account = Item.objects.get(pk=item.author_id)
    case = review.gather(
        item=account, version=None, verdict=None, queue="threats", at=clock.now(), actor=SYSTEM
    )
    warning = (ProposedAction(ActionKind.WARN),)
    assert isinstance(_decide(case, reviewer, _judgement(world, actions=warning)), Decision)


def _take(approval: Approval, user: User, look: bool = True) -> int:
    at, assignment = clock.now(), approval.assignment
    if look:
        found = approval.case
        review.record_viewing(
            user=user, item=found.item, version=found.version, assignment=assignment, at=at, actor=SYSTEM
        )
    return review.claim(
        assignment=assignment, user=user, expected_version=assignment.version, at=at, actor=SYSTEM
    ).version


def test_a_second_person_agrees_to_what_they_have_seen(case: Case, world: made.World, reviewer: User) -> None:
    """Whoever did not open the item cannot agree to a harsh act, and nothing is done."""
    approval = _decide(case, reviewer, _judgement(world, actions=SUSPEND))
    assert isinstance(approval, Approval)
    second = made.member()
    version = _take(approval, second, look=False)

    with pytest.raises(NotLooked):
        journey.approve(approval=approval, user=second, expected_version=version)

    assert not Decision.objects.exists()


def test_a_resident_number_is_kept_neither_in_facts_nor_in_words(
    case: Case, world: made.World, reviewer: User
) -> None:
    """What a reviewer or a second person writes is masked before it is sealed or stored."""
    number = "901231-" + "1234567"
    approval = _decide(case, reviewer, _judgement(world, actions=SUSPEND, facts=f"{FACTS} {number}"))
    assert isinstance(approval, Approval)
    assert number not in journey.read_proposal(approval).facts
    second = made.member()
    version = _take(approval, second)
    journey.send_back(
        approval=approval, user=second, words=f"번호 {number}을 지워 주십시오.", expected_version=version
    )
    approval.refresh_from_db()
    assert number not in approval.words
    assert approval.words.startswith("번호 ")


@pytest.mark.parametrize("first", ["rule", "report"])
def test_who_found_it_is_told_as_it_was(case: Case, world: made.World, reviewer: User, first: str) -> None:
    """What a rule brought up before anybody reported was found automatically, also when judged again."""
    assert case.version is not None
    report = _report(case)
    apart = timedelta(microseconds=-1 if first == "report" else 1)
    Report.objects.filter(pk=report.pk).update(received_at=case.verdict.at + apart)  # type: ignore[union-attr]
    case.verdict = made.judged(case.version)
    case.save(update_fields=["verdict"])
    decision = _decide(case, reviewer, _judgement(world))
    assert isinstance(decision, Decision)
    assert decision.detected_automatically is (first == "rule")


def test_of_an_item_never_seen_here_nobody_claims_to_have_looked(world: made.World, reviewer: User) -> None:
    """A post that was reported and never sent to us has nothing to open, so no letter says it was opened."""
    item = Item.objects.get(pk=store.ensure_item(world.platform.pk, "post", "unseen", at=clock.now()))
    case = review.gather(item=item, version=None, verdict=None, queue="threats", at=clock.now(), actor=SYSTEM)
    decision = _decide(case, reviewer, _judgement(world, violation=False, actions=()))
    assert isinstance(decision, Decision)
    assert not decision.looked
    assert decision.automated != Automated.NOT
