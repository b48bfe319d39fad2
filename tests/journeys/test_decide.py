"""The one door: what becomes of proposals, and what is refused."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement import errors, queries
from sinmungo.apps.enforcement.models import Decision, Delivery, ItemState, Restriction, Strike
from sinmungo.apps.enforcement.proposals import ExternalDecision, Proposal, Refusal
from sinmungo.apps.items.models import Item, Platform, Version
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review.models import Viewing
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.statements.services import content_of
from sinmungo.apps.vault import services as vault
from sinmungo.apps.vault.errors import Destroyed
from sinmungo.core.kernel.errors import DomainError
from sinmungo.core.kernel.words import ActionKind, Automated, DecisionSource, PlatformMode, PublicState
from sinmungo.journeys import decide
from tests.common import factories as make

pytestmark = pytest.mark.django_db

HIDE, LIMIT = ActionKind.HIDE, ActionKind.LIMIT_INTERACTION
SUSPEND, REMOVE, WARN = ActionKind.SUSPEND, ActionKind.REMOVE, ActionKind.WARN


@pytest.fixture
def platform() -> Platform:
    return make.platform()


@pytest.fixture
def policy(platform: Platform) -> PolicyVersion:
    return make.adopted(platform)


@pytest.fixture
def version(platform: Platform, policy: PolicyVersion) -> Version:
    return make.post(platform)


def standing(item: Item) -> dict[tuple[str, str], Any]:
    """Return what stands on an item: its end by kind and territory."""
    rows = Restriction.objects.filter(item=item, standing=True)
    return {(row.kind, row.territory): row.ends for row in rows}


def refused(proposal: Proposal, actor: Any = make.RULE) -> DomainError:
    """Return why the door refuses a proposal, having made sure that it wrote nothing."""
    before = Decision.objects.count(), Entry.objects.count(), ItemState.objects.count()
    (result,) = decide.many([proposal], actor=actor)
    assert isinstance(result, Refusal)
    assert (Decision.objects.count(), Entry.objects.count(), ItemState.objects.count()) == before
    return result.error


def test_a_decision_comes_whole(version: Version, policy: PolicyVersion) -> None:
    """One decision brings restrictions, a strike, a statement, deliveries and entries of the ledger."""
    made = make.decision(version, policy, make.action(HIDE), make.action(LIMIT, days=3))
    author = version.item.author
    assert author is not None
    assert set(standing(version.item)) == {("hide", "everywhere")}
    assert standing(author)["limit_interaction", "everywhere"] == made.made_at + timedelta(days=3)
    assert Strike.objects.get(decision=made).weight == 1
    assert Statement.objects.get(decision=made).told_at is None
    told = Delivery.objects.values_list("item_id", "version", "state")
    assert set(told) == {(version.item_id, 1, "waiting"), (author.id, 1, "waiting")}
    kinds = Entry.objects.filter(kind__startswith="enforcement").values_list("kind", flat=True)
    assert sorted(kinds) == ["enforcement.decision.recorded"] + ["enforcement.state.changed"] * 2


def test_the_statement_says_since_when_the_policy_holds(version: Version, policy: PolicyVersion) -> None:
    """The person reads the ground, the facts and since when the policy was in force."""
    made = make.decision(version, policy)
    content = content_of(Statement.objects.get(decision=made))
    assert content.facts == make.FACTS
    assert content.ground is not None
    assert content.ground.section == "3.2"
    assert "" < content.policy_in_force_since <= version.occurred_at.isoformat()


def test_lifting_one_ground_never_lifts_another(platform: Platform, policy: PolicyVersion) -> None:
    """Two posts limit one account; when one decision is overturned the other's limit stands to its end."""
    author = make.account(platform)
    first = make.decision(make.post(platform, author), policy, make.action(LIMIT, days=7))
    second = make.decision(make.post(platform, author), policy, make.action(LIMIT, days=3))
    assert list(standing(author).values()) == [first.made_at + timedelta(days=7)]
    make.overturned(first)
    assert list(standing(author).values()) == [second.made_at + timedelta(days=3)]
    make.overturned(second)
    assert standing(author) == {}
    assert ItemState.objects.get(item=author).version == 4


def test_two_grounds_on_one_post_in_two_places(version: Version, policy: PolicyVersion) -> None:
    """A post hidden in Korea by law and everywhere by the terms stays hidden in Korea."""
    make.decision(version, policy, make.action(HIDE, "KR"), ground="kr-283")
    everywhere = make.decision(version, policy, make.action(HIDE))
    make.overturned(everywhere)
    assert set(standing(version.item)) == {("hide", "KR")}
    assert ItemState.objects.get(item=version.item).public_state == PublicState.UNDER_REVIEW


def test_restored_and_restricted_again(version: Version, policy: PolicyVersion) -> None:
    """What was put right may be restricted anew, and each step is a newer version of the state."""
    seen = []
    for _ in range(2):
        made = make.decision(version, policy)
        seen.append(ItemState.objects.get(item=version.item).public_state)
        make.overturned(made)
        seen.append(ItemState.objects.get(item=version.item).public_state)
    assert seen == ["under_review", "restored"] * 2
    assert queries.state_version(version.item) == 4
    assert standing(version.item) == {}


def test_a_chain_of_replaced_decisions_ends_at_its_last(version: Version, policy: PolicyVersion) -> None:
    """Of decisions that replace one another only the last one stands, and only its strike counts."""
    first = make.decision(version, policy, make.action(REMOVE))
    second = make.decision(version, policy, make.action(HIDE), supersedes=first)
    third = make.decision(version, policy, make.action(ActionKind.LABEL), supersedes=second)
    assert set(standing(version.item)) == {("label", "everywhere")}
    assert queries.standing_decisions(version.item) == [third]
    author = version.item.author
    assert author is not None
    assert [strike.decision for strike in queries.active_strikes(author, clock.now())] == [third]


def test_overturning_in_part_keeps_the_rest_as_it_began(version: Version, policy: PolicyVersion) -> None:
    """What remains keeps its beginning; what went is lifted; the strike does not begin anew."""
    first = make.decision(version, policy, make.action(HIDE), make.action(LIMIT, days=3))
    old = Strike.objects.get(decision=first)
    kept = make.overturned(
        first, violation=True, actions=(make.action(HIDE),), ground="terms", policy_version=policy
    )
    assert kept.actions.get().begins == first.made_at
    author = version.item.author
    assert author is not None
    assert set(standing(version.item)) == {("hide", "everywhere")}
    assert standing(author) == {}
    (strike,) = queries.active_strikes(author, clock.now())
    assert (strike.decision, strike.expires_at) == (kept, old.expires_at)
    assert content_of(Statement.objects.get(decision=kept)).outcome == "partly_reversed"


def test_a_reversal_takes_the_strike_away(version: Version, policy: PolicyVersion) -> None:
    """An overturned decision no longer counts against the account."""
    author = version.item.author
    assert author is not None
    made = make.decision(version, policy)
    assert queries.strike_weights([author.id], clock.now()) == {author.id: 1}
    make.overturned(made)
    assert queries.strike_weights([author.id], clock.now()) == {}


def test_a_strike_needs_a_policy_older_than_the_post(platform: Platform) -> None:
    """What was posted before the policy was in force gets no strike."""
    before = make.post(platform)
    policy = make.adopted(platform)
    make.decision(before, policy)
    assert not Strike.objects.exists()


def test_a_warning_is_told_and_leaves_no_restriction(version: Version, policy: PolicyVersion) -> None:
    """A warning restricts nothing, yet its statement must travel, so the state gets a new version."""
    make.decision(version, policy, make.action(WARN))
    author = version.item.author
    assert author is not None
    assert standing(author) == {}
    assert Delivery.objects.filter(item=author, version=1).exists()


def test_finding_nothing_is_a_decision_that_others_must_see(version: Version, policy: PolicyVersion) -> None:
    """Nobody is told of no violation, and whoever had not seen that decision meets a conflict."""
    make.decision(version, policy, violation=False, ground="", actions=(), state_version=0)
    assert not Statement.objects.exists()
    assert not Delivery.objects.exists()
    late = make.proposal(version, policy, make.action(), state_version=0)
    assert isinstance(refused(late), errors.StateChanged)


def test_of_two_in_one_batch_the_second_had_not_seen_the_first(
    version: Version, policy: PolicyVersion
) -> None:
    """Two live decisions on one item in one batch conflict as two requests would."""
    one = make.proposal(version, policy, make.action(HIDE), state_version=0)
    other = make.proposal(version, policy, make.action(REMOVE), state_version=0)
    first, second = decide.many([one, other], actor=make.RULE)
    assert isinstance(first, Decision)
    assert isinstance(second, Refusal)
    assert (second.index, type(second.error)) == (1, errors.StateChanged)
    assert set(standing(version.item)) == {("hide", "everywhere")}


def test_a_decision_is_replaced_once(version: Version, policy: PolicyVersion) -> None:
    """Whoever comes second to replace a decision is told so, in one batch and later."""
    made = make.decision(version, policy)
    again = make.proposal(version, policy, make.action(HIDE), supersedes=made)
    first, second = decide.many([again, again], actor=make.RULE)
    assert isinstance(first, Decision)
    assert isinstance(second, Refusal)
    assert isinstance(second.error, errors.AlreadySuperseded)
    assert isinstance(refused(again), errors.AlreadySuperseded)


def test_bad_members_are_refused_by_index_and_the_others_are_kept(
    platform: Platform, policy: PolicyVersion
) -> None:
    """Refusals stand at their places in the batch."""
    versions = [make.post(platform) for _ in range(4)]
    proposals = [make.proposal(v, policy, make.action()) for v in versions]
    proposals[1] = make.proposal(versions[1], policy, make.action(), facts=" ")
    proposals[3] = make.proposal(versions[3], policy, make.action(), ground="no-such")
    results = decide.many(proposals, actor=make.RULE)
    assert [isinstance(result, Refusal) for result in results] == [False, True, False, True]
    assert [result.index for result in results if isinstance(result, Refusal)] == [1, 3]
    assert Decision.objects.count() == Statement.objects.count() == 2


def test_a_batch_holds_two_hundred(platform: Platform, policy: PolicyVersion) -> None:
    """200 pass and 201 are refused whole; none passes as well."""
    names = [f"n{number}" for number in range(201)]
    versions = make.posts(platform, make.accounts(platform, names), names)
    proposals = [make.proposal(v, policy, make.action(HIDE)) for v in versions]
    with pytest.raises(errors.BatchTooLarge):
        decide.many(proposals, actor=make.RULE)
    assert not any(isinstance(r, Refusal) for r in decide.many(proposals[:200], actor=make.RULE))
    assert Statement.objects.count() == Delivery.objects.count() == 200
    assert decide.many([], actor=make.RULE) == []


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"facts": "  "}, errors.NoFacts),
        ({"facts": "가" * 5001}, errors.NoFacts),
        ({"facts": "말\ud800"}, errors.NotStorable),
        ({"facts": "말\0"}, errors.NotStorable),
        ({"policy_version": None}, errors.NoPolicyVersion),
        ({"ground": "no-such"}, errors.NoSuchGround),
        ({"violation": False}, errors.ActionWithoutViolation),
        ({"actions": (make.action(), make.action())}, errors.TooManyActions),
        ({"actions": (make.action(territory="Korea"),)}, errors.UnknownTerritory),
        ({"actions": (make.action(territory="kr"),)}, errors.UnknownTerritory),
        ({"actions": (make.action(days=-1),)}, errors.BadDuration),
        ({"actions": (make.action(days=1e-6),)}, errors.BadDuration),
        ({"actions": (make.action(days=4000),)}, errors.BadDuration),
        ({"actions": (make.action(territory="US"),), "ground": "kr-283"}, errors.GroundElsewhere),
        ({"actions": (make.action(SUSPEND),)}, errors.NeedsSecondPerson),
        ({"actions": (make.action(SUSPEND, days=8),)}, errors.NeedsSecondPerson),
        ({"actions": (make.action(SUSPEND),), "source": DecisionSource.APPEAL}, errors.NeedsSecondPerson),
        ({"approved_by": uuid.UUID(int=1), "actions": (make.action(SUSPEND),)}, errors.NeedsSecondPerson),
    ],
)
def test_what_breaks_a_rule_is_refused(
    version: Version, policy: PolicyVersion, change: dict[str, Any], error: type[DomainError]
) -> None:
    """Each broken rule has its own error, and nothing is written."""
    good = make.proposal(version, policy, make.action())
    assert isinstance(refused(replace(good, **change)), error)


def test_the_longest_facts_and_a_week_are_still_taken(version: Version, policy: PolicyVersion) -> None:
    """The limits themselves are allowed: 5,000 letters and a suspension of seven days."""
    made = make.decision(version, policy, make.action(SUSPEND, days=7), facts="가" * 5000)
    assert queries.facts_of(made) == "가" * 5000


def test_an_appeal_may_keep_a_harsh_act_and_not_sharpen_it(version: Version, policy: PolicyVersion) -> None:
    """What remains of a suspension needs no second person; a longer one does."""
    (outside,) = decide.many(
        [_external(version, actions=(make.action(SUSPEND, days=30), make.action(HIDE)))], actor=SYSTEM
    )
    assert isinstance(outside, Decision)
    wanted: dict[str, Any] = {"source": DecisionSource.APPEAL, "supersedes": outside}
    longer = make.proposal(version, policy, make.action(SUSPEND, days=31), **wanted)
    assert isinstance(refused(longer), errors.NeedsSecondPerson)
    for_ever = make.proposal(version, policy, make.action(SUSPEND), **wanted)
    assert isinstance(refused(for_ever), errors.NeedsSecondPerson)
    kept = make.decision(version, policy, make.action(SUSPEND, days=29), **wanted)
    assert kept.actions.get().begins == outside.made_at


def test_what_belongs_to_another_item_is_refused(platform: Platform, policy: PolicyVersion) -> None:
    """A version or an earlier decision of another item cannot be decided on."""
    one, other = make.post(platform), make.post(platform)
    mixed = make.proposal(one, policy, make.action(), item_version=other)
    assert isinstance(refused(mixed), errors.NotThisItem)
    elsewhere = make.proposal(one, policy, make.action(), supersedes=make.decision(other, policy))
    assert isinstance(refused(elsewhere), errors.NotThisItem)


def test_an_item_without_a_known_account_cannot_have_it_limited(
    platform: Platform, policy: PolicyVersion
) -> None:
    """An action on the account needs to know whose it is."""
    version = make.post(platform)
    version.item.author = None
    assert isinstance(refused(make.proposal(version, policy, make.action(LIMIT))), errors.NoAccount)


def test_nothing_is_written_about_a_person_whose_key_is_gone(
    platform: Platform, policy: PolicyVersion
) -> None:
    """One forgotten person is refused by index; the others of the batch are decided on."""
    gone, other = make.post(platform), make.post(platform)
    author = gone.item.author
    assert author is not None
    vault.destroy([f"person:{author.id.hex}"], actor=SYSTEM)
    first, second = decide.many(
        [make.proposal(gone, policy, make.action()), make.proposal(other, policy, make.action())],
        actor=make.RULE,
    )
    assert isinstance(first, Refusal)
    assert isinstance(first.error, Destroyed)
    assert isinstance(second, Decision)


def test_how_far_a_person_decided_comes_from_what_they_opened(
    platform: Platform, policy: PolicyVersion
) -> None:
    """A rule decides fully, a person in part until they open the very version that they decide on."""
    person = make.member()
    actor = staff.actor_of(person)
    version = make.post(platform)
    by_rule = make.decision(version, policy)
    unseen = make.decision(version, policy, actor=actor)
    Viewing.objects.create(user=person, item=version.item, version=version, shown_at=clock.now())
    seen = make.decision(version, policy, actor=actor)
    edited = make.seen(version.item, text="고친 글")
    edited.save()
    later = make.decision(edited, policy, actor=actor)
    found = [(d.automated, d.looked) for d in (by_rule, unseen, seen, later)]
    assert found == [
        (Automated.FULLY, False),
        (Automated.PARTIALLY, False),
        (Automated.NOT, True),
        (Automated.PARTIALLY, False),
    ]


def test_only_a_machine_has_hidden_it(version: Version, policy: PolicyVersion) -> None:
    """What a person has hidden is unavailable; what only rules have hidden is under review."""
    make.decision(version, policy, make.action(HIDE))
    assert ItemState.objects.get(item=version.item).public_state == PublicState.UNDER_REVIEW
    make.decision(version, policy, make.action(REMOVE), actor=staff.actor_of(make.member()))
    assert ItemState.objects.get(item=version.item).public_state == PublicState.UNAVAILABLE


def _external(version: Version, number: str = "T-1", **more: Any) -> Proposal:
    told = ExternalDecision(number, "이용 규칙 4조", Automated.PARTIALLY, detected_automatically=False)
    wanted: dict[str, Any] = {"source": DecisionSource.EXTERNAL, "external": told}
    return make.proposal(version, None, **wanted | more)


def test_another_tools_decision_counts_once(version: Version) -> None:
    """The same number is known the second time, in one batch and later."""
    proposal = _external(version, actions=(make.action(HIDE),))
    first, second = decide.many([proposal, proposal], actor=SYSTEM)
    assert isinstance(first, Decision)
    assert isinstance(second, Refusal)
    assert isinstance(second.error, errors.AlreadyRecorded)
    assert isinstance(refused(proposal), errors.AlreadyRecorded)


@pytest.mark.parametrize("number", ["", "가" * 201, "a\0b"])
def test_another_tools_number_must_be_storable(version: Version, number: str) -> None:
    """An empty, overlong or unstorable number of another tool is refused by index."""
    assert isinstance(refused(_external(version, number), SYSTEM), errors.NotStorable)


def test_observing_decides_nothing(policy: PolicyVersion) -> None:
    """On a platform that is only observed nothing is decided."""
    observed = make.platform(PlatformMode.OBSERVE)
    version = make.post(observed)
    proposal = make.proposal(version, make.adopted(observed), make.action())
    assert isinstance(refused(proposal), errors.PlatformObserves)


def test_what_was_done_can_be_put_right_on_a_platform_that_is_only_observed_now(
    version: Version, policy: PolicyVersion
) -> None:
    """After a change to observe an earlier decision can be reversed, and the platform hears of it."""
    made = make.decision(version, policy, make.action(HIDE))
    version.item.platform.mode = PlatformMode.OBSERVE
    version.item.platform.save()
    make.overturned(made)
    assert standing(version.item) == {}
    assert Delivery.objects.count() == 2


def test_beside_another_tool_a_person_may_find_no_violation() -> None:
    """Where another tool acts, a report can still be answered: nothing was wrong."""
    beside = make.platform(PlatformMode.BESIDE)
    version = make.post(beside)
    nothing = make.proposal(version, make.adopted(beside), violation=False, ground="")
    assert not decide.one(nothing, actor=make.RULE).violation
    assert not Delivery.objects.exists()


def test_another_tools_decision_is_not_sent_back_to_its_platform(version: Version) -> None:
    """In every mode the tool that decided has acted itself; it is told of reversals only."""
    made = decide.one(_external(version, actions=(make.action(HIDE),)), actor=SYSTEM)
    assert not Delivery.objects.exists()
    make.overturned(made)
    assert Delivery.objects.count() == 1


def test_a_national_law_suspends_nobody_everywhere(version: Version, policy: PolicyVersion) -> None:
    """On a ground of Korean law an account may be suspended in Korea and no further."""
    everywhere = make.proposal(version, policy, make.action(ActionKind.SUSPEND, days=3), ground="kr-283")
    assert isinstance(refused(everywhere), errors.GroundElsewhere)
    at_home = make.action(ActionKind.SUSPEND, "KR", days=3)
    assert decide.one(make.proposal(version, policy, at_home, ground="kr-283"), actor=make.RULE).violation


def test_beside_another_tool_only_reversals_are_delivered() -> None:
    """What the tool did is explained and not sent back to it; its reversal here is delivered."""
    beside = make.platform(PlatformMode.BESIDE)
    version = make.post(beside)
    own = make.proposal(version, make.adopted(beside), make.action())
    assert isinstance(refused(own), errors.PlatformDecidesItself)
    made = decide.one(_external(version, actions=(make.action(HIDE),)), actor=SYSTEM)
    assert Statement.objects.filter(decision=made).exists()
    assert not Delivery.objects.exists()
    make.overturned(made)
    assert Delivery.objects.get().version == 2


def test_history_is_recorded_and_nobody_is_told(version: Version) -> None:
    """Past decisions restrict and enter the ledger, without statement, strike or delivery."""
    decide.one(_external(version, actions=(make.action(HIDE),), past=True), actor=SYSTEM)
    assert set(standing(version.item)) == {("hide", "everywhere")}
    assert not Statement.objects.exists()
    assert not Delivery.objects.exists()
    assert not Strike.objects.exists()


def test_errors_and_ledger_hold_nobodys_words(version: Version, policy: PolicyVersion) -> None:
    """The facts somebody wrote stand sealed in the decision, and in no error and no entry."""
    words = "달빛 아래에서만 쓰는 말"
    made = make.decision(version, policy, facts=words)
    assert words.encode() not in bytes(made.facts)
    assert not any(words in body for body in Entry.objects.values_list("body", flat=True))
    late = make.proposal(version, policy, make.action(), facts=words, state_version=0)
    assert words not in str(refused(late))


postgres = pytest.mark.skipif(
    "postgresql" not in connection.vendor, reason="two writers at once need PostgreSQL (make test-postgres)"
)


@pytest.mark.postgres
@postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_exactly_one_decides(platform: Platform, policy: PolicyVersion) -> None:
    """Twelve times two connections decide on one item at once: one wins, the other sees a conflict."""
    for _ in range(12):
        version = make.post(platform)
        found = _at_once(
            [make.proposal(version, policy, make.action(kind), state_version=0) for kind in (HIDE, REMOVE)]
        )
        assert sorted(type(result).__name__ for result in found) == ["Decision", "Refusal"]
        (lost,) = [result for result in found if isinstance(result, Refusal)]
        assert isinstance(lost.error, errors.StateChanged)
        assert queries.state_version(version.item) == 1
        assert len(standing(version.item)) == 1


@pytest.mark.postgres
@postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_replace_one_decision_at_once(platform: Platform, policy: PolicyVersion) -> None:
    """Of two connections that replace one decision at once one is refused, and no row breaks."""
    for _ in range(6):
        made = make.decision(make.post(platform), policy)
        proposal = make.proposal(_version(made), policy, make.action(HIDE), supersedes=made)
        found = _at_once([proposal, proposal])
        assert sorted(type(result).__name__ for result in found) == ["Decision", "Refusal"]


@pytest.mark.postgres
@postgres
@pytest.mark.django_db(transaction=True)
def test_one_number_of_another_tool_on_two_items_at_once(platform: Platform) -> None:
    """Two connections that bring one number for two items at once: it counts once."""
    for turn in range(6):
        pair = [make.post(platform), make.post(platform)]
        found = _at_once([_external(v, f"T-{turn}", actions=(make.action(HIDE),)) for v in pair])
        assert sorted(type(result).__name__ for result in found) == ["Decision", "Refusal"]


def _version(decision: Decision) -> Version:
    assert decision.item_version is not None
    return decision.item_version


def _at_once(proposals: list[Proposal]) -> list[Decision | Refusal]:
    """Decide each proposal on a connection of its own, all from one moment on."""
    barrier = threading.Barrier(len(proposals))
    found: list[Decision | Refusal] = []

    def run(proposal: Proposal) -> None:
        try:
            barrier.wait(10)
            found.extend(decide.many([proposal], actor=make.RULE))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(proposal,)) for proposal in proposals]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.1, 20 - (time.monotonic() - started)))
    return found
