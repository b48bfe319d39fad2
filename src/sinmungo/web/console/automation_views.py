"""Automations: which there are and where each stands, and a page with the evidence of one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from sinmungo.apps.autonomy.queries import histories
from sinmungo.apps.autonomy.queries.histories import Standing
from sinmungo.apps.base import clock
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.roles import Permission
from sinmungo.web.console import automation_charts, automation_page, automation_planning
from sinmungo.web.console.handles import from_handle, to_handle
from sinmungo.web.console.pages import language, page, person, signed_in

LIST = "/console/automations/"


@require_GET
@signed_in
def automations(request: HttpRequest) -> HttpResponse:
    """Every automation that the reader may see, by platform."""
    user, at, lang = person(request), clock.now(), language(request)
    found = histories.standings(seen_by=user, at=at)
    context = {
        "platforms": automation_page.listed(found, lang, at),
        "acting": sum(each.automation.level in automation_page.ACTING for each in found),
        "suspended": sum(each.automation.level == "suspended" for each in found),
        "total": len(found),
        "may_audit": staff.may(user, Permission.AUDIT),
    }
    return page(request, "automations.html", context)


@require_GET
@signed_in
def automation(request: HttpRequest, handle: str) -> HttpResponse:
    """One automation: its bound, detector, audits and acts over time, and what may be done about it."""
    found = standing_of(request, handle)
    return one_page(request, found)


def standing_of(request: HttpRequest, handle: str) -> Standing:
    """Return the automation of an address; raises NoSuchAutomation for what the reader may not see."""
    return histories.standing(from_handle(handle), seen_by=person(request), at=clock.now())


def one_page(
    request: HttpRequest, found: Standing, *, open_form: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    """Return the page of an automation; ``open_form`` was refused and ``problem`` says why."""
    user, at, lang = person(request), clock.now(), language(request)
    own = found.automation
    context: dict[str, Any] = {
        "handle": to_handle(own.pk),
        "problem": problem,
        "open": open_form,
        "may_set": staff.may(user, Permission.SET_AUTOMATIONS, platform=own.platform_id),
        "charts": automation_charts.all_of(found, at),
        "planned": automation_planning.asked(request, found, at),
        "log": automation_page.log(found, request.GET.get("after", ""), lang),
        "is_further": "after" in request.GET,
        **automation_page.shown(found, lang, at),
    }
    return page(request, "automation.html", context, status)
