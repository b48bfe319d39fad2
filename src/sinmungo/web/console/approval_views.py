"""What waits for a second person: the list, the proposal beside the item, agreeing and sending back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sinmungo.apps.base import clock
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review import queries as review
from sinmungo.apps.review import services
from sinmungo.apps.review.models import Approval
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.errors import Conflict, DomainError, NotAllowed
from sinmungo.core.policy import PolicyDocument
from sinmungo.journeys import review as journey
from sinmungo.web.console import casework, deciding, media, words
from sinmungo.web.console.case_page import conflict, version_of
from sinmungo.web.console.pages import field, language, page, person, signed_in
from sinmungo.web.errors import sentence


@require_GET
@signed_in
def approvals(request: HttpRequest) -> HttpResponse:
    """Proposals that wait for a second person; one's own are marked and cannot be opened for a word."""
    user, at, lang = person(request), clock.now(), language(request)
    found = review.waiting_approvals(seen_by=user, after=request.GET.get("after", ""))
    rows = [
        {
            "work": casework.listed(row, row.approval.case, lang, at),
            "by": str(row.approval.proposed_by),
            "is_own": row.approval.proposed_by_id == user.pk,
        }
        for row in found.rows
    ]
    return page(request, "approvals.html", {"rows": rows, "more": found.next})


@require_GET
@signed_in
def approval(request: HttpRequest, code: str) -> HttpResponse:
    """One proposal beside the item it is about. Opening it is written down, as for a case."""
    user, at = person(request), clock.now()
    found = _as_proposed(review.approval_of(code=code, seen_by=user))
    if found.proposed_by_id != user.pk:
        services.record_viewing(
            user=user,
            item=found.case.item,
            version=found.case.version,
            assignment=found.assignment,
            at=at,
            actor=staff.actor_of(user),
        )
    return _approval_page(request, found)


def _as_proposed(found: Approval) -> Approval:
    """Show the version that was judged: the item may have been changed since by the one it is about."""
    found.case.version = journey.read_proposal(found).item_version or found.case.version
    return found


def _approval_page(
    request: HttpRequest, found: Approval, problem: str = "", status: int = 200
) -> HttpResponse:
    user, at, lang = person(request), clock.now(), language(request)
    proposal = journey.read_proposal(found)
    document = policies.document(proposal.policy_version) if proposal.policy_version else None
    work = found.assignment
    is_held = work.holder is not None and work.held_until is not None and work.held_until > at
    context = {
        "approval": found,
        "case": found.case,
        "shown": casework.shown(found.case, reader=user, language=lang, at=at),
        "media": media.of_case(found.case, user=user),
        "proposal": proposal,
        "actions": [deciding.action_told(action, lang) for action in proposal.actions],
        "ground": _ground(document, proposal.ground, lang),
        "policy": words.said(document.title, lang) if document else "",
        "answers": _answers(document, found, lang),
        "is_own": found.proposed_by_id == user.pk,
        "is_waiting": found.state == Approval.State.WAITING,
        "is_mine": is_held and work.holder_id == user.pk,
        "held_by": str(work.holder) if is_held and work.holder_id != user.pk else "",
        "problem": problem,
        "typed": request.POST.get("words", ""),
    }
    return page(request, "approval.html", context, status)


def _ground(document: PolicyDocument | None, ground: str, lang: str) -> str:
    found = [g for g in document.grounds if g.id == ground] if document else []
    return deciding.ground_told(found[0], lang) if found else ""


def _answers(document: PolicyDocument | None, found: Approval, lang: str) -> list[tuple[str, str]]:
    if document is None:
        return []
    given = review.answers(case=found.case, policy=document.policy)
    return [
        (words.said(factor.ask, lang), answer.ko if lang == "ko" else answer.en)
        for factor in document.factors
        for answer in factor.answers
        if given.get(factor.id) == answer.id
    ]


@require_POST
@signed_in
def claim(request: HttpRequest, code: str) -> HttpResponse:
    """Take a proposal into one's hands; whoever made it is refused."""
    user = person(request)
    found = review.approval_of(code=code, seen_by=user)
    try:
        services.claim(
            assignment=found.assignment,
            user=user,
            expected_version=version_of(request),
            at=clock.now(),
            actor=staff.actor_of(user),
        )
    except Conflict as error:
        return conflict(request, error, "/console/approvals/", zone=found.case.item.platform.time_zone)
    return redirect(f"/console/approval/{code}/")


@require_POST
@signed_in
def settle(request: HttpRequest, code: str) -> HttpResponse:
    """Agree, which may be taken back for a moment, or send it back with words."""
    user = person(request)
    found = _as_proposed(review.approval_of(code=code, seen_by=user))
    words_given = field(request, "words")
    try:
        if request.POST.get("word") == "agree":
            return _agreed(request, found, user)
        journey.send_back(approval=found, user=user, words=words_given, expected_version=version_of(request))
    except Conflict as error:
        return conflict(
            request,
            error,
            f"/console/approval/{code}/",
            zone=found.case.item.platform.time_zone,
            typed=words_given,
        )
    except NotAllowed:
        raise
    except DomainError as error:
        return _approval_page(request, found, sentence(error), error.status)
    messages.success(request, _("It went back with your words, and the case is open again."))
    return redirect("/console/approvals/")


def _agreed(request: HttpRequest, found: Approval, user: User) -> HttpResponse:
    result = journey.approve_undoably(approval=found, user=user, expected_version=version_of(request))
    if isinstance(result, Decision):
        messages.success(request, _("Agreed and done. Everybody concerned is told."))
    return redirect("/console/approvals/")
