"""A platform speaks with an API key: ``Authorization: Bearer smk_...``."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from sinmungo.apps.items import queries as items
from sinmungo.apps.items.models import Platform
from sinmungo.apps.items.services import digest_of_key
from sinmungo.core.kernel.errors import DomainError


class NoKey(DomainError):
    """No key, or one that is unknown or revoked; which of these is not told."""

    code = "api.no_key"
    status = 401
    message = "Send a valid API key as “Authorization: Bearer …”."


class PlatformKey(HttpBearer):
    """Signs a platform in; ``request.auth`` is then the platform."""

    openapi_description = "The API key of a platform (`sinmungo platform key SLUG`)."

    def authenticate(self, request: HttpRequest, token: str) -> Platform | None:  # noqa: ARG002 - ninja's
        return items.platform_by_key(digest_of_key(token))


def platform_of(request: HttpRequest) -> Platform:
    """Return the platform that signed in."""
    platform = getattr(request, "auth", None)
    if not isinstance(platform, Platform):
        raise NoKey
    return platform
