"""Korean or English: asked for in the address, remembered in a cookie, else from the browser."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

KNOWN = ("ko", "en")
COOKIE = "sinmungo_language"
YEAR = 365 * 24 * 3600


class LanguageMiddleware:
    """Activate the language of a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("lang", "")
        language = asked if asked in KNOWN else self._remembered(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        # what caches may keep for everybody carries nobody's cookie
        if asked in KNOWN and "public" not in response.headers.get("Cache-Control", ""):
            response.set_cookie(
                COOKIE,
                asked,
                max_age=YEAR,
                samesite="Lax",
                httponly=True,
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response

    def _remembered(self, request: HttpRequest) -> str:
        cookie = request.COOKIES.get(COOKIE, "")
        if cookie in KNOWN:
            return cookie
        preferred = translation.get_language_from_request(request)
        return preferred if preferred in KNOWN else settings.LANGUAGE_CODE
