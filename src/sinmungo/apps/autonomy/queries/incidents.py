"""What others read of incidents: their numbers and the proof of them, and which decisions they hold."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, Min, Q

from sinmungo.apps.autonomy.models import Affected, Incident
from sinmungo.apps.base import clock
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.ledger import queries as ledger
from sinmungo.apps.ledger.kinds import Plain

__all__ = ["COUNTS_KIND", "Counts", "WrittenCounts", "automations_of", "counts", "epochs_of"]
__all__ += ["of_decision", "proof", "published", "to_the_hour", "written_counts"]

COUNTS_KIND = "autonomy.incident.counts"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many decisions an incident holds and what became of them, at a moment.

    ``affected`` is the sum of the others. ``oldest_waiting`` is when the decision was made that has waited
    longest.
    """

    affected: int
    restored: int
    upheld: int
    waiting: int
    already: int
    left_out: int
    impossible: int
    oldest_waiting: datetime | None
    at: datetime

    def body(self) -> dict[str, Plain]:
        """Return the numbers as the ledger keeps them; the entry itself has the time.

        The public may read the entry, so it tells the hour of the oldest: its second would point at somebody.
        """
        oldest = to_the_hour(self.oldest_waiting)
        return {
            "affected": self.affected,
            "restored": self.restored,
            "upheld": self.upheld,
            "waiting": self.waiting,
            "already": self.already,
            "left_out": self.left_out,
            "impossible": self.impossible,
            "oldest_waiting": oldest.astimezone(UTC).isoformat(timespec="seconds") if oldest else "",
        }


@dataclass(frozen=True, slots=True)
class WrittenCounts:
    """Numbers as they stand in the ledger, and since when."""

    body: Mapping[str, Plain]
    at: datetime


def to_the_hour(at: datetime | None) -> datetime | None:
    """Return the hour of a moment, as the public reads it."""
    return at.replace(minute=0, second=0, microsecond=0) if at is not None else None


def counts(incident: Incident) -> Counts:
    """Return an incident's numbers of now, in one query."""
    state = Affected.State
    waiting = Q(state=state.WAITING)
    found = Affected.objects.filter(incident=incident).aggregate(
        affected=Count("pk"),
        **{str(each): Count("pk", filter=Q(state=each)) for each in state},
        oldest_waiting=Min("decision__made_at", filter=waiting),
    )
    return Counts(**found, at=clock.now())


def automations_of(incident: Incident) -> list[uuid.UUID]:
    """Return the ids of the automations that an incident is about."""
    return [uuid.UUID(hex=each) for each in incident.evidence.get("automations", [])]


def epochs_of(incident: Incident) -> list[uuid.UUID]:
    """Return the ids of their epochs in which it looks for who is affected."""
    return [uuid.UUID(hex=each) for each in incident.evidence.get("epochs", [])]


def of_decision(decision: Decision) -> list[Affected]:
    """Return where a decision is part of an incident, the newest incident first."""
    rows = Affected.objects.filter(decision=decision).select_related("incident__platform", "answer")
    return list(rows.order_by("-incident__opened_at"))


def published() -> list[Incident]:
    """Return the incidents that the public may read of, the newest first."""
    rows = Incident.objects.filter(published_at__isnull=False).select_related("platform")
    return list(rows.order_by("-published_at"))


def written_counts(incident: Incident) -> WrittenCounts | None:
    """Return the numbers that the ledger keeps of an incident, the latest."""
    entry = ledger.latest(f"incident:{incident.code}", COUNTS_KIND)
    return WrittenCounts(json.loads(entry.body), entry.at) if entry else None


def proof(incident: Incident) -> ledger.Proof | None:
    """Return the proof that the latest numbers stand in the ledger; None until they have their place."""
    entry = ledger.latest(f"incident:{incident.code}", COUNTS_KIND)
    return ledger.proof_of(entry) if entry else None
