"""What the ledger says of an act, with the proof that it stands in the signed log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sinmungo.apps.ledger import signing, tables
from sinmungo.apps.ledger.models import Checkpoint, Entry, Leaf, Unsequenced
from sinmungo.apps.ledger.verify import Fault, Verification, Verifier
from sinmungo.apps.ledger.written import entry_bytes
from sinmungo.core import merkle

__all__ = ["Fault", "Proof", "Verification", "checkpoint", "entries", "latest", "oldest_waiting", "proof"]
__all__ += ["proof_of", "public_key_hex", "verify_all"]


@dataclass(frozen=True, slots=True)
class Proof:
    """That one entry stands in the log, for anybody to check without us.

    SHA-256 of a zero byte and ``entry_document`` (exact text, UTF-8) is the leaf at ``position``;
    ``path`` leads from it to ``root_hex``, the root of ``size`` entries (RFC 9162 section 2.1.3);
    ``checkpoint_note`` carries that size and root, signed with Ed25519 (C2SP signed-note).
    """

    entry_document: str
    position: int
    size: int
    root_hex: str
    path: list[str]
    checkpoint_note: str


def entries(subject: str) -> list[Entry]:
    """Return the entries about ``subject``, oldest first, sequenced or not."""
    return list(Entry.objects.filter(subject=subject).order_by("id"))


def latest(subject: str, kind: str) -> Entry | None:
    """Return the newest entry of ``kind`` about ``subject``, sequenced or not."""
    return Entry.objects.filter(subject=subject, kind=kind).order_by("-id").first()


def proof(subject: str) -> Proof | None:
    """Return the proof of the first entry about ``subject``, the act itself.

    None when there is no such entry, or it waits for its position (at most 5 s).
    """
    first = Entry.objects.filter(subject=subject).order_by("id").first()
    return proof_of(first) if first else None


def proof_of(entry: Entry) -> Proof | None:
    """Return the proof of an entry; None while it waits for its position (at most 5 s)."""
    leaf = Leaf.objects.filter(entry=entry).first()
    last = checkpoint()
    if leaf is None or last is None:
        return None
    path = merkle.inclusion_proof(leaf.position, last.size, tables.hashes)
    return Proof(
        entry_document=document(entry),
        position=leaf.position,
        size=last.size,
        root_hex=bytes(last.root).hex(),
        path=[step.hex() for step in path],
        checkpoint_note=last.note,
    )


def document(entry: Entry) -> str:
    """Return the canonical JSON that the entry's leaf hash covers."""
    return entry_bytes(
        entry_id=entry.id,
        at=entry.at,
        actor=entry.actor,
        kind=entry.kind,
        subject=entry.subject,
        schema=entry.schema,
        body=entry.body.encode(),
    ).decode()


def checkpoint() -> Checkpoint | None:
    """Return the newest checkpoint; its ``note`` is what a witness keeps."""
    return Checkpoint.objects.order_by("-size").first()


def public_key_hex() -> str:
    """Return the Ed25519 public key that checks every checkpoint, 64 hex digits."""
    return signing.public_key().public_bytes_raw().hex()


def oldest_waiting() -> datetime | None:
    """Return when the oldest entry without a position was written; more than 5 s ago is a fault."""
    oldest = Unsequenced.objects.order_by("entry_id").values_list("entry__at", flat=True)
    return oldest.first()


def verify_all(
    progress: Callable[[int, int], None] = lambda _done, _total: None, *, saved_note: str = ""
) -> Verification:
    """Recompute the whole log from what is stored and name every fault.

    Reads in pages of 1,000, so memory does not grow with the log; the log may grow meanwhile.
    ``progress`` is called with entries done and in all. ``saved_note`` is a checkpoint kept elsewhere:
    without one, a log cut off together with its own checkpoints cannot be told from a younger log.
    """
    return Verifier(progress, saved_note).run()
