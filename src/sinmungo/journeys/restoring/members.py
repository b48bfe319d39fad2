"""The members of a batch, as they stand now: plain values, for there are a hundred thousand of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from sinmungo.apps.autonomy.models import Affected, RestorationBatch
from sinmungo.core.kernel.words import ItemType

_COLUMNS = (
    "pk", "decision_id", "item_id", "item__type", "item__external_id",
    "account_id", "account__external_id", "answer_id", "answer__made_at",
)  # fmt: skip


class Member(NamedTuple):
    """One affected row. The account is None where it is not known; ``answer`` what took the error back."""

    pk: int
    decision: uuid.UUID
    item: uuid.UUID
    account: uuid.UUID | None
    external_id: str
    answer: uuid.UUID | None
    answered_at: datetime | None

    @property
    def key_ref(self) -> str:
        """The name of the key of the account's person."""
        return f"person:{(self.account or self.item).hex}"


def rows(batch: RestorationBatch) -> QuerySet[Affected]:
    """Return the affected rows of a batch."""
    return Affected.objects.filter(pk__in=batch.members)


def undecided(batch: RestorationBatch) -> QuerySet[Affected]:
    """Return the rows of those who wait for their decision."""
    return rows(batch).filter(state=Affected.State.WAITING, answer__isnull=True)


def unconfirmed(batch: RestorationBatch) -> QuerySet[Affected]:
    """Return the rows of those whose decision was taken back and whose platform has not said so yet."""
    return rows(batch).filter(state=Affected.State.WAITING, answer__isnull=False)


def read(found: QuerySet[Affected]) -> list[Member]:
    """Return the members of some rows, by their place."""
    return list(_members(found))


def _members(found: QuerySet[Affected]) -> Iterator[Member]:
    for pk, decision, item, kind, name, author, author_name, answer, answered_at in found.order_by(
        "place"
    ).values_list(*_COLUMNS):
        itself = author is None and kind == ItemType.ACCOUNT
        account, external_id = (item, name) if itself else (author, author_name or "")
        yield Member(pk, decision, item, account, external_id, answer, answered_at)
