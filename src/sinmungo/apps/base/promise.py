"""A promise is a row: whatever must still happen, written in the transaction that owes it.

``sinmungo work`` claims due rows with a lease and calls the journey that keeps them. A killed
process loses nothing: its lease runs out and another claims the row. Whoever keeps a promise does
so in a way that twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar, TypeVar

from django.db import connection, models, transaction
from django.db.models import F, Q

LEASE = timedelta(minutes=2)
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(hours=1)
MAX_ERROR_LETTERS = 200


class Promise(models.Model):
    """Something owed. ``last_error`` holds a class and a code, never anybody's words."""

    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=MAX_ERROR_LETTERS, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        indexes: ClassVar[tuple[models.Index, ...]] = (
            models.Index(fields=["due_at"], name="%(class)s_owed", condition=Q(done_at__isnull=True)),
        )


P = TypeVar("P", bound=Promise)


def claim(
    model: type[P], *, now: datetime, limit: int, lease: timedelta = LEASE, only: Q | None = None
) -> list[P]:
    """Claim up to ``limit`` due rows, oldest first, for ``lease``; nobody else gets them meanwhile."""
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    owed = Q(done_at__isnull=True, due_at__lte=now)
    rows = model._default_manager.filter(owed & free, *([only] if only else []))
    if not rows.exists():
        return []  # an idle worker never waits for its turn to write
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        claimed = list(rows.order_by("due_at", "pk")[:limit])
        until = now + lease
        model._default_manager.filter(pk__in=[row.pk for row in claimed]).update(
            claimed_until=until, attempts=F("attempts") + 1
        )
    for row in claimed:
        row.claimed_until = until
        row.attempts += 1
    return claimed


def kept(rows: Iterable[P], *, now: datetime) -> None:
    """Mark rows as kept; call it in the transaction that made the promise true."""
    by_model: dict[type[Promise], list[object]] = {}
    for row in rows:
        by_model.setdefault(type(row), []).append(row.pk)
    for model, keys in by_model.items():
        model._default_manager.filter(pk__in=keys).update(done_at=now, claimed_until=None, last_error="")


def failed(row: P, *, now: datetime, error: str) -> None:
    """Give a row back after a failure; it becomes due again later and later, up to an hour."""
    wait = min(FIRST_RETRY * 2 ** min(row.attempts, 20), LONGEST_RETRY)
    type(row)._default_manager.filter(pk=row.pk, done_at__isnull=True).update(
        due_at=now + wait, claimed_until=None, last_error=error[:MAX_ERROR_LETTERS]
    )


def oldest_overdue(model: type[Promise], *, now: datetime) -> datetime | None:
    """Return when the oldest promise that is due and not kept fell due."""
    owed = model._default_manager.filter(done_at__isnull=True, due_at__lte=now)
    return owed.order_by("due_at").values_list("due_at", flat=True).first()
