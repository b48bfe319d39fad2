"""An invented wave: an automation that did what it should not, and an incident about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.autonomy.models import Act, Automation, Epoch, Incident
from sinmungo.apps.autonomy.services import incidents
from sinmungo.apps.base import clock
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.words import AppealOutcome
from sinmungo.core.trust.breaker import Breaker, Settings
from tests.apps.appeals.made import appealed, told
from tests.apps.autonomy import made
from tests.common import factories

SAME_WORDS = (
    "선물 글을 올린 적이 없는데 계정이 잠겼습니다. 누가 보고 판단했는지 알려 주세요. 사진은 {n}장뿐입니다."
)
TITLES = {"title_ko": "거짓 선물 규칙의 오류", "title_en": "The gifts rule was wrong"}


@dataclass(frozen=True)
class Wave:
    """A platform, its automation that suspends, what it did, and a person who leads incidents."""

    world: made.World
    automation: Automation
    acts: list[Act]
    lead: User


def wave(count: int = 3) -> Wave:
    """Make a wave of ``count`` decisions that an automation made alone, one after another."""
    world = made.world()
    automation = made.automation(world)
    acts = [made.acted(world, automation) for _ in range(count)]
    return Wave(world, automation, acts, factories.member("lead"))


def epoch_begun(automation: Automation, *, hours: float) -> Epoch:
    """Return the epoch of an automation, as if it had begun so many hours ago."""
    epoch = made.epoch(automation)
    epoch.began_at = clock.now() - timedelta(hours=hours)
    epoch.save()
    return epoch


def tripped_breaker(*, right: int = 51, wrong: int = 6) -> Breaker:
    """Return a breaker that tripped: a label every 12 minutes, first the right ones, then the wrong."""
    breaker = Breaker.begin(Settings(target=0.95))
    for number in range(right + wrong):
        breaker = breaker.audit(float(number >= right), at=number * 0.2)
    return breaker


def opened(wave: Wave, *, at: datetime | None = None, **more: object) -> Incident:
    """Open an incident about the automation of a wave, by a person."""
    now = at or clock.now()
    wanted = {
        "platform": wave.world.platform,
        "automations": [wave.automation],
        "onset_from": now - timedelta(hours=1),
        "onset_to": now,
        "is_severe": True,
        "user": wave.lead,
        "at": now,
    }
    return incidents.open_by_person(**(wanted | TITLES | more))  # type: ignore[arg-type]


def appeal(act: Act, words: str = "", number: int = 1) -> Appeal:
    """Make an appeal against what an act did."""
    assert act.decision is not None
    return appealed(told(act.decision), words or SAME_WORDS.format(n=number)).appeal


def ended(appeal: Appeal, outcome: AppealOutcome, *, fast: bool = False) -> None:
    """Write down how an appeal ended, as the one who heard it would."""
    rows = Appeal.objects.filter(pk=appeal.pk)
    rows.update(state="decided", outcome=outcome, decided_at=clock.now(), fast=fast)
