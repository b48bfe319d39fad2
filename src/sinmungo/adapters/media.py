"""Pictures and clips from a platform's own hosts, by an address that somebody else wrote down.

Asked is only a host that the operator listed, over HTTPS at its usual port, at a public address, and again
after every redirect. What comes back is bounded in kind, size and time, and is never unpacked.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

import httpcore
import httpx
from django.conf import settings

from sinmungo.adapters import outside_http
from sinmungo.adapters.outside_http import Ask, NotReached, Resolver
from sinmungo.adapters.outside_http.addresses import system_resolver
from sinmungo.apps.items.hosts import is_listed
from sinmungo.journeys.picturing.values import Fetched, MediaKind, NotShown

#: For the whole exchange, names and redirects included.
TOTAL_SECONDS = 10.0
MOST_REDIRECTS = 3
MAX_URL = 2_000
MAX_BYTES = {MediaKind.PICTURE: 20 * 1024 * 1024, MediaKind.CLIP: 60 * 1024 * 1024}
HTTPS_PORT = 443
TYPES = {
    b"image/jpeg": MediaKind.PICTURE,
    b"image/png": MediaKind.PICTURE,
    b"image/gif": MediaKind.PICTURE,
    b"image/webp": MediaKind.PICTURE,
    b"video/mp4": MediaKind.CLIP,
    b"video/quicktime": MediaKind.CLIP,
    b"video/webm": MediaKind.CLIP,
}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class _Moved:
    """Where an answer sends us instead."""

    to: httpx.URL


class HttpsFetcher:
    """Fetches over HTTPS; ``resolve`` finds the addresses of a name."""

    def __init__(self, resolve: Resolver = system_resolver) -> None:
        self._resolve = resolve

    def fetch(self, url: str, *, hosts: Sequence[str], wanted: Sequence[MediaKind]) -> Fetched:
        """Return what stands at ``url``; raises NotShown with a code and nobody's words."""
        ends = time.monotonic() + TOTAL_SECONDS
        try:
            at = _readable(url)
            for _ in range(MOST_REDIRECTS + 1):
                found = self._ask(_allowed(at, hosts), wanted, ends)
                if isinstance(found, Fetched):
                    return found
                at = found.to
        except NotReached as error:
            raise NotShown(error.code, passing=error.passing) from error
        raise NotShown("too_many_redirects")

    def _ask(self, url: httpx.URL, wanted: Sequence[MediaKind], ends: float) -> Fetched | _Moved:
        may_call = outside_http.is_loopback if _is_local(url) else outside_http.is_public
        accepted = b",".join(name for name, kind in TYPES.items() if kind in wanted)
        ask = Ask("GET", url, [(b"accept", accepted)])
        with outside_http.exchange(ask, ends=ends, may_call=may_call, resolve=self._resolve) as answer:
            if answer.status in _REDIRECTS:
                return _Moved(_next(url, answer))
            return _read(answer, wanted)


def _readable(text: str) -> httpx.URL:
    """Refuse before parsing what parsers disagree about: spaces, controls, backslashes."""
    if len(text) > MAX_URL or "\\" in text or any(c <= " " or c == "\x7f" for c in text):
        raise NotReached("bad_address", passing=False)
    return outside_http.read_url(text)


def _allowed(url: httpx.URL, hosts: Sequence[str]) -> httpx.URL:
    """Return the address if it may be asked at all; raises NotReached."""
    if url.userinfo:
        raise NotReached("bad_address", passing=False)
    if not _is_local(url) and (url.scheme != "https" or url.port not in (None, HTTPS_PORT)):
        raise NotReached("not_https", passing=False)
    if not is_listed(url.raw_host.decode("ascii"), hosts):
        raise NotReached("host_not_listed", passing=False)
    return url


def _is_local(url: httpx.URL) -> bool:
    """Whether it is plain HTTP to a host that the operator allows on this machine, as for webhooks."""
    return url.scheme == "http" and url.host in settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS


def _next(url: httpx.URL, answer: httpcore.Response) -> httpx.URL:
    try:
        location = dict(_headers(answer))[b"location"].decode("ascii")
        return url.join(_readable(location))
    except (KeyError, UnicodeDecodeError, httpx.InvalidURL) as error:
        raise NotReached("bad_redirect", passing=False) from error


def _read(answer: httpcore.Response, wanted: Sequence[MediaKind]) -> Fetched:
    if answer.status != HTTPStatus.OK:
        raise NotReached(f"status_{answer.status}", passing=answer.status >= 500)
    headers = dict(_headers(answer))
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise NotReached("packed", passing=False)
    kind = TYPES.get(headers.get(b"content-type", b"").split(b";")[0].strip().lower())
    if kind is None or kind not in wanted:
        raise NotReached("wrong_type", passing=False)
    told = headers.get(b"content-length", b"0")
    if not told.isdigit() or int(told) > MAX_BYTES[kind]:
        raise NotReached("answer_too_large", passing=False)
    return Fetched(kind, outside_http.read_up_to(answer, MAX_BYTES[kind]))


def _headers(answer: httpcore.Response) -> list[tuple[bytes, bytes]]:
    return [(name.lower(), value) for name, value in answer.headers]
