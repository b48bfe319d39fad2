"""Gold: items whose right answers are known, made from decided cases and retired when they have served."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sinmungo.apps.base import clock
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review import queries as review
from sinmungo.apps.review import queries_second as queries
from sinmungo.apps.review.errors import NoSuchWork
from sinmungo.apps.review.models import Case, GoldItem
from sinmungo.apps.review.services import seconds as services
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.errors import DomainError, NotAllowed, NotFound
from sinmungo.web.console import casework, second_page, texts, words
from sinmungo.web.console.handles import from_handle, to_handle
from sinmungo.web.console.pages import BadForm, field, language, page, person, signed_in
from sinmungo.web.console.second_views import answers_of
from sinmungo.web.errors import sentence


@require_GET
@signed_in
def gold(request: HttpRequest) -> HttpResponse:
    """The live gold, and the form for another when a case's code is given."""
    return _gold_page(request, request.GET.get("case", ""), request.GET.get("policy", ""))


def _gold_page(
    request: HttpRequest, code: str, policy: str, problem: str = "", status: int = 200
) -> HttpResponse:
    user, lang = person(request), language(request)
    found = queries.gold(seen_by=user, after=request.GET.get("after", ""))
    rows = [
        {
            "handle": to_handle(row.pk),
            "title": casework.title_of(row.version.item, lang),
            "policy": words.said(policies.document(row.policy_version).title, lang),
            "violation": row.violation,
            "why": row.why,
        }
        for row in found.rows
    ]
    context: dict[str, Any] = {"rows": rows, "more": found.next, "code": code, "problem": problem}
    try:
        context |= _form(request, code, policy) if code else {}
    except NotFound as error:
        context["problem"], status = sentence(error), error.status
    return page(request, "gold.html", context, status)


def _form(request: HttpRequest, code: str, wanted: str) -> dict[str, Any]:
    user, lang = person(request), language(request)
    case = _case(request, code)
    pack = policies.in_force(case.item.platform_id, clock.now())
    likely = [wanted, *review.answered_policies(case=case), *review.matched_policies(case=case)]
    versions = pack.versions if pack else {}
    slug = next((each for each in likely if each in versions), next(iter(versions), ""))
    if case.version is None or not slug:
        raise NoSuchWork
    document = policies.document(versions[slug])
    given = answers_of(request) or review.answers(case=case, policy=slug)
    return {
        "case": case,
        "title": casework.title_of(case.item, lang),
        "text": texts.marked(case.version.text, ()),
        "slug": slug,
        "policies": [(s, words.said(policies.document(v).title, lang)) for s, v in versions.items()],
        "questions": second_page.questions(document, given, lang),
        "typed": request.POST.get("why", ""),
        "may_make": staff.may(user, Permission.KEEP_GOLD, platform=case.item.platform_id),
        **second_page.policy_of(versions[slug], lang),
    }


def _case(request: HttpRequest, code: str) -> Case:
    return review.case_by_code(code=code.strip().upper(), seen_by=person(request))


@require_POST
@signed_in
def add(request: HttpRequest) -> HttpResponse:
    """Make a decided case's item gold."""
    user, code, policy = person(request), field(request, "case"), field(request, "policy")
    staff.require(user, Permission.KEEP_GOLD)
    try:
        _made(request, code, policy)
    except NotAllowed:
        raise
    except DomainError as error:
        return _gold_page(request, code, policy, sentence(error), error.status)
    messages.success(request, _("It is gold now, and will lie among second looks."))
    return redirect("/console/gold/")


def _made(request: HttpRequest, code: str, policy: str) -> GoldItem:
    user, finding = person(request), request.POST.get("finding", "")
    case = _case(request, code)
    pack = policies.in_force(case.item.platform_id, clock.now())
    if finding not in ("violation", "no_violation") or pack is None or policy not in pack.versions:
        raise BadForm
    return services.make_gold(
        case=case,
        policy_version=pack.versions[policy],
        violation=finding == "violation",
        answers=answers_of(request),
        why=field(request, "why"),
        user=user,
        at=clock.now(),
        actor=staff.actor_of(user),
    )


@require_POST
@signed_in
def retire(request: HttpRequest) -> HttpResponse:
    """Lay a gold item out no more."""
    user = person(request)
    found = queries.gold_item(gold_id=from_handle(field(request, "gold")), seen_by=user)
    services.retire_gold(gold=found, user=user, at=clock.now(), actor=staff.actor_of(user))
    messages.success(request, _("It is retired. What was answered to it still counts."))
    return redirect("/console/gold/")
