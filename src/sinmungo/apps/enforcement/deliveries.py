"""What becomes of deliveries: confirmed, to be tried again, or left for a person to look at."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from sinmungo.apps.base import promise
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement.models import Delivery, ItemState
from sinmungo.apps.ledger import services as ledger

#: About a day of retries; then a person looks.
MAX_ATTEMPTS = 30

_CONFIRMED = frozenset({Delivery.State.DONE, Delivery.State.ALREADY, Delivery.State.OLDER})


@dataclass(frozen=True, slots=True)
class Answered:
    """What a platform answered for one item: the version it was sent and what it did with it."""

    item_id: uuid.UUID
    version: int
    state: str
    shown_at: datetime | None


@transaction.atomic
def settle(*, answers: Sequence[Answered], actor: Actor, at: datetime) -> None:
    """Write down a platform's answers: every delivery up to the version sent is answered with it."""
    for answer in answers:
        rows = Delivery.objects.filter(
            item_id=answer.item_id, version__lte=answer.version, state=Delivery.State.WAITING
        )
        rows.update(
            state=answer.state, shown_at=answer.shown_at, done_at=at, claimed_until=None, last_error=""
        )
        if answer.state in _CONFIRMED:
            ItemState.objects.filter(item_id=answer.item_id, confirmed__lt=answer.version).filter(
                version__gte=answer.version
            ).update(confirmed=answer.version, confirmed_at=at)
    ledger.record([_entry(answer, actor) for answer in answers], at=at)


def _entry(answer: Answered, actor: Actor) -> ledger.NewEntry:
    body = {"version": answer.version, "state": str(answer.state)}
    return ledger.NewEntry("enforcement.delivery.answered", f"item:{answer.item_id.hex}", actor, body)


def put_off(*, rows: Sequence[Delivery], error: str, at: datetime) -> None:
    """Try these again later and later; after about a day they wait for a person instead."""
    for row in rows:
        if row.attempts >= MAX_ATTEMPTS:
            Delivery.objects.filter(pk=row.pk, done_at__isnull=True).update(
                state=Delivery.State.DEAD, done_at=at, claimed_until=None, last_error=error
            )
        else:
            promise.failed(row, now=at, error=error)


def superseded(*, rows: Sequence[Delivery], at: datetime) -> list[Delivery]:
    """Settle deliveries whose version the platform has confirmed already; returns the others."""
    confirmed = {
        (item_id, version)
        for item_id, version in Delivery.objects.filter(
            Q(pk__in=[row.pk for row in rows]), item__state__confirmed__gte=F("version")
        ).values_list("item_id", "version")
    }
    over = [row for row in rows if (row.item_id, row.version) in confirmed]
    Delivery.objects.filter(pk__in=[row.pk for row in over]).update(
        state=Delivery.State.ALREADY, done_at=at, claimed_until=None
    )
    return [row for row in rows if (row.item_id, row.version) not in confirmed]
