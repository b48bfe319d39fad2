"""Signed webhooks over HTTPS (Standard Webhooks), to public addresses only.

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
from sinmungo.journeys.deliver import NotDelivered

#: For the whole exchange, however slowly the platform speaks.
TOTAL_SECONDS = 10.0
MAX_ANSWER_BYTES = 1024 * 1024
#: A platform in trouble says one of these, or anything from 500 up; the rest does not pass by itself.
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class WebhookSender:
    """Sends one webhook and returns the JSON of a 200 answer."""

    def send(self, *, url: str, secret: str, message_id: str, at: datetime, body: bytes) -> Any:
        """Return the decoded answer; raises ``NotDelivered`` with a code and nobody's words."""
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
                return _read(answer)
        except NotReached as error:
            raise NotDelivered(f"webhook.{error.code}", passing=error.passing) from error


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
        raise NotDelivered("webhook.bad_secret", passing=False) from error


def _read(answer: httpcore.Response) -> Any:
    if answer.status != HTTPStatus.OK:
        passing = answer.status in _PASSING or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        raise NotDelivered(f"webhook.status_{answer.status}", passing=passing)
    received = outside_http.read_up_to(answer, MAX_ANSWER_BYTES)
    try:
        return json.loads(received)
    except (ValueError, RecursionError) as error:
        raise NotDelivered("webhook.answer_not_understood", passing=False) from error
