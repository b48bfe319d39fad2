"""One reason for several cases: what was chosen, the questions once, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sinmungo.apps.base import clock
from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.review import queries as review
from sinmungo.apps.review.errors import TooManyChosen
from sinmungo.apps.review.models import Approval, Case
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.errors import DomainError, NotAllowed, NotFound, Refused
from sinmungo.journeys import review as journey
from sinmungo.journeys.review import MOST_AT_ONCE, Selected
from sinmungo.web.console import casework, deciding, desk, lists, reading
from sinmungo.web.console.pages import language, page, person, signed_in, whole
from sinmungo.web.errors import sentence


class MixedPlatforms(Refused):
    """One reason names one platform's policy."""

    code = "console.mixed_platforms"
    message = "Choose cases of one platform: each platform has policies of its own."


@dataclass(frozen=True, slots=True)
class Member:
    """One of the chosen cases, as its page and its decision need it."""

    case: Case
    row: casework.Listed
    state_version: int
    was_opened: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of one of the cases, in words."""

    code: str
    mark: str
    told: str


@require_POST
@signed_in
def selection(request: HttpRequest) -> HttpResponse:
    """Show the chosen cases with the form that ends them together; nothing is taken in hand yet."""
    if not request.POST.getlist("case"):
        messages.info(request, _("Choose at least one case in the list first."))
        return redirect("/console/")
    return _page(request, _chosen(request))


@require_POST
@signed_in
def decide(request: HttpRequest) -> HttpResponse:
    """End the chosen cases with one reason; who cannot be decided on stays open and is named."""
    user, cases = person(request), _chosen(request)
    at = clock.now()
    versions, _slug = deciding.choose_policy(cases[0], request.POST.get("policy", ""), at)
    if request.POST.get("finding") == "answers":
        return _page(request, cases, posted=_without_consequence(request.POST))
    if request.POST.get("finding") == "reason":
        offered = desk.reasons(cases[0], user, request.POST.get("policy", ""), language(request))
        return _page(request, cases, posted=desk.with_reason(request.POST, offered))
    try:
        settled = journey.decide_selection(
            selected=[_selected(request, case) for case in cases],
            user=user,
            judgement=reading.read_judgement(request.POST, versions, []),
        )
    except (NotAllowed, NotFound):
        raise
    except DomainError as error:
        return _page(request, cases, posted=request.POST, problem=sentence(error), status=error.status)
    shared = _same_refusal(settled)
    if shared is not None:
        return _page(request, cases, posted=request.POST, problem=sentence(shared), status=shared.status)
    return page(request, "selection_done.html", {"ended": [_ended(each) for each in settled]})


def _chosen(request: HttpRequest) -> list[Case]:
    """Return the cases that a form names; raises NoSuchWork, RoleLacks, TooManyChosen, MixedPlatforms."""
    user, codes = person(request), list(dict.fromkeys(request.POST.getlist("case")))
    if not 0 < len(codes) <= MOST_AT_ONCE:
        raise TooManyChosen(limit=MOST_AT_ONCE)
    cases = [review.case_by_code(code=code, seen_by=user) for code in codes]
    for case in cases:
        staff.require(user, Permission.DECIDE_CASES, case.item.platform_id, case.assignment.queue_id)
    if len({case.item.platform_id for case in cases}) > 1:
        raise MixedPlatforms
    return cases


def _page(
    request: HttpRequest,
    cases: list[Case],
    *,
    posted: QueryDict | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    user, at, lang = person(request), clock.now(), language(request)
    versions, slug = deciding.choose_policy(cases[0], request.POST.get("policy", ""), at)
    typed = posted or QueryDict(f"policy={slug}")
    pane = deciding.pane(
        cases[0], versions=versions, slug=slug, signals=[], language=lang, at=at, posted=typed
    )
    members = _members(cases, user, lang, at)
    context = {
        "members": members,
        "unopened": sum(1 for each in members if not each.was_opened),
        "pane": replace(pane, ladder="") if pane else None,
        "reasons": desk.reasons(cases[0], user, slug, lang),
        "told_in": desk.person_language(cases[0]),
        "nothing_found": reading.nothing_found(),
        "is_mine": True,
        "problem": problem,
    }
    return page(request, "selection.html", context, status)


def _members(cases: list[Case], user: User, lang: str, at: datetime) -> list[Member]:
    versions = [case.version_id for case in cases if case.version_id]
    reader = lists.Reader(user)
    opened = {version for _user, version in review.looked_at(users=[user.pk], versions=versions)}
    return [
        Member(
            case,
            casework.listed(case.assignment, case, lang, at, reader=reader),
            enforcement.state_version(case.item),
            case.version_id in opened,
        )
        for case in cases
    ]


def _selected(request: HttpRequest, case: Case) -> Selected:
    """Return a case as the page showed it."""
    seen = whole(request.POST.get(f"version-{case.code}", ""))
    return Selected(case, seen, whole(request.POST.get(f"state-{case.code}", "")))


def _without_consequence(posted: QueryDict) -> QueryDict:
    kept = posted.copy()
    for key in [key for key in kept if key in ("ground", "action")]:
        del kept[key]
    return kept


def _same_refusal(settled: list[journey.Settled]) -> DomainError | None:
    """Return what the form itself lacks: every case was refused for the same reason, and none conflicts."""
    errors = [each.error for each in settled]
    first = errors[0]
    same = isinstance(first, Refused) and all(error and error.code == first.code for error in errors)
    return first if same else None


def _ended(each: journey.Settled) -> Ended:
    if each.error is not None:
        return Ended(each.case.code, "wait", sentence(each.error))
    if isinstance(each.result, Approval):
        return Ended(each.case.code, "info", _("It waits for a second person."))
    return Ended(each.case.code, "good", _("Decided. The person concerned is told alone."))
