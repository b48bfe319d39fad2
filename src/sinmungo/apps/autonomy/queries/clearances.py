"""Reading clearance letters: by their address, as facts, and as the file that anybody can check."""

from __future__ import annotations

import base64
import binascii
import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sinmungo.apps.autonomy import letter_file
from sinmungo.apps.autonomy.cleared import MAX_TEXT, Facts
from sinmungo.apps.autonomy.errors_clearances import LetterForgotten, LetterNotFound
from sinmungo.apps.autonomy.letter_file import Checked
from sinmungo.apps.autonomy.models import AccountRecord, Affected, Clearance
from sinmungo.apps.autonomy.queries.accounts import BEFORE_FIELD
from sinmungo.apps.enforcement.models import Action, Decision
from sinmungo.apps.ledger import queries as ledger
from sinmungo.apps.ledger import signing
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.ledger.written import written_time
from sinmungo.apps.vault import queries as vault
from sinmungo.apps.vault.errors import Destroyed

_NEEDED = ("affected__incident", "affected__decision__platform")
#: 16 bytes in base64url without padding.
ADDRESS_LETTERS = 22


class _Source(NamedTuple):
    """What a letter's facts are made of, as the columns of one query."""

    pk: int
    decision_id: uuid.UUID
    platform: str
    decision: str
    decided_at: datetime
    reversal: str
    reversed_at: datetime
    incident: str


_COLUMNS = (
    "pk", "decision_id", "decision__platform_id", "decision__case_code", "decision__made_at",
    "answer__case_code", "answer__made_at", "incident__code",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter with what its page needs beside the facts.

    ``is_overtaken`` says that a later decision took the place of the one that put things right.
    """

    facts: Facts
    address: str
    platform_name: str
    time_zone: str
    incident_published: bool
    is_overtaken: bool
    subject: str


def address(clearance: Clearance) -> str:
    """Return the last part of a letter's address, 22 letters."""
    return base64.urlsafe_b64encode(bytes(clearance.handle)).decode().rstrip("=")


def letter(text: str) -> Letter:
    """Return the letter at this address.

    Raises ``LetterNotFound``, and ``LetterForgotten`` when what it said of the person was destroyed since.
    """
    found = Clearance.objects.select_related(*_NEEDED).filter(handle=_handle(text)).first()
    if found is None:
        raise LetterNotFound
    facts = facts_of({found.affected_id: bytes(found.handle)})[found.affected_id]
    if not Entry.objects.filter(pk=found.entry_id, subject=facts.subject()).exists():
        raise LetterForgotten
    platform = found.affected.decision.platform
    return Letter(
        facts=facts,
        address=text,
        platform_name=platform.name,
        time_zone=platform.time_zone,
        incident_published=found.affected.incident.published_at is not None,
        is_overtaken=is_overtaken(facts),
        subject=facts.subject(),
    )


def document(letter: Letter) -> dict[str, Any] | None:
    """Return the content of a letter's file; None while its entry waits for its place (at most 5 s)."""
    proof = ledger.proof(letter.subject)
    return letter_file.document(letter.facts, proof, ledger.public_key_hex()) if proof is not None else None


def check(text: str) -> Checked:
    """Check a file's text as a letter of this deployment."""
    return letter_file.check(text, public_key=ledger.public_key_hex(), origin=signing.origin())


def is_overtaken(facts: Facts) -> bool:
    """Return whether a later decision took the place of the one by which a letter puts things right."""
    return Decision.objects.filter(supersedes__case_code=facts.reversal).exists()


def facts_of(handles: Mapping[int, bytes]) -> dict[int, Facts]:
    """Return what the letters with these handles say, by the affected rows they are for.

    Every row has an answer. A handle whose key was destroyed is empty, as is one that no platform told.
    """
    rows = Affected.objects.filter(pk__in=list(handles), answer__isnull=False).order_by("pk")
    found = [_Source(*row) for row in rows.values_list(*_COLUMNS)]
    accounts = _accounts(handles)
    actions = _actions(each.decision_id for each in found)
    return {
        each.pk: _facts(each, handles[each.pk], accounts.get(each.pk, ""), actions[each.decision_id])
        for each in found
    }


def _facts(source: _Source, handle: bytes, account: str, actions: Iterable[str]) -> Facts:
    return Facts(
        number=handle.hex(),
        account=account,
        platform=source.platform,
        decision=source.decision,
        decided_at=written_time(source.decided_at),
        actions=tuple(sorted(set(actions))),
        reversal=source.reversal,
        reversed_at=written_time(source.reversed_at),
        incident=source.incident,
    )


def _accounts(affected_ids: Iterable[int]) -> dict[int, str]:
    rows = AccountRecord.objects.filter(pk__in=list(affected_ids))
    return {pk: _account(ref, before) for pk, ref, before in rows.values_list("pk", "key_ref", "before")}


def _account(key_ref: str, before: bytes | memoryview) -> str:
    try:
        told = json.loads(vault.unseal_bytes(key_ref, BEFORE_FIELD, before).reveal())
    except Destroyed:
        return ""
    handle = str(told.get("handle") or "")
    return handle.encode(errors="replace").decode()[:MAX_TEXT]


def _actions(decisions: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    rows = Action.objects.filter(decision__in=list(decisions))
    for decision_id, kind in rows.values_list("decision_id", "kind"):
        found[decision_id].append(kind)
    return found


def _handle(text: str) -> bytes:
    if len(text) != ADDRESS_LETTERS:
        return b""
    try:
        data = base64.b64decode(text + "==", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
    # 16 bytes leave spare bits in the last letter; only the spelling that we make is valid
    return data if base64.urlsafe_b64encode(data).decode().rstrip("=") == text else b""
