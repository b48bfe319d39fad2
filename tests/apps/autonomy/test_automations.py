"""Automations as packs make them: epochs of what executes, levels, and who may lower them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sinmungo.apps.autonomy.errors import BadCap, NotLower
from sinmungo.apps.autonomy.models import Automation, Epoch, LevelChange
from sinmungo.apps.autonomy.services import acting, automations
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.core.kernel.words import ActionKind, Level
from sinmungo.core.policy import Pack, TermEntry, Words
from sinmungo.journeys import adopt
from tests.apps.autonomy import made
from tests.common import factories

pytestmark = pytest.mark.django_db


def changed(*, days: int = 3, prose: str = "# 도배\n", words: tuple[str, ...] = ("선물폭탄",)) -> Pack:
    """Return the pack with other days of suspension, another guideline, or other words in its list."""
    first, *others = made.SPAM.rules
    rule = replace(first, propose=replace(first.propose, days=days))
    policy = replace(made.SPAM, rules=(rule, *others), guideline=replace(made.SPAM.guideline, ko=prose))
    terms = {"gifts": (TermEntry(words),)}
    return replace(made.PACK, shared=replace(made.PACK.shared, terms=terms), policies=(policy,))


def epochs(automation: Automation) -> int:
    return Epoch.objects.filter(automation=automation).count()


def adopted(world: made.World, pack: Pack) -> None:
    adopt.adopt(platform=world.platform, source=pack, actor=SYSTEM)


def test_every_action_of_a_rule_that_may_act_alone_becomes_an_automation_in_shadow():
    """Every action of a rule that may act alone becomes an automation in shadow."""
    world = made.world()
    found = {row.rule: row for row in Automation.objects.filter(platform=world.platform)}
    assert set(found) == {made.SUSPENDS, made.HIDES}, "a rule with the ceiling assist is none"
    assert {row.level for row in found.values()} == {"shadow"}
    assert (found[made.SUSPENDS].target, found[made.SUSPENDS].alpha) == (0.95, 0.01)
    assert (found[made.HIDES].target, found[made.HIDES].alpha) == (0.90, 0.05)
    assert all(epochs(row) == 1 for row in found.values())


def test_adopting_the_same_again_changes_nothing():
    """Adopting the same again changes nothing."""
    world = made.world()
    automation = made.automation(world, level=Level.AUTO)
    adopted(world, made.PACK)
    automations.sync(platform=world.platform, pack=world.pack, at=clock.now(), actor=SYSTEM)
    automation.refresh_from_db()
    assert (automation.level, epochs(automation)) == ("auto", 1)


def test_mended_prose_keeps_the_evidence():
    """Mended prose keeps the evidence."""
    world = made.world()
    automation = made.automation(world, level=Level.AUTO)
    adopted(world, changed(prose="# 도배\n\n더 나은 말입니다."))
    automation.refresh_from_db()
    assert (automation.level, epochs(automation)) == ("auto", 1)


def test_another_term_in_a_list_it_reads_begins_anew_in_shadow():
    """Another term in a list it reads begins anew in shadow."""
    world = made.world()
    automation = made.automation(world, level=Level.AUTO)
    adopted(world, changed(words=("선물폭탄", "공짜폭탄")))
    automation.refresh_from_db()
    assert (automation.level, automation.reason, epochs(automation)) == ("shadow", "new_epoch", 2)
    change = LevelChange.objects.filter(automation=automation).latest("pk")
    assert (change.before, change.after, change.epoch.number) == ("auto", "shadow", 2)
    assert Epoch.objects.get(automation=automation, number=1).ended_at is not None
    kinds = set(Entry.objects.values_list("kind", flat=True))
    assert {"autonomy.level.changed", "autonomy.epoch.began"} <= kinds


def test_other_days_of_one_action_leave_the_evidence_of_another():
    """Other days of one action leave the evidence of another."""
    world = made.world()
    suspends, hides = made.automation(world, made.SUSPENDS), made.automation(world, made.HIDES)
    adopted(world, changed(days=5))
    suspends.refresh_from_db()
    hides.refresh_from_db()
    assert (suspends.level, hides.level) == ("shadow", "auto")


def test_going_back_to_an_earlier_version_begins_anew_too():
    """Going back to an earlier version begins anew too."""
    world = made.world()
    automation = made.automation(world)
    adopted(world, changed(days=5))
    adopted(world, made.PACK)
    automation.refresh_from_db()
    assert (automation.level, epochs(automation)) == ("shadow", 3)


def test_a_rule_that_is_gone_loses_its_level_and_its_epoch():
    """A rule that is gone loses its level and its epoch."""
    world = made.world()
    automation = made.automation(world)
    policy = replace(made.SPAM, rules=made.SPAM.rules[1:])
    adopted(world, replace(made.PACK, policies=(policy,)))
    automation.refresh_from_db()
    assert (automation.level, automation.reason) == ("shadow", "ceiling")
    assert not Epoch.objects.filter(automation=automation, ended_at=None).exists()


def test_a_pack_that_comes_into_force_later_begins_its_epochs_when_it_does():
    """A pack that comes into force later begins its epochs when it does."""
    world = made.world()
    automation = made.automation(world)
    begins = clock.now() + timedelta(days=2)
    adopt.adopt(platform=world.platform, source=changed(days=5), actor=SYSTEM, begins=begins)
    automation.refresh_from_db()
    assert automation.level == "auto", "it is not in force yet"
    later = policies.in_force(world.platform.pk, begins)
    found = acting.standings(platform=world.platform, pack=later, at=begins)
    assert found[made.SUSPENDS, ActionKind.SUSPEND].level == Level.SHADOW
    automation.refresh_from_db()
    assert automation.level == "shadow"


def test_a_pack_of_before_whose_rule_says_no_ground_makes_no_automation():
    """Packs that were loaded before the checker asked for a ground are still in force somewhere."""
    first, *others = made.SPAM.rules
    old = replace(first, propose=replace(first.propose, ground="", days=0))
    world = made.world(pack=replace(made.PACK, policies=(replace(made.SPAM, rules=(old, *others)),)))
    assert [row.rule for row in Automation.objects.filter(platform=world.platform)] == [made.HIDES]


def test_two_platforms_earn_apart():
    """Two platforms earn apart."""
    one, other = made.world(), made.world()
    made.automation(one, level=Level.AUTO)
    assert Automation.objects.get(platform=other.platform, rule=made.SUSPENDS).level == "shadow"


def test_a_lead_lowers_a_level_and_nobody_raises_one():
    """A lead lowers a level and nobody raises one."""
    world = made.world()
    automation = made.automation(world, level=Level.AUTO)
    lead = staff.actor_of(factories.member("lead"))
    lowered = automations.lower(automation=automation, to=Level.ASSIST, actor=lead, at=clock.now())
    assert (lowered.level, lowered.reason) == ("assist", "by_person")
    for level in (Level.ASSIST, Level.CANARY, Level.AUTO):
        with pytest.raises(NotLower):
            automations.lower(automation=automation, to=level, actor=lead, at=clock.now())


def test_who_may_not_set_automations_lowers_none_and_sets_no_cap():
    """Who may not set automations lowers none and sets no cap."""
    world = made.world()
    automation = made.automation(world, level=Level.AUTO)
    reviewer = staff.actor_of(factories.member("reviewer"))
    with pytest.raises(RoleLacks):
        automations.lower(automation=automation, to=Level.SHADOW, actor=reviewer, at=clock.now())
    with pytest.raises(RoleLacks):
        automations.set_cap(automation=automation, per_hour=5, actor=reviewer, at=clock.now())


@pytest.mark.parametrize(
    ("per_hour", "is_taken"), [(0, False), (1, True), (1_000_000, True), (1_000_001, False)]
)
def test_a_cap_lies_between_one_and_a_million(per_hour, is_taken):
    """A cap lies between one and a million."""
    world = made.world()
    automation = made.automation(world)
    lead = staff.actor_of(factories.member("lead"))
    if is_taken:
        row = automations.set_cap(automation=automation, per_hour=per_hour, actor=lead, at=clock.now())
        assert row.hourly_cap == per_hour
        assert (
            automations.set_cap(automation=row, per_hour=None, actor=lead, at=clock.now()).hourly_cap is None
        )
    else:
        with pytest.raises(BadCap):
            automations.set_cap(automation=automation, per_hour=per_hour, actor=lead, at=clock.now())


def test_the_level_it_has_already_is_no_change():
    """The level it has already is no change."""
    world = made.world()
    automation = made.automation(world, level=Level.AUTO)
    before = LevelChange.objects.count()
    automations.change_level(
        automation=automation, to=Level.AUTO, reason="earned", evidence={}, actor=SYSTEM, at=clock.now()
    )
    assert LevelChange.objects.count() == before


def test_a_title_in_another_language_is_prose():
    """A title in another language is prose."""
    world = made.world()
    automation = made.automation(world)
    first, *others = made.SPAM.rules
    renamed = replace(first, title=Words("다른 이름", "Another name"))
    adopted(world, replace(made.PACK, policies=(replace(made.SPAM, rules=(renamed, *others)),)))
    assert epochs(automation) == 1
