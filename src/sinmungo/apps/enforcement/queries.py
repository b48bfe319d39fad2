"""What others read of decisions and of the wanted state."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q, QuerySet, Sum

from sinmungo.apps.base.keyset import Page, page
from sinmungo.apps.enforcement.models import Action, Decision, Delivery, ItemState, Restriction, Strike
from sinmungo.apps.enforcement.restrictions import StandingAction, Window
from sinmungo.apps.items.models import Item
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.vault import queries as vault
from sinmungo.core.kernel.words import ActionKind, Automated

_FOR_A_PERSON = (Delivery.State.GONE, Delivery.State.REFUSED, Delivery.State.DEAD)
FACTS_FIELD = "enforcement_decision.facts"


@dataclass(frozen=True, slots=True)
class WantedState:
    """An item's whole wanted state as its platform must hold it."""

    item: Item
    version: int
    public_state: str
    restrictions: tuple[Restriction, ...]


def facts_of(decision: Decision) -> str:
    """Return the sentence about what was found, opened from its seal."""
    return vault.unseal(decision.key_ref, FACTS_FIELD, bytes(decision.facts)).reveal()


def state_version(item: Item) -> int:
    """Return the version of the item's wanted state; 0 when nothing was ever decided."""
    return ItemState.objects.filter(item=item).values_list("version", flat=True).first() or 0


def wanted_state(item_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, WantedState]:
    """Return the wanted state of each item that has one."""
    states = ItemState.objects.filter(item_id__in=list(item_ids)).select_related("item__platform")
    standing: dict[uuid.UUID, list[Restriction]] = {}
    rows = Restriction.objects.filter(item_id__in=[state.item_id for state in states], standing=True)
    for row in rows.order_by("kind", "territory"):
        standing.setdefault(row.item_id, []).append(row)
    return {
        state.item_id: WantedState(
            state.item, state.version, state.public_state, tuple(standing.get(state.item_id, ()))
        )
        for state in states
    }


def standing_actions(item_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[StandingAction]]:
    """Return the actions of every decision that nothing has superseded, by item."""
    rows = Action.objects.filter(item_id__in=list(item_ids), decision__superseded_by__isnull=True)
    found: dict[uuid.UUID, list[StandingAction]] = {}
    columns = ("item_id", "kind", "territory", "begins", "ends", "decision__automated")
    for item_id, kind, territory, begins, ends, automated in rows.values_list(*columns):
        action = StandingAction(
            ActionKind(kind), territory, Window(begins, ends), automated == Automated.FULLY
        )
        found.setdefault(item_id, []).append(action)
    return found


def standing_decisions(item: Item) -> list[Decision]:
    """Return the decisions on an item that nothing has superseded, newest first."""
    rows = Decision.objects.filter(item=item, superseded_by__isnull=True)
    return list(rows.prefetch_related("actions").order_by("-made_at"))


def by_case_code(case_code: str) -> Decision | None:
    """Return the decision with this code."""
    return Decision.objects.filter(case_code=case_code).select_related("item", "platform").first()


def history_of(account: Item, limit: int = 20) -> list[Decision]:
    """Return the latest decisions on an account and on what it posted, newest first."""
    posted = Item.objects.filter(author=account).values("id")
    rows = Decision.objects.filter(Q(item=account) | Q(item_id__in=posted))
    return list(rows.select_related("item").prefetch_related("actions").order_by("-made_at")[:limit])


def active_strikes(account: Item, at: datetime) -> list[Strike]:
    """Return the strikes that count at ``at``."""
    return list(
        Strike.objects.filter(account=account, removed_at__isnull=True, expires_at__gt=at).order_by(
            "expires_at"
        )
    )


def strike_weights(account_ids: Sequence[uuid.UUID], at: datetime) -> dict[uuid.UUID, int]:
    """Return the summed weight of counting strikes by account."""
    rows = Strike.objects.filter(account_id__in=account_ids, removed_at__isnull=True, expires_at__gt=at)
    return dict(rows.values_list("account_id").annotate(total=Sum("weight")))


def decided_before(account_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """Return when each account last had a violation that stands."""
    rows = Decision.objects.filter(
        item__author_id__in=account_ids, violation=True, superseded_by__isnull=True
    )
    return dict(rows.values_list("item__author_id").annotate(last=Max("made_at")))


def retriable(*, seen_by: User) -> QuerySet[Delivery]:
    """Return the deliveries that ``seen_by`` may send again."""
    staff.require(seen_by, Permission.RETRY_DELIVERIES)
    rows = Delivery.objects.filter(state__in=_FOR_A_PERSON)
    platforms = staff.platforms_where(seen_by, Permission.RETRY_DELIVERIES)
    return rows if platforms is None else rows.filter(platform_id__in=platforms)


def dead_deliveries(*, seen_by: User, limit: int = 50, after: str = "") -> Page[Delivery]:
    """Return deliveries that a person must look at, on their platforms: gone, refused, or given up."""
    rows = retriable(seen_by=seen_by).select_related("item", "platform")
    return page(rows, order=("-id",), after=after, limit=limit)
