"""The wave of the demonstration: it is there, an audit stops it, and it ends with everybody back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sinmungo.apps.autonomy.models import Affected, Audit, Automation, Incident, LevelChange, Restoration
from sinmungo.apps.autonomy.queries import evidence
from sinmungo.apps.autonomy.services import audits, restorations
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Platform
from sinmungo.apps.staff import queries as staff
from sinmungo.core.kernel.words import Level
from sinmungo.demo import colleagues, crowd, moved_clock, prepare, script, wave
from sinmungo.demo.earned import RULE, Earned
from sinmungo.demo.past import IN_FORCE_DAYS
from sinmungo.demo.process import DEFAULT_SECRET, DemoPlatform
from sinmungo.demo.stage import Crew
from sinmungo.journeys import adopt, deliver, restore

SIZE = 60
TURNS = 200

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def madang(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoPlatform]:
    """The demo platform with the newcomers on it."""
    with DemoPlatform.start(tmp_path_factory.mktemp("madang"), story=(7, 2, 0), wave=SIZE) as running:
        yield running


@pytest.fixture
def there(madang: DemoPlatform, tmp_path: Path, settings: Any) -> Platform:
    """Sinmungo's side of it, some hours after the wave."""
    settings.SINMUNGO_DEMO_PLATFORM_URL = madang.url
    settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS = ["127.0.0.1"]
    secret = tmp_path / script.SECRET_FILE
    secret.write_text(DEFAULT_SECRET)
    with moved_clock.at(clock.now() - timedelta(days=IN_FORCE_DAYS)):
        platform = prepare.ensure_platform()
        for member in prepare.MEMBERS:
            prepare.ensure_member(member)
        adopt.adopt(platform=platform, source=prepare.PACK, actor=SYSTEM)
    prepare.ensure_webhook(platform, secret)
    until = clock.now().replace(minute=0, second=0, microsecond=0)
    for at, act in Earned(platform, Crew.called()).acts(until - crowd.OVER_SINCE - crowd.LASTED):
        with moved_clock.at(at):
            act()
    wave.roll(platform, SIZE)
    return platform


def test_the_newcomers_are_the_same_whatever_the_day_and_no_two_in_a_row_ask_alike() -> None:
    """Another day moves times only; a number out of bounds is refused."""
    now = clock.now()
    one, other = crowd.crowd(50, until=now), crowd.crowd(50, until=now - timedelta(days=3))
    assert [(each.account, each.text) for each in one] == [(each.account, each.text) for each in other]
    assert len({each.text for each in one}) == 50
    assert one[-1].posted_at == now and now - one[0].posted_at <= crowd.LASTED
    assert crowd.crowd(0, until=now) == ()
    for count in (-1, crowd.MOST + 1):
        with pytest.raises(ValueError, match="a wave has"):
            crowd.crowd(count, until=now)


def test_a_rule_that_earned_its_autonomy_suspends_all_of_them_alone(there: Platform) -> None:
    """It rose level by level once the bound allowed it, and decided on everybody; what was drawn waits."""
    rule = Automation.objects.get(rule=RULE)
    epoch = evidence.epoch_now(rule)
    assert epoch is not None
    assert evidence.recomputed(epoch).equal
    rises = LevelChange.objects.filter(automation=rule).order_by("at")
    assert [each.after for each in rises] == [Level.ASSIST, Level.CANARY, Level.AUTO]
    assert all(each.evidence["bound"] >= rule.target for each in rises)
    assert Decision.objects.filter(platform=there, source="automation").count() == SIZE
    assert Audit.objects.filter(act__automation=rule, answered_at=None).exists()
    wave.roll(there, SIZE)
    assert Decision.objects.count() == SIZE, "acted out once more it changes nothing"


def test_an_audit_trips_it_and_the_restoration_brings_everybody_back(
    there: Platform, madang: DemoPlatform
) -> None:
    """The visitor says wrong until it is stopped; colleagues see the sample, a second person confirms."""
    deliver_all()
    you = crowd.crowd(1, until=clock.now())[0].account
    assert madang.browse(you).page("/me").status_code == 403
    crew = Crew.called()
    answered = trip(crew)
    incident = Incident.objects.get()
    assert answered <= 8 and Affected.objects.filter(incident=incident).count() == SIZE
    restoration = proposed(incident, crew)
    while colleagues.look(crew, limit=8):
        pass
    counts = restorations.dry_run(restoration=restoration, user=crew.lead, at=clock.now())
    assert counts.to_restore == SIZE
    restoration.refresh_from_db()
    second = staff.by_username(script.POLICY)
    restorations.confirm(restoration=restoration, user=second, digest=restoration.digest, at=clock.now())
    for _ in range(TURNS):
        restore.keep(now=clock.now(), limit=100)
        deliver_all()
        restoration.refresh_from_db()
        if restoration.state == Restoration.State.DONE:
            break
    assert restoration.state == Restoration.State.DONE
    assert Affected.objects.filter(state=Affected.State.RESTORED).count() == SIZE
    assert madang.browse(you).page("/me").status_code == 200


def trip(crew: Crew) -> int:
    """Answer *wrong* until the rule is stopped; return how many answers it took."""
    for number in range(1, 30):
        audit = audits.take(user=crew.visitor, at=clock.now())
        assert audit is not None
        audits.answer(audit=audit, user=crew.visitor, wrong=True, words="", at=clock.now())
        if Automation.objects.get(rule=RULE).level == Level.SUSPENDED:
            return number
    raise AssertionError("it was never stopped")


def proposed(incident: Incident, crew: Crew) -> Restoration:
    """Propose to put everybody of the incident right."""
    return restorations.propose(
        incident=incident,
        automations=[Automation.objects.get(rule=RULE)],
        window_from=clock.now() - timedelta(days=1),
        window_to=clock.now(),
        user=crew.lead,
        at=clock.now(),
    )


def deliver_all() -> None:
    """Tell the platform what is owed to it."""
    while deliver.keep(now=clock.now(), limit=100):
        pass
