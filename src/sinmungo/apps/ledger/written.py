"""The written form of an entry: the bytes that its leaf hash covers, schema 1.

They are the canonical JSON (RFC 8785) of ``{actor, at, body, id, kind, schema, subject}``. ``at`` is
ISO 8601 in UTC with six decimals and ``Z``. Members of staff stand under a keyed digest: the same
person always has the same one, so that anybody who holds two proofs sees whether two people decided,
and nobody sees who.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from datetime import UTC, datetime
from functools import lru_cache

from django.conf import settings

from sinmungo.apps.base.actors import Actor
from sinmungo.core.merkle import canonical

SCHEMA = 1
#: The kind of the entry by which the log names its own checkpoints.
CHECKPOINT_KIND = "ledger.checkpoint"
_STAFF_DIGITS = 32


def salted(text: str) -> str:
    """Return a keyed digest of ``text``, 64 hex digits: equal texts agree, nobody else can try texts."""
    return hmac.new(_salt(settings.SINMUNGO_LEDGER_KEY), text.encode(), hashlib.sha256).hexdigest()


def written_actor(actor: Actor) -> str:
    """Return how the ledger names ``actor``."""
    if actor.kind == "staff":
        return f"staff:{salted(str(actor))[:_STAFF_DIGITS]}"
    return str(actor)


def written_time(at: datetime) -> str:
    """Return ``at`` as entries write it, such as ``2026-11-22T09:00:00.000000Z``."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def entry_bytes(
    *, entry_id: uuid.UUID, at: datetime, actor: str, kind: str, subject: str, schema: int, body: bytes
) -> bytes:
    """Return the canonical bytes of an entry whose ``body`` is canonical already.

    RFC 8785 orders keys, and writes an object as its parts side by side, so the body goes in as it is
    and what is stored is exactly what is hashed.
    """
    return b"".join(
        (
            b'{"actor":',
            canonical(actor),
            f',"at":"{written_time(at)}","body":'.encode(),
            body,
            f',"id":"{entry_id}","kind":'.encode(),
            canonical(kind),
            f',"schema":{schema},"subject":'.encode(),
            canonical(subject),
            b"}",
        )
    )


def checkpoint_body(size: int, root: bytes, at: datetime, note: str) -> dict[str, str | int]:
    """Return the body of the entry that names a checkpoint: all that its row says."""
    digest = hashlib.sha256(note.encode()).hexdigest()
    return {"size": size, "root": root.hex(), "at": written_time(at), "note_digest": digest}


@lru_cache(maxsize=1)
def _salt(ledger_key: bytes) -> bytes:
    """The signing key never serves as another key itself."""
    return hmac.new(ledger_key, b"sinmungo/ledger/salt/v1", hashlib.sha256).digest()
