"""Second looks: drawn by nobody's hand, blind, exactly once, and changing nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError
from pytest_django import Settings

from sinmungo.apps.appeals import queries as appeals
from sinmungo.apps.base import clock, ids
from sinmungo.apps.enforcement.models import Action, Decision, ItemState
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review import queries_second as queries
from sinmungo.apps.review.errors import Barred, NoSuchWork, UnknownFactor
from sinmungo.apps.review.models import Assignment, Case, SecondReview
from sinmungo.apps.review.services import seconds
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.staff.models import User
from sinmungo.apps.vault import queries as vault
from sinmungo.journeys import review as journey
from sinmungo.journeys import second_look
from tests.apps.review import made, second

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def first() -> User:
    return made.member()


@pytest.fixture
def other() -> User:
    return made.member()


@pytest.fixture(autouse=True)
def everything_is_drawn(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SINMUNGO_SECOND_REVIEW_SHARE = 1.0
    monkeypatch.setattr(second_look, "_looked_until", None)
    monkeypatch.setattr(second_look, "GOLD_SHARE", 0.0)


def test_a_decision_is_laid_out_once_and_to_others(world: made.World, first: User, other: User) -> None:
    """Whoever decided never meets it again, a colleague does, and looking twice draws nothing twice."""
    decision = second.decided(world, first)
    assert second.drawn() == 1
    assert second.drawn() == 0
    found = second.second_to(decision)
    assert (found.assignment.kind, found.assignment.barred_id) == ("second", first.pk)
    assert [row.pk for row in queries.waiting_seconds(seen_by=other).rows] == [found.assignment_id]
    assert queries.waiting_seconds(seen_by=first).rows == []
    with pytest.raises(NoSuchWork):
        queries.second_of(work=found.assignment_id, seen_by=first)
    with pytest.raises(Barred):
        second.taken(found.assignment, first)


def test_an_approver_is_kept_from_it_too(world: made.World, first: User, other: User) -> None:
    """Both who had a part in a harsh decision are barred."""
    decision = second.decided(world, first)
    decision.approved_by = f"staff:{other.pk.hex}"
    laid = seconds.lay(
        version=decision.item_version,
        policy_version=world.version,
        queue="threats",
        share=1.0,
        barred=appeals.involved(decision),
        at=clock.now(),
        decision=decision,
    )
    assert {laid.assignment.barred_id, laid.assignment.barred_too_id} == {first.pk, other.pk}


def test_what_was_laid_out_cannot_be_laid_out_again(world: made.World, first: User) -> None:
    """The database allows one second review a decision, so two workers cannot both draw it."""
    decision = second.decided(world, first)
    second.drawn()
    with pytest.raises(IntegrityError):
        seconds.lay(
            version=decision.item_version,
            policy_version=world.version,
            queue="threats",
            share=1.0,
            barred=[],
            at=clock.now(),
            decision=decision,
        )


@pytest.mark.parametrize(
    ("after", "is_drawn"),
    [
        (second_look.SETTLED - timedelta(seconds=5), False),
        (second_look.SETTLED, True),
        (second_look.DRAWN_WITHIN - timedelta(minutes=1), True),
        (second_look.DRAWN_WITHIN + timedelta(minutes=1), False),
    ],
)
def test_a_decision_is_drawn_between_ten_minutes_and_seven_days(
    world: made.World, first: User, after: timedelta, is_drawn: bool
) -> None:
    """It settles first, and what was passed over for a week is left alone."""
    second.decided(world, first)
    assert second.drawn(at=clock.now() + after) == is_drawn


def test_a_later_look_still_draws_what_settled_since(world: made.World, first: User) -> None:
    """A worker that looked a minute ago looks at what came since, and at what came late."""
    second.drawn(at=clock.now() + second_look.SETTLED)
    second.decided(world, first)
    assert second.drawn(at=clock.now() + timedelta(minutes=30)) == 1


def test_the_share_is_kept_and_foreseen_by_the_key_only(settings: Settings) -> None:
    """Of many ids the share is drawn; another key draws others; the same key draws the same."""
    many = [ids.new_id() for _ in range(4000)]
    drawn = {found for found in many if second_look.chance(found, "draw") < 0.05}
    assert 140 <= len(drawn) <= 262
    assert drawn == {found for found in many if second_look.chance(found, "draw") < 0.05}
    settings.SECRET_KEY = "another key altogether"
    assert len(drawn & {found for found in many if second_look.chance(found, "draw") < 0.05}) < 40


def test_a_share_of_nothing_draws_nothing(world: made.World, first: User, settings: Settings) -> None:
    """With share 0 no decision is looked at a second time."""
    settings.SINMUNGO_SECOND_REVIEW_SHARE = 0.0
    second.decided(world, first)
    assert second.drawn() == 0


def test_open_second_reviews_never_swamp_the_desk(
    world: made.World, first: User, other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the limit what is drawn waits, and is laid out when there is room again."""
    monkeypatch.setattr(second_look, "MOST_OPEN", 2)
    for _ in range(3):
        second.decided(world, first)
    assert second.drawn() == 2
    assert second.drawn() == 0
    second.answered(SecondReview.objects.select_related("assignment", "policy_version")[0], other)
    assert second.drawn() == 1


def test_answering_changes_nothing_but_the_answer(world: made.World, first: User, other: User) -> None:
    """The decision, what it did and the item's wanted state stay; the words are sealed."""
    decision = second.decided(world, first)
    second.drawn()

    def standing() -> tuple[object, ...]:
        return (
            list(Decision.objects.values_list("pk", flat=True)),
            list(Action.objects.values_list("pk", flat=True)),
            list(ItemState.objects.values_list("item", "version", "public_state")),
            list(Case.objects.values_list("pk", "state")),
        )

    before = standing()
    words = "다른 사람을 두고 한 말 같습니다."
    found = second.answered(
        second.second_to(decision), other, violation=False, words=words, answers=second.NO
    )
    assert standing() == before
    assert words.encode() not in bytes(found.words)
    ref = f"person:{decision.item.author_id.hex}"
    assert vault.unseal(ref, seconds.WORDS_FIELD, bytes(found.words)).reveal() == words
    assert Assignment.objects.get(pk=found.assignment_id).done_at is not None


@pytest.mark.parametrize("answers", [{"directed": "yes"}, {}])
def test_every_question_is_answered(
    world: made.World, first: User, other: User, answers: dict[str, str]
) -> None:
    """An open question is refused with how many are open, whatever was found."""
    decision = second.decided(world, first)
    second.drawn()
    with pytest.raises(seconds.AnswerEach) as refused:
        second.answered(second.second_to(decision), other, answers=answers)
    assert refused.value.facts == {"missing": 2 - len(answers)}


def test_an_answer_that_the_policy_does_not_know_is_refused(
    world: made.World, first: User, other: User
) -> None:
    """Nothing but what was asked is kept."""
    decision = second.decided(world, first)
    second.drawn()
    with pytest.raises(UnknownFactor):
        second.answered(second.second_to(decision), other, answers={**second.YES, "more": "yes"})


@pytest.mark.parametrize(("letters", "is_kept"), [(1000, True), (1001, False)])
def test_words_have_a_limit(world: made.World, first: User, other: User, letters: int, is_kept: bool) -> None:
    """A thousand characters are kept, one more is refused."""
    decision = second.decided(world, first)
    second.drawn()
    found = second.second_to(decision)
    if is_kept:
        assert second.answered(found, other, words="가" * letters).words
        return
    with pytest.raises(seconds.SecondWords):
        second.answered(found, other, words="가" * letters)


def test_gold_lies_among_them_and_looks_the_same(
    world: made.World, first: User, other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work and the ledger tell the same of gold as of a draw; who knows its answers is kept from it."""
    monkeypatch.setattr(second_look, "GOLD_SHARE", 0.5)
    lead = made.member("lead")
    gold = second.gold(world, second.decided(world, first), lead)
    assert second.drawn() == 1
    laid = {row.gold_id: row for row in SecondReview.objects.select_related("assignment")}
    assert set(laid) == {None, gold.pk}
    of_gold, of_a_draw = laid[gold.pk].assignment, laid[None].assignment
    for name in ("kind", "queue_id", "platform_id", "created_at", "priority", "due_at", "version"):
        assert getattr(of_gold, name) == getattr(of_a_draw, name)
    assert {of_gold.barred_id, of_gold.barred_too_id} == {lead.pk, first.pk}
    entries = Entry.objects.filter(kind="review.work.opened", subject__startswith="assignment:")
    told = {row.body for row in entries if "second" in row.body}
    assert len(told) == 1


def test_whoever_answered_gold_does_not_meet_it_again(
    world: made.World, first: User, other: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were shown the right answers, so a second time would measure their memory."""
    monkeypatch.setattr(second_look, "GOLD_SHARE", 0.5)
    gold = second.gold(world, second.decided(world, first), made.member("lead"))
    second.drawn()
    found = SecondReview.objects.select_related("assignment", "policy_version", "version__item").get(
        gold=gold
    )
    second.answered(found, other)
    again = seconds.lay(
        version=gold.version,
        policy_version=gold.policy_version,
        queue="threats",
        share=0.1,
        barred=[],
        at=clock.now(),
        gold=gold,
    )
    assert again.assignment_id not in [row.pk for row in queries.waiting_seconds(seen_by=other).rows]
    with pytest.raises(NoSuchWork):
        queries.second_of(work=again.assignment_id, seen_by=other)
    third = made.member()
    assert queries.second_of(work=again.assignment_id, seen_by=third).gold_id == gold.pk


def test_gold_is_about_one_in_ten(world: made.World) -> None:
    """Gold beside one draw in nine makes one in ten of all."""
    beside = sum(second_look.chance(ids.new_id(), "gold") < 0.1 / 0.9 for _ in range(4000))
    assert 360 <= beside <= 530


def test_gold_is_made_of_decided_cases_by_those_who_keep_it(world: made.World, first: User) -> None:
    """An open case, an open question, no why, a second time and another role are refused."""
    lead, decision = made.member("lead"), second.decided(world, first)
    with pytest.raises(seconds.NotDecidedYet):
        second.gold(world, decision, lead, case=made.waiting_case(world.platform))
    with pytest.raises(seconds.AnswerEach):
        second.gold(world, decision, lead, answers={})
    with pytest.raises(seconds.WhyNeeded):
        second.gold(world, decision, lead, why=" ")
    with pytest.raises(seconds.WhyNeeded):
        second.gold(world, decision, lead, why="가" * 1001)
    with pytest.raises(RoleLacks):
        second.gold(world, decision, made.member())
    made_once = second.gold(world, decision, lead, why="가" * 1000)
    with pytest.raises(seconds.AlreadyGold):
        second.gold(world, decision, lead)
    seconds.retire_gold(gold=made_once, user=lead, at=clock.now(), actor=second_look.staff.actor_of(lead))
    assert second.gold(world, decision, lead).pk != made_once.pk


def test_there_is_a_limit_to_gold(world: made.World, first: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the limit another is refused until one is retired."""
    monkeypatch.setattr(seconds, "MAX_GOLD", 1)
    lead = made.member("lead")
    gold = second.gold(world, second.decided(world, first), lead)
    another = second.decided(world, first)
    with pytest.raises(seconds.EnoughGold):
        second.gold(world, another, lead)
    seconds.retire_gold(gold=gold, user=lead, at=clock.now(), actor=second_look.staff.actor_of(lead))
    assert second.gold(world, another, lead)


def test_a_disagreement_is_looked_at_again_once_by_others(
    world: made.World, first: User, other: User
) -> None:
    """A lead opens one case among the senior reviewers; whoever decided is kept from it."""
    decision = second.decided(world, first)
    second.drawn()
    second.answered(second.second_to(decision), other, violation=False, answers=second.NO)
    lead = made.member("lead")
    found = queries.disagreement(work=second.second_to(decision).assignment_id, seen_by=lead)
    case = second_look.look_again(second=found, user=lead)
    assert (case.item_id, case.assignment.queue_id) == (decision.item_id, "senior")
    case.assignment.refresh_from_db()
    assert case.assignment.barred_id == first.pk
    assert Decision.objects.filter(item=decision.item).count() == 1
    with pytest.raises(second_look.LookedAtAgain):
        second_look.look_again(second=found, user=lead)


def test_only_a_lead_asks_for_another_look(world: made.World, first: User, other: User) -> None:
    """Reading the numbers is not enough."""
    decision = second.decided(world, first)
    second.drawn()
    found = second.answered(second.second_to(decision), other, violation=False, answers=second.NO)
    with pytest.raises(RoleLacks):
        second_look.look_again(second=found, user=made.member("policy"))


def test_what_stood_around_is_as_it_was_then(world: made.World, first: User) -> None:
    """Neither a later post nor a later version of a neighbour is shown."""
    decision = second.decided(world, first)
    version = decision.item_version
    early, _ = made.post(world.platform)
    early.container = version.item.container
    early.save()
    until = clock.now()
    made.seen(early, "나중에 고친 말")
    late, _ = made.post(world.platform, "나중 말")
    late.container = version.item.container
    late.save()
    before, after = queries.around_then(version=version, until=until, limit=3)
    assert [row.text for row in (*before, *after)] == [made.WORDS]


def test_a_worker_that_comes_second_lays_nothing_out(
    world: made.World, first: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers that saw the same decision at once leave one second review and one ledger entry."""
    decision = second.decided(world, first)
    seen = list(queries.not_drawn(since=decision.made_at - timedelta(hours=1), until=clock.now()))
    assert second.drawn() == 1
    monkeypatch.setattr(queries, "not_drawn", lambda **_: iter(seen))
    monkeypatch.setattr(second_look, "_looked_until", None)
    assert second.drawn() == 0
    assert SecondReview.objects.count() == 1
    assert Assignment.objects.filter(kind="second").count() == 1


def test_a_decision_without_a_policy_is_asked_by_the_one_that_was_answered(
    world: made.World, first: User
) -> None:
    """No violation may name no policy; the second look is asked the questions that the first one answered."""
    case = made.waiting_case(world.platform)
    version = second.taken(case.assignment, first)
    journey.keep_answers(
        case=case,
        user=first,
        expected_version=version,
        policy_version=world.version,
        answers=second.NO,
        suggested={},
    )
    found_nothing = journey.Judgement(violation=False, facts="위협이 아닙니다.", state_version=0)
    decision = journey.decide_case(case=case, user=first, expected_version=version, judgement=found_nothing)
    assert isinstance(decision, Decision) and decision.policy_version is None
    second.drawn()
    found = second.second_to(decision)
    assert found.policy_version_id == world.version.pk
    assert queries.first_answers([found]) == {found.pk: second.NO}
