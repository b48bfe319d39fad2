"""Saved reasons: writing, changing and retiring them."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sinmungo.apps.base import clock
from sinmungo.apps.items.models import Platform
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import Policy
from sinmungo.apps.review import queries_desk as desk
from sinmungo.apps.review import services
from sinmungo.apps.review.services.reasons import MAX_BODY, MAX_TITLE
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.errors import NotAllowed, NotFound, Refused
from sinmungo.web.console import words
from sinmungo.web.console.handles import from_handle, to_handle
from sinmungo.web.console.pages import BadForm, field, language, page, person, signed_in
from sinmungo.web.errors import sentence


@require_http_methods(["GET", "POST"])
@signed_in
def reasons(request: HttpRequest) -> HttpResponse:
    """Every reason in use, and a form for a new one or, with ``?change=``, for a new text of one."""
    user = person(request)
    staff.require(user, Permission.WRITE_REASONS)
    if request.method == "GET":
        return _page(request, typed=_of(request.GET.get("change", "")))
    try:
        return _written(request)
    except (NotAllowed, NotFound):
        raise
    except Refused as error:
        typed = {**_typed(request), "change": field(request, "change")}
        return _page(request, typed=typed, problem=sentence(error), status=error.status)


@require_POST
@signed_in
def retire(request: HttpRequest) -> HttpResponse:
    """Offer a reason no longer."""
    user = person(request)
    reason = from_handle(field(request, "reason"))
    services.retire_reason(reason_id=reason, user=user, at=clock.now(), actor=staff.actor_of(user))
    messages.success(request, _("It is offered no longer. What was written with it stands."))
    return redirect("/console/reasons/")


def _written(request: HttpRequest) -> HttpResponse:
    user, at = person(request), clock.now()
    text, changed = services.ReasonText(**_typed(request)), field(request, "change")
    if text.policy and text.policy not in _policies(language(request)):
        raise BadForm
    actor = staff.actor_of(user)
    if changed:
        services.change_reason(reason_id=from_handle(changed), text=text, user=user, at=at, actor=actor)
    else:
        services.write_reason(text=text, user=user, at=at, actor=actor)
    messages.success(request, _("Kept. Reviewers are offered it from now on."))
    return redirect("/console/reasons/")


def _page(
    request: HttpRequest, *, typed: dict[str, str], problem: str = "", status: int = 200
) -> HttpResponse:
    titles = _policies(language(request))
    saved = desk.saved_reasons(seen_by=person(request))
    rows = [(to_handle(row.pk), row, titles.get(row.policy, "")) for row in saved]
    limits = {"title_limit": MAX_TITLE, "body_limit": MAX_BODY}
    context = {"rows": rows, "typed": typed, "policies": titles.items(), "problem": problem, **limits}
    return page(request, "reasons.html", context, status)


def _typed(request: HttpRequest) -> dict[str, str]:
    names = ("title_ko", "title_en", "body_ko", "body_en", "policy")
    return {name: field(request, name).replace("\r\n", "\n") for name in names}


def _of(handle: str) -> dict[str, str]:
    if not handle:
        return asdict(services.ReasonText(title_ko="", title_en="", body_ko="", body_en=""))
    row = desk.saved_reason(reason_id=from_handle(handle))
    names = ("title_ko", "title_en", "body_ko", "body_en", "policy")
    return {**{name: getattr(row, name) for name in names}, "change": handle}


def _policies(lang: str) -> dict[str, str]:
    """Return what each policy that was ever loaded is called where it is in force, else its name."""
    found = {slug: slug for slug in Policy.objects.order_by("slug").values_list("slug", flat=True)}
    for platform in Platform.objects.order_by("slug"):
        pack = policies.in_force(platform.slug, clock.now())
        for slug, version in pack.versions.items() if pack else ():
            found[slug] = words.said(policies.document(version).title, lang)
    return found
