"""Signed webhooks over HTTPS (Standard Webhooks), to public addresses only.

The name is resolved once and that very address is called, so it cannot change between check and
use; the certificate and the Host header are still the name's. Private, loopback, link-local and
multicast addresses are refused unless the operator allows the host; redirects are not followed; the
size of the answer and the time of the whole exchange are bounded.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import httpcore
import httpx
from django.conf import settings
from standardwebhooks import Webhook

from sinmungo.journeys.deliver import NotDelivered

#: For the whole exchange after the name is resolved, however slowly the platform speaks.
TOTAL_SECONDS = 10.0
MAX_ANSWER_BYTES = 1024 * 1024
#: So much is written before the time is looked at again.
_WRITE_BYTES = 4096
_PORTS = 65536
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: A platform in trouble says one of these, or anything from 500 up; the rest does not pass by itself.
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class WebhookSender:
    """Sends one webhook and returns the JSON of a 200 answer."""

    def send(self, *, url: str, secret: str, message_id: str, at: datetime, body: bytes) -> Any:
        """Return the decoded answer; raises ``NotDelivered`` with a code and nobody's words."""
        target = _target(url)
        allowed = target.host in settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS
        headers = [
            (b"host", target.netloc),
            (b"content-type", b"application/json"),
            (b"accept-encoding", b"identity"),
            (b"user-agent", b"sinmungo"),
            (b"webhook-id", message_id.encode()),
            (b"webhook-timestamp", str(int(at.timestamp())).encode()),
            (b"webhook-signature", _signature(secret, message_id, at, body).encode()),
        ]
        url_parts = httpcore.URL(
            scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path
        )
        backend = _PinnedBackend(allowed=allowed, ends=time.monotonic() + TOTAL_SECONDS)
        try:
            with (
                httpcore.ConnectionPool(ssl_context=_tls(), network_backend=backend) as pool,
                pool.stream("POST", url_parts, headers=headers, content=body) as answer,
            ):
                return _read(answer)
        except httpcore.TimeoutException as error:
            raise NotDelivered("webhook.timed_out", passing=True) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise NotDelivered("webhook.not_reached", passing=True) from error


def _target(url: str) -> httpx.URL:
    try:
        target = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise NotDelivered("webhook.bad_address", passing=False) from error
    if target.port is not None and not 0 < target.port < _PORTS:
        raise NotDelivered("webhook.bad_address", passing=False)
    local = target.scheme == "http" and target.host in settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS
    if target.scheme != "https" and not local:
        raise NotDelivered("webhook.not_https", passing=False)
    return target


def _signature(secret: str, message_id: str, at: datetime, body: bytes) -> str:
    try:
        return Webhook(secret).sign(message_id, at, body.decode())
    except ValueError as error:  # the secret is not base64
        raise NotDelivered("webhook.bad_secret", passing=False) from error


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpcore.default_ssl_context()


def _read(answer: httpcore.Response) -> Any:
    if answer.status != HTTPStatus.OK:
        passing = answer.status in _PASSING or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        raise NotDelivered(f"webhook.status_{answer.status}", passing=passing)
    received = bytearray()
    for part in answer.iter_stream():
        received += part
        if len(received) > MAX_ANSWER_BYTES:
            raise NotDelivered("webhook.answer_too_large", passing=False)
    try:
        return json.loads(received)
    except (ValueError, RecursionError) as error:
        raise NotDelivered("webhook.answer_not_understood", passing=False) from error


class _PinnedBackend(httpcore.NetworkBackend):
    """Connects to the one address that was checked, and ends everything at one moment."""

    def __init__(self, *, allowed: bool, ends: float) -> None:
        self._allowed = allowed
        self._ends = ends
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the whole exchange has one bound
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve the name, refuse what is not public, and connect."""
        address = str(_checked(host, port, allowed=self._allowed))
        left = _left(self._ends)
        stream = self._backend.connect_tcp(address, port, left, local_address, socket_options)
        return _BoundedStream(stream, self._ends)


class _BoundedStream(httpcore.NetworkStream):
    """A stream whose every step may take only what is left of the whole: a slow drip ends too."""

    def __init__(self, stream: httpcore.NetworkStream, ends: float) -> None:
        self._stream = stream
        self._ends = ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - as above
        """Read up to ``max_bytes``."""
        return self._stream.read(max_bytes, _left(self._ends))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - as above
        """Write all of ``buffer``."""
        for start in range(0, len(buffer), _WRITE_BYTES):
            self._stream.write(buffer[start : start + _WRITE_BYTES], _left(self._ends))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - as above
    ) -> httpcore.NetworkStream:
        """Speak TLS from here on, with the name's certificate."""
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(self._ends))
        return _BoundedStream(stream, self._ends)

    def close(self) -> None:
        """End the connection."""
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        """Return what the stream beneath knows."""
        return self._stream.get_extra_info(info)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left


def _checked(host: str, port: int, *, allowed: bool) -> Address:
    """Return the first address of ``host`` that may be called."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotDelivered("webhook.name_not_found", passing=True) from error
    for *_, address in found:
        number = ipaddress.ip_address(str(address[0]).split("%")[0])
        if allowed or _is_public(number):
            return number
    raise NotDelivered("webhook.private_address", passing=False)


def _is_public(number: Address) -> bool:
    """Whether an address is on the open internet, also when it carries another one inside."""
    if isinstance(number, ipaddress.IPv6Address):
        inner = number.ipv4_mapped or number.sixtofour
        if number in _NAT64:
            inner = ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)
        if inner is not None and not _is_public(inner):
            return False
    return number.is_global and not number.is_multicast
