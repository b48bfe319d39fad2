"""Names of hosts as an operator lists them and as an address has them, made comparable."""

from __future__ import annotations

import re
from collections.abc import Iterable

import httpx

MAX_HOST = 253
#: One label in front of a listed domain, no more: ``*.cdn.example`` allows ``a.cdn.example`` only.
WILDCARD = "*."
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
#: At least two labels, the last no number: ``0x7f.1`` and ``2130706433`` are addresses in disguise.
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z]){_LABEL}")
_NO_PART_OF_A_NAME = frozenset("/\\@:?#[]%*")


def normal_host(text: str, *, local: Iterable[str] = ()) -> str:
    """Return a host's name in small ASCII letters (RFC 5890); raises ``ValueError`` for what is none.

    A number is no name, and neither is a single word, unless it stands in ``local``.
    """
    if text in local:
        return text
    if set(text) & _NO_PART_OF_A_NAME or not text.isprintable() or " " in text:
        raise ValueError("no host")
    try:
        name = httpx.URL(f"https://{text}/").raw_host.decode("ascii")
    except httpx.InvalidURL as error:
        raise ValueError("no host") from error
    if len(name) > MAX_HOST or _NAME.fullmatch(name) is None:
        raise ValueError("no host")
    return name


def normal_listed(text: str, *, local: Iterable[str] = ()) -> str:
    """Return an entry of a list of hosts: a host, or ``*.`` before one; raises ``ValueError``."""
    if text.startswith(WILDCARD):
        return WILDCARD + normal_host(text.removeprefix(WILDCARD))
    return normal_host(text, local=local)


def is_listed(host: str, listed: Iterable[str]) -> bool:
    """Whether a host, as :func:`normal_host` writes it, is one of those listed."""
    label, _dot, domain = host.partition(".")
    if re.fullmatch(_LABEL, label) is None:
        return False
    allowed = frozenset(listed)
    return host in allowed or WILDCARD + domain in allowed
