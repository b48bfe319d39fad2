"""Audits: judged blind, one after another; what a verdict sets off is told on the page that follows it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sinmungo.apps.autonomy.models import Audit
from sinmungo.apps.autonomy.queries import audits as queries
from sinmungo.apps.autonomy.queries import gold, histories
from sinmungo.apps.autonomy.services import audits as services
from sinmungo.apps.base import clock
from sinmungo.apps.review import services as review
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.errors import Conflict, DomainError, NotAllowed
from sinmungo.web.console import audit_page
from sinmungo.web.console.case_page import conflict, version_of
from sinmungo.web.console.handles import from_handle, to_handle
from sinmungo.web.console.pages import BadForm, field, language, page, person, signed_in
from sinmungo.web.errors import sentence

LIST = "/console/audits/"
SHOWN = 50


@require_GET
@signed_in
def audits(request: HttpRequest) -> HttpResponse:
    """What waits for the reader, what holds acts up first; no text of any item."""
    user, at, lang = person(request), clock.now(), language(request)
    staff.require(user, Permission.AUDIT)
    found = queries.waiting(seen_by=user, limit=SHOWN)
    context = {
        "rows": audit_page.rows(found, user, lang, at),
        "overdue": sum(each.assignment.due_at is not None and each.assignment.due_at < at for each in found),
        "is_cut": len(found) == SHOWN,
        "shown": SHOWN,
        "may_see": staff.may(user, Permission.SEE_AUTOMATIONS),
    }
    return page(request, "audits.html", context)


@require_POST
@signed_in
def following(request: HttpRequest) -> HttpResponse:
    """Take the next one into one's hands and open it."""
    return _to_next(request)


@require_GET
@signed_in
def audit(request: HttpRequest, handle: str) -> HttpResponse:
    """One of them. Opening it is written down, as for a case."""
    user = person(request)
    found = queries.audit_of(work=from_handle(handle), seen_by=user)
    review.record_viewing(
        user=user,
        item=found.version.item,
        version=found.version,
        assignment=found.assignment,
        at=clock.now(),
        actor=staff.actor_of(user),
    )
    return _audit_page(request, handle, found)


def _audit_page(
    request: HttpRequest, handle: str, found: Audit, problem: str = "", status: int = 200
) -> HttpResponse:
    user, at, lang = person(request), clock.now(), language(request)
    context = {
        "handle": handle,
        "lesson": gold.lesson(found),
        "typed": request.POST.get("words", ""),
        "problem": problem,
        **audit_page.shown(found, queries.page_of(found, user), user, lang, at),
    }
    return page(request, "audit.html", context, status)


@require_POST
@signed_in
def claim(request: HttpRequest, handle: str) -> HttpResponse:
    """Take one of them into one's hands."""
    user = person(request)
    found = queries.audit_of(work=from_handle(handle), seen_by=user)
    try:
        review.claim(
            assignment=found.assignment,
            user=user,
            expected_version=version_of(request),
            at=clock.now(),
            actor=staff.actor_of(user),
        )
    except Conflict as error:
        return conflict(request, error, LIST, zone=found.platform.time_zone)
    return redirect(f"/console/audit/{handle}/")


@require_POST
@signed_in
def answer(request: HttpRequest, handle: str) -> HttpResponse:
    """Keep a verdict and open the next; of gold, its lesson comes first."""
    user = person(request)
    found = queries.audit_of(work=from_handle(handle), seen_by=user)
    verdict, typed = request.POST.get("verdict", ""), field(request, "words")
    if verdict not in ("right", "wrong"):
        raise BadForm
    stood = _stands(found)
    try:
        services.answer(audit=found, user=user, wrong=verdict == "wrong", words=typed, at=clock.now())
    except Conflict as error:
        return conflict(request, error, LIST, zone=found.platform.time_zone, typed=typed)
    except NotAllowed:
        raise
    except DomainError as error:
        return _audit_page(request, handle, found, sentence(error), error.status)
    if found.gold_id:
        return redirect(f"/console/audit/{handle}/")
    if stood and not _stands(found):
        _tell_of_trip(request, found)
        return redirect(LIST)
    messages.success(request, _("Kept."))
    return _to_next(request)


def _stands(found: Audit) -> bool:
    """Whether the automation whose act was judged is not suspended."""
    return found.act is not None and not histories.is_suspended(found.act.automation_id)


def _tell_of_trip(request: HttpRequest, found: Audit) -> None:
    """Say that this verdict stopped an automation, and where its incident is."""
    told = _("This verdict tripped the detector: the automation is stopped and acts no more.")
    incident = histories.incident_of(found.act.epoch_id) if found.act is not None else None
    link = f"/console/incidents/{incident.code}/" if incident else ""
    messages.error(request, told, extra_tags=link)


def _to_next(request: HttpRequest) -> HttpResponse:
    taken = services.take(user=person(request), at=clock.now())
    if taken is None:
        return redirect(LIST)
    return redirect(f"/console/audit/{to_handle(taken.assignment_id)}/")
