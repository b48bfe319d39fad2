"""Saying of a match that it is none: for those who keep banks, from the page of the case."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sinmungo.apps.review import queries as review
from sinmungo.core.kernel.errors import NotAllowed, NotFound, Refused
from sinmungo.journeys import not_the_same
from sinmungo.web.console.case_page import case_page
from sinmungo.web.console.pages import field, person, signed_in, whole
from sinmungo.web.errors import sentence


@require_POST
@signed_in
def deny(request: HttpRequest, code: str) -> HttpResponse:
    """Let a picture or clip of a case never match again as it stands; the case stays open."""
    user = person(request)
    case = review.case_by_code(code=code, seen_by=user)
    place, bank, words = whole(field(request, "place")), field(request, "bank"), field(request, "words")
    try:
        denied = not_the_same.deny(case=case, bank=bank, place=place, words=words, user=user)
    except (NotAllowed, NotFound):
        raise
    except Refused as error:
        return case_page(request, case, problem=sentence(error), words=words, status=error.status)
    new = _("It is never a match again as it stands. The case stays open: decide it as what it is.")
    messages.success(request, new if denied.is_new else _("That was said of it already."))
    return redirect(f"/console/case/{code}/")
