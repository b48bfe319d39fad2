"""What becomes of an act: decided from what is known, without a database."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sinmungo.apps.autonomy.models import Act
from sinmungo.apps.autonomy.services.automations import HARSH
from sinmungo.core.kernel.words import ActionKind, Level, PlatformMode
from sinmungo.core.policy import ACTING
from sinmungo.core.trust.levels import CANARY_SHARE

#: Acts held by a burst are asked again so soon.
BURST_AGAIN = timedelta(minutes=1)


class Why(StrEnum):
    """Why an automation does not act by itself."""

    LEVEL = "level"  # it has not earned it, or lost it
    NEW_EPOCH = "new_epoch"  # something else executes since
    PLATFORM = "platform"  # the platform decides itself, or only observes
    WITH_PEOPLE = "with_people"  # somebody has it in hand, or has decided
    SHELTERED = "sheltered"
    ALREADY = "already"  # what it wants stands already
    NOT_CANARY = "not_canary"
    OVER_CAP = "over_cap"
    BURST = "burst"
    OFF_HOURS = "off_hours"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one act: ACTED says that it may be tried. ``until`` is set for what is held."""

    state: Act.State
    why: Why | None = None
    until: datetime | None = None

    @property
    def is_seen(self) -> bool:
        """Whether people have to see the item because of it."""
        return self.state == Act.State.PROPOSED or (
            self.state == Act.State.WATCHED and self.why != Why.ALREADY
        )


@dataclass(slots=True)
class Scene:
    """What is known of an automation and its due acts at the moment they are looked at.

    ``room`` is how many more it may do in this hour; ``audits_left`` how many drawn acts the next shift can
    still look at, None while people are there, and ``share`` what share is drawn. ``restricted`` holds the
    items on which the action stands. ``canaries`` are the acts that the keyed draw chose.
    """

    level: Level
    action: ActionKind
    epoch: uuid.UUID | None
    mode: PlatformMode
    at: datetime
    room: int
    is_burst: bool
    shift_begins: datetime | None
    audits_left: float | None
    share: float
    sheltered: frozenset[uuid.UUID]
    with_people: frozenset[uuid.UUID]
    restricted: set[uuid.UUID] = field(default_factory=set)
    canaries: frozenset[uuid.UUID] = frozenset()


def fates(acts: Sequence[Act], scene: Scene) -> list[Fate]:
    """Return what becomes of each act, in order; room and what stands are used up on the way."""
    return [_fate(act, scene) for act in acts]


def is_canary(chance: float) -> bool:
    """Whether an act is among the few that an automation in canary does, by a uniform number."""
    return chance < CANARY_SHARE


def target(act: Act, action: ActionKind) -> uuid.UUID:
    """Return the item that an action falls on: the account, or the item itself."""
    return act.account_id if action in HARSH and act.account_id is not None else act.item_id


def _fate(act: Act, scene: Scene) -> Fate:
    waits = _for_people(act, scene)
    if waits is not None:
        return waits
    if scene.level is Level.CANARY and act.pk not in scene.canaries:
        return Fate(Act.State.PROPOSED, Why.NOT_CANARY)
    held = _held(scene)
    if held is not None:
        return held
    if scene.room <= 0:
        return Fate(Act.State.PROPOSED, Why.OVER_CAP)
    scene.room -= 1
    if scene.audits_left is not None:
        scene.audits_left -= scene.share
    scene.restricted.add(target(act, scene.action))
    return Fate(Act.State.ACTED)


def _for_people(act: Act, scene: Scene) -> Fate | None:
    """Return why this is not for the automation at all, whatever the hour; None if it is."""
    if act.epoch_id != scene.epoch:
        return Fate(Act.State.PROPOSED, Why.NEW_EPOCH)
    if scene.mode is PlatformMode.OBSERVE or scene.level is Level.SHADOW:
        return Fate(Act.State.WATCHED, Why.LEVEL if scene.level is Level.SHADOW else Why.PLATFORM)
    if scene.level not in ACTING:
        return Fate(Act.State.PROPOSED, Why.LEVEL)
    if scene.mode is not PlatformMode.FULL:
        return Fate(Act.State.PROPOSED, Why.PLATFORM)
    if act.account_id in scene.sheltered or act.item_id in scene.sheltered:
        return Fate(Act.State.PROPOSED, Why.SHELTERED)
    if act.item_id in scene.with_people:
        return Fate(Act.State.PROPOSED, Why.WITH_PEOPLE)
    if target(act, scene.action) in scene.restricted:
        return Fate(Act.State.WATCHED, Why.ALREADY)
    return None


def _held(scene: Scene) -> Fate | None:
    if scene.is_burst:
        return Fate(Act.State.HELD, Why.BURST, scene.at + BURST_AGAIN)
    if scene.shift_begins is None:
        return None
    is_out = scene.action in HARSH or (scene.audits_left is not None and scene.audits_left <= 0.0)
    return Fate(Act.State.HELD, Why.OFF_HOURS, scene.shift_begins) if is_out else None
