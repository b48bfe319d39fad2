"""Recording what nobody took back: each decision once, through the one door, in batches.

What was chosen together is recorded together. A decision that the door refuses by then opens its case
again and says why; one that fails for another reason is tried again and holds up no other.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from sinmungo.apps.base import promise
from sinmungo.apps.base.actors import SYSTEM, Actor
from sinmungo.apps.enforcement.proposals import Proposal, Refusal
from sinmungo.apps.review import services as review
from sinmungo.apps.review.errors import ChangedMeanwhile
from sinmungo.apps.review.models import Case, PendingDecision
from sinmungo.core.kernel.errors import DomainError
from sinmungo.journeys import decide
from sinmungo.journeys.reviewing.ending import ended
from sinmungo.journeys.reviewing.keeping import PENDING_FACTS, opened

log = logging.getLogger(__name__)


def keep(*, now: datetime, limit: int) -> int:
    """Record up to ``limit`` decisions that nobody took back in time; returns how many were claimed."""
    due = promise.claim(PendingDecision, now=now, limit=limit)
    for decider, rows in _by_decider(due).items():
        for start in range(0, len(rows), decide.LARGEST_BATCH):
            _sent(rows[start : start + decide.LARGEST_BATCH], decider, now)
    return len(due)


@transaction.atomic
def record(rows: Sequence[PendingDecision], *, decider: str, at: datetime) -> None:
    """Record decisions of one person through the one door, all or none; what ended meanwhile stays ended."""
    owed = review.lock_owed(rows)
    actor = Actor("staff", decider, uuid.UUID(decider))
    ready: list[tuple[PendingDecision, Proposal]] = []
    for pending in owed:
        if pending.case.state != Case.State.SENDING:
            continue  # another tool decided it meanwhile
        try:
            ready.append((pending, _as_chosen(pending)))
        except DomainError as error:
            _refused(pending, error, at)
    results = decide.many([proposal for _, proposal in ready], actor=actor)
    for (pending, _), result in zip(ready, results, strict=True):
        if isinstance(result, Refusal):
            _refused(pending, result.error, at)
        else:
            ended(pending.case, result, at=at, actor=actor)
    promise.kept(owed, now=at)


def _by_decider(rows: Iterable[PendingDecision]) -> dict[str, list[PendingDecision]]:
    found: dict[str, list[PendingDecision]] = {}
    for row in rows:
        found.setdefault(row.proposal["decided_by"], []).append(row)
    return found


def _sent(rows: Sequence[PendingDecision], decider: str, now: datetime) -> None:
    try:
        record(rows, decider=decider, at=now)
    except Exception as error:
        log.exception("decisions were not recorded")
        if len(rows) == 1:
            promise.failed(rows[0], now=now, error=type(error).__name__)
            return
        for row in rows:
            _sent([row], decider, now)


def _as_chosen(pending: PendingDecision) -> Proposal:
    """Return what was chosen; raises ChangedMeanwhile when the item is not what was judged any more."""
    case = pending.case
    if (case.version_id.hex if case.version_id else None) != pending.proposal["case_version"]:
        raise ChangedMeanwhile
    return opened(pending.proposal, item=case.item, bound=pending.digest, field=PENDING_FACTS)


def _refused(pending: PendingDecision, error: DomainError, at: datetime) -> None:
    """The reason is kept as its sentence and facts, so that each colleague reads it in their language."""
    facts = {name: str(fact) for name, fact in error.facts.items()}
    words = json.dumps({"code": error.code, "message": error.message, "facts": facts}, ensure_ascii=False)
    to = uuid.UUID(pending.proposal["decided_by"])
    review.refuse(pending=pending, to=to, words=words, code=error.code, at=at, actor=SYSTEM)
