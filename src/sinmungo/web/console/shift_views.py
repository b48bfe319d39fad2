"""Shifts: when people are there to audit, which decides how far automation may act while they are not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sinmungo.apps.autonomy.queries import histories
from sinmungo.apps.autonomy.services import shifts as services
from sinmungo.apps.base import clock
from sinmungo.apps.items.models import Platform
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.statements import said
from sinmungo.core.kernel.errors import DomainError, NotAllowed, NotFound, Refused
from sinmungo.web.console import automation_words as named
from sinmungo.web.console import shift_page
from sinmungo.web.console.pages import BadForm, field, language, page, person, signed_in
from sinmungo.web.errors import sentence

PAGE = "/console/shifts/"
MOST_SHIFTS = 50
FIELDS = ("weekday", "begins", "ends", "auditors", "audits_per_hour")


class BadShift(Refused):
    """A shift that was typed cannot be read."""

    code = "console.bad_shift"
    message = (
        "Shift {number} cannot be kept. It needs a weekday, when it begins and ends, at least one person,"
        " and how many audits one of them does in an hour (at most 120)."
    )


@require_GET
@signed_in
def shifts(request: HttpRequest) -> HttpResponse:
    """The week of one platform, and the form that changes it."""
    return _shifts_page(request, _platform(request, request.GET.get("platform", "")))


@require_POST
@signed_in
def keep(request: HttpRequest) -> HttpResponse:
    """Keep the week as it was typed: all of it, or nothing."""
    user = person(request)
    platform = _platform(request, field(request, "platform"))
    staff.require(user, Permission.SET_AUTOMATIONS, platform.pk)
    rows = _typed(request)
    try:
        new = [_shift(row, number) for number, row in enumerate(rows, 1) if any(row_values(row))]
        services.keep_shifts(platform=platform, shifts=new, actor=staff.actor_of(user), at=clock.now())
    except NotAllowed:
        raise
    except DomainError as error:
        return _shifts_page(request, platform, rows, sentence(error), error.status)
    messages.success(request, _("The week is kept."))
    return redirect(f"{PAGE}?{urlencode({'platform': platform.pk})}")


def _platform(request: HttpRequest, slug: str) -> Platform:
    """Return a platform whose automations the reader may see, the first unless named; raises NotFound."""
    mine = histories.platforms(seen_by=person(request))
    found = next((each for each in mine if each.pk == slug), None) if slug else next(iter(mine), None)
    if found is None:
        raise NotFound
    return found


def _shifts_page(
    request: HttpRequest,
    platform: Platform,
    typed: Sequence[shift_page.Typed] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    user, lang = person(request), language(request)
    found = histories.shifts(platform)
    people, audits = shift_page.capacity(found)
    context = {
        "platform": platform,
        "platforms": histories.platforms(seen_by=user),
        "zone": said.zone_name(platform.time_zone, lang),
        "week": shift_page.week(found),
        "has_shifts": bool(found),
        "people": named.count(people),
        "audits": named.count(audits),
        "rows": typed if typed is not None else shift_page.typed(found),
        "weekdays": [(str(number), name) for number, name in enumerate(shift_page.WEEKDAYS)],
        "may_set": staff.may(user, Permission.SET_AUTOMATIONS, platform=platform.pk),
        "problem": problem,
    }
    return page(request, "shifts.html", context, status)


def _typed(request: HttpRequest) -> list[shift_page.Typed]:
    columns = [request.POST.getlist(name) for name in FIELDS]
    if len({len(column) for column in columns}) != 1 or len(columns[0]) > MOST_SHIFTS + shift_page.SPARE:
        raise BadForm
    return [shift_page.Typed(*(value.strip() for value in row)) for row in zip(*columns, strict=True)]


def row_values(row: shift_page.Typed) -> tuple[str, ...]:
    """Return what a row of the form holds; a row of which nothing is filled in is no shift."""
    return (row.begins, row.ends, row.auditors)


def _shift(row: shift_page.Typed, number: int) -> services.NewShift:
    try:
        new = services.NewShift(
            weekday=int(row.weekday),
            begins=time.fromisoformat(row.begins),
            ends=time.fromisoformat(row.ends),
            auditors=int(row.auditors),
            audits_per_hour=float(row.audits_per_hour or 12),
        )
    except ValueError as error:
        raise BadShift(number=number) from error
    if new.begins.tzinfo or new.ends.tzinfo:  # all times are in the platform's own zone
        raise BadShift(number=number)
    if not (0 <= new.weekday <= 6 and 1 <= new.auditors <= 1_000 and 0 < new.audits_per_hour <= 120):
        raise BadShift(number=number)
    return new
