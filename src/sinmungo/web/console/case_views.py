"""Cases: the three panes of one, taking it in hand, and deciding it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sinmungo.apps.base import clock
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review import queries as review
from sinmungo.apps.review import queries_desk as desk
from sinmungo.apps.review import services
from sinmungo.apps.review.models import Approval, Case, PendingDecision
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.errors import Conflict, DomainError, NotAllowed
from sinmungo.journeys import review as journey
from sinmungo.web.console import deciding, reading
from sinmungo.web.console import desk as desk_parts
from sinmungo.web.console.case_page import (
    OPENS_NEXT,
    case_page,
    conflict,
    signals_of,
    to_decide,
    version_of,
)
from sinmungo.web.console.pages import field, language, person, signed_in, whole
from sinmungo.web.errors import sentence

#: After a decision so many cases are tried that colleagues may take at the same moment.
MOST_PASSED_OVER = 5


@require_GET
@signed_in
def case(request: HttpRequest, code: str) -> HttpResponse:
    """A case in three panes. Opening it is written down: who had which version before them, since when.

    That is meant, although a GET: what counts as looked at must not hang on a button or a script. A
    page without script leaves a viewing of 0 seconds.
    """
    user, at = person(request), clock.now()
    found = review.case_by_code(code=code, seen_by=user)
    if found.state != Case.State.SENDING:  # who looks after deciding did not look before
        services.record_viewing(
            user=user,
            item=found.item,
            version=found.version,
            assignment=found.assignment,
            at=at,
            actor=staff.actor_of(user),
        )
    return case_page(request, found)


@require_POST
@signed_in
def claim(request: HttpRequest, code: str) -> HttpResponse:
    """Take a case into one's hands, as one saw it."""
    user, found = to_decide(request, code)
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
    user, found = to_decide(request, code)
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
    user, found = to_decide(request, code)
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
        signals=signals_of(found),
        language=language(request),
        at=at,
        posted=posted,
    )
    if pane is not None and "selection" in posted:  # the ladder is one account's, and here stand many
        pane = replace(pane, ladder="")
    return render(request, "console/_follows.html", {"pane": pane, "is_mine": True})


@require_POST
@signed_in
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """Keep the answers, put a saved reason into the facts (both without a script), or decide the case.

    What was typed comes back with every refusal; on a conflict it stands on the conflict's page.
    """
    user, found = to_decide(request, code)
    try:
        if request.POST.get("finding") == "answers":
            return _kept_answers(request, found, user)
        if request.POST.get("finding") == "reason":
            return _with_reason(request, found)
        result = _decided(request, found, user)
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
    elif isinstance(result, Decision):
        messages.success(request, _("Decided. Everybody concerned is told."))
    return redirect(_onward(request, found, user))


def _decided(request: HttpRequest, found: Case, user: User) -> Decision | Approval | PendingDecision:
    versions, _slug = deciding.choose_policy(found, request.POST.get("policy", ""), clock.now())
    return journey.decide_undoably(
        case=found,
        user=user,
        expected_version=version_of(request),
        judgement=reading.read_judgement(request.POST, versions, signals_of(found), found),
    )


def _onward(request: HttpRequest, found: Case, user: User) -> str:
    """Return where to go after a decision: the next case, taken in hand, or where the reader was.

    The wish is remembered for the session. A case that a colleague takes in that moment is passed over.
    """
    wished = request.POST.get("next") == "1"
    request.session[OPENS_NEXT] = wished
    here, at = f"/console/case/{found.code}/", clock.now()
    if not wished:
        return here
    queue = found.assignment.queue_id
    for following in desk.next_for(user=user, queue=queue, at=at, leave_out=found.code)[:MOST_PASSED_OVER]:
        work = following.assignment
        with suppress(Conflict):
            services.claim(
                assignment=work,
                user=user,
                expected_version=work.version,
                at=at,
                actor=staff.actor_of(user),
            )
            return f"/console/case/{following.code}/"
    messages.info(request, _("Nothing more waits in this queue for you."))
    return f"/console/queue/{queue}/"


def _with_reason(request: HttpRequest, found: Case) -> HttpResponse:
    policy = request.POST.get("policy", "")
    offered = desk_parts.reasons(found, person(request), policy, language(request))
    return case_page(request, found, posted=desk_parts.with_reason(request.POST, offered))


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
            answers=reading.read_answers(request.POST, document),
            suggested=reading.suggested_answers(
                document, signals_of(found), reading.hints_of(found, version)
            ),
        )
    posted = request.POST.copy()
    posted.pop("ground", None)
    return case_page(request, found, posted=posted)


def _with_policy(request: HttpRequest, url: str) -> str:
    chosen = request.POST.get("policy", "")
    return f"{url}?policy={chosen}" if chosen.replace("-", "").isalnum() and chosen.isascii() else url
