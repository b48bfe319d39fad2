"""Machine translation on a case's page: a button, and beside the original what a machine made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from sinmungo.apps.base import clock
from sinmungo.apps.review import queries as review
from sinmungo.apps.review.models import Case
from sinmungo.core.kernel.errors import DomainError
from sinmungo.journeys import translate as journey
from sinmungo.web.console import casework
from sinmungo.web.console.pages import language, page, person, signed_in
from sinmungo.web.errors import sentence


@dataclass(frozen=True, slots=True)
class Beside:
    """What the part of the page shows: an offer, the translation, or why there is none."""

    code: str
    source: str
    made: journey.Translated | None = None
    problem: str = ""


def offered(case: Case, *, language: str) -> Beside | None:
    """Return the offer to translate; None where nothing is set up, or the item speaks the page's language."""
    text = case.version.text.strip() if case.version else ""
    source = _source(case)
    if not text or source == language or not journey.is_on():
        return None
    return Beside(case.code, source)


@require_POST
@signed_in
def translate(request: HttpRequest, code: str) -> HttpResponse:
    """Translate a case's item into the page's language: a part of a page for a script, else a page."""
    user, lang = person(request), language(request)
    found = review.case_by_code(code=code, seen_by=user)
    source, veil = _source(found), casework.veil_of(found, user)
    status = 200
    try:
        made = journey.translate(case=found, user=user, source_lang=source, target_lang=lang, at=clock.now())
        made = replace(made, text=veil.text(made.text))
        beside = Beside(code, source, made)
    except DomainError as error:
        beside, status = Beside(code, source, problem=sentence(error)), error.status
    context = {
        "translation": beside,
        "case": found,
        "original": veil.text(found.version.text) if found.version else "",
    }
    if request.headers.get("X-Part") == "translation":
        return render(request, "console/_translation.html", context, status=status)
    return page(request, "translation.html", context, status)


def _source(case: Case) -> str:
    """Return the language the platform tells of the item, as ``ko`` or ``en`` and so on; "" if none."""
    told = casework.attributes_of(case.version).get("lang")
    return told.split("-")[0].lower() if isinstance(told, str) and told.isascii() else ""
