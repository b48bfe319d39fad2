"""What colleagues read around a case: notes, saved reasons, what waits to be sent, who could take it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from sinmungo.apps.review import queries
from sinmungo.apps.review.errors import NoSuchReason
from sinmungo.apps.review.models import Assignment, Case, Note, PendingDecision, SavedReason
from sinmungo.apps.review.services.desk import can_take
from sinmungo.apps.review.services.notes import NOTE_FIELD
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission, roles_with
from sinmungo.apps.statements.services import person_ref
from sinmungo.apps.vault import queries as vault
from sinmungo.apps.vault.errors import Destroyed

#: People that are offered when work is given to somebody.
MOST_COLLEAGUES = 100


@dataclass(frozen=True, slots=True)
class NoteRead:
    """A note as read; ``who`` is empty for the machinery, ``words`` is None once the key is gone."""

    kind: str
    who: str
    words: str | None
    at: datetime


def notes_of(*, case: Case, seen_by: User) -> list[NoteRead]:
    """Return the notes on a case, the latest first; raises RoleLacks."""
    staff.require(seen_by, Permission.SEE_CASES, case.item.platform_id, case.assignment.queue_id)
    rows = Note.objects.filter(case=case).select_related("user").order_by("-pk")
    ref = person_ref(case.item)
    return [NoteRead(note.kind, str(note.user or ""), _words(ref, note), note.at) for note in rows]


def escalated_by(*, user: User, cases: list[uuid.UUID]) -> set[uuid.UUID]:
    """Return which of the cases ``user`` put before another desk themselves."""
    rows = Note.objects.filter(case_id__in=cases, user=user, kind=Note.Kind.ESCALATED)
    return set(rows.values_list("case_id", flat=True))


def saved_reasons(*, seen_by: User, policy: str | None = None) -> list[SavedReason]:
    """Return the reasons in use; with ``policy``, its own first, then those for all. Raises RoleLacks."""
    if not staff.may(seen_by, Permission.WRITE_REASONS):
        staff.require(seen_by, Permission.DECIDE_CASES)
    rows = SavedReason.objects.filter(retired_at__isnull=True)
    if policy is not None:
        rows = rows.filter(policy__in=("", policy))
    return list(rows.order_by("-policy", "title_en", "pk"))


def saved_reason(*, reason_id: uuid.UUID) -> SavedReason:
    """Return a reason in use; raises NoSuchReason."""
    found = SavedReason.objects.filter(pk=reason_id, retired_at__isnull=True).first()
    if found is None:
        raise NoSuchReason
    return found


def waiting_to_be_sent(*, user: User) -> list[PendingDecision]:
    """Return what ``user`` decided and may still take back, the latest first."""
    rows = PendingDecision.objects.filter(user=user, done_at__isnull=True)
    return list(rows.select_related("case__item__platform").order_by("-pk")[:50])


def not_sent(*, user: User) -> list[Case]:
    """Return the open cases on ``user``'s list whose decision could not be recorded."""
    rows = Case.objects.filter(state=Case.State.OPEN, assignment__assignee=user)
    return list(rows.filter(notes__kind=Note.Kind.REFUSED).distinct().order_by("code")[:20])


def last_chosen(*, case: Case, user: User) -> PendingDecision | None:
    """Return what ``user`` chose last for a case, if it was taken back or could not be recorded."""
    rows = PendingDecision.objects.filter(case=case, done_at__isnull=False).order_by("-pk")
    chosen = rows.first()
    mine = chosen is not None and chosen.proposal.get("decided_by") == user.pk.hex
    return chosen if mine else None


def could_take(*, assignment: Assignment, seen_by: User) -> list[User]:
    """Return whom ``seen_by`` may give this work to, themselves included; raises RoleLacks."""
    staff.require(seen_by, Permission.ASSIGN_WORK, assignment.platform_id)
    roles = roles_with(Permission.DECIDE_CASES)
    here = Q(memberships__role__in=roles, memberships__platform__in=("", assignment.platform_id))
    people = User.objects.filter(here, is_active=True).distinct().order_by("pseudonym", "pk")
    return [person for person in people[:MOST_COLLEAGUES] if can_take(assignment, person)]


def _words(ref: str, note: Note) -> str | None:
    try:
        return vault.unseal(ref, NOTE_FIELD, note.words).reveal()
    except Destroyed:
        return None


def next_for(*, user: User, queue: str, at: datetime, leave_out: str = "") -> list[Case]:
    """Return the cases of a queue that come next for ``user``, the first first.

    Left out: what somebody else has in hand or on their list, and what ``user`` escalated themselves.
    """
    found = queries.waiting_cases(seen_by=user, filters=queries.Filters(queue=queue), at=at).rows
    free = [row for row in found if _is_free(row, user, at) and row.case.code != leave_out]
    own = escalated_by(user=user, cases=[row.case.pk for row in free])
    return [row.case for row in free if row.case.pk not in own]


def _is_free(row: Assignment, user: User, at: datetime) -> bool:
    is_held = row.held_until is not None and row.held_until > at and row.holder_id != user.pk
    return not is_held and row.assignee_id in (None, user.pk)
