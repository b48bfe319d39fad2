"""Frozen dataclasses to JSON-safe mappings and back, by their annotations, and canonical digests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import rfc8785

T = TypeVar("T")
#: Metadata of a field that came later: left out while it says nothing, so that what never uses it keeps
#: its digest.
LATER: Mapping[str, bool] = {"later": True}


def to_plain(value: Any) -> Any:
    """Return ``value`` as dicts, lists, texts, numbers and None."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {
            field.name: to_plain(getattr(value, field.name)) for field in fields(value) if _says(field, value)
        }
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    return value


def _says(field: Field[Any], value: Any) -> bool:
    return "later" not in field.metadata or bool(getattr(value, field.name))


def from_plain(kind: type[T], data: Any) -> T:
    """Return what :func:`to_plain` was given. Raises KeyError, TypeError or ValueError if it cannot."""
    made: T = _from(kind, data)
    return made


def digest_of(data: Any) -> str:
    """Return the SHA-256, in hexadecimal, of the canonical JSON of ``data`` (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps(data)).hexdigest()


@cache
def hints_of(kind: type) -> dict[str, Any]:
    """Return the resolved annotations of a dataclass's fields."""
    return get_type_hints(kind)


def without_none(hint: Any) -> Any:
    """Return ``X`` of ``X | None``, and any other annotation as it is."""
    if get_origin(hint) is UnionType:
        return next(part for part in get_args(hint) if part is not NoneType)
    return hint


def _from(hint: Any, data: Any) -> Any:
    if data is None:
        return None
    hint = without_none(hint)
    hint = getattr(hint, "__supertype__", hint)
    if is_dataclass(hint):
        return _object(hint, data)
    if get_origin(hint) is tuple:
        return tuple(_from(get_args(hint)[0], item) for item in data)
    if get_origin(hint) is Mapping:
        return {key: _from(get_args(hint)[1], item) for key, item in data.items()}
    if not isinstance(data, str | int | float):
        raise TypeError(f"{data!r} is not a {hint.__name__}")
    return hint(data)


def _object(kind: Any, data: Any) -> Any:
    hints = hints_of(kind)
    unknown = set(data) - set(hints)
    if unknown:
        raise KeyError(f"{kind.__name__} has no {sorted(unknown)}")
    return kind(**{name: _from(hints[name], item) for name, item in data.items()})
