"""The API object: one reference, one kind of error."""

from __future__ import annotations

import logging
from typing import Any

from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from pydantic.json_schema import models_json_schema

from sinmungo.core.kernel.errors import DomainError, NotFound, Refused, Unavailable
from sinmungo.web.api.auth import NoKey, PlatformKey
from sinmungo.web.api.documents import Problem, bodies
from sinmungo.web.errors import problem

_log = logging.getLogger(__name__)
_REF = "#/components/schemas/{model}"
_PROBLEM_JSON = "application/problem+json"


class BadRequest(DomainError):
    """The request does not fit the reference."""

    code = "api.bad_request"
    status = 400
    message = "The request cannot be read."


class BadParameter(Refused):
    """A part of the address does not fit the reference."""

    code = "api.bad_parameter"
    message = "A part of the address is not as the reference says."


class Api(NinjaAPI):
    """ninja's API with the schemas of hand-read bodies, and problems under their own media type."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the reference."""
        schema = super().get_openapi_schema(**options)
        _, taken = models_json_schema(
            [(model, "validation") for model in bodies().values()], ref_template=_REF
        )
        schema["components"]["schemas"].update(taken["$defs"])
        for operations in schema["paths"].values():
            for operation in operations.values():
                _mark_problems(operation["responses"])
        return schema


def _mark_problems(responses: dict[Any, Any]) -> None:
    for status, response in responses.items():
        content = response.get("content", {})
        if int(status) >= 400 and "application/json" in content:
            content[_PROBLEM_JSON] = content.pop("application/json")


def problems(*statuses: int) -> dict[int, type[Problem]]:
    """Return the documented errors of an operation."""
    return dict.fromkeys(statuses, Problem)


def body_of(name: str, *, most: int = 0) -> dict[str, Any]:
    """Return the part of the reference that describes a body read by hand: one document, or ``most``."""
    one = {"$ref": _REF.format(model=name)}
    content: dict[str, Any] = {"application/json": {"schema": one}}
    if most:
        listed = {"type": "array", "items": one, "maxItems": most}
        content = {
            "application/json": {"schema": listed},
            "application/x-ndjson": {"schema": {"type": "string"}},
        }
    return {"requestBody": {"required": True, "content": content}}


api = Api(
    title="Sinmungo",
    version="1",
    description="What platforms tell Sinmungo, and what they may ask. Errors are RFC 9457 problems.",
    auth=PlatformKey(),
    docs_url=None,
    urls_namespace="api",
)


@api.exception_handler(DomainError)
def _domain(request: HttpRequest, error: DomainError) -> HttpResponse:  # noqa: ARG001 - ninja's signature
    return problem(error)


@api.exception_handler(AuthenticationError)
def _no_key(request: HttpRequest, error: AuthenticationError) -> HttpResponse:  # noqa: ARG001
    answer = problem(NoKey())
    answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(ValidationError)
def _parameters(request: HttpRequest, error: ValidationError) -> HttpResponse:  # noqa: ARG001
    return problem(BadParameter())


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:  # noqa: ARG001
    return problem(BadRequest())


@api.exception_handler(OperationalError)
@api.exception_handler(OSError)
def _no_store(request: HttpRequest, error: OperationalError | OSError) -> HttpResponse:  # noqa: ARG001
    """A full disk or a database that does not answer: nothing was kept, so it can be sent again."""
    _log.error("the database or the disk failed", exc_info=error)
    return problem(Unavailable())


@api.exception_handler(Http404)
def _nothing(request: HttpRequest, error: Http404) -> HttpResponse:  # noqa: ARG001
    return problem(NotFound())
