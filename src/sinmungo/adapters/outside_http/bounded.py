"""A connection that ends at one moment, however slowly the other side speaks."""

from __future__ import annotations

import ssl
import time
from functools import lru_cache
from typing import Any

import httpcore

#: So much is written before the time is looked at again.
_WRITE_BYTES = 4096


class BoundedStream(httpcore.NetworkStream):
    """A stream whose every step may take only what is left of the whole: a slow drip ends too."""

    def __init__(self, stream: httpcore.NetworkStream, ends: float) -> None:
        self._stream = stream
        self._ends = ends

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the whole has one bound
        """Read up to ``max_bytes``."""
        return self._stream.read(max_bytes, left(self._ends))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the whole has one bound
        """Write all of ``buffer``."""
        for start in range(0, len(buffer), _WRITE_BYTES):
            self._stream.write(buffer[start : start + _WRITE_BYTES], left(self._ends))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the whole has one bound
    ) -> httpcore.NetworkStream:
        """Speak TLS from here on, with the name's certificate."""
        stream = self._stream.start_tls(ssl_context, server_hostname, left(self._ends))
        return BoundedStream(stream, self._ends)

    def close(self) -> None:
        """End the connection."""
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        """Return what the stream beneath knows."""
        return self._stream.get_extra_info(info)


def left(ends: float) -> float:
    """Return the seconds until ``ends``, a moment of ``time.monotonic``; raises ``httpcore.ReadTimeout``."""
    seconds = ends - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout
    return seconds


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """Return what checks certificates, made once a process."""
    return httpcore.default_ssl_context()
