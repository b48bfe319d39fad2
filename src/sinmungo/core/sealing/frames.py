"""A vault's secrets as sealed frames, one after another: bytes in, bytes out.

A frame is ``length || nonce || ChaCha20-Poly1305(records)``; one append is one frame. It is bound to
the vault's generation and to its own place in the file, so frames can be neither moved, repeated nor
carried over from an older vault.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from sinmungo.core.sealing.envelope import KEY_BYTES, NONCE_BYTES, TAG_BYTES, CannotOpen
from sinmungo.core.sealing.vault import MAX_REF_BYTES, MAX_REFS

_LENGTH = struct.Struct(">I")
_HEAD = struct.Struct(f">HQ{KEY_BYTES}s")
_PLACE = struct.Struct(">Q")
_OVERHEAD = NONCE_BYTES + TAG_BYTES
#: No append is longer, so more unreadable bytes than this are damage and not a torn append.
MAX_FRAME = _LENGTH.size + _OVERHEAD + MAX_REFS * (_HEAD.size + MAX_REF_BYTES)


@dataclass(frozen=True, slots=True)
class Record:
    """One secret with its ref and the time it was made (milliseconds since 1970 UTC)."""

    ref: str
    created_ms: int
    secret: bytes = field(repr=False)


def frame(key: bytes, records: Sequence[Record], *, generation: bytes, at: int, nonce: bytes) -> bytes:
    """Return one frame that is valid only at byte ``at`` of this ``generation``."""
    cipher = ChaCha20Poly1305(key)
    body = nonce + cipher.encrypt(nonce, _pack(records), generation + _PLACE.pack(at))
    return _LENGTH.pack(len(body)) + body


def open_frames(key: bytes, data: bytes, *, generation: bytes, at: int) -> tuple[list[Record], int]:
    """Read the frames in ``data``, which begins at byte ``at`` of the file and runs to its end.

    Return the records and the place just after the last whole frame. What stands behind that place
    was torn by a crash before it was acknowledged. Raises ``CannotOpen`` with the fact ``offset``
    when a frame does not open and cannot be such a torn one.
    """
    cipher = ChaCha20Poly1305(key)
    records: list[Record] = []
    done = 0
    while done < len(data):
        body = _body(data, done)
        packed = _opened(cipher, body, generation + _PLACE.pack(at + done))
        if packed is None:
            if _may_be_torn(data, done, len(body)):
                break
            raise CannotOpen(offset=at + done)
        records += _unpack(packed)
        done += _LENGTH.size + len(body)
    return records, at + done


def _opened(cipher: ChaCha20Poly1305, body: bytes, bound_to: bytes) -> bytes | None:
    if len(body) < _OVERHEAD:
        return None
    try:
        return cipher.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], bound_to)
    except InvalidTag:
        return None


def _body(data: bytes, start: int) -> bytes:
    """Return the body of the frame at ``start``, or nothing if it is cut short."""
    if len(data) - start < _LENGTH.size:
        return b""
    (length,) = _LENGTH.unpack_from(data, start)
    begins = start + _LENGTH.size
    return data[begins : begins + length] if begins + length <= len(data) else b""


def _may_be_torn(data: bytes, start: int, claimed: int) -> bool:
    """Tell whether the unreadable rest can be the last append of a machine that stopped.

    A whole body with more bytes behind it was followed by another append, hence acknowledged.
    """
    rest = len(data) - start
    followed = claimed >= _OVERHEAD and _LENGTH.size + claimed < rest
    return rest <= MAX_FRAME and not followed


def _pack(records: Iterable[Record]) -> bytes:
    parts: list[bytes] = []
    for record in records:
        name = record.ref.encode()
        parts += (_HEAD.pack(len(name), record.created_ms, record.secret), name)
    return b"".join(parts)


def _unpack(packed: bytes) -> list[Record]:
    records = []
    place = 0
    while place < len(packed):
        length, created_ms, secret = _HEAD.unpack_from(packed, place)
        place += _HEAD.size + length
        records.append(Record(packed[place - length : place].decode(), created_ms, secret))
    return records
