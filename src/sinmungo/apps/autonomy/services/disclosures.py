"""Others who were told of a decision, and telling them when it turns out to have been wrong.

Until a decision is taken back its correction lies in the far future; then it falls due and stays owed
until the platform says that it was passed on.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from sinmungo.apps.autonomy.models import Disclosure
from sinmungo.apps.base import promise, rows
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.ledger.services import NewEntry
from sinmungo.apps.ledger.services import record as record_entries
from sinmungo.apps.vault import services as vault

REFERENCE_FIELD = "autonomy_disclosure.reference"
NEVER_YET = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class NewDisclosure:
    """That somebody was told: of which decision, who (never a private person), under what reference."""

    decision_id: uuid.UUID
    party: str
    party_name: str
    reference: str
    key_ref: str
    told_at: datetime


def sealed(told: Sequence[NewDisclosure]) -> list[Disclosure]:
    """Return the rows with their references sealed, under keys that exist; call it before the transaction."""
    references = [(each.key_ref, REFERENCE_FIELD, each.reference.encode()) for each in told]
    return [
        Disclosure(
            decision_id=each.decision_id,
            party=each.party,
            party_name=each.party_name,
            reference=reference,
            key_ref=each.key_ref,
            told_at=each.told_at,
            due_at=NEVER_YET,
        )
        for each, reference in zip(told, vault.seal_many(references), strict=True)
    ]


def record(made: Sequence[Disclosure]) -> None:
    """Write rows that are not there yet, inside the caller's transaction."""
    known = set(
        Disclosure.objects.filter(decision__in=[each.decision_id for each in made]).values_list(
            "decision_id", "party", "party_name", "told_at"
        )
    )
    rows.insert([e for e in made if (e.decision_id, e.party, e.party_name, e.told_at) not in known])


def owe(*, decisions: Collection[uuid.UUID], at: datetime) -> int:
    """Owe the correction to whoever was told of these decisions; returns how many are owed from now on."""
    told = Disclosure.objects.filter(decision__in=list(decisions), corrected_at__isnull=True)
    return told.filter(due_at=NEVER_YET).update(due_at=at)


@transaction.atomic
def corrected(*, made: Sequence[Disclosure], actor: Actor, at: datetime) -> None:
    """Write down that these were told that the decision was wrong; twice changes nothing."""
    open_ones = Disclosure.objects.select_for_update(of=("self",)).select_related("decision")
    still = list(
        open_ones.filter(pk__in=[each.pk for each in made], corrected_at__isnull=True).order_by("pk")
    )
    Disclosure.objects.filter(pk__in=[each.pk for each in still]).update(corrected_at=at)
    promise.kept(still, now=at)
    entries = [
        NewEntry(
            "autonomy.disclosure.corrected",
            f"decision:{each.decision.case_code}",
            actor,
            {"party": str(each.party)},
        )
        for each in still
    ]
    record_entries(entries, at=at)
