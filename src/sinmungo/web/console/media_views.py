"""Pictures on their way to one reader. They come from here alone, and are kept nowhere on it."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from sinmungo.apps.autonomy.queries import audits
from sinmungo.apps.base import clock
from sinmungo.apps.review import queries as review
from sinmungo.apps.review.services.exposure import record_reveal
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.errors import NotFound
from sinmungo.journeys.picturing import show as journey
from sinmungo.journeys.picturing.values import NotShown, Treatment
from sinmungo.web.console.handles import from_handle
from sinmungo.web.console.media import AUDIT, About, about_audit, about_case, figure, first_look
from sinmungo.web.console.media_blank import blank
from sinmungo.web.console.media_tokens import Place, read_offer, read_pass
from sinmungo.web.console.pages import BadForm, field, page, person, signed_in

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@require_GET
@signed_in
def picture(request: HttpRequest, token: str) -> HttpResponse:
    """One picture by its pass: a JPEG of ours, or a drawing that says why there is none."""
    user = person(request)
    try:
        place, treatment = read_pass(token, user=user)
        about = _about(place, user)
        content = journey.picture(version=about.version, place=place.number, treatment=treatment)
    except NotFound as error:
        return _blank(error.code, HTTPStatus.NOT_FOUND)
    except NotShown as error:
        is_busy = error.code == "busy"
        return _blank(error.code, HTTPStatus.SERVICE_UNAVAILABLE if is_busy else HTTPStatus.BAD_GATEWAY)
    return HttpResponse(content, content_type="image/jpeg", headers=_HEADERS)


@require_POST
@signed_in
def show(request: HttpRequest) -> HttpResponse:
    """Show a picture without its veil, or in colour. That it was asked for is written down first.

    A part of the page for a script, else a page of its own.
    """
    user, at = person(request), clock.now()
    place = read_offer(field(request, "offer"), user=user)
    about = _about(place, user)
    treatment = _wanted(request, user)
    shown = figure(about, place.number, treatment, user=user)
    record_reveal(
        user=user,
        item=about.item,
        version=about.version,
        place=place.number,
        at=at,
        actor=staff.actor_of(user),
    )
    code = "" if about.name.startswith(AUDIT) else about.name
    context = {"picture": shown, "code": code}
    if request.headers.get("X-Part") == "media":
        return render(request, "console/_picture.html", context)
    return page(request, "media.html", context)


def _about(place: Place, user: User) -> About:
    """Return what a picture is of, if the reader may see it now and it is still that; raises NotFound."""
    if place.case.startswith(AUDIT):
        handle = place.case.removeprefix(AUDIT)
        audit = audits.audit_of(work=from_handle(handle), seen_by=user)
        about = about_audit(handle, audit.version)
    else:
        case = review.case_by_code(code=place.case, seen_by=user)
        if case.version is None:
            raise NotFound
        about = about_case(case, case.version)
    if about.version.pk != place.version:
        raise NotFound
    return about


def _wanted(request: HttpRequest, user: User) -> Treatment:
    asked = field(request, "treatment")
    if asked not in ("", Treatment.COLOUR.value):
        raise BadForm
    return Treatment(asked) if asked else first_look(user)


def _blank(code: str, status: HTTPStatus) -> HttpResponse:
    """Where nothing may be seen, it is not told from where nothing is."""
    told = code if code == "media.pass_over" or status is not HTTPStatus.NOT_FOUND else "not_found"
    return HttpResponse(blank(told), content_type="image/svg+xml", status=status, headers=_HEADERS)
