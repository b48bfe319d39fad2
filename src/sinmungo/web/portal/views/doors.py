"""The first page with its four doors, and the two that explain."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from sinmungo.apps.statements import links
from sinmungo.apps.statements.errors import LinkNotValid
from sinmungo.web.errors import sentence
from sinmungo.web.portal.answers import personal
from sinmungo.web.portal.forms import LinkForm
from sinmungo.web.portal.help_numbers import HELP_NUMBERS

_TOKEN = re.compile(r"(?:^|/s/)([A-Za-z0-9_-]{46})(?![A-Za-z0-9_-])")


@require_safe
def first_page(request: HttpRequest) -> HttpResponse:
    """Show the four doors."""
    staff = "/staff/demo" if settings.SINMUNGO_DEMO else "/staff/sign-in"
    return render(request, "portal/first.html", {"staff_door": staff})


@personal
@require_http_methods(["GET", "HEAD", "POST"])
def account_gone(request: HttpRequest) -> HttpResponse:
    """Explain how to find the statement, and open it from a pasted address."""
    form = LinkForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            return redirect(links.link_path(links.read_token(_token(form.cleaned_data["link"]))))
        except LinkNotValid as error:
            form.refuse("link", sentence(error))
    return render(request, "portal/account.html", {"form": form}, status=422 if form.is_bound else 200)


def _token(link: str) -> str:
    found = _TOKEN.search(link.strip())
    return found[1] if found else ""


@personal
@require_safe
def picture_misused(request: HttpRequest) -> HttpResponse:
    """Say what is not here yet, and who helps today."""
    numbers = [
        {
            "number": line.number,
            "who": gettext(line.who),
            "what": gettext(line.what),
            "checked_on": line.checked_on,
        }
        for line in HELP_NUMBERS
    ]
    return render(request, "portal/misused.html", {"numbers": numbers})
