"""What a statement's page adds for the person affected: their place in an incident, how reliable it was."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.utils.translation import get_language

from sinmungo.apps.autonomy.models import Affected
from sinmungo.apps.autonomy.queries import accounts
from sinmungo.apps.autonomy.queries.accounts import Returned
from sinmungo.apps.autonomy.queries.public import Told
from sinmungo.apps.autonomy.queries.telling import Measured, Place
from sinmungo.apps.statements import said
from sinmungo.apps.vault.errors import Destroyed
from sinmungo.core.kernel.words import Level
from sinmungo.web.portal import status_words


@dataclass(frozen=True, slots=True)
class Panel:
    """Where a person stands in an incident, in the active language.

    ``stage`` is ``waiting``, ``on_its_way`` (taken back, the platform must still confirm), ``restored`` or
    another state of ``Affected``. ``left`` says how long it will still take, empty when nobody can say.
    ``restoration`` is the state of the incident's restoration.
    """

    code: str
    title: str
    is_published: bool
    stage: str
    is_gone: bool
    place: int
    waiting_before: int
    affected: str
    left: str
    restoration: str
    restored: str
    changed: str
    returned: Returned | None
    letter: str


@dataclass(frozen=True, slots=True)
class Reliability:
    """How an automation measures, in whole numbers: of 100 acts at least ``right`` were right.

    ``sure`` is the certainty of that in percent; ``is_known`` False means too few checks to say anything.
    """

    is_known: bool
    right: int
    labels: int
    wrong: int
    sure: str
    is_stopped: bool
    as_of: str


def panel(place: Place, told: Told | None, zone: str) -> Panel:
    """Return the panel of a decision at ``place`` in an incident; ``told`` is what the public reads of it."""
    locale = get_language() or "ko"
    return Panel(
        code=place.incident_code,
        title=place.title_ko if locale == "ko" else place.title_en,
        is_published=told is not None,
        stage=_stage(place),
        is_gone=place.why in ("gone", "purged"),
        place=place.place,
        waiting_before=place.waiting_before,
        affected=status_words.number(told.numbers.affected) if told is not None else "",
        left=_left(place, told),
        restoration=told.restoration if told is not None else "",
        restored=said.moment(place.restored_at, zone, locale) if place.restored_at else "",
        changed=said.moment(place.changed_at, zone, locale),
        returned=_returned(place.affected),
        letter=place.letter,
    )


def reliability(measured: Measured, zone: str) -> Reliability:
    """Return a measurement in the active language."""
    locale = get_language() or "ko"
    right = math.floor(100 * measured.bound)
    return Reliability(
        is_known=measured.labels > 0 and right > 0,
        right=right,
        labels=measured.labels,
        wrong=measured.wrong,
        sure=f"{100 * (1 - measured.alpha):g}",
        is_stopped=measured.level == Level.SUSPENDED,
        as_of=said.moment(measured.as_of, zone, locale) if measured.as_of is not None else "",
    )


def _stage(place: Place) -> str:
    if place.state == Affected.State.WAITING and place.restored_at is not None:
        return "on_its_way"
    return place.state


def _left(place: Place, told: Told | None) -> str:
    """Return how long it will take: this person's share of what the whole restoration still takes."""
    if told is None or told.seconds_left is None or place.state != Affected.State.WAITING:
        return ""
    waiting = max(told.numbers.parts["waiting"] or 0, place.waiting_before + 1)
    return status_words.lasting(told.seconds_left * (place.waiting_before + 1) / waiting)


def _returned(affected: Affected) -> Returned | None:
    try:
        return accounts.returned(affected)
    except Destroyed:
        return None
