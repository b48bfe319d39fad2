"""How a ``DomainError`` reaches people (a page) and programs (an RFC 9457 problem document)."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext

from sinmungo.core.kernel.errors import DomainError

API = "/api/"


def sentence(error: DomainError) -> str:
    """Return the error's sentence in the active language, its facts filled in."""
    return gettext(error.message).format_map(error.facts) if error.facts else gettext(error.message)


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


class DomainErrorMiddleware:
    """Answer a ``DomainError`` from any view in the form its asker understands."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DomainError):
            return None
        if request.path.startswith(API):
            return problem(error)
        context = {"sentence": sentence(error), "code": error.code}
        return render(request, "error.html", context, status=error.status)
