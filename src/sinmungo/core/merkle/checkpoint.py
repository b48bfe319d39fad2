"""A log's signed state: origin, size and root in three lines (C2SP tlog-checkpoint, signed-note).

A note is the body, an empty line, and one line ``— name base64(key id || signature)`` for each
signer. Signatures by names or keys other than the one asked for are passed over, so witnesses can
add theirs.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sinmungo.core.kernel.errors import Refused
from sinmungo.core.merkle.hashing import HASH_BYTES

MAX_NOTE = 16 * 1024
MAX_ORIGIN = 200
_ED25519 = b"\x01"
_KEY_ID = 4
_DASH = "— "
_MAX_SIZE = (1 << 63) - 1


class BadCheckpoint(Refused):
    """A note is malformed or not signed by the key asked for."""

    code = "merkle.bad_checkpoint"
    message = "The checkpoint is not valid: {reason}."


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log named ``origin`` had ``size`` entries under ``root``."""

    origin: str
    size: int
    root: bytes


def checkpoint_body(origin: str, size: int, root: bytes) -> bytes:
    """Return the text that is signed. Raises ``ValueError`` for values that it cannot carry.

    An origin is up to 200 characters without spaces, line breaks or ``+``; it is the key's name too.
    """
    if not _is_origin(origin):
        raise ValueError("an origin has 1 to 200 printable characters without spaces or plus signs")
    if not 0 <= size <= _MAX_SIZE or len(root) != HASH_BYTES:
        raise ValueError("a checkpoint has a size of 0 or more and a root of 32 bytes")
    return f"{origin}\n{size}\n{_text(root)}\n".encode()


def sign_checkpoint(key: Ed25519PrivateKey, origin: str, size: int, root: bytes) -> bytes:
    """Return the note of this state, signed with Ed25519 (RFC 8032) under the origin's name."""
    body = checkpoint_body(origin, size, root)
    signed = _key_id(origin, key.public_key()) + key.sign(body)
    return body + f"\n{_DASH}{origin} {_text(signed)}\n".encode()


def verify_checkpoint(key: Ed25519PublicKey, origin: str, note: bytes) -> Checkpoint:
    """Return the state in ``note`` if ``key`` signed it for ``origin``.

    Raises ``BadCheckpoint`` for a note over 16 KiB, one that is not exactly in the format, of another
    origin, or without a good signature of this key.
    """
    body, signatures = _split(note)
    checkpoint = _parse_body(body)
    if checkpoint.origin != origin:
        raise BadCheckpoint(reason="it belongs to another log")
    known = _key_id(origin, key)
    for name, signed in signatures:
        if name == origin and signed[:_KEY_ID] == known:
            return _checked(key, body, signed[_KEY_ID:], checkpoint)
    raise BadCheckpoint(reason="it has no signature of this key")


def _checked(key: Ed25519PublicKey, body: str, signature: bytes, checkpoint: Checkpoint) -> Checkpoint:
    try:
        key.verify(signature, body.encode())
    except InvalidSignature:
        raise BadCheckpoint(reason="its signature is wrong") from None
    return checkpoint


def _split(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > MAX_NOTE:
        raise BadCheckpoint(reason="it is too long")
    try:
        text = note.decode()
    except UnicodeDecodeError:
        raise BadCheckpoint(reason="it is not UTF-8") from None
    body, gap, lines = text.partition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise BadCheckpoint(reason="it has no signature lines")
    return body + "\n", [_parse_signature(line) for line in lines[:-1].split("\n")]


def _parse_signature(line: str) -> tuple[str, bytes]:
    name, gap, signed = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not gap:
        raise BadCheckpoint(reason="a signature line is malformed")
    return name, _bytes(signed)


def _parse_body(body: str) -> Checkpoint:
    lines = body.split("\n")
    if len(lines) != 4 or not (lines[1].isascii() and lines[1].isdecimal()):
        raise BadCheckpoint(reason="it is not three lines of origin, size and root")
    root_hash = _bytes(lines[2])
    # Twenty digits hold every size; more would only cost time to read.
    if len(lines[1]) > 20 or len(root_hash) != HASH_BYTES or not _is_origin(lines[0]):
        raise BadCheckpoint(reason="its origin, size or root is malformed")
    checkpoint = Checkpoint(lines[0], int(lines[1]), root_hash)
    if checkpoint.size > _MAX_SIZE or str(checkpoint.size) != lines[1]:
        raise BadCheckpoint(reason="its size is malformed")
    return checkpoint


def _is_origin(text: str) -> bool:
    return 0 < len(text) <= MAX_ORIGIN and text.isprintable() and not any(c in " +" for c in text)


def _key_id(name: str, key: Ed25519PublicKey) -> bytes:
    """Return the four bytes by which a note names a key; a hint, never a proof."""
    return sha256(name.encode() + b"\n" + _ED25519 + key.public_bytes_raw()).digest()[:_KEY_ID]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    """Decode base64, refusing every spelling but the one that ``_text`` writes."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadCheckpoint(reason="it holds malformed base64") from None
    if _text(data) != text:
        raise BadCheckpoint(reason="it holds malformed base64")
    return data
