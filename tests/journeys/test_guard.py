"""What automations do by themselves, and what they only propose."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from sinmungo.apps.autonomy.models import Act, Automation, Burst, HourCount, Shelter, Shift
from sinmungo.apps.autonomy.queries import acting as queries
from sinmungo.apps.autonomy.services import automations
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import PUBLIC, SYSTEM
from sinmungo.apps.enforcement.models import Decision, Restriction, Strike
from sinmungo.apps.enforcement.queries import facts_of
from sinmungo.apps.review.models import Case
from sinmungo.apps.statements.models import Statement
from sinmungo.core.kernel.words import Level, PlatformMode
from sinmungo.journeys import guard, receive
from sinmungo.journeys import report as reports
from sinmungo.journeys.guarding import proposing
from tests.apps.autonomy import made
from tests.common import factories

pytestmark = pytest.mark.django_db


def received(world: made.World, count: int = 1, **more: str) -> None:
    """Take events in and judge them."""
    receive.take(platform=world.platform, raw=[made.event(n, **more) for n in range(count)], actor=SYSTEM)
    receive.keep(now=clock.now(), limit=10)


def settled(automation: Automation, *, at: datetime | None = None) -> list[Act]:
    """Let the guard work once, and return the acts of an automation."""
    guard.keep(now=at or clock.now(), limit=500)
    return list(Act.objects.filter(automation=automation).order_by("asked_at", "pk"))


def states(acts: list[Act]) -> list[tuple[str, str]]:
    return [(act.state, act.why) for act in acts]


def test_a_rule_that_earned_nothing_only_watches_and_people_get_its_case():
    """A rule that earned nothing only watches and people get its case."""
    world = made.world()
    received(world)
    assert Case.objects.count() == 1
    automation = made.automation(world, level=Level.SHADOW)
    (act,) = settled(automation)
    assert (act.state, act.why) == ("watched", "level")
    assert act.drawn and act.propensity == 1.0, "little happens, so all of it is audited"
    assert not Decision.objects.exists() and Case.objects.count() == 1


def test_an_automation_that_earned_it_decides_by_itself_and_says_so():
    """An automation that earned it decides by itself and says so."""
    world = made.world()
    automation = made.automation(world, made.SUSPENDS, level=Level.AUTO)
    received(world)
    assert not Case.objects.exists(), "receive leaves the item to the guard"
    (act,) = settled(automation)
    assert act.state == "acted" and act.level == "auto"
    decision = act.decision
    assert decision.automated == "fully" and decision.source == "automation" and decision.ground == "terms"
    assert decision.made_by == f"automation:{made.SUSPENDS}"
    assert decision.actions.get().ends - decision.made_at == timedelta(days=3)
    assert Restriction.objects.get(kind="suspend").standing
    assert Statement.objects.filter(decision=decision).exists()


def test_the_rules_of_an_item_that_may_not_act_alone_still_go_to_people():
    """The rules of an item that may not act alone still go to people."""
    world = made.world()
    made.automation(world, made.SUSPENDS, level=Level.AUTO)
    received(world)
    guard.keep(now=clock.now(), limit=10)
    assert Decision.objects.count() == 1
    assert Case.objects.count() == 1, "one rule only proposes, and another has not earned it"


def test_nobody_is_asked_where_every_rule_acted():
    """Nobody is asked where every rule acted."""
    world = made.world()
    automation = made.automation(world, made.HIDES, level=Level.AUTO)
    made.act(world, automation)
    (act,) = settled(automation)
    assert act.state == "acted"
    assert not Case.objects.exists()


def test_an_item_is_decided_on_once_however_often_the_guard_looks():
    """An item is decided on once however often the guard looks."""
    world = made.world()
    automation = made.automation(world, level=Level.AUTO)
    received(world, 3)
    settled(automation)
    assert states(settled(automation, at=clock.now() + timedelta(hours=1))) == [("acted", "")] * 3
    assert Decision.objects.count() == 3


def test_a_version_judged_again_is_not_asked_about_again():
    """A version judged again is not asked about again."""
    world = made.world()
    automation = made.automation(world, level=Level.AUTO)
    act = made.acted(world, automation)
    again = made.verdict(world, act.version, automation.rule)
    receive.intake.store_batch(
        platform_id=world.platform.pk,
        cause="report",
        version_ids=[act.version_id],
        at=clock.now(),
        actor=SYSTEM,
    )
    receive.keep(now=clock.now(), limit=10)
    assert again.pk != act.verdict_id
    assert Act.objects.filter(automation=automation).count() == 1


def test_the_level_decides_what_becomes_of_an_act():
    """The level decides what becomes of an act."""
    world = made.world()
    automation = made.automation(world, level=Level.ASSIST)
    made.act(world, automation)
    assert states(settled(automation)) == [("proposed", "level")]
    assert Case.objects.count() == 1
    made.automation(world, level=Level.SUSPENDED)
    made.act(world, automation)
    last = settled(automation)[-1]
    assert (last.state, last.why, last.drawn) == ("proposed", "level", False)
    assert not Decision.objects.exists()


def test_canary_does_a_twentieth_and_all_of_it_is_audited():
    """Canary does a twentieth and all of it is audited."""
    world = made.world()
    automation = made.automation(world, made.HIDES, level=Level.CANARY)
    received(world, 300)
    acts = settled(automation)
    done = [act for act in acts if act.state == "acted"]
    assert 3 <= len(done) <= 35
    assert all(act.drawn and act.propensity == 1.0 for act in done)
    assert {act.why for act in acts if act.state == "proposed"} == {"not_canary"}
    assert not any(act.drawn for act in acts if act.state == "proposed")


def test_a_sheltered_account_is_left_to_people():
    """A sheltered account is left to people."""
    world = made.world()
    automation = made.automation(world, level=Level.AUTO)
    author = factories.account(world.platform)
    Shelter.objects.create(account=author, until=clock.now() + timedelta(days=14))
    made.act(world, automation, made.post(world, author))
    assert states(settled(automation)) == [("proposed", "sheltered")]
    assert Case.objects.count() == 1


def test_a_shelter_that_is_over_shelters_nobody():
    """A shelter that is over shelters nobody."""
    world = made.world()
    automation = made.automation(world, level=Level.AUTO)
    author = factories.account(world.platform)
    Shelter.objects.create(account=author, until=clock.now() - timedelta(seconds=1))
    made.act(world, automation, made.post(world, author))
    assert states(settled(automation)) == [("acted", "")]


def test_while_a_burst_is_open_acts_are_held_and_then_done():
    """While a burst is open acts are held and then done."""
    world = made.world()
    automation = made.automation(world, level=Level.AUTO)
    burst = Burst.objects.create(
        automation=automation,
        epoch=made.epoch(automation),
        cause="suspicion",
        opened_at=clock.now(),
        due_at=clock.now() + timedelta(minutes=15),
        size=20,
    )
    made.act(world, automation)
    assert states(settled(automation)) == [("held", "burst")]
    later = clock.now() + timedelta(minutes=2)
    assert states(settled(automation, at=later)) == [("held", "burst")]
    Burst.objects.filter(pk=burst.pk).update(done_at=later)
    assert states(settled(automation, at=later + timedelta(minutes=2))) == [("acted", "")]


def test_after_a_trip_what_was_held_is_proposed_to_people():
    """After a trip what was held is proposed to people."""
    world = made.world()
    automation = made.automation(world, level=Level.AUTO)
    made.act(world, automation, state=Act.State.HELD, why="burst")
    automations.change_level(
        automation=automation, to=Level.SUSPENDED, reason="tripped", evidence={}, actor=SYSTEM, at=clock.now()
    )
    assert states(settled(automation)) == [("proposed", "level")]
    assert Case.objects.count() == 1 and not Decision.objects.exists()


def test_a_new_epoch_does_nothing_that_an_earlier_one_asked_for():
    """A new epoch does nothing that an earlier one asked for."""
    world = made.world()
    automation = made.automation(world, level=Level.AUTO)
    made.act(world, automation)
    earlier = made.epoch(automation)
    earlier.ended_at = clock.now()
    earlier.save()
    assert states(settled(automation)) == [("proposed", "new_epoch")]


def test_more_than_the_hourly_cap_goes_to_people():
    """More than the hourly cap goes to people."""
    world = made.world()
    automation = made.automation(world, made.HIDES, level=Level.AUTO)
    Automation.objects.filter(pk=automation.pk).update(hourly_cap=5)
    received(world, 8)
    acts = settled(automation)
    assert [act.state for act in acts].count("acted") == 5
    assert states([act for act in acts if act.state == "proposed"]) == [("proposed", "over_cap")] * 3
    assert HourCount.objects.get(automation=automation).acted == 5
    assert HourCount.objects.get(automation=automation).wanted == 8


def test_without_a_cap_of_its_own_it_does_half_more_than_is_usual():
    """Without a cap of its own it does half more than is usual."""
    world = made.world()
    automation = made.automation(world, level=Level.AUTO)
    at = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
    Automation.objects.filter(pk=automation.pk).update(hourly_cap=None, made_at=at - timedelta(days=40))
    automation.refresh_from_db()
    assert queries.cap(automation, at=at) == queries.LEAST_CAP
    for weeks in (1, 2):
        hour = queries.hour_of(at) - timedelta(weeks=weeks)
        HourCount.objects.create(automation=automation, hour=hour, wanted=200)
    assert queries.cap(automation, at=at) == 150, "the two empty weeks count too"


def test_out_of_hours_harsh_acts_wait_for_the_next_shift():
    """Out of hours harsh acts wait for the next shift."""
    world = made.world()
    automation = made.automation(world, made.SUSPENDS, level=Level.AUTO)
    begins = _shift_in(world, clock.now(), hours=3)
    made.act(world, automation)
    (act,) = settled(automation)
    assert (act.state, act.why, act.due_at) == ("held", "off_hours", begins)
    (act,) = settled(automation, at=begins + timedelta(seconds=1))
    assert act.state == "acted"


def test_out_of_hours_other_acts_go_as_far_as_the_next_shift_can_audit():
    """Out of hours other acts go as far as the next shift can audit."""
    world = made.world()
    automation = made.automation(world, made.HIDES, level=Level.CANARY)
    begins = _shift_in(world, clock.now(), hours=3)
    Shift.objects.filter(platform=world.platform).update(auditors=1, audits_per_hour=1)
    received(world, 200)
    acts = settled(automation)
    assert [act.state for act in acts].count("acted") == 1, "an hour's shift can audit one"
    assert {(act.why, act.due_at) for act in acts if act.state == "held"} == {("off_hours", begins)}


def _shift_in(world: made.World, now: datetime, *, hours: int) -> datetime:
    """Keep one shift of an hour that begins in so many hours."""
    begins = (now + timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0)
    local = begins.astimezone(ZoneInfo(world.platform.time_zone))
    Shift.objects.create(
        platform=world.platform,
        weekday=local.weekday(),
        begins=local.time(),
        ends=time((local.hour + 1) % 24),
        auditors=1,
    )
    return begins


def test_what_people_have_in_hand_is_left_to_them():
    """What people have in hand is left to them."""
    world = made.world()
    automation = made.automation(world, level=Level.AUTO)
    act = made.act(world, automation)
    factories.decide.one(factories.proposal(act.version, violation=False, source="review"), actor=SYSTEM)
    assert states(settled(automation)) == [("proposed", "with_people")]


def test_an_account_is_not_suspended_again_while_it_is_suspended():
    """An account is not suspended again while it is suspended."""
    world = made.world()
    automation = made.automation(world, made.SUSPENDS, level=Level.AUTO)
    author = factories.account(world.platform)
    for _ in range(3):
        made.act(world, automation, made.post(world, author))
    assert sorted(states(settled(automation))) == [
        ("acted", ""),
        ("watched", "already"),
        ("watched", "already"),
    ]
    assert Decision.objects.count() == 1


def test_an_account_that_another_guard_suspends_at_the_same_time_is_suspended_once(monkeypatch):
    """Both looked when it was free; the second sees under the lock that it stands already."""
    world = made.world()
    automation = made.automation(world, made.SUSPENDS, level=Level.AUTO)
    author = factories.account(world.platform)
    for _ in range(2):
        made.act(world, automation, made.post(world, author))
    fates = guard.fates

    def beside(acts: list[Act], scene: object) -> object:
        found = fates(acts, scene)
        monkeypatch.undo()
        guard.keep(now=clock.now(), limit=1)
        return found

    monkeypatch.setattr(guard, "fates", beside)
    guard.keep(now=clock.now(), limit=1)
    found = Act.objects.filter(automation=automation)
    assert sorted(states(list(found))) == [("acted", ""), ("watched", "already")]
    assert Decision.objects.count() == Strike.objects.count() == 1
    assert HourCount.objects.get().acted == 1


@pytest.mark.parametrize(
    ("mode", "expected", "cases"),
    [(PlatformMode.OBSERVE, ("watched", "platform"), 0), (PlatformMode.BESIDE, ("proposed", "platform"), 1)],
)
def test_on_a_platform_that_decides_itself_nothing_is_done(mode, expected, cases):
    """On a platform that decides itself nothing is done."""
    world = made.world(mode)
    automation = made.automation(world, made.SUSPENDS, level=Level.AUTO)
    received(world)
    assert states(settled(automation)) == [expected]
    assert not Decision.objects.exists()
    assert Case.objects.count() == cases


def test_a_post_without_an_author_cannot_have_its_account_suspended():
    """A post without an author cannot have its account suspended."""
    world = made.world()
    automation = made.automation(world, made.SUSPENDS, level=Level.AUTO)
    seen = made.post(world)
    seen.item.author = None
    seen.item.save()
    made.act(world, automation, seen)
    (act,) = settled(automation)
    assert (act.state, act.why) == ("proposed", "decision.no_account")
    assert Case.objects.count() == 1


def test_what_was_reported_is_left_to_the_people_who_answer_the_report():
    """What was reported is left to the people who answer the report."""
    world = made.world()
    automation = made.automation(world, made.HIDES, level=Level.AUTO)
    act = made.act(world, automation)
    reports.file(
        platform=world.platform,
        item_type="post",
        external_id=act.item.external_id,
        reason="spam",
        reporter_external_id="u8",
        actor=PUBLIC,
    )
    assert states(settled(automation)) == [("proposed", "with_people")]
    assert Case.objects.count() == 1


def test_the_statement_names_no_list_and_no_bank():
    """The statement names no list and no bank."""
    world = made.world()
    automation = made.automation(world, made.SUSPENDS, level=Level.AUTO)
    made.act(world, automation)
    (act,) = settled(automation)
    said = facts_of(act.decision)
    assert "거짓 선물 글을 올린 계정" in said
    assert "gifts" not in said and "1.0" not in said


def test_a_clock_that_jumps_loses_no_act_and_decides_none_twice():
    """Set back a day nothing is due yet; set forward a month, all is settled once and counted in its hour."""
    world = made.world()
    automation = made.automation(world, made.HIDES, level=Level.AUTO)
    received(world, 3)
    now = clock.now()
    assert states(settled(automation, at=now - timedelta(days=1))) == [("waiting", "")] * 3
    assert states(settled(automation, at=now + timedelta(days=30))) == [("acted", "")] * 3
    assert states(settled(automation, at=now)) == [("acted", "")] * 3
    assert Decision.objects.count() == 3
    later = queries.hour_of(now + timedelta(days=30))
    assert HourCount.objects.get(automation=automation, hour=later).acted == 3


def test_an_act_that_cannot_be_settled_holds_up_no_other(monkeypatch):
    """One that fails is tried again later and says why by class; the others of its batch are done."""
    world = made.world()
    automation = made.automation(world, made.HIDES, level=Level.AUTO)
    acts = [made.act(world, automation) for _ in range(3)]
    whole = proposing.proposal

    def fails(act: Act, of: Automation) -> object:
        if act.pk == acts[1].pk:
            raise ValueError("someone's words")
        return whole(act, of)

    monkeypatch.setattr(proposing, "proposal", fails)
    assert states(settled(automation)) == [("acted", ""), ("waiting", ""), ("acted", "")]
    failed = Act.objects.get(pk=acts[1].pk)
    assert failed.last_error == "ValueError" and failed.due_at > clock.now()
    monkeypatch.undo()
    assert states(settled(automation, at=failed.due_at + timedelta(seconds=1)))[1] == ("acted", "")


def test_what_is_held_shows_people_what_else_was_found():
    """While one rule's act waits for its burst, what another rule asks for comes before people at once."""
    world = made.world()
    automation = made.automation(world, made.HIDES, level=Level.AUTO)
    Burst.objects.create(
        automation=automation,
        epoch=made.epoch(automation),
        cause="rate",
        opened_at=clock.now(),
        due_at=clock.now(),
        size=20,
    )
    received(world)
    settled(automation)
    assert Case.objects.count() == 1
    Burst.objects.update(done_at=clock.now())
    later = settled(automation, at=clock.now() + timedelta(minutes=2))
    assert states(later) == [("proposed", "with_people")], "and so it is theirs"
