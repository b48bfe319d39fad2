"""One request and its answer, ended at one moment however slowly the other side speaks."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpcore
import httpx

from sinmungo.adapters.outside_http.addresses import MayCall, Resolver, resolved, system_resolver
from sinmungo.adapters.outside_http.errors import NotReached

#: What everybody is told of us.
USER_AGENT = b"sinmungo"
#: So much is written before the time is looked at again.
_WRITE_BYTES = 4096
_PORTS = 65536


@dataclass(frozen=True, slots=True)
class Ask:
    """A request. ``headers`` come besides host, user agent and the wish for an answer as it is."""

    method: str
    url: httpx.URL
    headers: Sequence[tuple[bytes, bytes]] = ()
    body: bytes | None = None


def read_url(text: str) -> httpx.URL:
    """Return an address, its host in ASCII and small letters; raises NotReached for what is none."""
    try:
        url = httpx.URL(text)
        url.host  # noqa: B018 - a name like xn-- fails only when it is decoded
    except (httpx.InvalidURL, UnicodeError) as error:
        raise NotReached("bad_address", passing=False) from error
    if url.port is not None and not 0 < url.port < _PORTS:
        raise NotReached("bad_address", passing=False)
    return url


@contextmanager
def exchange(
    ask: Ask, *, ends: float, may_call: MayCall, resolve: Resolver = system_resolver
) -> Iterator[httpcore.Response]:
    """Yield the answer, its body unread; ``ends`` is the moment (monotonic) at which everything is over.

    Raises NotReached, also for what goes wrong while the body is read inside the block.
    """
    url = ask.url
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    headers = [
        (b"host", url.netloc),
        (b"accept-encoding", b"identity"),
        (b"user-agent", USER_AGENT),
        *ask.headers,
    ]
    backend = _PinnedBackend(may_call, ends, resolve)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_tls(), network_backend=backend) as pool,
            pool.stream(ask.method, target, headers=headers, content=ask.body) as answer,
        ):
            yield answer
    except httpcore.TimeoutException as error:
        raise NotReached("timed_out", passing=True) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise NotReached("not_reached", passing=True) from error


def read_up_to(answer: httpcore.Response, most: int) -> bytes:
    """Return the body of an answer; raises NotReached when it has more than ``most`` bytes."""
    received = bytearray()
    for part in answer.iter_stream():
        received += part
        if len(received) > most:
            raise NotReached("answer_too_large", passing=False)
    return bytes(received)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpcore.default_ssl_context()


class _PinnedBackend(httpcore.NetworkBackend):
    """Connects to the one address that was checked, and ends everything at one moment."""

    def __init__(self, may_call: MayCall, ends: float, resolve: Resolver) -> None:
        self._may_call = may_call
        self._ends = ends
        self._resolve = resolve
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the whole exchange has one bound
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve the name, refuse what may not be called, and connect."""
        left = _left(self._ends)
        address = resolved(host, port, may_call=self._may_call, seconds=left, resolve=self._resolve)
        left = _left(self._ends)
        stream = self._backend.connect_tcp(str(address), port, left, local_address, socket_options)
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
