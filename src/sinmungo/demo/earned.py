"""How a rule earned its autonomy in the weeks before the demonstration.

These labels enter the evidence directly, without two hundred adverts and their audits: the demonstration
shows what autonomy rests on and how it is lost, and says so here. What counts a label, bounds the
precision and weighs the levels is the product itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sinmungo.apps.autonomy.models import Automation
from sinmungo.apps.autonomy.queries import evidence as queries
from sinmungo.apps.autonomy.services import automations, evidence
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items.models import Platform
from sinmungo.apps.staff import queries as staff
from sinmungo.core.kernel.words import Level
from sinmungo.demo.stage import Crew

RULE: Final = "new-account-advertises-gambling"
#: Labels of the weeks, one an interval, and of the last hours, when it acted alone; all found it right.
SELDOM, OFTEN = 150, 60
SELDOM_EVERY: Final = timedelta(hours=3)
OFTEN_EVERY: Final = timedelta(minutes=6)
#: It rises a level when so many labels stand behind it: by then the bound has reached what it needs.
RISES: Final = {140: Level.ASSIST, 145: Level.CANARY, 150: Level.AUTO}
#: The lead let it act so often in an hour.
CAP: Final = 5_000


@dataclass(frozen=True, slots=True)
class Earned:
    """An automation that people found right again and again, and who is in charge of it."""

    platform: Platform
    crew: Crew

    def acts(self, until: datetime) -> Iterator[tuple[datetime, Callable[[], None]]]:
        """Yield what happened and when: labels, rises and the cap."""
        for number, at in enumerate(_moments(until), 1):
            yield at, partial(self.label, number)
            if number in RISES:
                yield at + timedelta(minutes=1), partial(self.rise, RISES[number])
        yield until - OFTEN_EVERY * OFTEN, self.set_cap

    def label(self, number: int) -> None:
        """Enter a label of a random audit that found the rule right, each of another author."""
        epoch = queries.epoch_now(self._automation())
        if epoch is None:
            raise LookupError("the rule is in no epoch")
        source = hashlib.sha256(f"{RULE} {number}".encode()).hexdigest()
        terms = {"weight": 1.0, "random": 1.0}
        evidence.enter(epoch=epoch, stream="audit", x=0.0, terms=terms, source=source, at=clock.now())

    def rise(self, to: Level) -> None:
        """Let it have the level that its evidence allows."""
        row = self._automation()
        epoch = queries.epoch_now(row)
        state = queries.state_of(epoch) if epoch is not None else None
        told = {"bound": state.bound, "labels": state.labels, "r": state.r} if state is not None else {}
        automations.change_level(
            automation=row, to=to, reason="earned", evidence=told, actor=SYSTEM, at=clock.now()
        )

    def set_cap(self) -> None:
        """Let the lead set how much it may do in an hour."""
        automations.set_cap(
            automation=self._automation(),
            per_hour=CAP,
            actor=staff.actor_of(self.crew.lead),
            at=clock.now(),
        )

    def _automation(self) -> Automation:
        return Automation.objects.get(platform=self.platform, rule=RULE)


def _moments(until: datetime) -> Iterator[datetime]:
    begins = until - OFTEN_EVERY * OFTEN
    yield from (begins - SELDOM_EVERY * (SELDOM - number) for number in range(SELDOM))
    yield from (begins + OFTEN_EVERY * number for number in range(OFTEN))
