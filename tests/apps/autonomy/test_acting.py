"""Whether an automation may decide: asked inside the transaction that decides."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from sinmungo.apps.autonomy.models import Act, Automation, Burst, HourCount, Shelter
from sinmungo.apps.autonomy.services import acting
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import automation as actor_of
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.enforcement.proposals import Refusal
from sinmungo.core.kernel.words import ActionKind, DecisionSource, Level
from sinmungo.journeys import decide
from tests.apps.autonomy import made
from tests.common import factories

pytestmark = pytest.mark.django_db


def tried(world: made.World, automation: Automation | None, **more: object) -> Decision | Refusal:
    """Let an automation decide on a new post."""
    version = more.pop("version", None) or made.post(world)
    kind = more.pop("kind", ActionKind.HIDE)
    proposal = factories.proposal(
        version,
        world.version,
        factories.action(kind),
        source=DecisionSource.AUTOMATION,
        automation=str(automation.pk) if automation else "",
        **more,
    )
    return decide.many([proposal], actor=actor_of("gifts"))[0]


def code(result: Decision | Refusal) -> str:
    return result.error.code if isinstance(result, Refusal) else "decided"


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (Level.SHADOW, "autonomy.may_not_act"),
        (Level.ASSIST, "autonomy.may_not_act"),
        (Level.CANARY, "decided"),
        (Level.AUTO, "decided"),
        (Level.SUSPENDED, "autonomy.may_not_act"),
    ],
)
def test_only_in_canary_and_auto_is_anything_decided_alone(level, expected):
    """Only in canary and auto is anything decided alone."""
    world = made.world()
    assert code(tried(world, made.automation(world, made.HIDES, level=level))) == expected


def test_a_machine_that_names_no_automation_decides_nothing():
    """A machine that names no automation decides nothing."""
    world = made.world()
    assert code(tried(world, None)) == "autonomy.may_not_act"
    assert not Decision.objects.exists()


@pytest.mark.parametrize("name", ["not-an-id", str(uuid.uuid4())])
def test_an_automation_that_nobody_knows_decides_nothing(name):
    """An automation that nobody knows decides nothing."""
    world = made.world()
    proposal = factories.proposal(
        made.post(world),
        world.version,
        factories.action(ActionKind.HIDE),
        source=DecisionSource.AUTOMATION,
        automation=name,
    )
    assert code(decide.many([proposal], actor=actor_of("gifts"))[0]) == "autonomy.may_not_act"


def test_what_was_earned_for_one_action_is_not_lent_to_another():
    """What was earned for one action is not lent to another."""
    world = made.world()
    automation = made.automation(world, made.HIDES)
    assert code(tried(world, automation, kind=ActionKind.REMOVE)) == "autonomy.not_its_action"


def test_what_was_earned_on_one_platform_is_not_lent_to_another():
    """What was earned on one platform is not lent to another."""
    world, other = made.world(), made.world()
    automation = made.automation(other, made.HIDES)
    assert code(tried(world, automation)) == "autonomy.not_its_action"


def test_a_sheltered_account_and_an_open_burst_are_refused_by_the_door_itself():
    """A sheltered account and an open burst are refused by the door itself."""
    world = made.world()
    automation = made.automation(world, made.HIDES)
    version = made.post(world)
    Shelter.objects.create(account=version.item.author, until=clock.now() + timedelta(days=1))
    assert code(tried(world, automation, version=version)) == "autonomy.sheltered"
    Burst.objects.create(
        automation=automation,
        epoch=made.epoch(automation),
        cause="rate",
        opened_at=clock.now(),
        due_at=clock.now(),
        size=20,
    )
    assert code(tried(world, automation)) == "autonomy.held"


def test_a_batch_goes_no_further_than_the_room_of_the_hour():
    """A batch goes no further than the room of the hour."""
    world = made.world()
    automation = made.automation(world, made.HIDES)
    Automation.objects.filter(pk=automation.pk).update(hourly_cap=3)
    acting.count({automation.pk: 1}, column="acted", at=clock.now())
    proposals = [
        factories.proposal(
            made.post(world),
            world.version,
            factories.action(ActionKind.HIDE),
            source=DecisionSource.AUTOMATION,
            automation=str(automation.pk),
        )
        for _ in range(4)
    ]
    results = decide.many(proposals, actor=actor_of("gifts"))
    assert [code(result) for result in results] == [
        "decided",
        "decided",
        "autonomy.over_cap",
        "autonomy.over_cap",
    ]
    assert Decision.objects.count() == 2, "the others of a batch are decided"


def test_putting_right_asks_no_automation():
    """Putting right asks no automation."""
    world = made.world()
    automation = made.automation(world, made.HIDES)
    act = made.acted(world, automation)
    made.automation(world, made.HIDES, level=Level.SUSPENDED)
    assert factories.overturned(act.decision).violation is False


def test_acts_are_asked_once_and_counted_once():
    """Acts are asked once and counted once."""
    world = made.world()
    automation = made.automation(world, made.HIDES)
    version = made.post(world)
    verdict = made.verdict(world, version)
    standing = acting.standings(platform=world.platform, pack=world.pack, at=clock.now())
    asked = acting.Asked(
        standing[made.HIDES, ActionKind.HIDE],
        verdict.pk,
        version.pk,
        version.item_id,
        version.item.author_id,
        cluster="c",
        stratum="ko/old",
    )
    assert acting.ask([asked, asked], at=clock.now()) == 1
    assert acting.ask([asked], at=clock.now()) == 0
    act = Act.objects.get(automation=automation)
    assert (act.state, act.cluster, act.stratum, act.epoch) == (
        "waiting",
        "c",
        "ko/old",
        made.epoch(automation),
    )
    assert HourCount.objects.get(automation=automation).wanted == 1
