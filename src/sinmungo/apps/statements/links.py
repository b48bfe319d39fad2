"""The link to a statement: an HMAC that is made when it is needed and stored nowhere.

A token is base64url of ``handle (16) || link version (2) || HMAC-SHA256(...)[:16]``. The handle is
random, so a token tells neither a time nor a count; raising ``link_version`` ends every older link.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from django.conf import settings

from sinmungo.apps.statements.errors import LinkNotValid
from sinmungo.apps.statements.models import Statement

_CONTEXT = b"statement/v1"
_HANDLE, _VERSION, _MAC = 16, 2, 16
_BYTES = _HANDLE + _VERSION + _MAC
#: 34 bytes in base64url without padding.
TOKEN_LETTERS = 46
_NO_HANDLE = bytes(_HANDLE)


def link_path(statement: Statement) -> str:
    """Return the path that opens ``statement``, such as ``/s/<token>``."""
    return f"/s/{_token(bytes(statement.handle), statement.link_version)}"


def link_url(statement: Statement) -> str:
    """Return the whole address that opens ``statement``."""
    return f"{settings.SINMUNGO_URL}{link_path(statement)}"


def read_token(token: str) -> Statement:
    """Return the statement that ``token`` opens.

    Raises LinkNotValid alike for what is unknown, forged, malformed, oversize or replaced. The MAC is
    compared in constant time before anything is looked up.
    """
    handle, version, mac = _parts(token)
    if not hmac.compare_digest(mac, _mac(handle, version)):
        raise LinkNotValid
    statement = (
        Statement.objects.select_related("decision", "platform", "item", "report")
        .filter(handle=handle)
        .first()
    )
    if statement is None or statement.link_version != version:
        raise LinkNotValid
    return statement


def _token(handle: bytes, version: int) -> str:
    data = handle + version.to_bytes(_VERSION, "big") + _mac(handle, version)
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _mac(handle: bytes, version: int) -> bytes:
    message = _CONTEXT + handle + version.to_bytes(_VERSION, "big")
    return hmac.new(settings.SINMUNGO_LINK_KEY, message, hashlib.sha256).digest()[:_MAC]


def _parts(token: str) -> tuple[bytes, int, bytes]:
    data = _decoded(token) if len(token) == TOKEN_LETTERS else b""
    # 34 bytes leave spare bits in the last letter; only the spelling that we make is valid.
    if len(data) != _BYTES or base64.urlsafe_b64encode(data).decode().rstrip("=") != token:
        return _NO_HANDLE, 0, b""
    version = int.from_bytes(data[_HANDLE : _HANDLE + _VERSION], "big")
    return data[:_HANDLE], version, data[_HANDLE + _VERSION :]


def _decoded(token: str) -> bytes:
    try:
        return base64.b64decode(token + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
