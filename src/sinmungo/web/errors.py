"""How an error reaches people (a page) and programs (an RFC 9457 problem document)."""

from __future__ import annotations

import sys
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext

from sinmungo.core.kernel.errors import DomainError, NotAllowed, NotFound, Unavailable
from sinmungo.web.context import site

API = "/api/"
#: What a full disk, or a database that does not answer, raises: nothing was kept, it can be sent again.
FAILING_STORE = (OperationalError, OSError)


class Unreadable(DomainError):
    """The request breaks HTTP or a limit of the server."""

    code = "bad_request"
    status = 400
    message = "The request cannot be read."


def sentence(error: DomainError) -> str:
    """Return the error's sentence in the active language, its facts filled in."""
    return gettext(error.message).format_map(error.facts) if error.facts else gettext(error.message)


class FormNotOurs(DomainError):
    """A form without the token of a page of ours: another site's, or cookies are off."""

    code = "form.not_ours"
    status = 403
    message = (
        "It could not be checked that this form comes from our page, so nothing was kept."
        " Please allow cookies, open the page again and send it once more."
    )


def problem(error: DomainError) -> JsonResponse:
    """Return the problem document of ``error`` (RFC 9457)."""
    document = {
        "type": f"urn:sinmungo:error:{error.code}",
        "title": error.message if not error.facts else error.detail,
        "status": error.status,
        "code": error.code,
        "detail": sentence(error),
    }
    return JsonResponse(document, status=error.status, content_type="application/problem+json")


def told(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Return the problem or the page that tells ``error``."""
    if request.path.startswith(API):
        return problem(error)
    context = {"sentence": sentence(error), "code": error.code}
    if error.status < 500:
        return render(request, "error.html", context, status=error.status)
    # without the request: the session, which messages are read from, may be what failed
    return HttpResponse(render_to_string("error.html", {**site(request), **context}), status=error.status)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's
    """Answer what Django refuses as malformed."""
    return told(request, Unreadable())


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's
    """Answer what Django forbids."""
    return told(request, NotAllowed())


def form_not_ours(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's
    """Answer a form whose token is missing or wrong."""
    return told(request, FormNotOurs())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's
    """Answer an address that is not there."""
    return told(request, NotFound())


def failed(request: HttpRequest) -> HttpResponse:
    """Answer what nobody foresaw: 503 when the disk or the database fails, else 500."""
    is_store = isinstance(sys.exc_info()[1], FAILING_STORE)
    return told(request, Unavailable() if is_store else DomainError())


class DomainErrorMiddleware:
    """Answer a ``DomainError`` from any view in the form its asker understands."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        return told(request, error)
