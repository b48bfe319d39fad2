"""Links whose end the platform tells: as they are shown, and the address at which they arrive."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: Links of one item, and letters of each address, that are read.
MAX_LINKS = 20
MAX_ADDRESS = 2_000

_DOMAIN = re.compile(
    r"^(?:[a-z][a-z0-9+.\-]{0,20}:)?[/\\]*(?:[^/\\?#@]*@)?(?P<domain>[^/\\?#:@\s]+)", re.IGNORECASE
)
# A country's own second level, under which names are given out: example.co.kr is one name.
_SECOND_LEVEL = frozenset(
    ("ac", "co", "com", "edu", "go", "gov", "mil", "ne", "net", "or", "org", "pe", "re")
)


def links_told(told: object) -> tuple[tuple[str, str], ...]:
    """Return the links that a platform's attribute ``links`` tells, as pairs of shown and final address.

    It is a list of ``{"url": ..., "final": ...}``. The first 20 count; what has another shape, or is
    longer than 2,000 characters, is left out, as the platform's attributes are its own affair.
    """
    if not isinstance(told, list):
        return ()
    pairs = []
    for each in told[:MAX_LINKS]:
        url, final = (each.get("url"), each.get("final")) if isinstance(each, dict) else (None, None)
        if _is_address(url) and _is_address(final):
            pairs.append((str(url), str(final)))
    return tuple(pairs)


def domain(address: str) -> str:
    """Return the host of ``address`` in small letters, without ``www.``; "" when it names none."""
    match = _DOMAIN.match(address.strip())
    if match is None or "." not in match["domain"]:
        return ""
    return match["domain"].lower().rstrip(".").removeprefix("www.")


def registered(host: str) -> str:
    """Return the part of ``host`` that somebody registered: two labels, or three under such as co.kr.

    A rule of thumb and not the Public Suffix List: names under a shared host count as one.
    """
    labels = host.split(".")
    has_second_level = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if has_second_level else -2 :])


def leads_elsewhere(domains: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the first pair of domains, shown and final, that are registered under two names."""
    for shown, final in domains:
        if shown and final and registered(shown) != registered(final):
            return shown, final
    return None


def _is_address(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_ADDRESS
