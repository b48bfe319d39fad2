"""Blind second looks: what waits, one at a time, and the lesson of a gold item once it is answered."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sinmungo.apps.base import clock
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review import queries_second as queries
from sinmungo.apps.review import services
from sinmungo.apps.review.models import SecondReview
from sinmungo.apps.review.services import seconds as second_services
from sinmungo.apps.staff import queries as staff
from sinmungo.core.kernel.errors import Conflict, DomainError, NotAllowed
from sinmungo.web.console import lead_charts, second_page, words
from sinmungo.web.console.case_page import conflict, version_of
from sinmungo.web.console.handles import from_handle, to_handle
from sinmungo.web.console.pages import BadForm, field, language, page, person, signed_in
from sinmungo.web.errors import sentence

LIST = "/console/seconds/"


@require_GET
@signed_in
def seconds(request: HttpRequest) -> HttpResponse:
    """Second looks that wait for the reader, the oldest first; no text of any item."""
    user, at, lang = person(request), clock.now(), language(request)
    found = queries.waiting_seconds(seen_by=user, after=request.GET.get("after", ""))
    rows = [
        {
            "handle": to_handle(row.pk),
            "title": second_page.thing_of(row.second.version, lang),
            "policy": words.said(policies.document(row.second.policy_version).title, lang),
            "queue": lead_charts.queue_title(row.queue, lang),
            "waited": words.ago(row.created_at, at),
            "held_by": str(row.holder) if row.held_until and row.held_until > at else "",
        }
        for row in found.rows
    ]
    return page(request, "seconds.html", {"rows": rows, "more": found.next})


@require_GET
@signed_in
def second(request: HttpRequest, handle: str) -> HttpResponse:
    """One of them. Opening it is written down, as for a case."""
    user = person(request)
    found = queries.second_of(work=from_handle(handle), seen_by=user)
    services.record_viewing(
        user=user,
        item=found.version.item,
        version=found.version,
        assignment=found.assignment,
        at=clock.now(),
        actor=staff.actor_of(user),
    )
    return _second_page(request, handle, found)


def _second_page(
    request: HttpRequest, handle: str, found: SecondReview, problem: str = "", status: int = 200
) -> HttpResponse:
    user, at, lang = person(request), clock.now(), language(request)
    work = found.assignment
    is_held = work.holder is not None and work.held_until is not None and work.held_until > at
    document = policies.document(found.policy_version)
    answers = {str(f.id): request.POST.get(f"factor-{f.id}", "") for f in document.factors}
    context = {
        "handle": handle,
        "title": second_page.thing_of(found.version, lang),
        "queue": lead_charts.queue_title(work.queue, lang),
        "platform": found.version.item.platform.name,
        "thread": second_page.thread(found, lang),
        "media": second_page.media_of(found.version),
        "questions": second_page.questions(document, answers, lang),
        "version": work.version,
        "is_done": found.answered_at is not None,
        "is_mine": is_held and work.holder_id == user.pk,
        "held_by": str(work.holder) if is_held and work.holder_id != user.pk else "",
        "taught": second_page.taught(found, lang),
        "typed": request.POST.get("words", ""),
        "problem": problem,
        **second_page.policy_of(found.policy_version, lang),
    }
    return page(request, "second.html", context, status)


@require_POST
@signed_in
def claim(request: HttpRequest, handle: str) -> HttpResponse:
    """Take a second look into one's hands."""
    user = person(request)
    found = queries.second_of(work=from_handle(handle), seen_by=user)
    try:
        services.claim(
            assignment=found.assignment,
            user=user,
            expected_version=version_of(request),
            at=clock.now(),
            actor=staff.actor_of(user),
        )
    except Conflict as error:
        return conflict(request, error, LIST, zone=found.version.item.platform.time_zone)
    return redirect(f"/console/second/{handle}/")


@require_POST
@signed_in
def answer(request: HttpRequest, handle: str) -> HttpResponse:
    """Keep an answer; of gold, the right answers are shown next."""
    user = person(request)
    found = queries.second_of(work=from_handle(handle), seen_by=user)
    typed = field(request, "words")
    try:
        _answered(request, found, typed)
    except Conflict as error:
        zone = found.version.item.platform.time_zone
        return conflict(request, error, f"/console/second/{handle}/", zone=zone, typed=typed)
    except NotAllowed:
        raise
    except DomainError as error:
        return _second_page(request, handle, found, sentence(error), error.status)
    messages.success(request, _("Kept. Nothing changes by it."))
    return redirect(f"/console/second/{handle}/" if found.gold_id else LIST)


def _answered(request: HttpRequest, found: SecondReview, typed: str) -> None:
    finding = request.POST.get("finding", "")
    if finding not in ("violation", "no_violation"):
        raise BadForm
    user = person(request)
    second_services.answer_second(
        second=found,
        user=user,
        violation=finding == "violation",
        answers=answers_of(request),
        words=typed,
        expected_version=version_of(request),
        at=clock.now(),
        actor=staff.actor_of(user),
    )


def answers_of(request: HttpRequest) -> dict[str, str]:
    """Return what a form answers to the questions of a policy; raises BadForm."""
    given = {name: field(request, name) for name in request.POST if name.startswith("factor-")}
    return {name.removeprefix("factor-"): value for name, value in given.items() if value}
