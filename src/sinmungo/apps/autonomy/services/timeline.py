"""An incident's row under its lock, its timeline, and the seal of what people write about it.

Whatever is done in an incident goes through :func:`enter`, which writes the line of the timeline and the
ledger's entry together. Words stand sealed in the timeline and never in the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sinmungo.apps.autonomy.errors_incidents import IncidentChanged, IncidentOver, IncidentWords
from sinmungo.apps.autonomy.models import Incident, IncidentEntry
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.ledger.kinds import Plain
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.vault import services as vault
from sinmungo.core.text.identifiers import mask_identifiers

MAX_WORDS = 4000
OVER = frozenset({Incident.State.CLOSED, Incident.State.FALSE_ALARM})


def subject(incident: Incident) -> str:
    """Return how the ledger names an incident."""
    return f"incident:{incident.code}"


def locked(incident: Incident, version: int | None = None) -> Incident:
    """Return an incident's row under its lock, inside the caller's transaction.

    Raises IncidentChanged unless ``version`` (if given) is still its version, and IncidentOver when it is.
    """
    row = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    if version is not None and row.version != version:
        raise IncidentChanged
    if row.state in OVER:
        raise IncidentOver
    return row


def moved(row: Incident, **changes: Any) -> Incident:
    """Write changes of an incident that is locked; whoever had it open before will be told."""
    for name, value in changes.items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=[*changes, "version"])
    return row


def enter(
    *,
    incident: Incident,
    kind: str,
    actor: Actor,
    at: datetime,
    facts: Mapping[str, Plain] | None = None,
    words: bytes = b"",
) -> IncidentEntry:
    """Write a line of the timeline and its entry in the ledger, inside the caller's transaction.

    ``facts`` stand in both, so they hold no personal data; ``words`` are sealed (see :func:`sealed`).
    """
    known = dict(facts or {})
    line = IncidentEntry.objects.create(
        incident=incident, kind=kind, facts=known, words=words, by=str(actor), at=at
    )
    record([NewEntry(f"autonomy.incident.{kind}", subject(incident), actor, known)], at=at)
    return line


def written(words: str, limit: int = MAX_WORDS) -> str:
    """Return words as they are kept: trimmed, their identifiers masked. Raises IncidentWords."""
    said = words.replace("\r\n", "\n").strip()
    if not 0 < len(said) <= limit or "\0" in said:
        raise IncidentWords(limit=limit)
    return mask_identifiers(said).text


def sealed(ref: str, field: str, words: str) -> bytes:
    """Return ``words`` sealed under a key that is made if need be; call it before the transaction.

    The transaction that keeps them calls ``vault.register``.
    """
    vault.ensure([ref])
    return vault.seal(ref, field, words)
