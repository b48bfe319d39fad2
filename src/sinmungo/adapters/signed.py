"""One signed request to a platform (Standard Webhooks) over HTTPS, to public addresses only.

Private, loopback, link-local and multicast addresses are refused unless the operator allows the host;
redirects are not followed; the size of the answer and the time of the whole exchange are bounded.
"""

from __future__ import annotations

import json
import time
from datetime import datetime
from http import HTTPStatus
from typing import Any

import httpcore
import httpx
from django.conf import settings
from standardwebhooks import Webhook

from sinmungo.adapters import outside_http
from sinmungo.adapters.outside_http import Ask, NotReached

#: For the whole exchange, however slowly the platform speaks.
TOTAL_SECONDS = 10.0
#: A platform in trouble says one of these, or anything from 500 up; the rest does not pass by itself.
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
#: A platform may ask for patience, but not for more than this.
LONGEST_WAIT = 3600.0


class NotAnswered(Exception):
    """The platform gave no answer that can be used.

    ``code`` is a word of ours and never anybody's words; ``passing`` says whether it may pass by itself;
    ``wait`` is the number of seconds after which the platform wants to be asked again, if it said so.
    """

    def __init__(self, code: str, *, passing: bool, wait: float = 0.0) -> None:
        self.code = code
        self.passing = passing
        self.wait = wait
        super().__init__(code)


def post(*, url: str, secret: str, message_id: str, at: datetime, body: bytes, most: int) -> Any:
    """Return the JSON of a 200 answer of at most ``most`` bytes; raises NotAnswered."""
    try:
        target = _target(url)
        allowed = target.host in settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS
        headers = [
            (b"content-type", b"application/json"),
            (b"webhook-id", message_id.encode()),
            (b"webhook-timestamp", str(int(at.timestamp())).encode()),
            (b"webhook-signature", _signature(secret, message_id, at, body).encode()),
        ]
        with outside_http.exchange(
            Ask("POST", target, headers, body),
            ends=time.monotonic() + TOTAL_SECONDS,
            may_call=outside_http.any_address if allowed else outside_http.is_public,
        ) as answer:
            return _read(answer, most)
    except NotReached as error:
        raise NotAnswered(error.code, passing=error.passing) from error


def _target(url: str) -> httpx.URL:
    target = outside_http.read_url(url)
    local = target.scheme == "http" and target.host in settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS
    if target.scheme != "https" and not local:
        raise NotReached("not_https", passing=False)
    return target


def _signature(secret: str, message_id: str, at: datetime, body: bytes) -> str:
    try:
        return Webhook(secret).sign(message_id, at, body.decode())
    except ValueError as error:  # the secret is not base64
        raise NotAnswered("bad_secret", passing=False) from error


def _read(answer: httpcore.Response, most: int) -> Any:
    if answer.status != HTTPStatus.OK:
        passing = answer.status in _PASSING or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        raise NotAnswered(f"status_{answer.status}", passing=passing, wait=_wait(answer))
    received = outside_http.read_up_to(answer, most)
    try:
        return json.loads(received)
    except (ValueError, RecursionError) as error:
        raise NotAnswered("answer_not_understood", passing=False) from error


def _wait(answer: httpcore.Response) -> float:
    """Return what ``Retry-After`` says in seconds (RFC 9110, 10.2.3); a date, or nonsense, says nothing."""
    told = next((value for name, value in answer.headers if name.lower() == b"retry-after"), b"")
    return min(float(told), LONGEST_WAIT) if told.isdigit() and len(told) < 10 else 0.0
