"""Signed webhooks over HTTPS (Standard Webhooks), to public addresses only.

The name is resolved once and that very address is called, so it cannot change between check and
use. Private, loopback and link-local addresses are refused unless the operator allows the host;
redirects are not followed; size and time are bounded.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from datetime import datetime
from typing import Any

import httpx
from django.conf import settings
from standardwebhooks import Webhook

from sinmungo.journeys.deliver import NotDelivered

TIMEOUT_SECONDS = 10.0
MAX_ANSWER_BYTES = 1024 * 1024


class WebhookSender:
    """Sends one webhook and returns the JSON of a 200 answer."""

    def send(self, *, url: str, secret: str, message_id: str, at: datetime, body: bytes) -> Any:
        """Return the decoded answer; raises ``NotDelivered`` with a code and nobody's words."""
        target, host = _pinned(url)
        headers = {
            "host": host,
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(message_id, at, body.decode()),
        }
        try:
            with (
                httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client,
                client.stream(
                    "POST",
                    target,
                    content=body,
                    headers=headers,
                    extensions={"sni_hostname": target.host if not host else host.rsplit(":", 1)[0]},
                ) as answer,
            ):
                return _read(answer)
        except httpx.TimeoutException as error:
            raise NotDelivered("webhook.timed_out") from error
        except httpx.HTTPError as error:
            raise NotDelivered("webhook.not_reached") from error


def _read(answer: httpx.Response) -> Any:
    if answer.status_code != httpx.codes.OK:
        raise NotDelivered(f"webhook.status_{answer.status_code}")
    received = bytearray()
    for part in answer.iter_bytes():
        received += part
        if len(received) > MAX_ANSWER_BYTES:
            raise NotDelivered("webhook.answer_too_large")
    try:
        return json.loads(received)
    except ValueError as error:
        raise NotDelivered("webhook.answer_not_understood") from error


def _pinned(url: str) -> tuple[httpx.URL, str]:
    """Return the address to call with its host as an IP number, and the Host header to send."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise NotDelivered("webhook.bad_address") from error
    allowed = parsed.host in settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS
    if parsed.scheme != "https" and not (allowed and parsed.scheme == "http"):
        raise NotDelivered("webhook.not_https")
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parsed.host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotDelivered("webhook.name_not_found") from error
    for *_, address in found:
        number = ipaddress.ip_address(str(address[0]).split("%")[0])
        if allowed or number.is_global:
            return parsed.copy_with(host=str(number)), parsed.netloc.decode()
    raise NotDelivered("webhook.private_address")
