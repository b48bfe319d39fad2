"""Hearing an appeal, and putting right what was wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sinmungo.apps.appeals import errors, queries
from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.appeals.services import FiledAppeal
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import platform
from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.enforcement.models import Decision, Delivery
from sinmungo.apps.enforcement.proposals import ExternalDecision, Proposal, ProposedAction
from sinmungo.apps.intake import services as intake
from sinmungo.apps.intake.models import Report
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review import queries as review_queries
from sinmungo.apps.review import services as review
from sinmungo.apps.review.errors import Barred, ChangedMeanwhile, NotHeld
from sinmungo.apps.review.models import Case
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.statements import services as statements
from sinmungo.apps.statements.services import content_of
from sinmungo.core.kernel.words import (
    ActionKind,
    AppealOutcome,
    Automated,
    DecisionSource,
    DsaCategory,
    PlatformMode,
)
from sinmungo.journeys import appeal as journey
from sinmungo.journeys import decide
from tests.apps.appeals.made import (
    REASONS,
    REMOVED,
    SUSPENDED,
    appealed,
    decided,
    held_by,
    reported,
    scene,
    told,
)
from tests.apps.review.made import World, member, post, world

pytestmark = pytest.mark.django_db
OVERTURNED, PARTLY, UPHELD = AppealOutcome.OVERTURNED, AppealOutcome.PARTLY, AppealOutcome.UPHELD


def heard(
    filed: FiledAppeal, by: User, outcome: AppealOutcome, *keep: ProposedAction, reasons: str = REASONS
) -> Decision | None:
    """Claim an appeal and answer it."""
    work = held_by(by, filed)
    return journey.decide(
        appeal=filed.appeal,
        user=by,
        outcome=outcome,
        reasons=reasons,
        keep_actions=keep,
        expected_version=work.version,
    )


def looked(user: User, decision: Decision, ago: timedelta = timedelta()) -> None:
    """Let a person open the item of a decision, some time ago."""
    review.record_viewing(
        user=user,
        item=decision.item,
        version=decision.item_version,
        assignment=None,
        at=clock.now() - ago,
        actor=staff.actor_of(user),
    )


def test_upheld_appeal_is_explained_and_changes_nothing() -> None:
    """An upheld appeal has reasons its receipt opens, an entry, and no new decision."""
    _, _, hearer, decision = scene()
    filed = appealed(told(decision))
    assert heard(filed, hearer, UPHELD) is None
    status = queries.receipt_status(filed.receipt)
    assert (status.appeal.outcome, status.reasons) == ("upheld", REASONS)
    assert Decision.objects.count() == 1
    entry = Entry.objects.get(kind="appeals.appeal.decided")
    assert REASONS not in entry.body
    assert status.appeal.assignment.done_at is not None


def test_overturned_appeal_puts_everything_right() -> None:
    """Restrictions and strikes go, the platform is told, and the person reads that it was wrong."""
    _, _, hearer, decision = scene(REMOVED, SUSPENDED)
    account = decision.item.author
    assert account is not None
    looked(hearer, decision)
    answer = heard(appealed(told(decision)), hearer, OVERTURNED)
    assert answer is not None
    assert (answer.violation, answer.source, answer.supersedes) == (False, "appeal", decision)
    assert (answer.automated, answer.looked) == ("not", True)
    for item in (decision.item, account):
        state = enforcement.wanted_state([item.id])[item.id]
        assert state.restrictions == ()
        assert Delivery.objects.filter(item=item, version=state.version).exists()
    assert enforcement.active_strikes(account, clock.now()) == []
    content = content_of(told(answer))
    assert (content.outcome, content.supersedes_case_code) == ("reversed", decision.case_code)


def test_partly_overturned_keeps_what_was_chosen() -> None:
    """Of a removal and a suspension the removal remains, with the policy it rested on."""
    _, _, hearer, decision = scene(REMOVED, SUSPENDED)
    answer = heard(appealed(told(decision)), hearer, PARTLY, REMOVED)
    assert answer is not None
    assert [action.kind for action in answer.actions.all()] == ["remove"]
    assert (answer.ground, answer.policy_version) == (decision.ground, decision.policy_version)
    assert content_of(told(answer)).outcome == "partly_reversed"
    account = decision.item.author
    assert account is not None
    assert enforcement.wanted_state([account.id])[account.id].restrictions == ()


@pytest.mark.parametrize(
    "keep",
    [
        (),
        (REMOVED, SUSPENDED),
        (ProposedAction(ActionKind.HIDE),),
        (ProposedAction(ActionKind.SUSPEND, lasts=timedelta(days=6)),),
        (ProposedAction(ActionKind.SUSPEND),),
        (ProposedAction(ActionKind.REMOVE, "KR"),),
    ],
)
def test_partly_overturned_adds_nothing(keep: tuple[ProposedAction, ...]) -> None:
    """Nothing, everything, something new or something longer is no overturning in part."""
    _, _, hearer, decision = scene(REMOVED, SUSPENDED)
    filed = appealed(told(decision))
    with pytest.raises(errors.KeepPart):
        heard(filed, hearer, PARTLY, *keep)
    assert Appeal.objects.get().state == "waiting"
    assert Decision.objects.count() == 1


def test_nobody_hears_an_appeal_against_their_own_decision() -> None:
    """The one who decided can neither take the appeal nor answer it."""
    within = world()
    lead = member("lead")
    filed = appealed(told(decided(within, lead, REMOVED)))
    with pytest.raises(Barred):
        held_by(lead, filed)
    with pytest.raises(errors.SamePerson):
        journey.decide(appeal=filed.appeal, user=lead, outcome=UPHELD, reasons=REASONS, expected_version=1)


def test_who_decided_earlier_in_the_chain_does_not_hear_either() -> None:
    """Somebody whose decision was replaced in part does not hear the appeal against the rest."""
    within = world()
    first, second = member("lead"), member("lead")
    decision = decided(within, first, REMOVED, SUSPENDED)
    answer = heard(appealed(told(decision)), second, PARTLY, REMOVED)
    assert answer is not None
    again = appealed(told(answer))
    assert set(queries.involved(answer)) == {first.pk, second.pk}
    for user in (first, second):
        with pytest.raises(errors.SamePerson):
            journey.decide(
                appeal=again.appeal, user=user, outcome=UPHELD, reasons=REASONS, expected_version=1
            )


@pytest.mark.parametrize("reasons", ["", "짧은 이유", "가" * 5_001])
def test_reasons_are_owed(reasons: str) -> None:
    """Without reasons of 20 to 5,000 characters there is no answer."""
    _, _, hearer, decision = scene()
    filed = appealed(told(decision))
    with pytest.raises(errors.ReasonsNeeded):
        heard(filed, hearer, OVERTURNED, reasons=reasons)
    assert Decision.objects.count() == 1


def test_an_appeal_must_be_held_as_it_was_seen() -> None:
    """Who does not hold the appeal, or saw an older state of it, changes nothing."""
    _, _, hearer, decision = scene()
    filed = appealed(told(decision))
    with pytest.raises(NotHeld):
        journey.decide(
            appeal=filed.appeal, user=hearer, outcome=OVERTURNED, reasons=REASONS, expected_version=1
        )
    work = held_by(hearer, filed)
    with pytest.raises(ChangedMeanwhile):
        journey.decide(
            appeal=filed.appeal,
            user=hearer,
            outcome=OVERTURNED,
            reasons=REASONS,
            expected_version=work.version - 1,
        )
    assert Decision.objects.count() == 1


def test_an_answered_appeal_is_not_answered_again() -> None:
    """The second answer to an appeal is refused."""
    _, _, hearer, decision = scene()
    filed = appealed(told(decision))
    heard(filed, hearer, UPHELD)
    with pytest.raises(errors.AlreadyDecided):
        journey.decide(
            appeal=filed.appeal, user=hearer, outcome=OVERTURNED, reasons=REASONS, expected_version=9
        )
    with pytest.raises(errors.AlreadyHeard):
        appealed(told(decision))


def test_decision_put_right_meanwhile_is_the_answer() -> None:
    """When the decision was reversed on another way, overturning the appeal points to that."""
    within, decider, hearer, decision = scene()
    filed = appealed(told(decision))
    other = decided(
        within, decider, violation=False, on=(decision.item, decision.item_version), supersedes=decision
    )
    assert heard(filed, hearer, OVERTURNED) == other


def test_answer_without_reading_is_marked() -> None:
    """An answer sooner than the case can be read is marked fast; one after reading is not."""
    within, decider, hearer, _ = scene()
    for ago, fast in ((None, True), (timedelta(seconds=5), True), (timedelta(minutes=2), False)):
        decision = decided(within, decider, REMOVED)
        filed = appealed(told(decision))
        Appeal.objects.filter(pk=filed.appeal.pk).update(received_at=clock.now() - timedelta(minutes=5))
        if ago is not None:
            looked(hearer, decision, ago)
        heard(filed, hearer, UPHELD)
        assert Appeal.objects.get(pk=filed.appeal.pk).fast is fast


def _acted_on_report(within: World, decider: User) -> tuple[Decision, Report]:
    item, version = post(within.platform)
    filed = reported(within, item)
    decision = decided(within, decider, REMOVED, on=(item, version))
    answered(decision, "acted", decider)
    return decision, filed.report


def answered(decision: Decision, outcome: str, by: User) -> None:
    """Answer the reports on a decision's item, as a review does when it ends."""
    actor = staff.actor_of(by)
    reports = intake.close_reports(
        item=decision.item, outcome=outcome, decision_id=decision.id, at=clock.now(), actor=actor
    )
    statements.tell_reporters(decision=decision, reports=reports, outcome=outcome, actor=actor)


def test_reporters_are_told_of_a_reversal() -> None:
    """Who had been told that something was done is told that the decision was reversed."""
    within, decider, hearer, _ = scene()
    decision, report = _acted_on_report(within, decider)
    answer = heard(appealed(told(decision)), hearer, OVERTURNED)
    assert answer is not None
    report.refresh_from_db()
    assert (report.outcome, report.decision_id) == ("reversed", answer.id)
    assert content_of(told(answer, "reporter")).outcome == "reversed"


def test_rejected_report_is_looked_at_again() -> None:
    """A reporter's appeal that is overturned opens the case anew and decides nothing by itself."""
    within, decider, hearer, _ = scene()
    item, version = post(within.platform)
    reported(within, item)
    Case.objects.all().delete()
    decision = decided(within, decider, violation=False, on=(item, version))
    answered(decision, "no_violation", decider)
    filed = appealed(told(decision, "reporter"))
    assert filed.appeal.appellant == "reporter"
    assert heard(filed, hearer, OVERTURNED) is None
    case = Case.objects.get(item=item, state="open")
    assert case.version == version
    body = Entry.objects.filter(kind="appeals.appeal.filed").latest("id").body
    assert decision.case_code not in body


def test_a_second_answer_reaches_who_reported_too() -> None:
    """After an overturned rejection the report is open again, so the next answer is told as well."""
    within, decider, hearer, _ = scene()
    item, version = post(within.platform)
    report = reported(within, item).report
    decision = decided(within, decider, violation=False, on=(item, version))
    answered(decision, "no_violation", decider)

    heard(appealed(told(decision, "reporter")), hearer, OVERTURNED)

    report.refresh_from_db()
    assert report.outcome == "open"
    second = decided(within, decider, violation=False, on=(item, version))
    answered(second, "no_violation", decider)
    assert content_of(told(second, "reporter")).outcome == "no_violation"


def test_whoever_rejected_a_report_does_not_look_at_it_again() -> None:
    """The case that a reporter's appeal opens anew is for others: the first reviewer cannot take it."""
    within, decider, hearer, _ = scene()
    item, version = post(within.platform)
    reported(within, item)
    Case.objects.all().delete()
    decision = decided(within, decider, violation=False, on=(item, version))
    answered(decision, "no_violation", decider)

    heard(appealed(told(decision, "reporter")), hearer, OVERTURNED)

    work = Case.objects.get(item=item, state="open").assignment
    taking = {"assignment": work, "expected_version": work.version, "at": clock.now()}
    with pytest.raises(Barred):
        review.claim(user=decider, actor=staff.actor_of(decider), **taking)
    other = member()
    assert work not in review_queries.waiting_cases(seen_by=decider).rows
    assert work in review_queries.waiting_cases(seen_by=other).rows
    assert review.claim(user=other, actor=staff.actor_of(other), **taking).holder == other


def test_rejected_report_is_not_overturned_in_part() -> None:
    """There is no part of a rejection."""
    within, decider, hearer, _ = scene()
    item, version = post(within.platform)
    reported(within, item)
    decision = decided(within, decider, violation=False, on=(item, version))
    answered(decision, "no_violation", decider)
    with pytest.raises(errors.NotInPart):
        heard(appealed(told(decision, "reporter")), hearer, PARTLY, REMOVED)


def test_decision_of_another_tool_is_put_right_on_a_platform_that_decides_itself() -> None:
    """On a platform beside which we stand, an overturned decision of its own tool is delivered."""
    within = world(PlatformMode.BESIDE)
    hearer = member("hearer")
    item, version = post(within.platform)
    decision = decide.one(
        Proposal(
            item=item,
            item_version=version,
            violation=True,
            category=DsaCategory.OTHER_TERMS,
            facts="다른 도구가 알려 온 결정입니다.",
            source=DecisionSource.EXTERNAL,
            actions=(REMOVED, SUSPENDED),
            external=ExternalDecision("tool-1", "운영 규칙 7조", Automated.FULLY, True),
        ),
        actor=platform(within.platform.slug),
    )
    before = Delivery.objects.count()
    answer = heard(appealed(told(decision)), hearer, PARTLY, REMOVED)
    assert answer is not None
    assert (answer.ground_text, answer.policy_version) == ("운영 규칙 7조", None)
    assert content_of(told(answer)).outcome == "partly_reversed"
    assert Delivery.objects.count() > before
