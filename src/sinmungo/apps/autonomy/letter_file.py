"""A clearance letter as a file, and how anybody checks it: from the file and the log's public key alone.

The file is a JSON object: ``type``, the ``letter``'s facts, and the proof in the form that statements of
reasons have theirs too (``entry_document``, ``position``, ``size``, ``root``, ``path``, ``checkpoint``,
``public_key``). It is right when the facts' digest is the entry's subject, the entry leads to the root
(RFC 9162 section 2.1.3), and the key signed that root (C2SP tlog-checkpoint). Nothing else may stand in it:
whoever reads the file sees no size, no root and no part twice that nobody signed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from sinmungo.apps.autonomy.cleared import KIND, Facts, NotFacts
from sinmungo.apps.ledger.queries import Proof
from sinmungo.core import merkle

TYPE = "sinmungo.clearance"
#: A letter has about 3 kB; a path in a log of a trillion entries adds 2 kB.
MAX_BYTES = 32 * 1024
_MAX_STEPS = 64
_KEYS = frozenset(
    {"type", "letter", "entry_document", "position", "size", "root", "path", "checkpoint", "public_key"}
)


class Wrong(StrEnum):
    """Why a file is no good letter."""

    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"
    NO_LETTER = "no_letter"
    OTHER_KEY = "other_key"  # signed, if at all, by somebody else's key
    CHECKPOINT = "checkpoint"
    PATH = "path"
    WORDS = "words"  # the ledger's entry is about another letter, or this one was changed


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking came to. ``wrong`` is None for a good letter; the rest is then what it says.

    ``written_at`` is when the ledger wrote it down, as entry ``position`` of ``size`` in the log ``origin``.
    """

    wrong: Wrong | None
    facts: Facts | None = None
    written_at: datetime | None = None
    position: int = 0
    size: int = 0
    origin: str = ""


class _Bad(Exception):
    def __init__(self, wrong: Wrong) -> None:
        self.wrong = wrong


def document(facts: Facts, proof: Proof, public_key: str) -> dict[str, Any]:
    """Return the file's content for a letter whose entry has its place in the log."""
    return {
        "type": TYPE,
        "letter": facts.to_document(),
        "entry_document": proof.entry_document,
        "position": proof.position,
        "size": proof.size,
        "root": proof.root_hex,
        "path": proof.path,
        "checkpoint": proof.checkpoint_note,
        "public_key": public_key,
    }


def check(text: str, *, public_key: str, origin: str | None = None) -> Checked:
    """Check a file's text against the Ed25519 key (64 hex digits) that the operator publishes.

    ``origin`` None takes the log's name from the file. The key in the file proves nothing: whoever forges
    a letter puts in a key of their own. Nothing is fetched and no database is asked. Never raises.
    """
    try:
        return _checked(_read(text), public_key, origin)
    except _Bad as bad:
        return Checked(bad.wrong)


def _read(text: str) -> Mapping[str, Any]:
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise _Bad(Wrong.TOO_LONG)
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _Bad(Wrong.UNREADABLE) from None
    if not isinstance(found, dict) or found.get("type") != TYPE or set(found) != _KEYS:
        raise _Bad(Wrong.NO_LETTER)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; of a name that stands twice people may read the one that is not checked."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Bad(Wrong.WORDS)
    return found


def _checked(found: Mapping[str, Any], public_key: str, origin: str | None) -> Checked:
    facts = _facts(found)
    signed = _signed(found, public_key, origin)
    if (found["size"], found["root"]) != (signed.size, signed.root.hex()):
        raise _Bad(Wrong.PATH)
    entry = _entry(found, signed)
    if not _is_of(entry, facts):
        raise _Bad(Wrong.WORDS)
    written_at = datetime.fromisoformat(entry["at"])
    return Checked(None, facts, written_at, found["position"], signed.size, signed.origin)


def _facts(found: Mapping[str, Any]) -> Facts:
    try:
        return Facts.from_document(found["letter"])
    except NotFacts:
        raise _Bad(Wrong.NO_LETTER) from None


def _signed(found: Mapping[str, Any], public_key: str, origin: str | None) -> merkle.Checkpoint:
    note = found["checkpoint"]
    if not isinstance(note, str):
        raise _Bad(Wrong.NO_LETTER)
    if found["public_key"] != public_key:
        raise _Bad(Wrong.OTHER_KEY)
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        log = note.partition("\n")[0] if origin is None else origin
        return merkle.verify_checkpoint(key, log, note.encode())
    except (ValueError, merkle.BadCheckpoint):
        raise _Bad(Wrong.CHECKPOINT) from None


def _entry(found: Mapping[str, Any], signed: merkle.Checkpoint) -> dict[str, Any]:
    """Return the entry, once it is shown to stand in the signed log."""
    whole, path, position = found["entry_document"], found["path"], found["position"]
    if type(position) is not int or not isinstance(whole, str) or not _is_path(path):
        raise _Bad(Wrong.NO_LETTER)
    try:
        leaf, steps = merkle.leaf_hash(whole.encode()), [bytes.fromhex(step) for step in path]
    except ValueError:
        raise _Bad(Wrong.NO_LETTER) from None
    if not merkle.verify_inclusion(position, signed.size, leaf, steps, signed.root):
        raise _Bad(Wrong.PATH)
    return dict(json.loads(whole))  # what the log holds is canonical JSON


def _is_path(path: object) -> bool:
    return isinstance(path, list) and len(path) <= _MAX_STEPS and all(isinstance(step, str) for step in path)


def _is_of(entry: Mapping[str, Any], facts: Facts) -> bool:
    told = (entry["kind"], entry["subject"], entry["body"])
    return told == (KIND, facts.subject(), facts.entry_body())
