"""Reading a request's body under limits, before anything looks at what it means.

8 MB unpacked, gzip inflated only that far, JSON no deeper than Python's parser goes without harm, no
NaN, and no name twice in one object: readers differ in which of the two values they take (RFC 8259,
section 4). Both a JSON document and NDJSON (one document a line) are read.
"""

from __future__ import annotations

import json
import zlib
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, UnreadablePostError

from sinmungo.core.kernel.errors import DomainError

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 32
JSON_TYPES = frozenset({"application/json", "text/json"})
LINE_TYPES = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-lines"}
)
_GZIP_WINDOW = zlib.MAX_WBITS | 16


class BadBody(DomainError):
    """The body is not what its headers say."""

    code = "body.unreadable"
    status = 400
    message = "The body cannot be read: {reason}."


class BodyTooLarge(DomainError):
    """More than 8 MB, packed or unpacked."""

    code = "body.too_large"
    status = 413
    message = "The body is larger than {limit} bytes."


class UnknownMediaType(DomainError):
    """Only JSON is read."""

    code = "body.unknown_media_type"
    status = 415
    message = "Send application/json or application/x-ndjson, plain or with Content-Encoding gzip."


def read_documents(request: HttpRequest) -> list[Any]:
    """Return the documents of a body: a JSON list, ``{"events": [...]}``, or one a line.

    A body of one JSON object without ``events`` is one document. A line that cannot be read stands in its
    place as the error, so that it is refused alone.
    """
    media_type = _media_type(request)
    text = _text(request)
    if media_type in LINE_TYPES:
        return [_of_line(line, place) for place, line in enumerate(text.split("\n"), 1) if line.strip()]
    document = _parsed(text)
    if isinstance(document, dict) and set(document) == {"events"}:
        document = document["events"]
    if isinstance(document, dict):
        return [document]
    if not isinstance(document, list):
        raise BadBody(reason="a list of documents was expected")
    return document


def read_document(request: HttpRequest) -> Any:
    """Return the one JSON document of a body."""
    if _media_type(request) not in JSON_TYPES:
        raise UnknownMediaType
    return _parsed(_text(request))


def _media_type(request: HttpRequest) -> str:
    media_type = (request.content_type or "application/json").lower()
    if media_type not in JSON_TYPES | LINE_TYPES:
        raise UnknownMediaType
    return media_type


def _text(request: HttpRequest) -> str:
    data = _unpacked(request, _raw(request))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadBody(reason=f"byte {error.start} is not UTF-8") from None


def _raw(request: HttpRequest) -> bytes:
    try:
        body = request.body
    except RequestDataTooBig:
        raise BodyTooLarge(limit=MAX_BYTES) from None
    except UnreadablePostError:
        raise BadBody(reason="it broke off") from None
    if len(body) > MAX_BYTES:
        raise BodyTooLarge(limit=MAX_BYTES)
    return body


def _unpacked(request: HttpRequest, body: bytes) -> bytes:
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise UnknownMediaType
    return _inflated(body)


def _inflated(body: bytes) -> bytes:
    """Inflate a gzip body of one or more members, never past the limit."""
    parts: list[bytes] = []
    room = MAX_BYTES
    rest = body
    while rest:
        inflater = zlib.decompressobj(_GZIP_WINDOW)
        try:
            part = inflater.decompress(rest, room + 1)
        except zlib.error:
            raise BadBody(reason="it is not gzip") from None
        if len(part) > room:
            raise BodyTooLarge(limit=MAX_BYTES)
        if not inflater.eof:
            raise BadBody(reason="the gzip data breaks off")
        parts.append(part)
        room -= len(part)
        rest = inflater.unused_data
    return b"".join(parts)


def _of_line(line: str, place: int) -> Any:
    try:
        return _parsed(line, first_line=place)
    except BadBody as error:
        return error


def _parsed(text: str, *, first_line: int = 1) -> Any:
    try:
        document = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_named_once)
    except _NamedTwice:
        raise BadBody(reason="an object has the same name twice") from None
    except RecursionError:
        raise BadBody(reason=f"it is nested deeper than {MAX_DEPTH} levels") from None
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        raise BadBody(reason=f"it is not JSON, at line {line}, column {error.colno}") from None
    except ValueError:
        raise BadBody(reason="it holds a number that JSON does not have") from None
    if _is_deep(text) and _depth_over(document, MAX_DEPTH):
        raise BadBody(reason=f"it is nested deeper than {MAX_DEPTH} levels")
    return document


class _NamedTwice(ValueError):
    pass


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _NamedTwice
    return made


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _is_deep(text: str) -> bool:
    """Whether a document may be too deep: few are, and counting brackets is cheap."""
    return text.count("[") + text.count("{") > MAX_DEPTH


def _depth_over(document: Any, limit: int) -> bool:
    level = [document]
    for _ in range(limit):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return any(isinstance(each, dict | list) for each in level)


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [each for each in value.values() if isinstance(each, dict | list)]
    return [each for each in value if isinstance(each, dict | list)]
