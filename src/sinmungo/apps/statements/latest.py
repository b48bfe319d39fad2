"""Which statement travels with an item's state: the newest about what stands there, else the newest."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from sinmungo.apps.enforcement.models import Action, Decision
from sinmungo.apps.statements.models import Statement
from sinmungo.core.kernel.words import WITHOUT_RESTRICTION


def latest_for(item_ids: Iterable[uuid.UUID], *, at: datetime) -> dict[uuid.UUID, Statement]:
    """Return for each item the statement its person must find there.

    While something restricts the item, that is the newest statement about a restriction that stands:
    when one of two grounds is overturned, the lock screen goes on telling of the other. Otherwise it is
    the newest about the item. A removed post's statement is not shown on the account's lock screen
    unless the same decision also acted on the account, or replaced one that did.
    """
    wanted = set(item_ids)
    acted_on = _items_by_decision(wanted)
    standing = _standing(wanted, at)
    # two steps by index: one query over all joins reads every statement there is
    rows = Statement.objects.filter(audience=Statement.Audience.AFFECTED).filter(
        Q(item_id__in=wanted) | Q(decision_id__in=list(acted_on))
    )
    best: dict[uuid.UUID, tuple[bool, uuid.UUID]] = {}
    for statement_id, own, decision_id in rows.order_by("made_at", "id").values_list(
        "id", "item_id", "decision_id"
    ):
        for item_id in wanted.intersection({own} | acted_on.get(decision_id, set())):
            stands = (decision_id, item_id) in standing
            if item_id not in best or stands >= best[item_id][0]:
                best[item_id] = (stands, statement_id)
    statements = Statement.objects.select_related("decision").in_bulk({found for _, found in best.values()})
    return {item_id: statements[found] for item_id, (_, found) in best.items()}


def _standing(item_ids: set[uuid.UUID], at: datetime) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """Return (decision, item) for every restriction of the items that stands at ``at``."""
    rows = Action.objects.filter(item_id__in=item_ids, decision__superseded_by__isnull=True).filter(
        Q(ends__isnull=True) | Q(ends__gt=at)
    )
    return set(rows.exclude(kind__in=WITHOUT_RESTRICTION).values_list("decision_id", "item_id"))


def _items_by_decision(item_ids: set[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Return which of the items each decision acted on, itself or through the one it replaced."""
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    actions = Action.objects.filter(item_id__in=item_ids)
    for item_id, decision_id in actions.values_list("item_id", "decision_id"):
        found.setdefault(decision_id, set()).add(item_id)
    replacing = Decision.objects.filter(supersedes_id__in=list(found)).values_list("id", "supersedes_id")
    for decision_id, replaced in list(replacing):
        found.setdefault(decision_id, set()).update(found[replaced] if replaced is not None else ())
    return found
