"""Everything that changes decisions, restrictions, strikes and deliveries.

Only ``journeys.decide`` records decisions; the functions here are its parts, each called inside its
one transaction, on item states that :func:`lock_states` has locked in id order.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from sinmungo.apps.base import rows
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
from sinmungo.apps.enforcement.restrictions import Key, StandingAction, Window
from sinmungo.apps.items.models import Item
from sinmungo.apps.ledger import services as ledger
from sinmungo.core.kernel.words import ActionKind, PublicState

#: Deliveries in these states wait for a person to look at them.
GIVEN_UP = (Delivery.State.GONE, Delivery.State.REFUSED, Delivery.State.DEAD)
_RESTRICTION_CONFLICT = """ON CONFLICT (item_id, kind, territory) DO UPDATE SET standing = excluded.standing,
    begins = excluded.begins, ends = excluded.ends, version = excluded.version"""

_RESTRICTION = ("item_id", "kind", "territory", "standing", "begins", "ends", "version")
_EXPIRY = ("item_id", "due_at", "attempts", "last_error")
_DELIVERY = ("item_id", "platform_id", "version", "state", "due_at", "attempts", "last_error")


def lock_states(item_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, ItemState]:
    """Lock the states of items in id order, making the missing ones; call inside a transaction."""
    wanted = sorted(set(item_ids))
    locked = ItemState.objects.filter(item_id__in=wanted).order_by("item_id").select_for_update()
    found = {row.item_id: row for row in locked}
    missing = [key for key in wanted if key not in found]
    if missing:
        made = [ItemState(item_id=key) for key in missing]
        rows.insert(made, conflict="ON CONFLICT DO NOTHING")
        if not connection.features.has_select_for_update:
            # the one writer of this database: nobody else can have made them meanwhile
            found |= {state.item_id: state for state in made}
        else:
            found = {row.item_id: row for row in locked.all()}
    return {key: found[key] for key in wanted}


def record(decisions: Sequence[Decision], actions: Sequence[Action], strikes: Sequence[Strike]) -> None:
    """Write decisions with their actions and strikes."""
    rows.insert(decisions)
    rows.insert(actions)
    rows.insert(strikes)


def remove_strikes(superseded: Sequence[uuid.UUID], *, at: datetime) -> int:
    """Take away the strikes that came with these decisions; returns how many."""
    if not superseded:
        return 0
    return Strike.objects.filter(decision_id__in=superseded, removed_at__isnull=True).update(removed_at=at)


def recompute(
    states: Mapping[uuid.UUID, ItemState],
    *,
    at: datetime,
    deliver: frozenset[uuid.UUID],
    tell: frozenset[uuid.UUID] = frozenset(),
    decided: frozenset[uuid.UUID] = frozenset(),
) -> list[ItemState]:
    """Compute the wanted state of locked items anew; returns those with a new version.

    An item in ``tell`` gets a new version even when nothing else changed, because its person must
    read a new statement; one in ``decided`` does too, so that whoever had not seen that decision
    meets a conflict. An item in ``deliver`` gets a delivery if there is news for its platform.
    """
    standing = queries.standing_actions(states)
    present = _present(states)
    moved: list[ItemState] = []
    news: list[ItemState] = []
    changes: list[tuple[Any, ...]] = []
    for item_id, state in states.items():
        actions = standing.get(item_id, ())
        wanted = restrictions.wanted(actions, at)
        before = {k: Window(r.begins, r.ends) for k, r in present.get(item_id, {}).items() if r.standing}
        public = restrictions.public_state(actions, at, PublicState(state.public_state))
        is_news = wanted != before or public != state.public_state or item_id in tell
        if not is_news and item_id not in decided:
            continue
        state.version += 1
        state.public_state = public
        moved.append(state)
        changes.extend(_rows(state, wanted, present.get(item_id, {})))
        if is_news and item_id in deliver:
            news.append(state)
    rows.update(moved, columns=["version", "public_state"])
    rows.insert_values(Restriction, _RESTRICTION, changes, conflict=_RESTRICTION_CONFLICT)
    _promise_expiries({state.item_id: standing.get(state.item_id, ()) for state in moved}, at)
    _promise_deliveries(news, at)
    return moved


def _present(item_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[Key, Restriction]]:
    found: dict[uuid.UUID, dict[Key, Restriction]] = {}
    for row in Restriction.objects.filter(item_id__in=list(item_ids)):
        found.setdefault(row.item_id, {})[ActionKind(row.kind), row.territory] = row
    return found


def _rows(
    state: ItemState, wanted: Mapping[Key, Window], present: Mapping[Key, Restriction]
) -> Iterator[tuple[Any, ...]]:
    """Yield the values of the restrictions that stand, and of those that no longer do."""
    item_id, version = state.item_id, state.version
    for (kind, territory), window in wanted.items():
        yield item_id, kind, territory, True, window.begins, window.ends, version
    for key, row in present.items():
        if row.standing and key not in wanted:
            yield item_id, row.kind, row.territory, False, row.begins, row.ends, version


def _promise_expiries(standing: Mapping[uuid.UUID, Iterable[StandingAction]], at: datetime) -> None:
    """Promise to look again when any action ends, for its end may also change what everybody sees."""
    ends = {
        (item_id, action.window.ends)
        for item_id, actions in standing.items()
        for action in actions
        if action.window.ends is not None and action.window.ends > at and not action.leaves_nothing
    }
    promised = [(item_id, end, 0, "") for item_id, end in sorted(ends)]
    rows.insert_values(Expiry, _EXPIRY, promised, conflict="ON CONFLICT DO NOTHING")


def _promise_deliveries(states: Sequence[ItemState], at: datetime) -> None:
    platforms = dict(
        Item.objects.filter(pk__in=[state.item_id for state in states]).values_list("id", "platform_id")
    )
    promised = [
        (state.item_id, platforms[state.item_id], state.version, Delivery.State.WAITING, at, 0, "")
        for state in states
    ]
    rows.insert_values(Delivery, _DELIVERY, promised)


@transaction.atomic
def retry_deliveries(*, ids: Sequence[int], actor: Actor, at: datetime) -> int:
    """Send again what was given up: a new version of the same state, so that it is news to the platform.

    Returns how many items will be told again; what another has sent again meanwhile is left alone.
    """
    given_up = Delivery.objects.filter(pk__in=ids, state__in=GIVEN_UP)
    states = lock_states(given_up.values_list("item_id", flat=True))
    still = frozenset(given_up.values_list("item_id", flat=True))
    again = {item_id: state for item_id, state in states.items() if item_id in still}
    recompute(again, at=at, tell=still, deliver=still)
    given_up.update(state=Delivery.State.OLDER)
    ledger.record(
        [
            ledger.NewEntry(
                "enforcement.delivery.retried",
                f"item:{item_id.hex}",
                actor,
                {"version": again[item_id].version},
            )
            for item_id in sorted(still)
        ],
        at=at,
    )
    return len(still)
