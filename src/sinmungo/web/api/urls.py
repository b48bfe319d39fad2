from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path

from sinmungo.core.kernel.errors import DomainError
from sinmungo.web.api import operations
from sinmungo.web.api.site import api
from sinmungo.web.errors import problem


class WrongMethod(DomainError):
    """The address is there and is asked for in another way."""

    code = "api.wrong_method"
    status = 405
    message = "This address does not take that method."


def _tells_problems(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Turn the framework's bare answer to a wrong method into a problem document."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        if answer.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return answer
        told = problem(WrongMethod())
        told["Allow"] = answer.headers.get("Allow", "")
        return told

    return answered


_patterns, _app, _namespace = api.urls
for _pattern in _patterns:
    if isinstance(_pattern, URLPattern):
        _pattern.callback = _tells_problems(_pattern.callback)

urlpatterns: list[URLPattern | URLResolver] = [path(operations.PREFIX, (_patterns, _app, _namespace))]
