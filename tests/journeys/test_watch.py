"""The watch: what was drawn reaches people once, and appeals and time speak too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sinmungo.apps.autonomy.models import Act, Audit, Automation, DetectorState, Epoch, Factor, Incident
from sinmungo.apps.autonomy.services import evidence, laying
from sinmungo.apps.autonomy.weighing import AUDIT, SHARE
from sinmungo.apps.base import clock
from sinmungo.core.kernel.words import AppealOutcome, Level
from sinmungo.journeys import appeal as hearing
from sinmungo.journeys import watch
from tests.apps.appeals.made import REASONS, appealed, held_by, told
from tests.apps.autonomy import made
from tests.common import factories

pytestmark = pytest.mark.django_db
SOON = timedelta(minutes=1)


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture(autouse=True)
def nothing_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "_looked_at", None)
    monkeypatch.setattr(watch, "_looked_at_all", None)
    monkeypatch.setattr(watch, "_laid_until", None)
    monkeypatch.setattr(laying, "GOLD_SHARE", 0.0)


def kept(limit: int = 100, *, after: timedelta = SOON) -> int:
    return watch.keep(now=clock.now() + after, limit=limit)


def heard(act: Act, outcome: AppealOutcome) -> None:
    """Appeal against what was done, and let somebody answer."""
    assert act.decision is not None
    hearer = factories.member("hearer")
    filed = appealed(told(act.decision))
    work = held_by(hearer, filed)
    hearing.decide(
        appeal=filed.appeal, user=hearer, outcome=outcome, reasons=REASONS, expected_version=work.version
    )


def test_what_was_drawn_is_laid_once(world: made.World) -> None:
    """Looking again lays nothing twice, also after the process was started anew."""
    automation = made.automation(world)
    drawn = made.acted(world, automation)
    made.acted(world, automation, drawn=False)
    assert kept() == 1
    assert kept() == 0
    watch._laid_until = None
    assert kept() == 0
    assert [audit.act for audit in Audit.objects.all()] == [drawn]


def test_what_is_too_much_for_one_look_is_laid_by_the_next(world: made.World) -> None:
    """Nothing drawn is passed over."""
    automation = made.automation(world)
    for _ in range(5):
        made.acted(world, automation)
    assert [kept(2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_clock_that_was_set_back_loses_nothing(world: made.World) -> None:
    """What is done after the clock jumped back is laid all the same."""
    kept(after=timedelta(hours=20))
    made.acted(world, made.automation(world))
    assert kept() == 1


def test_what_was_drawn_in_shadow_is_audited_too(world: made.World) -> None:
    """Autonomy is earned before anything is done alone."""
    automation = made.automation(world, level=Level.SHADOW)
    act = made.act(world, automation)
    Act.objects.filter(pk=act.pk).update(
        state=Act.State.WATCHED, drawn=True, propensity=0.5, settled_at=clock.now()
    )
    assert kept() == 1
    assert Audit.objects.get(act=act).assignment.queue_id == "spam"


def test_what_an_earlier_epoch_did_is_audited_no_more(world: made.World) -> None:
    """Its label would say nothing of what executes now."""
    act = made.acted(world, made.automation(world))
    Epoch.objects.filter(pk=act.epoch_id).update(ended_at=clock.now())
    assert kept() == 0


def test_what_cannot_be_laid_keeps_nothing_else_back(
    world: made.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One act that fails stays owed; the others go on."""
    automation = made.automation(world)
    bad, good = made.acted(world, automation), made.acted(world, automation)
    lay = laying._policy

    def failing(act: Act) -> object:
        if act.pk == bad.pk:
            raise RuntimeError
        return lay(act)

    monkeypatch.setattr(laying, "_policy", failing)
    assert kept() == 1
    assert Audit.objects.get().act == good
    monkeypatch.setattr(laying, "_policy", lay)
    assert kept() == 1


def test_time_alone_takes_autonomy_back(world: made.World) -> None:
    """Whatever earned it has no evidence behind it, and nobody needs to press anything."""
    automation = made.automation(world)
    kept()
    automation.refresh_from_db()
    assert automation.level == Level.ASSIST


def test_what_acts_alone_is_looked_at_more_often(world: made.World) -> None:
    """Every twenty seconds; what waits for its evidence every five minutes."""
    began = clock.now()
    shadow = made.automation(world, made.HIDES, level=Level.SHADOW)
    Epoch.objects.filter(automation=shadow).update(began_at=began - timedelta(days=9))
    watch.keep(now=began, limit=1)
    for number in range(60):
        evidence.enter(
            epoch=made.epoch(shadow),
            stream=AUDIT,
            x=0.0,
            terms={"weight": 1.0, "random": 1.0},
            source=str(number),
            at=began,
        )
    alone = made.automation(world)
    watch.keep(now=began + watch.EVERY, limit=1)
    for automation, level in ((alone, Level.ASSIST), (shadow, Level.SHADOW)):
        automation.refresh_from_db()
        assert automation.level == level
    watch.keep(now=began + watch.SELDOM, limit=1)
    shadow.refresh_from_db()
    assert shadow.level == Level.ASSIST


def test_when_rules_fail_together_the_watch_stops_the_rest(world: made.World) -> None:
    """Each by its own breaker, then all that is left by the platform's."""
    rest = made.automation(world, made.ASSISTS, level=Level.ASSIST)
    Epoch.objects.filter(automation__platform=world.platform).update(began_at=clock.now() - timedelta(days=9))
    for rule in (made.SUSPENDS, made.HIDES):
        epoch = made.epoch(made.automation(world, rule))
        for number in range(12):
            evidence.enter(
                epoch=epoch,
                stream=AUDIT,
                x=1.0,
                terms={"weight": 1.0, "random": 1.0},
                source=str(number),
                at=clock.now() - timedelta(hours=12 - number),
            )
    kept()
    rest.refresh_from_db()
    assert (rest.level, rest.reason) == (Level.SUSPENDED, "platform_tripped")
    assert not Automation.objects.exclude(level=Level.SUSPENDED).filter(platform=world.platform).exists()


@pytest.mark.parametrize(("outcome", "x"), [(AppealOutcome.UPHELD, 0.0), (AppealOutcome.OVERTURNED, 1.0)])
def test_a_decided_appeal_is_evidence_in_the_same_moment(
    world: made.World, outcome: AppealOutcome, x: float
) -> None:
    """Only the share of overturned counts, and what is upheld raises nothing."""
    act = made.acted(world, made.automation(world))
    heard(act, outcome)
    assert list(Factor.objects.values_list("stream", "x")) == [(SHARE, x)]
    assert DetectorState.objects.get(epoch=act.epoch).bound == 0.0


def test_the_appeal_that_trips_opens_the_incident(world: made.World) -> None:
    """The share of overturned is enough to stop it, before the hearer's page returns."""
    automation = made.automation(world)
    act = made.acted(world, automation)
    epoch = made.epoch(automation)
    Epoch.objects.filter(pk=epoch.pk).update(began_at=clock.now() - timedelta(days=9))
    epoch.refresh_from_db()
    state, number = None, 0
    while state is None or state.r < 30.0:
        number += 1
        state = evidence.enter(
            epoch=epoch,
            stream=SHARE,
            x=1.0,
            terms={},
            source=str(number),
            at=clock.now() - timedelta(days=1) + timedelta(minutes=number),
        )
    heard(act, AppealOutcome.OVERTURNED)
    automation.refresh_from_db()
    assert automation.level == Level.SUSPENDED
    assert Incident.objects.get().automation == automation
