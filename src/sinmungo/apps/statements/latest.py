"""Which statement travels with an item's state: the newest that concerns that very item."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.db.models import Q

from sinmungo.apps.statements.models import Statement


def latest_for(item_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Statement]:
    """Return for each item the newest statement to its person about what was done to that item.

    A removed post's statement is not shown on the account's lock screen unless the same decision
    also acted on the account.
    """
    wanted = set(item_ids)
    rows = Statement.objects.filter(audience=Statement.Audience.AFFECTED).filter(
        Q(item_id__in=wanted)
        | Q(decision__actions__item_id__in=wanted)
        | Q(decision__supersedes__actions__item_id__in=wanted)
    )
    columns = ("id", "item_id", "decision__actions__item_id", "decision__supersedes__actions__item_id")
    newest: dict[uuid.UUID, uuid.UUID] = {}
    for statement_id, *concerned in rows.order_by("made_at", "id").values_list(*columns):
        for item_id in wanted.intersection(concerned):
            newest[item_id] = statement_id
    statements = Statement.objects.select_related("decision").in_bulk(set(newest.values()))
    return {item_id: statements[statement_id] for item_id, statement_id in newest.items()}
