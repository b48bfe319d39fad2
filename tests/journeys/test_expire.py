"""When a restriction's time is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement.models import Delivery, Expiry, ItemState, Restriction
from sinmungo.apps.enforcement.proposals import ExternalDecision
from sinmungo.apps.items.models import Platform, Version
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.staff import queries as staff
from sinmungo.core.kernel.words import ActionKind, Automated, DecisionSource, PlatformMode, PublicState
from sinmungo.journeys import decide, expire
from tests.common import factories as make

pytestmark = pytest.mark.django_db

HIDE, LIMIT, REMOVE = ActionKind.HIDE, ActionKind.LIMIT_INTERACTION, ActionKind.REMOVE


@pytest.fixture
def platform() -> Platform:
    return make.platform()


@pytest.fixture
def policy(platform: Platform) -> PolicyVersion:
    return make.adopted(platform)


@pytest.fixture
def version(platform: Platform, policy: PolicyVersion) -> Version:
    return make.post(platform)


def keep(days: float) -> int:
    """Keep expiries as if it were so many days later."""
    return expire.keep(now=clock.now() + timedelta(days=days, seconds=1), limit=100)


def standing() -> set[str]:
    return set(Restriction.objects.filter(standing=True).values_list("kind", flat=True))


def test_what_is_over_is_lifted_and_delivered(version: Version, policy: PolicyVersion) -> None:
    """At its end a restriction falls, the platform is owed the new state, and the ledger says so."""
    make.decision(version, policy, make.action(HIDE, days=3))
    assert keep(2.9) == 0
    assert keep(3) == 1
    assert standing() == set()
    state = ItemState.objects.get()
    assert (state.version, state.public_state) == (2, PublicState.RESTORED)
    assert Delivery.objects.filter(version=2, state="waiting").exists()
    assert Entry.objects.filter(kind="enforcement.restriction.expired").count() == 1


def test_keeping_it_twice_changes_nothing(version: Version, policy: PolicyVersion) -> None:
    """An expiry that is kept again, as after a kill, moves nothing and delivers nothing."""
    make.decision(version, policy, make.action(HIDE, days=3))
    keep(3)
    Expiry.objects.update(done_at=None, claimed_until=None)
    assert keep(3) == 1
    assert ItemState.objects.get().version == 2
    assert Delivery.objects.count() == 2
    assert Entry.objects.filter(kind="enforcement.restriction.expired").count() == 1


def test_another_ground_still_stands_when_one_is_over(platform: Platform, policy: PolicyVersion) -> None:
    """The account stays limited until the last ground is over."""
    author = make.account(platform)
    for days in (3, 7):
        make.decision(make.post(platform, author), policy, make.action(LIMIT, days=days))
    keep(3)
    assert standing() == {"limit_interaction"}
    keep(7)
    assert standing() == set()


def test_a_shorter_ground_that_outlives_the_longer(platform: Platform, policy: PolicyVersion) -> None:
    """When the longer ground is overturned, the shorter one ends at its own time."""
    author = make.account(platform)
    longer = make.decision(make.post(platform, author), policy, make.action(LIMIT, days=7))
    make.decision(make.post(platform, author), policy, make.action(LIMIT, days=3))
    make.overturned(longer)
    keep(2.9)
    assert standing() == {"limit_interaction"}
    keep(3)
    assert standing() == set()


def test_an_end_that_changes_only_what_others_see(version: Version, policy: PolicyVersion) -> None:
    """A person's act ends while a rule's goes on: hidden all the time, now under review."""
    make.decision(version, policy, make.action(HIDE, days=3), actor=staff.actor_of(make.member()))
    make.decision(version, policy, make.action(HIDE, days=7))
    assert ItemState.objects.get().public_state == PublicState.UNAVAILABLE
    keep(3)
    assert standing() == {"hide"}
    assert ItemState.objects.get().public_state == PublicState.UNDER_REVIEW


def test_what_was_overturned_before_its_end_does_not_move_again(
    version: Version, policy: PolicyVersion
) -> None:
    """The expiry of something that was lifted finds nothing to do."""
    make.overturned(make.decision(version, policy, make.action(REMOVE, days=3)))
    before = ItemState.objects.get().version
    assert keep(3) == 1
    assert ItemState.objects.get().version == before


@pytest.mark.parametrize("mode", [PlatformMode.BESIDE, PlatformMode.OBSERVE])
def test_what_was_delivered_ends_in_every_mode(
    version: Version, policy: PolicyVersion, mode: PlatformMode
) -> None:
    """A restriction that the platform has from here is lifted there, whatever its mode is by then."""
    make.decision(version, policy, make.action(HIDE, days=3))
    Platform.objects.update(mode=mode)
    keep(3)
    assert standing() == set()
    assert Delivery.objects.count() == 2


def test_the_end_of_another_tools_restriction_is_not_delivered(version: Version) -> None:
    """The other tool ends what it did itself."""
    Platform.objects.update(mode=PlatformMode.BESIDE)
    tool = ExternalDecision("case-7", "rule 7", Automated.NOT, detected_automatically=False)
    told = {"source": DecisionSource.EXTERNAL, "external": tool, "ground": ""}
    decide.one(make.proposal(version, None, make.action(HIDE, days=3), **told), actor=SYSTEM)
    keep(3)
    assert standing() == set()
    assert not Delivery.objects.exists()
