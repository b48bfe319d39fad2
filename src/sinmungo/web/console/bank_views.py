"""Banks of known pictures, clips and texts: which there are, what each holds and what it found."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from sinmungo.apps.base import clock
from sinmungo.apps.screening.banks import queries as banks
from sinmungo.apps.screening.models import Bank
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import Role, User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.statements import said
from sinmungo.core.matching.screener import signal_name
from sinmungo.web.console import bank_hunts, bank_page, bank_words, matches, words
from sinmungo.web.console.pages import language, page, person, signed_in

#: A page's file; longer ones are for the command line.
MOST_FILE_BYTES = 5_000_000


@require_GET
@signed_in
def all_banks(request: HttpRequest) -> HttpResponse:
    """Every bank that the reader may know of, and the form for another."""
    staff.require(person(request), Permission.SEE_BANKS)
    return banks_page(request)


def banks_page(
    request: HttpRequest, *, typed: dict[str, str] | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    """Return the list of banks, with what was typed into the form and why it was refused, if anything."""
    user, lang, at = person(request), language(request), clock.now()
    context = {
        "rows": bank_page.rows(banks.banks(seen_by=user), user, lang, at),
        "protected": bank_page.protected(),
        "may_keep": bank_words.keeps(user),
        "severities": severities(),
        "typed": typed or {},
        "problem": problem,
    }
    return page(request, "banks.html", context, status)


@require_GET
@signed_in
def bank(request: HttpRequest, name: str) -> HttpResponse:
    """One bank: what it holds and found, the searches, and what its keepers may do."""
    return one_page(request, bank_of(request, name))


@require_GET
@signed_in
def hunts(request: HttpRequest, name: str) -> HttpResponse:
    """The searches alone, for a page that asks how far they are."""
    found = bank_of(request, name)
    context = {"bank": found, **bank_hunts.shown(found, person(request), clock.now())}
    return render(request, "console/_hunts.html", context)


def bank_of(request: HttpRequest, name: str) -> Bank:
    """Return a bank that the reader may know of; raises RoleLacks, NoSuchBank, so for each sealed one."""
    user = person(request)
    staff.require(user, Permission.SEE_BANKS)
    return banks.bank(name, seen_by=user)


def one_page(
    request: HttpRequest,
    found: Bank,
    *,
    typed: dict[str, Any] | None = None,
    open_form: str = "",
    problem: str = "",
    imported: object = None,
    status: int = 200,
) -> HttpResponse:
    """Return the page of a bank; ``open_form`` was refused, ``typed`` is what it held."""
    user, lang, at = person(request), language(request), clock.now()
    zone = bank_page.zone_of(user)
    context = {
        "bank": found,
        "title": bank_words.title_of(found, lang),
        "marks": bank_words.marks_of(found, at),
        "held": bank_page.held(found),
        "seen_by": bank_words.roles_told(found.seen_by),
        "ends": bank_words.ends_told(found, zone, lang),
        "fact": signal_name(found.name),
        "chart": bank_page.days_chart(found, user, at),
        "cases": bank_page.recent_cases(found, user, lang, at),
        "near": matches.near_told(),
        "imports": bank_page.imports(found, zone, lang),
        "problem": problem,
        "imported": imported,
        "open": open_form,
        **bank_hunts.shown(found, user, at),
        **_forms(found, user, zone, lang, typed or {}),
    }
    return page(request, "bank.html", context, status)


def _forms(found: Bank, user: User, zone: str, lang: str, typed: dict[str, Any]) -> dict[str, Any]:
    chosen = typed.get("seen_by", found.seen_by)
    known = {
        "title_ko": found.title_ko,
        "title_en": found.title_en,
        "severity": found.severity,
        "ends": bank_words.last_day(found, zone),
    }
    return {
        "may_keep": bank_words.keeps(user),
        "severities": severities(),
        "roles": [(str(role), words.ROLES[role], role in chosen) for role in Role],
        "zone": said.zone_name(zone, lang),
        "most_megabytes": MOST_FILE_BYTES // 1_000_000,
        "typed": {**known, **typed},
    }


def severities() -> list[tuple[str, str]]:
    """Return how grave a match may be, with words."""
    return [(str(value), str(label)) for value, (label, _tone) in bank_words.SEVERITIES.items()]
