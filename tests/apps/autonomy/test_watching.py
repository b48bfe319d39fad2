"""Levels: earned by random audits of what executes now, lost without them, and gone at once on a trip."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from sinmungo.apps.autonomy import errors_audits as errors
from sinmungo.apps.autonomy.errors import NotEarned
from sinmungo.apps.autonomy.models import (
    Act,
    Affected,
    Audit,
    Automation,
    Burst,
    DetectorState,
    Epoch,
    HourCount,
    Incident,
    LevelChange,
)
from sinmungo.apps.autonomy.queries import acting
from sinmungo.apps.autonomy.queries import audits as audit_queries
from sinmungo.apps.autonomy.queries import evidence as queries
from sinmungo.apps.autonomy.services import audits, automations, evidence, rates, watching
from sinmungo.apps.autonomy.weighing import AUDIT, SHARE
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.core.kernel.words import Level
from tests.apps.autonomy import made
from tests.common import factories

pytestmark = pytest.mark.django_db
#: What a test does first lies before what it then looks at.
SOON = timedelta(minutes=1)


@pytest.fixture
def world() -> made.World:
    return made.world()


def shadowed(
    world: made.World,
    level: Level = Level.SHADOW,
    rule: str = made.HIDES,
    *,
    age: timedelta = timedelta(days=10),
) -> Automation:
    """Return an automation (one that hides posts: target .90 at .05) that began so long ago."""
    began = clock.now() - age
    automation = made.automation(world, rule, level=level)
    Automation.objects.filter(pk=automation.pk).update(made_at=began, level_since=began)
    Epoch.objects.filter(automation=automation).update(began_at=began)
    automation.refresh_from_db()
    return automation


def labels(automation: Automation, labels: Iterable[bool], *, at: datetime | None = None) -> DetectorState:
    """Enter random labels, one a minute, the last at ``at``."""
    epoch, wrongs, ends = made.epoch(automation), list(labels), at or clock.now()
    begins = ends - timedelta(minutes=len(wrongs) - 1)
    before = epoch.factors.count()
    for number, wrong in enumerate(wrongs):
        state = evidence.enter(
            epoch=epoch,
            stream=AUDIT,
            x=float(wrong),
            terms={"weight": 1.0, "random": 1.0},
            source=f"{before + number}",
            at=begins + timedelta(minutes=number),
        )
    return state


def judged(automation: Automation, at: datetime | None = None) -> Automation:
    return watching.judge(automation=automation, at=at or clock.now())


def acted_at(act: Act, at: datetime) -> Act:
    """Say that an act was done at another time."""
    Act.objects.filter(pk=act.pk).update(settled_at=at, asked_at=at)
    act.refresh_from_db()
    return act


def answered(act: Act, *, wrong: bool, at: datetime | None = None) -> Audit:
    """Let somebody audit an act."""
    moment = at or clock.now()
    audit = audits.lay(acts=[act], kind=Audit.Kind.RANDOM, at=moment)[0]
    return audits.answer(audit=audit, user=factories.member(), wrong=wrong, words="", at=moment)


def test_a_bound_above_the_target_raises_step_by_step(world: made.World) -> None:
    """Shadow to assist to canary: each by the same evidence, each written down with it."""
    automation = shadowed(world)
    labels(automation, [False] * 60)
    assert judged(automation).level == Level.ASSIST
    assert judged(automation).level == Level.CANARY
    change = LevelChange.objects.filter(automation=automation).latest("pk")
    assert (change.before, change.after, change.reason) == ("assist", "canary", "earned")
    assert change.evidence["bound"] >= 0.90
    assert change.evidence["labels"] == 60


def test_a_bound_below_the_target_raises_nothing(world: made.World) -> None:
    """However many labels: what they show is too little."""
    automation = shadowed(world)
    labels(automation, [False] * 20)
    assert judged(automation).level == Level.SHADOW


def test_canary_proves_itself_before_it_becomes_auto(world: made.World) -> None:
    """Without acts of its own it stays; once all of them are audited it rises."""
    now = clock.now()
    automation = shadowed(world, Level.CANARY)
    labels(automation, [False] * 60, at=now - timedelta(hours=3))
    assert judged(automation).level == Level.CANARY
    act = acted_at(made.acted(world, automation), now - timedelta(minutes=80))
    answered(act, wrong=False, at=now - timedelta(minutes=50))
    automation.refresh_from_db()
    assert automation.level == Level.AUTO


def test_labels_that_stay_away_take_autonomy_back(world: made.World) -> None:
    """No evidence, no autonomy: two hours of acts without labels, where five an hour would give ten."""
    now = clock.now()
    automation = shadowed(world, Level.AUTO)
    labels(automation, [False] * 80, at=now - timedelta(hours=13))
    for minutes in (121, 61):
        acted_at(made.acted(world, automation), now - timedelta(minutes=minutes))
    assert judged(automation, now - timedelta(minutes=10)).level == Level.AUTO
    found = judged(automation, now)
    assert (found.level, found.reason) == (Level.ASSIST, "too_few_labels")


@pytest.mark.parametrize(("count", "level"), [(40, Level.AUTO), (30, Level.ASSIST)])
def test_a_few_labels_fewer_than_wanted_are_chance(world: made.World, count: int, level: Level) -> None:
    """Forty in twelve hours where sixty are wanted say nothing; thirty say that fewer than five are given."""
    now = clock.now()
    automation = shadowed(world, Level.AUTO)
    labels(automation, [False] * 80, at=now - timedelta(hours=13))
    labels(automation, [False] * count, at=now)
    for hours in range(12):
        acted_at(made.acted(world, automation), now - timedelta(hours=hours, minutes=59))
    assert judged(automation, now).level == level


def test_hours_in_which_it_did_nothing_want_no_labels(world: made.World) -> None:
    """It acts in two of twelve hours; a dozen labels are enough of these."""
    now = clock.now()
    automation = shadowed(world, Level.AUTO)
    labels(automation, [False] * 80, at=now - timedelta(hours=13))
    labels(automation, [False] * 12, at=now)
    for minutes in (715, 90):
        acted_at(made.acted(world, automation), now - timedelta(minutes=minutes))
    assert judged(automation, now).level == Level.AUTO


def test_what_fell_for_want_of_labels_rises_only_when_labels_come_again(world: made.World) -> None:
    """Otherwise it would act unwatched every other hour."""
    now = clock.now()
    automation = shadowed(world, Level.AUTO)
    labels(automation, [False] * 80, at=now - timedelta(hours=13))
    acts = [made.acted(world, automation) for _ in range(3)]
    acted_at(acts[0], now - timedelta(minutes=61))
    acted_at(acts[1], now + timedelta(minutes=5))
    acted_at(acts[2], now - timedelta(minutes=121))
    assert judged(automation, now).level == Level.ASSIST
    assert judged(automation, now).level == Level.ASSIST
    answered(acts[1], wrong=False, at=now + timedelta(minutes=10))
    assert judged(automation, now + timedelta(minutes=66)).level == Level.CANARY


def test_labels_that_come_too_late_take_autonomy_back(world: made.World) -> None:
    """The 95th of a hundred labels is an hour old at most."""
    now = clock.now()
    automation = shadowed(world, Level.AUTO)
    labels(automation, [False] * 80, at=now - timedelta(hours=3))
    acts = [made.acted(world, automation) for _ in range(12)]
    for act in acts:
        answered(acted_at(act, now - timedelta(minutes=90)), wrong=False, at=now)
    automation.refresh_from_db()
    assert (automation.level, automation.reason) == (Level.ASSIST, "labels_too_old")


def test_evidence_of_two_months_ago_has_expired(world: made.World) -> None:
    """Old glory is none."""
    now = clock.now()
    automation = shadowed(world, Level.AUTO, age=timedelta(days=90))
    labels(automation, [False] * 80, at=now - timedelta(days=61))
    found = judged(automation, now)
    assert (found.level, found.reason) == (Level.ASSIST, "evidence_expired")


def test_the_label_that_trips_stops_the_automation_and_opens_the_incident(world: made.World) -> None:
    """Before the answer returns it is suspended, and everybody it acted upon is in the incident."""
    automation = shadowed(world, Level.AUTO, made.SUSPENDS)
    labels(automation, [False] * 80)
    acts = [made.acted(world, automation) for _ in range(9)]
    for act in acts:
        answered(act, wrong=True)
        automation.refresh_from_db()
        if automation.level == Level.SUSPENDED:
            break
    assert (automation.level, automation.reason) == (Level.SUSPENDED, "tripped")
    incident = Incident.objects.get(automation=automation)
    assert incident.cause == Incident.Cause.TRIP
    assert Affected.objects.filter(incident=incident).count() == len(acts)
    assert Entry.objects.filter(kind="autonomy.tripped").count() == 1


def test_labels_after_a_trip_open_nothing_more(world: made.World) -> None:
    """The log goes on; there is one incident, and the level stays."""
    automation = shadowed(world, Level.AUTO, made.SUSPENDS)
    acts = [made.acted(world, automation) for _ in range(3)]
    labels(automation, [True] * 12)
    judged(automation)
    for act in acts:
        answered(act, wrong=False)
    automation.refresh_from_db()
    assert automation.level == Level.SUSPENDED
    assert Incident.objects.count() == 1
    assert evidence.recompute(made.epoch(automation)).equal


def test_what_never_acted_is_stopped_without_an_incident(world: made.World) -> None:
    """A rule that fails in shadow has harmed nobody."""
    automation = shadowed(world)
    labels(automation, [True] * 12)
    assert judged(automation).level == Level.SUSPENDED
    assert not Incident.objects.exists()


def test_overturned_appeals_alone_can_stop_it(world: made.World) -> None:
    """Their share is evidence, even where nobody audits."""
    automation = made.automation(world)
    made.acted(world, automation)
    epoch, at = made.epoch(automation), clock.now()
    for number in range(40):
        evidence.enter(
            epoch=epoch, stream=SHARE, x=1.0, terms={}, source=str(number), at=at + timedelta(minutes=number)
        )
    assert judged(automation, at + timedelta(hours=1)).level == Level.SUSPENDED


def test_many_appeals_with_the_usual_share_stop_nothing(world: made.World) -> None:
    """A campaign doubles how many appeal, on both sides; the count of overturned demotes nobody."""
    automation = shadowed(world, Level.AUTO)
    labels(automation, [False] * 80)
    epoch, at = made.epoch(automation), clock.now()
    for number in range(400):
        evidence.enter(
            epoch=epoch,
            stream=SHARE,
            x=float(number % 7 == 0),
            terms={},
            source=str(number),
            at=at + timedelta(seconds=number),
        )
    assert judged(automation, at + timedelta(minutes=10)).level == Level.AUTO


def test_suspicion_opens_a_burst_of_twenty_and_holds(world: made.World) -> None:
    """Twenty acts go to people first, to be answered in a quarter of an hour."""
    now = clock.now() + SOON
    automation = suspicious(world, now)
    acts = [made.acted(world, automation) for _ in range(23)]
    judged(automation, now)
    burst = Burst.objects.get(automation=automation, done_at=None)
    assert (burst.cause, burst.size) == ("suspicion", 20)
    assert burst.due_at == now + timedelta(minutes=15)
    assert Audit.objects.filter(burst=burst, act__in=acts).count() == 20
    judged(automation, now + timedelta(minutes=1))
    assert Burst.objects.count() == 1
    first = audit_queries.next_for(factories.member(), at=now)
    assert first is not None
    assert first.burst == burst


def test_what_it_did_before_it_fell_under_suspicion_is_looked_at(world: made.World) -> None:
    """It acts no more, and still a burst finds out whether a wave went before; unsuspected none does."""
    now = clock.now() + SOON
    calm = shadowed(world, Level.AUTO, made.SUSPENDS)
    for automation in (suspicious(world, now), calm):
        made.acted(world, automation)
        automations.change_level(
            automation=automation, to=Level.ASSIST, reason="below_target", evidence={}, actor=SYSTEM, at=now
        )
        judged(automation, now)
    burst = Burst.objects.get()
    assert (burst.size, burst.automation == calm) == (1, False)


def test_a_burst_takes_what_waits_already_to_the_front(world: made.World) -> None:
    """An act is laid once; if nobody has answered it, it is asked for sooner."""
    now = clock.now() + SOON
    automation = suspicious(world, now)
    act = made.acted(world, automation)
    waiting = audits.lay(acts=[act], kind=Audit.Kind.RANDOM, at=now)[0]
    judged(automation, now)
    waiting.refresh_from_db()
    assert waiting.burst == Burst.objects.get()
    assert waiting.assignment.due_at == now + audits.BURST_TIME
    assert Audit.objects.count() == 1


def test_a_burst_that_finds_nothing_releases_and_is_followed_by_a_calm_hour(world: made.World) -> None:
    """Right answers bring the detector down; no other burst opens for an hour."""
    now = clock.now() + SOON
    automation = suspicious(world, now)
    acts = [made.acted(world, automation) for _ in range(20)]
    judged(automation, now)
    for act in acts:
        act.refresh_from_db()
        answered(act, wrong=False, at=now + timedelta(minutes=5))
    assert not Burst.objects.filter(done_at=None).exists()
    assert Entry.objects.filter(kind="autonomy.burst.ended").count() == 1
    labels(automation, [True], at=now + timedelta(minutes=30))
    made.acted(world, automation)
    judged(automation, now + timedelta(minutes=31))
    assert not Burst.objects.filter(done_at=None).exists()


def test_a_burst_that_ended_by_a_clock_that_ran_ahead_keeps_nobody_from_looking(world: made.World) -> None:
    """Its calm hour lies in the next year, and there is suspicion now."""
    now = clock.now() + SOON
    automation = suspicious(world, now)
    made.acted(world, automation)
    judged(automation, now)
    ahead = now + timedelta(days=365)
    Burst.objects.update(done_at=ahead)
    made.acted(world, automation)
    judged(automation, now + timedelta(minutes=1))
    assert Burst.objects.filter(done_at=None).count() == 1


def test_a_burst_with_two_wrong_is_repeated_at_once(world: made.World) -> None:
    """What was not looked at yet is looked at next."""
    now = clock.now() + SOON
    automation = suspicious(world, now)
    acts = [made.acted(world, automation) for _ in range(23)]
    judged(automation, now)
    burst = Burst.objects.get()
    for place, audit in enumerate(Audit.objects.filter(burst=burst, look=1)):
        audits.answer(
            audit=audit,
            user=factories.member(),
            wrong=place in (3, 9),
            words="",
            at=now + timedelta(minutes=5),
        )
    automation.refresh_from_db()
    assert automation.level == Level.AUTO
    again = Burst.objects.get(done_at=None)
    assert (again.cause, again.size) == ("repeat", 3)
    assert {audit.act for audit in again.audits.filter(look=1)} < set(acts)


def test_far_more_acts_than_usual_ask_for_looks_and_demote_nobody(world: made.World) -> None:
    """Ten times the usual opens a burst; the level stays."""
    automation, now = busy(world, usual=20, wanted=10)
    epoch = made.epoch(automation)
    rates.enter_counts(automation=automation, epoch=epoch, at=now)
    HourCount.objects.filter(automation=automation, hour=acting.hour_of(now)).update(wanted=60)
    later = now + timedelta(minutes=15)
    rates.enter_counts(automation=automation, epoch=epoch, at=later)
    assert judged(automation, later).level == Level.AUTO
    assert Burst.objects.get(automation=automation).cause == "rate"
    assert evidence.recompute(epoch).equal


def test_as_many_acts_as_usual_ask_for_nothing(world: made.World) -> None:
    """And what was counted is not counted again."""
    automation, now = busy(world, usual=20, wanted=10)
    epoch = made.epoch(automation)
    assert rates.enter_counts(automation=automation, epoch=epoch, at=now) is not None
    assert rates.enter_counts(automation=automation, epoch=epoch, at=now + timedelta(minutes=2)) is None
    judged(automation, now)
    assert not Burst.objects.exists()


def test_a_count_by_a_clock_that_ran_ahead_stops_no_counting(world: made.World) -> None:
    """By the right clock the acts of this hour enter, though the last count stands in the next year."""
    automation, now = busy(world, usual=20, wanted=10)
    epoch = made.epoch(automation)
    ahead = now + timedelta(days=365)
    HourCount.objects.create(automation=automation, hour=acting.hour_of(ahead), wanted=3)
    assert rates.enter_counts(automation=automation, epoch=epoch, at=ahead) is not None
    assert rates.enter_counts(automation=automation, epoch=epoch, at=now) is not None
    assert evidence.recompute(epoch).equal


def test_one_bad_rule_does_not_stop_the_others(world: made.World) -> None:
    """It is stopped by its own breaker, however certain that is."""
    one, two = (shadowed(world, Level.AUTO, rule) for rule in (made.SUSPENDS, made.HIDES))
    labels(one, [True] * 30)
    judged(one)
    assert watching.judge_platform(platform=world.platform, at=clock.now()) == []
    two.refresh_from_db()
    assert two.level == Level.AUTO


def test_when_several_rules_fail_together_the_whole_platform_stops(world: made.World) -> None:
    """The mean of all their R says that what they share has failed."""
    assists = made.automation(world, made.ASSISTS, level=Level.ASSIST)
    for rule in (made.SUSPENDS, made.HIDES):
        failed = shadowed(world, Level.AUTO, rule)
        labels(failed, [True] * 12)
        judged(failed)
    stopped = watching.judge_platform(platform=world.platform, at=clock.now())
    assert [row.pk for row in stopped] == [assists.pk]
    assert stopped[0].reason == "platform_tripped"
    assert watching.judge_platform(platform=world.platform, at=clock.now()) == []


def test_what_was_stopped_begins_again_in_shadow_by_a_persons_act(world: made.World) -> None:
    """Without evidence, in another epoch; the detector of the old one is never reset."""
    automation = shadowed(world)
    labels(automation, [True] * 12)
    judged(automation)
    old = made.epoch(automation)
    with pytest.raises(RoleLacks):
        watching.begin_again(automation=automation, actor=staff.actor_of(factories.member()), at=clock.now())
    lead = staff.actor_of(factories.member("lead"))
    found = watching.begin_again(automation=automation, actor=lead, at=clock.now())
    assert found.level == Level.SHADOW
    begun = made.epoch(found)
    assert (begun.number, begun.digest) == (old.number + 1, old.digest)
    assert queries.state_of(begun) is None
    assert queries.alpha_of(begun) == automation.alpha / 2
    with pytest.raises(errors.NotSuspended):
        watching.begin_again(automation=found, actor=lead, at=clock.now())


def test_a_person_may_ask_for_more_and_gets_what_was_earned(world: made.World) -> None:
    """Nobody can give a level that the audits do not show."""
    automation = shadowed(world)
    with pytest.raises(NotEarned):
        watching.ask_higher(automation=automation, actor=SYSTEM, at=clock.now())
    labels(automation, [False] * 60)
    assert watching.would_be(automation=automation, at=clock.now()).level == Level.ASSIST
    found = watching.ask_higher(automation=automation, actor=SYSTEM, at=clock.now())
    assert found.level == Level.ASSIST
    with pytest.raises(RoleLacks):
        watching.ask_higher(automation=found, actor=staff.actor_of(factories.member()), at=clock.now())


def test_what_a_person_lowered_rises_only_when_a_person_asks(world: made.World) -> None:
    """Good labels alone do not undo it."""
    automation = shadowed(world, Level.AUTO)
    labels(automation, [False] * 80)
    lead = staff.actor_of(factories.member("lead"))
    at = clock.now()
    lowered = automations.lower(automation=automation, to=Level.SHADOW, actor=lead, at=at)
    assert judged(lowered).level == Level.SHADOW
    found = watching.ask_higher(automation=lowered, actor=lead, at=at)
    assert (found.level, found.reason) == (Level.ASSIST, "earned")
    assert judged(found).level == Level.CANARY


def suspicious(world: made.World, now: datetime) -> Automation:
    """Return an automation in auto whose last labels raised R above the soft trigger, below a trip."""
    automation = shadowed(world, Level.AUTO)
    state = labels(automation, [False] * 120 + [True] * 4, at=now - timedelta(minutes=1))
    assert 0.01 <= state.r < 100.0
    return automation


def busy(world: made.World, *, usual: int, wanted: int) -> tuple[Automation, datetime]:
    """Return an automation that wants ``usual`` acts an hour, and ``wanted`` in the half hour before now."""
    now = acting.hour_of(clock.now()) + timedelta(minutes=30)
    automation = shadowed(world, Level.AUTO)
    labels(automation, [False] * 80, at=now - timedelta(hours=2))
    for back in range(1, 200):
        HourCount.objects.create(
            automation=automation, hour=acting.hour_of(now) - timedelta(hours=back), wanted=usual
        )
    HourCount.objects.create(automation=automation, hour=acting.hour_of(now), wanted=wanted)
    acted_at(made.acted(world, automation), now - timedelta(minutes=1))
    return automation, now
