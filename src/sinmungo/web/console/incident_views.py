"""Incidents: which there are, opening one, the page of one, and who is part of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from sinmungo.apps.autonomy.models import Affected, Automation
from sinmungo.apps.autonomy.queries import incident_desk as desk
from sinmungo.apps.autonomy.queries import incidents as numbers
from sinmungo.apps.autonomy.services import incidents
from sinmungo.apps.base import clock
from sinmungo.apps.items import queries as items
from sinmungo.apps.items.models import Platform
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.statements import said
from sinmungo.core.kernel.errors import NotAllowed, NotFound, Refused
from sinmungo.web.console import automation_words, incident_page, incident_words, words
from sinmungo.web.console.handles import to_handle
from sinmungo.web.console.pages import BadForm, field, language, page, person, signed_in
from sinmungo.web.errors import sentence

LIST = "/console/incidents/"
_FIELDS = ("title_ko", "title_en", "begins", "ends", "is_severe", "stop")


class BadMoment(Refused):
    """A day and time that was typed cannot be read."""

    code = "console.bad_moment"
    message = "A day or a time is missing or cannot be read. Give both, in a year from 2000 on."


@require_http_methods(["GET", "POST"])
@signed_in
def incidents_list(request: HttpRequest) -> HttpResponse:
    """Every incident that the reader may know of, and the form by which a person opens one."""
    if request.method == "GET":
        return _list(request)
    user = person(request)
    platform = platform_of(field(request, "platform"), user)
    typed: dict[str, Any] = {name: field(request, name) for name in _FIELDS}
    typed["automations"] = request.POST.getlist("automation")
    try:
        opened = incidents.open_by_person(
            platform=platform,
            automations=_chosen(typed["automations"], platform, user),
            title_ko=typed["title_ko"],
            title_en=typed["title_en"],
            onset_from=moment_of(typed["begins"], platform.time_zone),
            onset_to=moment_of(typed["ends"], platform.time_zone),
            is_severe=bool(typed["is_severe"]),
            stop=bool(typed["stop"]),
            user=user,
            at=clock.now(),
        )
    except (NotAllowed, NotFound, BadForm):
        raise
    except Refused as error:
        return _list(request, platform=platform, typed=typed, problem=sentence(error), status=error.status)
    messages.success(request, _("The incident is open. Its playbook says what comes next."))
    return redirect(incident_page.address(opened))


@require_GET
@signed_in
def incident(request: HttpRequest, code: str) -> HttpResponse:
    """One incident."""
    return incident_page.shown(request, desk.by_code(code, seen_by=person(request)))


@require_GET
@signed_in
def people(request: HttpRequest, code: str) -> HttpResponse:
    """Who is part of an incident, in order; whose a decision is only for who may see it."""
    user, at, lang = person(request), clock.now(), language(request)
    found = desk.by_code(code, seen_by=user)
    state = request.GET.get("state", "")
    if state and state not in Affected.State.values:
        raise BadForm
    rows = desk.affected(found, seen_by=user, state=state, after=request.GET.get("after", ""))
    is_open = staff.may(user, Permission.SEE_PERSONAL, platform=found.platform_id)
    context = {
        "incident": found,
        "address": incident_page.address(found),
        "title": incident_words.title(found, lang),
        "chart": incident_page.chart(numbers.counts(found)),
        "states": [(str(key), label, str(key) == state) for key, label in incident_words.PEOPLE.items()],
        "state": state,
        "rows": [_person(row, at, is_open=is_open) for row in rows.rows],
        "is_open": is_open,
        "more": rows.next,
    }
    return page(request, "incident_people.html", context)


def platform_of(slug: str, user: User) -> Platform:
    """Return a platform on which ``user`` runs incidents. Raises RoleLacks, BadForm."""
    staff.require(user, Permission.RUN_INCIDENTS, slug)
    found = next((each for each in items.platforms() if each.slug == slug), None)
    if found is None:
        raise BadForm
    return found


def platforms_run_by(user: User) -> list[Platform]:
    """Return the platforms on which ``user`` runs incidents."""
    mine = staff.platforms_where(user, Permission.RUN_INCIDENTS)
    return [each for each in items.platforms() if mine is None or each.slug in mine]


def moment_of(text: str, zone: str) -> datetime:
    """Return a moment typed into a form, in the time of ``zone``; raises BadMoment."""
    try:
        typed = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadMoment from error
    if typed.tzinfo is not None or not 2000 <= typed.year <= 2999:
        raise BadMoment
    return typed.replace(tzinfo=ZoneInfo(zone))


def _person(row: Affected, at: datetime, *, is_open: bool) -> dict[str, Any]:
    return {
        "place": row.place,
        "code": row.decision.case_code,
        "who": row.account.external_id if is_open and row.account else "",
        "state": incident_words.PEOPLE[row.state],
        "tone": {"restored": "good", "waiting": "wait", "impossible": "grave"}.get(row.state, ""),
        "why": incident_words.why(row.why) if row.why else "",
        "decided": words.ago(row.decision.made_at, at),
        "changed": words.ago(row.changed_at, at),
    }


def _list(
    request: HttpRequest,
    *,
    platform: Platform | None = None,
    typed: dict[str, Any] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    user, at, lang = person(request), clock.now(), language(request)
    found, more = desk.incidents(seen_by=user, after=request.GET.get("after", ""))
    mine = platforms_run_by(user)
    chosen = platform or next(
        (each for each in mine if each.slug == request.GET.get("platform")), mine[0] if mine else None
    )
    context = {
        "rows": [_row(each, at, lang) for each in found],
        "more": more,
        "platforms": [(each.slug, each.name, each == chosen) for each in mine],
        "chosen": chosen,
        "typed": typed or {},
        "problem": problem,
        **(_offered(chosen, user, typed or {}, lang, at) if chosen else {}),
    }
    return page(request, "incidents.html", context, status)


def _row(each: desk.Listed, at: datetime, lang: str) -> dict[str, Any]:
    return {
        "incident": each.incident,
        "address": incident_page.address(each.incident),
        "title": incident_words.title(each.incident, lang),
        "marks": incident_words.marks(each.incident, at),
        "affected": f"{each.affected:,}",
        "waiting": f"{each.waiting:,}",
        "opened": words.ago(each.incident.opened_at, at),
    }


def _offered(
    platform: Platform, user: User, typed: dict[str, Any], lang: str, at: datetime
) -> dict[str, Any]:
    chosen = typed.get("automations", [])
    named = automation_words.labelled(desk.automations(seen_by=user, platform=platform.slug), lang, at)
    return {
        "zone": said.zone_name(platform.time_zone, lang),
        "automations": [(handle, label, handle in chosen) for handle, label in named],
    }


def _chosen(handles: list[str], platform: Platform, user: User) -> list[Automation]:
    """Return the automations that a form names. Raises BadForm for one that the page never offered."""
    wanted = set(handles)
    offered = desk.automations(seen_by=user, platform=platform.slug)
    found = [each for each in offered if to_handle(each.pk) in wanted]
    if len(found) != len(wanted):
        raise BadForm
    return found
