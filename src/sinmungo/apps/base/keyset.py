"""Lists page by key, never by offset: a page costs the same however far one has read."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from sinmungo.core.kernel.errors import Refused

M = TypeVar("M", bound=models.Model)
MAX_CURSOR = 500


class BadCursor(Refused):
    """The place to go on from is not one we gave."""

    code = "page.bad_cursor"
    message = "This link to the next page is damaged. Start again from the first page."


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Some rows, and the cursor of the page after them (empty when there is none)."""

    rows: list[M]
    next: str


def page(queryset: models.QuerySet[M], *, order: Sequence[str], after: str = "", limit: int = 50) -> Page[M]:
    """Return the rows after ``after`` in ``order``.

    ``order`` names fields that are never null, ``-`` for descending, the last one unique.
    """
    rows = queryset.order_by(*order)
    if after:
        beyond = _beyond(order, _read(after, len(order)))
        try:
            rows = rows.filter(beyond)
        except (ValueError, ValidationError) as error:  # a value that its field cannot hold
            raise BadCursor from error
    found = list(rows[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return Page(found, _write([_plain(getattr(found[-1], f.lstrip("-"))) for f in order]) if more else "")


def _beyond(order: Sequence[str], values: Sequence[str]) -> Q:
    beyond, equal = Q(), Q()
    for name, value in zip(order, values, strict=True):
        column, side = (name[1:], "lt") if name.startswith("-") else (name, "gt")
        beyond |= equal & Q(**{f"{column}__{side}": value})
        equal &= Q(**{column: value})
    return beyond


def _plain(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _write(values: Sequence[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _read(cursor: str, n: int) -> list[str]:
    if len(cursor) > MAX_CURSOR:
        raise BadCursor
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise BadCursor from error
    if not isinstance(values, list) or len(values) != n or not all(_is_plain(value) for value in values):
        raise BadCursor
    return values


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value
