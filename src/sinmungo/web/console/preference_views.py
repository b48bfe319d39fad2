"""How a person wants to meet what they review, what they have looked at today, and a place to rest."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sinmungo.apps.base import clock
from sinmungo.apps.review import queries as review
from sinmungo.apps.review.models import Queue
from sinmungo.apps.review.queries_exposure import exposure_of, minutes_without_break, queues_of
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff import services
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.errors import DomainError
from sinmungo.journeys import step_back
from sinmungo.web.console import exposure
from sinmungo.web.console.pages import BadForm, field, language, page, person, signed_in, whole
from sinmungo.web.errors import sentence


@require_http_methods(["GET", "POST"])
@signed_in
def me(request: HttpRequest) -> HttpResponse:
    """One's own way of meeting cases; only the person themselves sees and changes this page."""
    user, problem, status = person(request), "", 200
    queues = queues_of(user=user)
    if request.method == "POST":
        try:
            _keep(request, user, queues)
        except DomainError as error:
            problem, status = sentence(error), error.status
        else:
            messages.success(request, _("Kept. It holds from the next page on."))
            return redirect("/console/me/")
    at = clock.now()
    kept = staff.preference(user)
    first, last = services.BREAK_AFTER
    context = {
        "preference": kept,
        "minutes": request.POST.get("break_after_minutes", kept.break_after_minutes),
        "first": first,
        "last": last,
        "problem": problem,
        "queues": [(queue, queue.slug in kept.refused_queues) for queue in queues],
        "refuses_all": bool(queues) and all(queue.slug in kept.refused_queues for queue in queues),
        "today": exposure_of(user=user, since=exposure.today(at)),
        "without_break": minutes_without_break(user=user, at=at),
        "sees_cases": staff.may(user, Permission.SEE_CASES),
    }
    return page(request, "preferences.html", context, status)


@require_POST
@signed_in
def refuse(request: HttpRequest) -> HttpResponse:
    """Put a case back and be shown none of its kind any more; nobody asks why."""
    user = person(request)
    found = review.case_by_code(code=field(request, "case"), seen_by=user)
    step_back.refuse_kind(case=found, user=user)
    queue = found.assignment.queue
    title = queue.title_ko if language(request) == "ko" else queue.title_en
    told = _("You will not be shown “%(queue)s” any more. It needs no reason. You can change it under “Me”.")
    messages.success(request, told % {"queue": title})
    return redirect("/console/")


@require_POST
@signed_in
def later(request: HttpRequest) -> HttpResponse:
    """Propose a break again in ten minutes, and go on where one was."""
    exposure.put_off(request)
    back = field(request, "back")
    is_ours = back.startswith("/console/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if is_ours else "/console/")


@require_GET
@signed_in
def rest(request: HttpRequest) -> HttpResponse:
    """A quiet page without cases and pictures."""
    return page(request, "rest.html", {"rest_minutes": 0})


def _keep(request: HttpRequest, user: User, queues: list[Queue]) -> None:
    refused = set(request.POST.getlist("refused"))
    if refused - {queue.slug for queue in queues}:
        raise BadForm
    services.set_preference(
        user=user,
        blur="blur" in request.POST,
        greyscale="greyscale" in request.POST,
        break_after_minutes=whole(field(request, "break_after_minutes")),
        refused_queues=refused,
        at=clock.now(),
        actor=staff.actor_of(user),
    )
