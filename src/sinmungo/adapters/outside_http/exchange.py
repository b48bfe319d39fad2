"""One request and its answer, ended at one moment however slowly the other side speaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import httpcore
import httpx

from sinmungo.adapters.outside_http.addresses import MayCall, Resolver, resolved, system_resolver
from sinmungo.adapters.outside_http.bounded import BoundedStream, left, tls
from sinmungo.adapters.outside_http.errors import NotReached

#: What everybody is told of us.
USER_AGENT = b"sinmungo"
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
            httpcore.ConnectionPool(ssl_context=tls(), network_backend=backend) as pool,
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
        seconds = left(self._ends)
        address = str(resolved(host, port, may_call=self._may_call, seconds=seconds, resolve=self._resolve))
        stream = self._backend.connect_tcp(address, port, left(self._ends), local_address, socket_options)
        return BoundedStream(stream, self._ends)
