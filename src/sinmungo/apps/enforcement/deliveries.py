"""What becomes of deliveries: confirmed, to be tried again, or left for a person to look at."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from sinmungo.apps.base import promise
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement.models import Delivery, ItemState
from sinmungo.apps.ledger import services as ledger

#: About a day of retries; then a person looks.
MAX_ATTEMPTS = 30
#: What does not pass by itself is tried for about two minutes, in case the platform is just being
#: renewed; then a person looks.
FEW_ATTEMPTS = 5

_CONFIRMED = frozenset({Delivery.State.DONE, Delivery.State.ALREADY, Delivery.State.OLDER})
_GIVEN_UP = (Delivery.State.GONE, Delivery.State.REFUSED, Delivery.State.DEAD)
#: A platform says that it holds a newer state than there is: its memory is not of this database.
AHEAD = "webhook.platform_is_ahead"


@dataclass(frozen=True, slots=True)
class Answered:
    """What a platform answered for one item: the version it was sent and what it did with it."""

    item_id: uuid.UUID
    version: int
    state: str
    shown_at: datetime | None


@transaction.atomic
def settle(*, answers: Sequence[Answered], actor: Actor, at: datetime) -> None:
    """Write down a platform's answers: every delivery up to the version sent is answered with it.

    "Older" is an answer only while something newer is wanted here; else the platform remembers another
    database, and a person must look.
    """
    versions = dict(
        ItemState.objects.filter(item_id__in=[answer.item_id for answer in answers])
        .order_by("item_id")
        .select_for_update()
        .values_list("item_id", "version")
    )
    for alike, item_ids in _alike(answers, versions).items():
        _settle(alike, item_ids, at)
    ledger.record([_entry(answer, actor) for answer in answers], at=at)


class _Alike(NamedTuple):
    """What the answers of many items have in common, so that they are written down together."""

    version: int
    state: str
    error: str
    shown_at: datetime | None


def _alike(answers: Sequence[Answered], versions: Mapping[uuid.UUID, int]) -> dict[_Alike, list[uuid.UUID]]:
    found: dict[_Alike, list[uuid.UUID]] = {}
    for answer in answers:
        state, error = str(answer.state), ""
        if state == Delivery.State.OLDER and versions[answer.item_id] <= answer.version:
            state, error = Delivery.State.DEAD, AHEAD
        key = _Alike(answer.version, state, error, answer.shown_at)
        found.setdefault(key, []).append(answer.item_id)
    return found


def _settle(alike: _Alike, item_ids: Sequence[uuid.UUID], at: datetime) -> None:
    rows = Delivery.objects.filter(item_id__in=item_ids, version__lte=alike.version)
    rows.filter(state=Delivery.State.WAITING).update(
        state=alike.state, shown_at=alike.shown_at, done_at=at, claimed_until=None, last_error=alike.error
    )
    if alike.state not in _CONFIRMED:
        return
    # what was given up before is answered too: nobody needs to look at it any more
    rows.filter(state__in=_GIVEN_UP).update(state=Delivery.State.OLDER)
    ItemState.objects.filter(item_id__in=item_ids, confirmed__lt=alike.version).update(
        confirmed=alike.version, confirmed_at=at
    )


def _entry(answer: Answered, actor: Actor) -> ledger.NewEntry:
    return ledger.NewEntry(
        "enforcement.delivery.answered",
        f"item:{answer.item_id.hex}",
        actor,
        {"version": answer.version, "state": str(answer.state)},
    )


@transaction.atomic
def put_off(*, rows: Sequence[Delivery], error: str, passing: bool, at: datetime) -> None:
    """Try these again later and later, then leave them for a person.

    ``passing`` says whether the trouble may pass by itself: then about a day goes by first.
    """
    most = MAX_ATTEMPTS if passing else FEW_ATTEMPTS
    over = [row.pk for row in rows if row.attempts >= most]
    Delivery.objects.filter(pk__in=over, done_at__isnull=True).update(
        state=Delivery.State.DEAD, done_at=at, claimed_until=None, last_error=error
    )
    for row in rows:
        if row.attempts < most:
            promise.failed(row, now=at, error=error)


def superseded(*, rows: Sequence[Delivery], at: datetime) -> list[Delivery]:
    """Settle deliveries whose version the platform has confirmed already; returns the others."""
    states = ItemState.objects.filter(item_id__in=[row.item_id for row in rows])
    confirmed = dict(states.values_list("item_id", "confirmed"))
    over = [row for row in rows if row.version <= confirmed[row.item_id]]
    Delivery.objects.filter(pk__in=[row.pk for row in over], done_at__isnull=True).update(
        state=Delivery.State.ALREADY, done_at=at, claimed_until=None
    )
    return [row for row in rows if row.version > confirmed[row.item_id]]
