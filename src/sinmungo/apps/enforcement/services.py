"""Everything that changes decisions, restrictions, strikes and deliveries.

Only ``journeys.decide`` records decisions; the functions here are its parts, each called inside its
one transaction, on item states that :func:`lock_states` has locked in id order.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement import queries, restrictions
from sinmungo.apps.enforcement.models import (
    Action,
    Decision,
    Delivery,
    Expiry,
    ItemState,
    Restriction,
    Strike,
)
from sinmungo.apps.enforcement.restrictions import Key, Window
from sinmungo.apps.items.models import Item
from sinmungo.apps.ledger import services as ledger
from sinmungo.core.kernel.words import ActionKind, PublicState


#: Deliveries in these states wait for a person to look at them.
GIVEN_UP = (Delivery.State.GONE, Delivery.State.REFUSED, Delivery.State.DEAD)


def lock_states(item_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, ItemState]:
    """Lock the states of items in id order, making the missing ones; call inside a transaction."""
    wanted = sorted(set(item_ids))
    rows = ItemState.objects.filter(item_id__in=wanted).order_by("item_id")
    found = {row.item_id: row for row in rows}
    missing = [key for key in wanted if key not in found]
    if missing:
        ItemState.objects.bulk_create([ItemState(item_id=key) for key in missing], ignore_conflicts=True)
    if missing or connection.features.has_select_for_update:
        found = {row.item_id: row for row in rows.all().select_for_update()}
    return found


def record(decisions: Sequence[Decision], actions: Sequence[Action], strikes: Sequence[Strike]) -> None:
    """Write decisions with their actions and strikes."""
    Decision.objects.bulk_create(decisions)
    Action.objects.bulk_create(actions)
    Strike.objects.bulk_create(strikes)


def remove_strikes(superseded: Sequence[uuid.UUID], *, at: datetime) -> int:
    """Take away the strikes that came with these decisions; returns how many."""
    return Strike.objects.filter(decision_id__in=superseded, removed_at__isnull=True).update(removed_at=at)


def recompute(
    states: Mapping[uuid.UUID, ItemState],
    *,
    at: datetime,
    tell: frozenset[uuid.UUID],
    deliver: frozenset[uuid.UUID],
) -> list[ItemState]:
    """Compute the wanted state of locked items anew; returns those with a new version.

    An item in ``tell`` gets a new version even when nothing else changed, because its person must
    read a new statement. An item in ``deliver`` gets a delivery with the new version.
    """
    standing = queries.standing_actions(states)
    rows: dict[uuid.UUID, dict[Key, Restriction]] = {}
    for row in Restriction.objects.filter(item_id__in=list(states)):
        rows.setdefault(row.item_id, {})[ActionKind(row.kind), row.territory] = row
    moved: list[ItemState] = []
    upserts: list[Restriction] = []
    for item_id, state in states.items():
        wanted = restrictions.wanted(standing.get(item_id, ()), at)
        present = rows.get(item_id, {})
        before = {key: Window(r.begins, r.ends) for key, r in present.items() if r.standing}
        public = restrictions.public_state(standing.get(item_id, ()), at, PublicState(state.public_state))
        differs = restrictions.changed(wanted, before) or public != state.public_state
        if not differs and item_id not in tell:
            continue
        state.version += 1
        state.public_state = public
        moved.append(state)
        upserts.extend(_rows(state, wanted, present))
    _write(moved, upserts, at=at, deliver=deliver)
    return moved


def _rows(
    state: ItemState, wanted: Mapping[Key, Window], present: Mapping[Key, Restriction]
) -> Iterable[Restriction]:
    for (kind, territory), window in wanted.items():
        yield Restriction(
            item_id=state.item_id,
            kind=kind,
            territory=territory,
            standing=True,
            begins=window.begins,
            ends=window.ends,
            version=state.version,
        )
    for key, row in present.items():
        if row.standing and key not in wanted:
            yield Restriction(
                item_id=state.item_id,
                kind=row.kind,
                territory=row.territory,
                standing=False,
                begins=row.begins,
                ends=row.ends,
                version=state.version,
            )


def _write(
    moved: Sequence[ItemState],
    upserts: Sequence[Restriction],
    *,
    at: datetime,
    deliver: frozenset[uuid.UUID],
) -> None:
    if not moved:
        return
    ItemState.objects.bulk_create(
        moved,
        update_conflicts=True,
        unique_fields=["item"],
        update_fields=["version", "public_state"],
    )
    if upserts:
        Restriction.objects.bulk_create(
            upserts,
            update_conflicts=True,
            unique_fields=["item", "kind", "territory"],
            update_fields=["standing", "begins", "ends", "version"],
        )
    ends = {(row.item_id, row.ends) for row in upserts if row.standing and row.ends is not None}
    if ends:
        Expiry.objects.bulk_create(
            [Expiry(item_id=item_id, due_at=end) for item_id, end in ends], ignore_conflicts=True
        )
    platforms = dict(
        Item.objects.filter(pk__in=[state.item_id for state in moved]).values_list("id", "platform_id")
    )
    Delivery.objects.bulk_create(
        [
            Delivery(
                item_id=state.item_id,
                platform_id=platforms[state.item_id],
                version=state.version,
                due_at=at,
            )
            for state in moved
            if state.item_id in deliver
        ]
    )


@transaction.atomic
def retry_deliveries(*, ids: Sequence[int], actor: Actor, at: datetime) -> int:
    """Send again what was given up: a new version of the same state, so that it is news to the platform.

    Returns how many items will be told again.
    """
    rows = Delivery.objects.filter(pk__in=ids, state__in=GIVEN_UP)
    item_ids = frozenset(rows.values_list("item_id", flat=True))
    states = lock_states(item_ids)
    recompute(states, at=at, tell=item_ids, deliver=item_ids)
    rows.update(state=Delivery.State.OLDER)
    ledger.record(
        [
            ledger.NewEntry("enforcement.delivery.retried", f"item:{item_id.hex}", actor, {})
            for item_id in sorted(item_ids)
        ],
        at=at,
    )
    return len(item_ids)
