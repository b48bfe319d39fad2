"""A decision that its author may still take back: chosen, not yet recorded, told to nobody.

A row of :class:`PendingDecision` is the promise to record it. Either its author withdraws it or the
one door takes or refuses it; whoever locks the row first ends it, once.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement.proposals import digest
from sinmungo.apps.ledger.kinds import Body
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.review.errors import NothingToTakeBack, TooLate
from sinmungo.apps.review.models import Approval, Assignment, Case, Note, PendingDecision
from sinmungo.apps.review.services.holding import HELD_FOR
from sinmungo.apps.review.services.notes import write_note
from sinmungo.apps.staff.models import User
from sinmungo.apps.vault.errors import Destroyed


@transaction.atomic
def keep_back(
    *,
    case: Case,
    user: User,
    proposal: Mapping[str, Any],
    kept: Mapping[str, Any],
    due_at: datetime,
    batch: uuid.UUID | None = None,
    at: datetime,
    actor: Actor,
) -> PendingDecision:
    """Keep a decision back until ``due_at``; the case is in nobody's hand meanwhile.

    ``proposal`` gives the digest; ``kept`` is the same with what is said of a person sealed. Call it in
    the transaction that checked that ``user`` holds the work.
    """
    pending = PendingDecision.objects.create(
        case=case,
        user=user,
        proposal=dict(kept),
        digest=digest(proposal),
        batch=batch,
        chosen_at=at,
        due_at=due_at,
    )
    Assignment.objects.filter(pk=case.assignment_id).update(
        holder=None, held_until=None, snoozed_until=None, version=F("version") + 1
    )
    _moved(case, Case.State.SENDING)
    body: Body = {"digest": pending.digest, "seconds": int((due_at - at).total_seconds())}
    record([NewEntry("review.decision.chosen", f"case:{case.code}", actor, body)], at=at)
    return pending


@transaction.atomic
def withdraw(*, case: Case, user: User, at: datetime, actor: Actor) -> PendingDecision:
    """Take a decision back before it is recorded; what it was about is in ``user``'s hands again.

    An agreement to a colleague's proposal is taken back as an agreement: the proposal waits again.
    Raises NothingToTakeBack, and TooLate when it was recorded meanwhile.
    """
    rows = PendingDecision.objects.select_for_update(of=("self",)).filter(case=case, user=user)
    pending = rows.order_by("-pk").first()
    if pending is None or pending.withdrawn_at is not None:
        raise NothingToTakeBack
    if pending.done_at is not None:
        raise TooLate
    pending.withdrawn_at = pending.done_at = at
    pending.save(update_fields=["withdrawn_at", "done_at"])
    approval = _approval_of(pending)
    if approval is None:
        _moved(case, Case.State.OPEN)
    else:
        _reopened(approval, case)
    work = approval.assignment_id if approval else case.assignment_id
    Assignment.objects.filter(pk=work).update(
        holder=user, held_until=at + HELD_FOR, done_at=None, version=F("version") + 1
    )
    body = {"digest": pending.digest}
    record([NewEntry("review.decision.withdrawn", f"case:{case.code}", actor, body)], at=at)
    return pending


def lock_owed(pendings: Sequence[PendingDecision]) -> list[PendingDecision]:
    """Lock and return those that still have to be recorded, in order; call inside a transaction."""
    keys = [pending.pk for pending in pendings]
    rows = PendingDecision.objects.select_for_update(of=("self",)).filter(pk__in=keys, done_at__isnull=True)
    wanted = "case__item__platform", "case__item__author", "case__version", "case__assignment", "user"
    return list(rows.select_related(*wanted).order_by("pk"))


@transaction.atomic
def refuse(
    *, pending: PendingDecision, to: uuid.UUID, words: str, code: str, at: datetime, actor: Actor
) -> None:
    """Open a case again whose decision could not be recorded, and say beside it why.

    It goes onto the list of whoever decided; what they typed is kept for them to use again.
    """
    case = pending.case
    if case.state != Case.State.SENDING:
        return
    _moved(case, Case.State.OPEN)
    Assignment.objects.filter(pk=case.assignment_id).update(
        assignee=to, snoozed_until=None, version=F("version") + 1
    )
    with suppress(Destroyed):  # of a person who was forgotten nothing more is written
        write_note(case=case, user=None, words=words, kind=Note.Kind.REFUSED, at=at, actor=actor)
    body = {"digest": pending.digest, "code": code}
    record([NewEntry("review.decision.refused", f"case:{case.code}", actor, body)], at=at)


def _approval_of(pending: PendingDecision) -> Approval | None:
    approval = pending.proposal["approval"]
    return Approval.objects.get(pk=approval) if approval else None


def _reopened(approval: Approval, case: Case) -> None:
    approval.state, approval.decided_by, approval.decided_at = Approval.State.WAITING, None, None
    approval.words = ""
    approval.save(update_fields=["state", "decided_by", "decided_at", "words"])
    _moved(case, Case.State.HELD)


def _moved(case: Case, state: Case.State) -> None:
    Case.objects.filter(pk=case.pk).update(state=state)
    case.refresh_from_db(fields=["state"])
