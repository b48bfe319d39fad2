"""What the reader decided and may still take back, and what came back unsent; it stands on every page."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sinmungo.apps.review import queries_desk as desk
from sinmungo.apps.review.models import PendingDecision
from sinmungo.apps.staff.models import User


@dataclass(frozen=True, slots=True)
class Together:
    """Decisions that were made together: their cases, and for how many seconds they may be taken back."""

    codes: tuple[str, ...]
    seconds: int


@dataclass(frozen=True, slots=True)
class Sending:
    """What may still be taken back, the latest first, and the cases whose decision came back unsent."""

    waiting: tuple[Together, ...]
    unsent: tuple[str, ...]


def sending(user: User, at: datetime) -> Sending | None:
    """Return what waits to be sent or came back; None for nothing."""
    together: dict[uuid.UUID | int, list[PendingDecision]] = {}
    for row in desk.waiting_to_be_sent(user=user):
        together.setdefault(row.batch or row.pk, []).append(row)
    waiting = tuple(_together(rows, at) for rows in together.values())
    unsent = tuple(case.code for case in desk.not_sent(user=user))
    return Sending(waiting, unsent) if waiting or unsent else None


def _together(rows: Sequence[PendingDecision], at: datetime) -> Together:
    left = (max(row.due_at for row in rows) - at).total_seconds()
    return Together(tuple(row.case.code for row in rows), max(int(left), 0))
