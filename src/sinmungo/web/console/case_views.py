"""Queues and cases: what waits, the three panes of a case, claiming and deciding it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sinmungo.apps.base import clock
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review import queries as review
from sinmungo.apps.review import services
from sinmungo.apps.review.errors import HeldByAnother, NoSuchWork
from sinmungo.apps.review.models import Approval, Case
from sinmungo.apps.screening import queries as screening
from sinmungo.apps.screening.models import Signal
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.statements import said
from sinmungo.core.kernel.errors import Conflict, DomainError, NotAllowed
from sinmungo.journeys import review as journey
from sinmungo.web.console import casework, deciding
from sinmungo.web.console.pages import field, language, page, person, signed_in, whole
from sinmungo.web.errors import sentence

A_PAGE = 25


@require_GET
@signed_in
def queues(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Every queue with what waits in it, and the cases of one or of all by priority."""
    user, at, lang = person(request), clock.now(), language(request)
    counts = review.queue_counts(seen_by=user, at=at)
    if slug and all(count.queue.slug != slug for count in counts):
        raise NoSuchWork
    rows: list[casework.Listed] = []
    more = ""
    if staff.may(user, Permission.SEE_CASES):
        after = request.GET.get("after", "")
        rows, more = casework.queue_list(user, queue=slug, language=lang, at=at, after=after, limit=A_PAGE)
    context = {
        "counts": counts,
        "slug": slug,
        "rows": rows,
        "more": more,
        "sees_cases": staff.may(user, Permission.SEE_CASES),
        "waiting": sum(count.waiting for count in counts),
        "held": sum(count.held for count in counts),
    }
    return page(request, "queues.html", context)


@require_GET
@signed_in
def case(request: HttpRequest, code: str) -> HttpResponse:
    """A case in three panes. Opening it is written down: who had which version before them, since when.

    That is meant, although a GET: what counts as looked at must not hang on a button or a script. A
    page without script leaves a viewing of 0 seconds.
    """
    user, at = person(request), clock.now()
    found = review.case_by_code(code=code, seen_by=user)
    services.record_viewing(
        user=user,
        item=found.item,
        version=found.version,
        assignment=found.assignment,
        at=at,
        actor=staff.actor_of(user),
    )
    return case_page(request, found)


def case_page(
    request: HttpRequest,
    found: Case,
    *,
    posted: QueryDict | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """Return the page of a case, with what was typed before, if anything."""
    user, at, lang = person(request), clock.now(), language(request)
    asked = (posted or request.GET).get("policy", "")
    versions, slug = deciding.choose_policy(found, asked, at)
    around, _more = casework.queue_list(
        user, queue=found.assignment.queue_id, language=lang, at=at, current=found.code
    )
    context: dict[str, Any] = {
        "case": found,
        "shown": casework.shown(found, language=lang, at=at),
        "around": around,
        "next_code": _next(around, found.code),
        "pane": deciding.pane(
            found,
            versions=versions,
            slug=slug,
            signals=_signals(found),
            language=lang,
            at=at,
            posted=posted,
        ),
        "sent_back": review.sent_back(case=found),
        "queues": review.other_queues(case=found),
        "nothing_found": deciding.nothing_found(),
        "problem": problem,
        **_hold(found, user),
    }
    return page(request, "case.html", context, status)


def _hold(found: Case, user: User) -> dict[str, Any]:
    """Whether the reader holds the case, somebody else does, or nobody."""
    work, at = found.assignment, clock.now()
    is_held = work.holder is not None and work.held_until is not None and work.held_until > at
    is_open = found.state == Case.State.OPEN
    may = staff.may(user, Permission.DECIDE_CASES, platform=found.item.platform_id)
    is_mine = is_held and work.holder_id == user.pk
    minutes = int((work.held_until - at).total_seconds() // 60) if is_mine and work.held_until else 0
    return {
        "is_mine": is_open and is_mine,
        "held_by": str(work.holder) if is_held and not is_mine else "",
        "held_until": work.held_until,
        "minutes_left": minutes,
        "may_claim": may and is_open and not is_held,
        "outcome": getattr(found, "outcome", None),
    }


def _signals(found: Case) -> list[Signal]:
    return screening.signals_of(found.version, found.verdict) if found.version else []


def _next(around: list[casework.Listed], code: str) -> str:
    others = [row.code for row in around if not row.is_current]
    codes = [row.code for row in around]
    place = codes.index(code) if code in codes else -1
    return codes[place + 1] if place + 1 < len(codes) else next(iter(others), "")


def _to_decide(request: HttpRequest, code: str) -> tuple[User, Case]:
    """Return the reader and a case that they may decide; raises NoSuchWork, RoleLacks."""
    user = person(request)
    found = review.case_by_code(code=code, seen_by=user)
    staff.require(user, Permission.DECIDE_CASES, found.item.platform_id)
    return user, found


@require_POST
@signed_in
def claim(request: HttpRequest, code: str) -> HttpResponse:
    """Take a case into one's hands, as one saw it."""
    user, found = _to_decide(request, code)
    try:
        services.claim(
            assignment=found.assignment,
            user=user,
            expected_version=version_of(request),
            at=clock.now(),
            actor=staff.actor_of(user),
        )
    except Conflict as error:
        return conflict(request, error, f"/console/case/{code}/", zone=found.item.platform.time_zone)
    return redirect(_with_policy(request, f"/console/case/{code}/"))


@require_POST
@signed_in
def release(request: HttpRequest, code: str) -> HttpResponse:
    """Put a case back into its queue."""
    user, found = _to_decide(request, code)
    try:
        services.release(assignment=found.assignment, user=user, at=clock.now(), actor=staff.actor_of(user))
    except Conflict as error:
        return conflict(request, error, f"/console/case/{code}/", zone=found.item.platform.time_zone)
    messages.success(request, _("You put it back. Somebody else can take it now."))
    return redirect(f"/console/queue/{found.assignment.queue_id}/")


@require_POST
@signed_in
def refer(request: HttpRequest, code: str) -> HttpResponse:
    """Put a case that one holds into another queue."""
    user, found = _to_decide(request, code)
    try:
        services.refer(
            assignment=found.assignment,
            user=user,
            queue=field(request, "queue"),
            expected_version=version_of(request),
            at=clock.now(),
            actor=staff.actor_of(user),
        )
    except Conflict as error:
        return conflict(request, error, f"/console/case/{code}/", zone=found.item.platform.time_zone)
    messages.success(request, _("The case waits in the other queue now."))
    return redirect("/console/")


@require_POST
@signed_in
def seen(request: HttpRequest, code: str) -> HttpResponse:
    """Add seconds that the page was in front; sent by the page's script while it is visible."""
    user, at = person(request), clock.now()
    found = review.case_by_code(code=code, seen_by=user)
    viewing = review.viewing_of(user=user, case=found, since=services.HELD_FOR, at=at)
    if viewing is not None:
        services.record_seconds(viewing=viewing, seconds=whole(field(request, "seconds")), at=at)
    return HttpResponse(status=204)


@require_POST
@signed_in
def recommend(request: HttpRequest, code: str) -> HttpResponse:
    """What the policy makes of the answers in the form, as a part of the page; changes nothing."""
    found = review.case_by_code(code=code, seen_by=person(request))
    at = clock.now()
    versions, slug = deciding.choose_policy(found, request.POST.get("policy", ""), at)
    posted = request.POST.copy()
    for key in [
        key for key in posted if key in ("ground", "action") or key.startswith(("territory-", "days-"))
    ]:
        del posted[key]
    pane = deciding.pane(
        found,
        versions=versions,
        slug=slug,
        signals=_signals(found),
        language=language(request),
        at=at,
        posted=posted,
    )
    return render(request, "console/_follows.html", {"pane": pane, "is_mine": True})


@require_POST
@signed_in
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """Keep the answers (``finding`` is ``answers``), or decide the case.

    What was typed comes back with every refusal; on a conflict it stands on the conflict's page.
    """
    user, found = _to_decide(request, code)
    at = clock.now()
    versions, _slug = deciding.choose_policy(found, request.POST.get("policy", ""), at)
    try:
        if request.POST.get("finding") == "answers":
            return _kept_answers(request, found, user)
        result = journey.decide_case(
            case=found,
            user=user,
            expected_version=version_of(request),
            judgement=deciding.read_judgement(request.POST, versions, _signals(found)),
        )
    except Conflict as error:
        return conflict(
            request,
            error,
            f"/console/case/{code}/",
            zone=found.item.platform.time_zone,
            typed=request.POST.get("facts", ""),
        )
    except NotAllowed:
        raise
    except DomainError as error:
        return case_page(request, found, posted=request.POST, problem=sentence(error), status=error.status)
    if isinstance(result, Approval):
        messages.success(request, _("It waits for a second person now. You will not be asked again."))
    else:
        messages.success(request, _("Decided. Everybody concerned is told."))
    return redirect(f"/console/case/{code}/")


def _kept_answers(request: HttpRequest, found: Case, user: User) -> HttpResponse:
    at = clock.now()
    versions, slug = deciding.choose_policy(found, request.POST.get("policy", ""), at)
    version = versions.get(slug)
    if version is not None:
        document = policies.document(version)
        journey.keep_answers(
            case=found,
            user=user,
            expected_version=version_of(request),
            policy_version=version,
            answers=deciding.read_answers(request.POST, document),
            suggested=deciding.first_answers(document, _signals(found)),
        )
    posted = request.POST.copy()
    posted.pop("ground", None)
    return case_page(request, found, posted=posted)


def version_of(request: HttpRequest) -> int:
    """Return the version of the work that the page showed; raises BadForm."""
    return whole(field(request, "version"))


def conflict(request: HttpRequest, error: Conflict, back: str, *, zone: str, typed: str = "") -> HttpResponse:
    """Return the page that says who was first and until when, with what the reader had written."""
    if isinstance(error, HeldByAnother):
        until = datetime.fromisoformat(error.facts["until"])
        told = said.moment(until, zone, language(request))
        error = HeldByAnother(holder=error.facts["holder"], until=told)
    context = {"sentence": sentence(error), "facts": error.facts, "back": back, "typed": typed}
    return page(request, "conflict.html", context, error.status)


def _with_policy(request: HttpRequest, url: str) -> str:
    chosen = request.POST.get("policy", "")
    return f"{url}?policy={chosen}" if chosen.replace("-", "").isalnum() and chosen.isascii() else url
