"""Clearance letters: the page that a person shows to others, its file, and checking one."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from sinmungo.apps.autonomy.cleared import Facts
from sinmungo.apps.autonomy.errors_clearances import LetterNotYet
from sinmungo.apps.autonomy.letter_file import Checked
from sinmungo.apps.autonomy.queries import clearances
from sinmungo.apps.ledger import queries as ledger
from sinmungo.apps.statements import said
from sinmungo.web.portal.answers import personal
from sinmungo.web.portal.forms import LetterForm

_UTC = "UTC"


@personal
@require_safe
def letter(request: HttpRequest, address: str) -> HttpResponse:
    """Show a letter, ready to be printed."""
    found = clearances.letter(address)
    path = reverse("portal-cleared", args=[found.address])
    context = {
        "letter": found,
        "facts": found.facts,
        **_said(found.facts, found.time_zone),
        "file": clearances.document(found),
        "address": f"{settings.SINMUNGO_URL}{path}",
        "public_key": ledger.public_key_hex(),
    }
    response = render(request, "portal/cleared.html", context)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@personal
@require_safe
def document(request: HttpRequest, address: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Return a letter as the file that anybody can check; raises LetterNotYet."""
    found = clearances.letter(address)
    file = clearances.document(found)
    if file is None:
        raise LetterNotYet
    response = JsonResponse(file, json_dumps_params={"ensure_ascii": False, "indent": 1})
    name = f"letter-{found.facts.reversal}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@personal
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Check the text of a letter's file that somebody pasted, and say whether it is right."""
    form = LetterForm(request.POST if request.method == "POST" else None)
    checked = clearances.check(form.cleaned_data["text"]) if form.is_bound and form.is_valid() else None
    context = {"form": form, "checked": checked, "public_key": ledger.public_key_hex(), **_of(checked)}
    is_refused = form.is_bound and (checked is None or checked.wrong is not None)
    return render(request, "portal/cleared_verify.html", context, status=422 if is_refused else 200)


def _of(checked: Checked | None) -> dict[str, object]:
    if checked is None or checked.facts is None:
        return {}
    overtaken = clearances.is_overtaken(checked.facts)
    return {"facts": checked.facts, "overtaken": overtaken, **_said(checked.facts, _UTC)}


def _said(facts: Facts, zone: str) -> dict[str, object]:
    """Return the days of a letter in words, and which of its actions is the gravest."""
    locale = get_language() or "ko"
    days = {"decided": facts.decided_at, "reversed": facts.reversed_at}
    return {name: said.day(datetime.fromisoformat(at), zone, locale) for name, at in days.items()}
