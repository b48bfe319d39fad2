"""When people are there to audit, and how many audits that makes: all times in the platform's own zone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from sinmungo.apps.autonomy.errors import BadShift, TooManyShifts
from sinmungo.apps.autonomy.models import Shift
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.items.models import Platform
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.roles import Permission

MOST_SHIFTS = 100
MOST_AUDITORS = 500
MOST_AUDITS = 120.0
#: Without shifts one auditor is taken to be there round the clock.
USUAL_AUDITS = 12.0
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NewShift:
    """A shift to keep: see ``models.Shift``."""

    weekday: int
    begins: time
    ends: time
    auditors: int
    audits_per_hour: float = USUAL_AUDITS


@dataclass(frozen=True, slots=True)
class Span:
    """One shift on one day, and how many audits an hour all of its people make."""

    begins: datetime
    ends: datetime
    audits_per_hour: float

    @property
    def audits(self) -> float:
        """How many audits the whole shift makes."""
        return self.audits_per_hour * ((self.ends - self.begins) / _HOUR)


@transaction.atomic
def keep_shifts(*, platform: Platform, shifts: Sequence[NewShift], actor: Actor, at: datetime) -> list[Shift]:
    """Put shifts in place of those a platform had; none means round the clock.

    Raises RoleLacks, TooManyShifts and BadShift.
    """
    staff.require_actor(actor, Permission.SET_AUTOMATIONS, platform.pk)
    if len(shifts) > MOST_SHIFTS:
        raise TooManyShifts(most=MOST_SHIFTS)
    if not all(_works(shift) for shift in shifts):
        raise BadShift(people=MOST_AUDITORS, audits=int(MOST_AUDITS))
    Platform.objects.select_for_update(no_key=True).get(pk=platform.pk)
    Shift.objects.filter(platform=platform).delete()
    made = Shift.objects.bulk_create(
        Shift(
            platform=platform,
            weekday=shift.weekday,
            begins=shift.begins,
            ends=shift.ends,
            auditors=shift.auditors,
            audits_per_hour=shift.audits_per_hour,
        )
        for shift in shifts
    )
    entry = ledger.NewEntry("autonomy.shifts.kept", f"platform:{platform.pk}", actor, {"shifts": len(shifts)})
    ledger.record([entry], at=at)
    return made


def shifts_of(platform: Platform) -> list[Shift]:
    """Return the shifts of a platform in the order of the week."""
    return list(Shift.objects.filter(platform=platform).order_by("weekday", "begins", "pk"))


def audits_to_come(platform: Platform, at: datetime, hours: float) -> float:
    """Return how many audits people can make in the ``hours`` after ``at``."""
    until = at + hours * _HOUR
    shifts = shifts_of(platform)
    if not shifts:
        return USUAL_AUDITS * hours
    return sum(
        span.audits_per_hour * ((min(span.ends, until) - max(span.begins, at)) / _HOUR)
        for span in _spans(platform, shifts, at, until)
    )


def is_staffed(platform: Platform, at: datetime) -> bool:
    """Whether somebody is there to audit at a moment."""
    shifts = shifts_of(platform)
    return not shifts or any(True for _ in _spans(platform, shifts, at, at + timedelta(microseconds=1)))


def next_shift(platform: Platform, at: datetime) -> Span | None:
    """Return the shift that begins next after ``at``; None where people are taken to be there always."""
    shifts = shifts_of(platform)
    found = [span for span in _spans(platform, shifts, at, at + timedelta(days=8)) if span.begins > at]
    return min(found, key=lambda span: span.begins, default=None)


def _works(shift: NewShift) -> bool:
    return (
        0 <= shift.weekday <= 6
        and 1 <= shift.auditors <= MOST_AUDITORS
        and 0.0 < shift.audits_per_hour <= MOST_AUDITS
    )


def _spans(platform: Platform, shifts: Sequence[Shift], since: datetime, until: datetime) -> Iterator[Span]:
    """Give each shift on each day that lies at least partly between two moments.

    A day that the zone makes longer or shorter (summer time) has the hours that its clocks show.
    """
    zone = ZoneInfo(platform.time_zone)
    day = since.astimezone(zone).date() - timedelta(days=1)
    while day <= until.astimezone(zone).date():
        for shift in shifts:
            if shift.weekday != day.weekday():
                continue
            begins = datetime.combine(day, shift.begins, zone).astimezone(since.tzinfo)
            last = day if shift.ends > shift.begins else day + timedelta(days=1)
            ends = datetime.combine(last, shift.ends, zone).astimezone(since.tzinfo)
            if begins < until and ends > since:
                yield Span(begins, ends, shift.auditors * shift.audits_per_hour)
        day += timedelta(days=1)
