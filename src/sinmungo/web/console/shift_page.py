"""The staffing calendar of a platform made ready for its page: a week of shifts as bars, words and fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from itertools import pairwise

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sinmungo.apps.autonomy.models import Shift
from sinmungo.web.console import automation_plots as plots
from sinmungo.web.console import automation_words as named

WEEKDAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
#: Empty rows that stand below the shifts there are.
SPARE = 2

Span = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Day:
    """One weekday: its drawing and what it says in words."""

    name: str
    drawing: SafeString
    told: str


@dataclass(frozen=True, slots=True)
class Typed:
    """One row of the form, as it is or as it was typed."""

    weekday: str = ""
    begins: str = ""
    ends: str = ""
    auditors: str = ""
    audits_per_hour: str = ""


def week(shifts: Sequence[Shift]) -> list[Day]:
    """Return the seven days with their shifts; one that goes past midnight goes on in the next day."""
    spans: dict[int, list[Span]] = defaultdict(list)
    for shift in shifts:
        for weekday, begins, ends in parts(shift):
            spans[weekday].append((begins, ends, shift.auditors * shift.audits_per_hour))
    stacked = {weekday: _stacked(found) for weekday, found in spans.items()}
    most = max((high for found in stacked.values() for _b, _e, high in found), default=1.0)
    return [_day(weekday, stacked.get(weekday, []), most) for weekday in range(7)]


def parts(shift: Shift) -> list[tuple[int, float, float]]:
    """Return a shift as (weekday, begins, ends) in hours within one day each."""
    begins, ends = _hours(shift.begins), _hours(shift.ends)
    if ends > begins:
        return [(shift.weekday, begins, ends)]
    rest = [((shift.weekday + 1) % 7, 0.0, ends)] if ends else []
    return [(shift.weekday, begins, 24.0), *rest]


def _stacked(spans: Sequence[Span]) -> list[Span]:
    """Return the spans cut where one begins or ends, with the audits an hour of all that overlap."""
    cuts = sorted({edge for begins, ends, _rate in spans for edge in (begins, ends)})
    found = []
    for begins, ends in pairwise(cuts):
        rate = sum(high for first, last, high in spans if first <= begins and last >= ends)
        found += [(begins, ends, rate)] if rate else []
    return found


def _day(weekday: int, spans: Sequence[Span], most: float) -> Day:
    name = str(WEEKDAYS[weekday])
    audits = sum((ends - begins) * rate for begins, ends, rate in spans)
    told = _("nobody is there")
    if spans:
        windows = ", ".join(f"{_clock(begins)}–{_clock(ends)}" for begins, ends in _joined(spans))
        counted = ngettext("%(n)s audit", "%(n)s audits", round(audits)) % {"n": named.count(audits)}
        told = f"{windows} · {counted}"
    drawing = plots.day([(b, e, rate / most) for b, e, rate in spans], title=name, told=told)
    return Day(name, drawing, told)


def _joined(spans: Sequence[Span]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for begins, ends, _rate in spans:
        if found and found[-1][1] == begins:
            found[-1] = (found[-1][0], ends)
        else:
            found.append((begins, ends))
    return found


def capacity(shifts: Sequence[Shift]) -> tuple[float, float]:
    """Return the hours of people and the audits that a week of shifts holds."""
    lengths = [(sum(ends - begins for _day, begins, ends in parts(each)), each) for each in shifts]
    people = sum(length * each.auditors for length, each in lengths)
    return people, sum(length * each.auditors * each.audits_per_hour for length, each in lengths)


def typed(shifts: Sequence[Shift]) -> list[Typed]:
    """Return the rows of the form for the shifts there are, and spare ones below."""
    rows = [
        Typed(
            str(each.weekday),
            f"{each.begins:%H:%M}",
            f"{each.ends:%H:%M}",
            str(each.auditors),
            f"{each.audits_per_hour:g}",
        )
        for each in shifts
    ]
    return rows + [Typed()] * SPARE


def _hours(moment: time) -> float:
    return moment.hour + moment.minute / 60


def _clock(hours: float) -> str:
    whole = round(hours * 60)
    return f"{whole // 60:02}:{whole % 60:02}"
