"""A published incident in words and as a bar, for its page, its picture and the people affected."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language, gettext, gettext_noop, ngettext

from sinmungo.apps.autonomy.queries.public import FEWEST, PARTS, Listed, Note, Numbers, Question, Told
from sinmungo.apps.statements import said

#: What each part of the numbers is called.
LABELS = {
    "restored": gettext_noop("Restored"),
    "already": gettext_noop("Put right before"),
    "upheld": gettext_noop("Looked at again by a person; it stands"),
    "impossible": gettext_noop("Could not be undone"),
    "left_out": gettext_noop("A person decides each one"),
    "waiting": gettext_noop("Still waiting"),
}
#: The state of an incident: its mark's colour, and what it is called.
STATES = {
    "open": ("wait", gettext_noop("Being looked into")),
    "restoring": ("wait", gettext_noop("Being put right")),
    "closed": ("good", gettext_noop("Closed")),
    "false_alarm": ("info", gettext_noop("False alarm")),
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the bar: its name, label and number in words, and where it lies from 0 to 100."""

    name: str
    label: str
    number: str
    left: str
    width: str


@dataclass(frozen=True, slots=True)
class Status:
    """What a page says of an incident, in the active language."""

    code: str
    title: str
    mark: str
    state: str
    platform_name: str
    zone: str
    since: str
    stopped: str
    published: str
    closed: str
    affected: str
    parts: tuple[Part, ...]
    is_rounded: bool
    oldest: str
    at: str
    left: str
    summary: str


def status(told: Told) -> Status:
    """Return ``told`` in the active language, its times in the platform's zone."""
    locale = get_language() or "ko"
    mark, state = STATES[told.state]
    numbers = told.numbers

    def moment(at: datetime | None) -> str:
        return said.moment(at, told.time_zone, locale) if at is not None else ""

    return Status(
        code=told.code,
        title=told.title_ko if locale == "ko" else told.title_en,
        mark=mark,
        state=gettext(state),
        platform_name=told.platform_name,
        zone=said.zone_name(told.time_zone, locale),
        since=moment(told.onset_from),
        stopped=moment(told.stopped_at),
        published=moment(told.published_at),
        closed=moment(told.closed_at),
        affected=number(numbers.affected),
        parts=parts(numbers),
        is_rounded=numbers.is_rounded,
        oldest=moment(numbers.oldest_waiting),
        at=moment(numbers.at),
        left=lasting(told.seconds_left) if told.seconds_left is not None else "",
        summary=summary(numbers),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list of incidents, in the active language."""

    code: str
    title: str
    mark: str
    state: str
    platform_name: str
    published: str


def entry(listed: Listed) -> Entry:
    """Return a line of the list in the active language."""
    locale = get_language() or "ko"
    mark, state = STATES[listed.state]
    return Entry(
        code=listed.code,
        title=listed.title_ko if locale == "ko" else listed.title_en,
        mark=mark,
        state=gettext(state),
        platform_name=listed.platform_name,
        published=said.moment(listed.published_at, listed.time_zone, locale),
    )


def number(value: int | None) -> str:
    """Return a number as everybody reads it."""
    return gettext("fewer than ten") if value is None else f"{value:,}"


def summary(numbers: Numbers) -> str:
    """Return the numbers as one sentence."""
    affected, restored = numbers.affected, numbers.parts["restored"]
    if affected is None:
        return gettext("Fewer than ten decisions")
    if restored is None:
        return gettext("Fewer than ten of %(affected)s restored") % {"affected": number(affected)}
    return gettext("%(restored)s of %(affected)s restored") % {
        "restored": number(restored),
        "affected": number(affected),
    }


def parts(numbers: Numbers) -> tuple[Part, ...]:
    """Return the bar from left to right; a number that is not told is as wide as a small one."""
    sizes = {name: _size(numbers.parts[name]) for name in PARTS}
    whole = sum(sizes.values()) or 1.0
    found, left = [], 0.0
    for name in PARTS:
        width = 100.0 * sizes[name] / whole
        told = number(numbers.parts[name])
        found.append(Part(name, gettext(LABELS[name]), told, f"{left:.2f}", f"{width:.2f}"))
        left += width
    return tuple(found)


def lasting(seconds: float) -> str:
    """Return about how long something takes, in minutes, hours or days, never less than it is."""
    if seconds <= _MINUTE:
        return gettext("less than a minute")
    if seconds <= _HOUR:
        count = math.ceil(seconds / _MINUTE)
        return ngettext("about %(count)d minute", "about %(count)d minutes", count) % {"count": count}
    if seconds <= 2 * _DAY:
        count = math.ceil(seconds / _HOUR)
        return ngettext("about %(count)d hour", "about %(count)d hours", count) % {"count": count}
    count = math.ceil(seconds / _DAY)
    return ngettext("about %(count)d day", "about %(count)d days", count) % {"count": count}


def _size(value: int | None) -> float:
    return FEWEST / 2 if value is None else float(value)


def said_note(note: Note, told: Told) -> tuple[str, str]:
    """Return when a note was written and what it says."""
    locale = get_language() or "ko"
    return said.moment(note.at, told.time_zone, locale), note.ko if locale == "ko" else note.en


def said_question(question: Question, told: Told) -> tuple[str, str, str]:
    """Return a question, its answer, and the day the answer was last edited."""
    locale = get_language() or "ko"
    edited = said.day(question.edited_at, told.time_zone, locale)
    if locale == "ko":
        return question.question_ko, question.answer_ko, edited
    return question.question_en, question.answer_en, edited
