"""Restorations: proposed from an incident, counted, confirmed by a second person, watched to their end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sinmungo.apps.autonomy.errors_restorations import SecondPersonNeeded
from sinmungo.apps.autonomy.models import Incident, Restoration
from sinmungo.apps.autonomy.queries import histories, incident_desk
from sinmungo.apps.autonomy.queries import restorations as queries
from sinmungo.apps.autonomy.services import restorations as services
from sinmungo.apps.base import clock
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.statements import said
from sinmungo.core.kernel.errors import DomainError, NotAllowed
from sinmungo.web.console import automation_words, restoration_page, restoration_words
from sinmungo.web.console.handles import from_handle, to_handle
from sinmungo.web.console.incident_views import moment_of
from sinmungo.web.console.pages import BadForm, field, language, page, person, signed_in
from sinmungo.web.errors import sentence

State = Restoration.State


@require_http_methods(["GET", "POST"])
@signed_in
def propose(request: HttpRequest, code: str) -> HttpResponse:
    """The form that proposes a restoration of an incident, and what it sends."""
    user, at = person(request), clock.now()
    found = incident_desk.by_code(code, seen_by=user)
    staff.require(user, Permission.RESTORE, found.platform_id)
    if request.method == "GET":
        return _propose_page(request, found)
    try:
        zone = found.platform.time_zone
        window_from, window_to = (moment_of(field(request, n), zone) for n in ("window_from", "window_to"))
        made = services.propose(
            incident=found,
            automations=histories.by_ids([from_handle(each) for each in request.POST.getlist("automation")]),
            window_from=window_from,
            window_to=window_to,
            user=user,
            at=at,
        )
    except NotAllowed:
        raise
    except DomainError as error:
        return _propose_page(request, found, sentence(error), error.status)
    messages.success(request, _("It is proposed. Nobody is restored before a second person confirms it."))
    return _back(made)


def _propose_page(
    request: HttpRequest, found: Incident, problem: str = "", status: int = 200
) -> HttpResponse:
    at, lang = clock.now(), language(request)
    began, ends = restoration_page.window(found, at)
    about = {*found.evidence.get("automations", []), found.automation_id.hex if found.automation_id else ""}
    offered = histories.of_platform(found.platform_id)
    typed = set(request.POST.getlist("automation"))
    context = {
        "incident": found,
        "title": restoration_page.title_of(found, lang),
        "zone": said.zone_name(found.platform.time_zone, lang),
        "window_from": request.POST.get("window_from", began),
        "window_to": request.POST.get("window_to", ends),
        "automations": [
            (handle, label, handle in typed if typed else row.pk.hex in about)
            for row, (handle, label) in zip(
                offered, automation_words.labelled(offered, lang, at), strict=True
            )
        ],
        "earlier": [
            (to_handle(row.pk), restoration_words.mark(row.state), str(row.proposed_by))
            for row in queries.of_incident(found)
        ],
        "problem": problem,
    }
    return page(request, "restoration_propose.html", context, status)


@require_GET
@signed_in
def restoration(request: HttpRequest, handle: str) -> HttpResponse:
    """One restoration: what it would do, how far it is, what it could not undo."""
    return _page(request, _found(request, handle))


def _found(request: HttpRequest, handle: str) -> Restoration:
    return queries.find(from_handle(handle), seen_by=person(request))


def _page(request: HttpRequest, found: Restoration, problem: str = "", status: int = 200) -> HttpResponse:
    user, at, lang = person(request), clock.now(), language(request)
    may = staff.may(user, Permission.RESTORE, platform=found.platform_id)
    told = restoration_page.shown(found, lang, at)
    context: dict[str, Any] = {
        **told,
        "problem": problem,
        "is_further": "after" in request.GET,
        "may": may,
        "may_confirm": may and user.pk != found.proposed_by_id,
        "progress": _progress(found, at) if told["has_begun"] else None,
        "reasons": restoration_page.reasons(found, at) if told["has_begun"] else [],
    }
    if may and told["has_begun"]:
        after = request.GET.get("after", "")
        context["undone"] = restoration_page.undone(queries.undone(found, after=after), lang)
        lost = histories.not_returned(found, after=request.GET.get("lost_after", ""))
        context["missing"] = restoration_page.missing(lost)
    return page(request, "restoration.html", context, status)


def _progress(found: Restoration, at: datetime) -> dict[str, Any]:
    return restoration_page.running(queries.progress(found, at=at))


@require_GET
@signed_in
def progress(request: HttpRequest, handle: str) -> HttpResponse:
    """The bar alone, for a page that asks how far it is; once it ends the whole page is asked for."""
    found = _found(request, handle)
    context = {"handle": handle, "progress": _progress(found, clock.now())}
    response = render(request, "console/_restoration_progress.html", context)
    if found.state != State.RUNNING:
        response["HX-Refresh"] = "true"
    return response


@require_GET
@signed_in
def accounting(request: HttpRequest, handle: str) -> HttpResponse:
    """The whole accounting as a file; numbers and reasons, nobody's data."""
    found = _found(request, handle)
    response = JsonResponse(queries.accounting(found, at=clock.now()), json_dumps_params={"indent": 1})
    response["Content-Disposition"] = f'attachment; filename="restoration-{found.incident.code}.json"'
    return response


@require_POST
@signed_in
def act(request: HttpRequest, handle: str) -> HttpResponse:
    """Count, confirm, pause, resume or cancel."""
    found, user, at = _found(request, handle), person(request), clock.now()
    staff.require(user, Permission.RESTORE, found.platform_id)
    wanted = _ACTS.get(field(request, "act"))
    if wanted is None:
        raise BadForm
    try:
        told = wanted(request, found, user, at)
    except SecondPersonNeeded as error:
        return _page(request, found, sentence(error), error.status)
    except NotAllowed:
        raise
    except DomainError as error:
        told = restoration_words.refused(error)
        return _page(request, queries.find(found.pk, seen_by=user), told, error.status)
    messages.success(request, told)
    return _back(found)


Act = Callable[[HttpRequest, Restoration, User, datetime], str]


def _count(_request: HttpRequest, found: Restoration, user: User, at: datetime) -> str:
    services.dry_run(restoration=found, user=user, at=at)
    return _("It is counted. Nobody was restored by it.")


def _confirm(request: HttpRequest, found: Restoration, user: User, at: datetime) -> str:
    services.confirm(restoration=found, user=user, digest=field(request, "digest"), at=at)
    return _("It is confirmed and has begun.")


def _pause(_request: HttpRequest, found: Restoration, user: User, at: datetime) -> str:
    services.pause(restoration=found, user=user, at=at)
    return _("It is paused. What is under way is finished; nothing new begins.")


def _resume(_request: HttpRequest, found: Restoration, user: User, at: datetime) -> str:
    services.resume(restoration=found, user=user, at=at)
    return _("It goes on.")


def _cancel(_request: HttpRequest, found: Restoration, user: User, at: datetime) -> str:
    services.cancel(restoration=found, user=user, at=at)
    return _("It is cancelled. Who was restored stays restored; the others still wait.")


_ACTS: dict[str, Act] = {
    "count": _count,
    "confirm": _confirm,
    "pause": _pause,
    "resume": _resume,
    "cancel": _cancel,
}


def _back(found: Restoration) -> HttpResponse:
    return redirect(f"/console/restoration/{to_handle(found.pk)}/")
