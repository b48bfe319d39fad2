"""Who is part of an incident: one row a decision, its place in the order, and what becomes of it.

Rows join in bulk, for there may be a hundred thousand. Later ones join behind those who wait already, so
nobody's place ever gets worse.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.autonomy.models import Act, Affected, Incident
from sinmungo.apps.autonomy.queries import incidents as queries
from sinmungo.apps.autonomy.queries.restorable import OVERTURNED, REPLACED
from sinmungo.apps.autonomy.services import disclosures
from sinmungo.apps.autonomy.services.timeline import OVER
from sinmungo.apps.base import rows as base_rows
from sinmungo.apps.enforcement.models import Decision
from sinmungo.core.kernel.words import AppealOutcome, DecisionSource, ItemType

#: Decisions that join in one transaction: a second of writing. The rest join in the next ones.
PART = 20_000
#: Rows that are locked by one statement.
_AT_ONCE = 500
_COLUMNS = (
    "incident_id", "decision_id", "item_id", "account_id", "act_id",
    "place", "state", "why", "answer_id", "changed_at",
)  # fmt: skip
_FOUND = (
    "decision_id", "item_id", "decision__item__type", "decision__item__author_id",
    "decision__superseded_by__id", "decision__superseded_by__violation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one affected row: its state, the code of why, and the decision that answered it."""

    affected_id: int
    state: str
    why: str = ""
    answer_id: uuid.UUID | None = None


def set_states(*, rows: Sequence[Change], at: datetime) -> None:
    """Write what became of many, inside the caller's transaction; twice changes nothing but the time."""
    changed = [
        Affected(pk=row.affected_id, state=row.state, why=row.why, answer_id=row.answer_id, changed_at=at)
        for row in rows
    ]
    base_rows.update(changed, columns=["state", "why", "answer_id", "changed_at"])


def add_affected(incident: Incident, at: datetime, *, limit: int = PART) -> int:
    """Let up to ``limit`` decisions join that belong to the incident and are no part of it yet.

    They are what its automations did by themselves in its epochs since its onset. Returns how many joined;
    as many as ``limit`` means that there may be more. None join an incident that is over.
    """
    if not _acts_of(incident).exists():
        return 0  # an idle worker never waits for its turn to write
    with transaction.atomic():
        row = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
        if row.state in OVER:
            return 0
        found = _acts_of(row).values_list("pk", *_FOUND)[:limit]
        return _join(row, [(act, *rest) for act, *rest in found], at)


@transaction.atomic
def add_decisions(*, incident: Incident, decisions: Iterable[uuid.UUID], at: datetime) -> int:
    """Let the decisions with these ids join, whoever made them, but those that are in already."""
    Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    wanted = Decision.objects.filter(pk__in=list(decisions)).exclude(_is_in(incident, "pk"))
    columns = ("pk", *(name.removeprefix("decision__") for name in _FOUND[1:]))
    found = wanted.order_by("made_at", "pk").values_list(*columns)
    return _join(incident, [(None, *rest) for rest in found], at)


def settle(*, incident: Incident, at: datetime) -> int:
    """Write down what became of those who wait without a restoration; return of how many.

    A decision that something superseded is ALREADY; one that a person upheld on appeal, having read it, is
    UPHELD.
    """
    changes = _answered(incident)
    if not changes:
        return 0
    with transaction.atomic():
        waiting = _still_waiting([change.affected_id for change in changes])
        kept = [change for change in changes if change.affected_id in waiting]
        set_states(rows=kept, at=at)
        _owe_corrections([change.affected_id for change in kept if change.why == OVERTURNED], at)
    return len(kept)


def _owe_corrections(righted: Sequence[int], at: datetime) -> None:
    """Owe the correction to whoever had been told of a decision that an appeal has overturned."""
    for start in range(0, len(righted), _AT_ONCE):
        rows = Affected.objects.filter(pk__in=righted[start : start + _AT_ONCE])
        disclosures.owe(decisions=list(rows.values_list("decision_id", flat=True)), at=at)


def _answered(incident: Incident) -> list[Change]:
    waiting = Affected.objects.filter(incident=incident, state=Affected.State.WAITING)
    over = waiting.filter(decision__superseded_by__isnull=False).exclude(
        decision__superseded_by__source=DecisionSource.RESTORATION
    )
    columns = ("pk", "decision__superseded_by__id", "decision__superseded_by__violation")
    changes = [
        Change(pk, Affected.State.ALREADY, _why(violation=violation), answer)
        for pk, answer, violation in over.values_list(*columns)
    ]
    upheld = Appeal.objects.filter(
        decision=OuterRef("decision"),
        appellant=Appeal.Appellant.AFFECTED,
        outcome=AppealOutcome.UPHELD,
        fast=False,
    )
    stands = waiting.filter(Exists(upheld), decision__superseded_by__isnull=True)
    return changes + [
        Change(pk, Affected.State.UPHELD, "appeal") for pk in stands.values_list("pk", flat=True)
    ]


def _still_waiting(keys: Sequence[int]) -> set[int]:
    """Return those of the rows that still wait, locked: a restoration may have come first."""
    found: set[int] = set()
    for start in range(0, len(keys), _AT_ONCE):
        rows = Affected.objects.select_for_update().filter(pk__in=keys[start : start + _AT_ONCE])
        found.update(rows.filter(state=Affected.State.WAITING).order_by("pk").values_list("pk", flat=True))
    return found


def _acts_of(incident: Incident) -> QuerySet[Act]:
    done = Act.objects.filter(
        automation__in=queries.automations_of(incident),
        epoch__in=queries.epochs_of(incident),
        settled_at__gte=incident.onset_from,
        decision__isnull=False,
    )
    return done.exclude(_is_in(incident, "decision")).order_by("settled_at", "pk")


def _is_in(incident: Incident, field: str) -> Exists:
    return Exists(Affected.objects.filter(incident=incident, decision=OuterRef(field)))


def _join(incident: Incident, found: Sequence[Sequence[Any]], at: datetime) -> int:
    last = Affected.objects.filter(incident=incident).aggregate(last=Max("place"))["last"] or 0
    values = [
        (
            incident.pk,
            decision,
            item,
            item if kind == ItemType.ACCOUNT else author,
            act,
            place,
            Affected.State.ALREADY if answer else Affected.State.WAITING,
            _why(violation=violation) if answer else "",
            answer,
            at,
        )
        for place, (act, decision, item, kind, author, answer, violation) in enumerate(found, last + 1)
    ]
    base_rows.insert_values(Affected, _COLUMNS, values)
    return len(values)


def _why(*, violation: bool) -> str:
    """Return the code of what superseded a decision: another violation, or that it was none."""
    return REPLACED if violation else OVERTURNED
