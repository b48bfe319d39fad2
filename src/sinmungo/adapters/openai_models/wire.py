"""One exchange over HTTP with one end: however slowly or however much the other side speaks.

The client library's own time-outs begin anew with every byte, so a slow drip would hold a worker for
ever; and it would read an endless body into memory. Redirects are not followed, compressed answers are
not opened, and what the library tells about this machine is left out.
"""

from __future__ import annotations

from collections.abc import Iterable

import httpcore
import httpx

from sinmungo.adapters.outside_http.bounded import BoundedStream, left, tls

MAX_ANSWER_BYTES = 128 * 1024
_ABOUT_US = b"x-stainless"
_KEPT = (b"content-type", b"retry-after")


class AnswerTooLong(httpx.TransportError):
    """The other side sent more than anybody reads here, or something packed."""


class BoundedTransport(httpx.BaseTransport):
    """Sends requests that all end at ``ends``, a moment of ``time.monotonic``."""

    def __init__(self, *, ends: float) -> None:
        self._ends = ends

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the whole answer; raises errors of ``httpx`` and :class:`AnswerTooLong`."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        backend = _Backend(self._ends)
        try:
            with (
                httpcore.ConnectionPool(ssl_context=tls(), network_backend=backend) as pool,
                pool.stream(request.method, url, headers=_headers(request), content=request.read()) as answer,
            ):
                body = _body(answer)
        except httpcore.TimeoutException as error:
            raise httpx.ReadTimeout("the exchange took too long", request=request) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise httpx.ConnectError("the exchange failed", request=request) from error
        kept = [(name, value) for name, value in answer.headers if name.lower() in _KEPT]
        return httpx.Response(answer.status, headers=kept, content=body, request=request)


def _headers(request: httpx.Request) -> list[tuple[bytes, bytes]]:
    changed = {b"accept-encoding": b"identity", b"user-agent": b"sinmungo", b"connection": b"close"}
    return [
        (name, changed.get(name.lower(), value))
        for name, value in request.headers.raw
        if not name.lower().startswith(_ABOUT_US)
    ]


def _body(answer: httpcore.Response) -> bytes:
    packed = {name.lower(): value for name, value in answer.headers}.get(b"content-encoding", b"identity")
    if packed.lower() != b"identity":
        raise AnswerTooLong("a packed answer is not opened")
    received = bytearray()
    for part in answer.iter_stream():
        received += part
        if len(received) > MAX_ANSWER_BYTES:
            raise AnswerTooLong("an answer of this length is not read")
    return bytes(received)


class _Backend(httpcore.NetworkBackend):
    """Connections whose every step may take only what is left of the whole."""

    def __init__(self, ends: float) -> None:
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
        """Connect in what is left of the time."""
        stream = self._backend.connect_tcp(host, port, left(self._ends), local_address, socket_options)
        return BoundedStream(stream, self._ends)
