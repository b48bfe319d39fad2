"""Writing clearance letters, many at once, in the transaction that puts decisions right."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import F

from sinmungo.apps.autonomy import cleared
from sinmungo.apps.autonomy.models import Affected, Clearance
from sinmungo.apps.autonomy.queries import clearances
from sinmungo.apps.base import ids, rows
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.ledger.models import Entry


def write(*, affected: Sequence[Affected], at: datetime) -> list[Clearance]:
    """Write a letter to each whose decision was taken back; call inside the restoring transaction.

    Those without an ``answer`` that finds no violation get none, nor those who have a letter. Letters say
    the account's handle as ``AccountRecord.before`` has it by then. Twice writes nothing new.
    """
    found = Affected.objects.filter(
        pk__in=[each.pk for each in affected],
        answer__supersedes=F("decision"),
        answer__violation=False,
        clearance__isnull=True,
    )
    handles = {pk: ids.new_handle() for pk in found.order_by("pk").values_list("pk", flat=True)}
    facts = clearances.facts_of(handles)
    subjects = {pk: said.subject() for pk, said in facts.items()}
    ledger.record(
        [
            ledger.NewEntry(cleared.KIND, subjects[pk], SYSTEM, said.entry_body())
            for pk, said in facts.items()
        ],
        at=at,
    )
    entries = _entry_ids(subjects.values())
    letters = [
        Clearance(affected_id=pk, handle=handle, entry_id=entries[subjects[pk]], made_at=at)
        for pk, handle in handles.items()
    ]
    rows.insert(letters)
    return letters


def _entry_ids(subjects: Iterable[str]) -> dict[str, uuid.UUID]:
    """Return the id of each letter's entry by its subject: the ledger gives ids as it writes."""
    written = Entry.objects.filter(subject__in=list(subjects))
    return dict(written.values_list("subject", "id"))
