"""The queue page with its filters, and the search page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_http_methods

from sinmungo.apps.base import clock
from sinmungo.apps.items import queries as items
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review import queries as review
from sinmungo.apps.review.errors import NoSuchWork
from sinmungo.apps.review.queries import BadSearch, Results
from sinmungo.apps.review.services import searching
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.web.console import casework, filters, lists, words
from sinmungo.web.console.filters import Asked, Choice
from sinmungo.web.console.pages import BadForm, language, page, person, signed_in
from sinmungo.web.errors import sentence

A_PAGE = 25


@require_GET
@signed_in
def queues(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Every queue with what waits in it, and the cases of one or of all that fit the filters, by priority."""
    user, at, lang = person(request), clock.now(), language(request)
    counts = review.queue_counts(seen_by=user, at=at)
    refused = staff.refused_queues(user)
    if slug and slug not in refused and all(count.queue.slug != slug for count in counts):
        raise NoSuchWork
    asked = filters.read(request.GET, slug)
    held = staff.permissions_of(user)
    sees_cases = Permission.SEE_CASES in held
    rows: list[casework.Listed] = []
    more = ""
    if sees_cases and not asked.unknown:
        after = request.GET.get("after", "")
        rows, more = casework.queue_list(
            user, filters=asked.filters, language=lang, at=at, after=after, limit=A_PAGE
        )
    context = {
        "counts": counts,
        "slug": slug,
        "rows": rows,
        "more": more,
        "sees_cases": sees_cases,
        "may_decide": Permission.DECIDE_CASES in held,
        "waiting": sum(count.waiting for count in counts),
        "held": sum(count.held for count in counts),
        "refused": len(refused),
        "is_refused": slug in refused,
        **_filtering(asked, user, lang, at),
    }
    return page(request, "queues.html", context)


def _filtering(asked: Asked, user: User, lang: str, at: datetime) -> dict[str, Any]:
    """What the page says of its filters: the chips, what can be chosen, and what means nothing."""
    platforms = _platforms(user)
    choices = {
        "platform": platforms,
        "policy": _policies(platforms, lang, at),
        "language": filters.languages(),
        "older": filters.ages(),
    }
    return {
        "chips": filters.chips(asked, choices),
        "query": asked.query,
        "unknown": filters.says_nothing(asked),
        "choices": choices,
        "flags": filters.flags(asked),
        "chosen": asked.values,
    }


def _platforms(user: User) -> list[Choice]:
    mine = staff.platforms_where(user, Permission.SEE_CASES)
    return [Choice(each.pk, each.name) for each in items.platforms() if mine is None or each.pk in mine]


def _policies(platforms: list[Choice], lang: str, at: datetime) -> list[Choice]:
    """Return the policies in force on any of the platforms, each once."""
    found: dict[str, str] = {}
    for platform in platforms:
        pack = policies.in_force(platform.value, at)
        for policy in pack.document.policies if pack is not None else ():
            found.setdefault(str(policy.policy), words.said(policy.title, lang))
    return [Choice(slug, label) for slug, label in found.items()]


@require_http_methods(["GET", "POST"])
@signed_in
def search(request: HttpRequest) -> HttpResponse:
    """Find cases. The form is posted, so that a receipt is never part of an address; anything else is sent
    on to an address that can be kept.
    """
    user = person(request)
    staff.require(user, Permission.SEARCH)
    asked = " ".join((request.POST if request.method == "POST" else request.GET).get("q", "").split())
    if "\0" in asked:
        raise BadForm
    is_receipt = review.is_receipt(asked)
    if request.method == "POST" and asked and not is_receipt:
        return redirect(f"/console/search?{urlencode({'q': asked})}")
    context: dict[str, Any] = {
        "asked": "" if is_receipt else asked,
        "rows": (),
        "more": "",
        "is_asked": bool(asked),
    }
    if not asked:
        return page(request, "search.html", context)
    try:
        found = review.search(seen_by=user, asked=asked, limit=A_PAGE, after=request.GET.get("after", ""))
    except BadSearch as error:
        return page(request, "search.html", {**context, "problem": sentence(error)}, error.status)
    if found.accounts and not request.GET.get("after"):
        searching.record_search(accounts=found.accounts, at=clock.now(), actor=staff.actor_of(user))
    return page(request, "search.html", {**context, **_found(request, user, found)})


def _found(request: HttpRequest, user: User, found: Results) -> dict[str, Any]:
    reader, lang, at = lists.Reader(user), language(request), clock.now()
    return {
        "rows": [
            casework.listed(each.assignment, each, lang, at, reader=reader, sought=found.words)
            for each in found.page.rows
        ],
        "more": found.page.next,
        "by": found.by,
        "accounts": found.accounts,
    }
