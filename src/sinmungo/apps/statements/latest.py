"""Which statement travels with an item's state: the newest that concerns that very item."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Q

from sinmungo.apps.enforcement.models import Action, Decision
from sinmungo.apps.statements.models import Statement


def latest_for(item_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Statement]:
    """Return for each item the newest statement to its person about what was done to that item.

    A removed post's statement is not shown on the account's lock screen unless the same decision
    also acted on the account, or replaced one that did.
    """
    wanted = set(item_ids)
    acted_on = _items_by_decision(wanted)
    # two steps by index: one query over all joins reads every statement there is
    rows = Statement.objects.filter(audience=Statement.Audience.AFFECTED).filter(
        Q(item_id__in=wanted) | Q(decision_id__in=list(acted_on))
    )
    newest: dict[uuid.UUID, uuid.UUID] = {}
    for statement_id, own, decision_id in rows.order_by("made_at", "id").values_list(
        "id", "item_id", "decision_id"
    ):
        for item_id in wanted.intersection({own} | acted_on.get(decision_id, set())):
            newest[item_id] = statement_id
    statements = Statement.objects.select_related("decision").in_bulk(set(newest.values()))
    return {item_id: statements[statement_id] for item_id, statement_id in newest.items()}


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
