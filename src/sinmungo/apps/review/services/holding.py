"""Who works on something, until when, and who must not."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.review.errors import (
    AlreadyDone,
    Barred,
    ChangedMeanwhile,
    HeldByAnother,
    NoSuchWork,
    NotHeld,
    UnknownQueue,
)
from sinmungo.apps.review.models import Assignment, Case, Queue
from sinmungo.apps.review.services.gathering import OWN_QUEUES, due, ensure_queue
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission

#: No case waits in the queue of appeals.
APPEALS = "appeals"
HELD_FOR = timedelta(minutes=30)

NEEDED = {
    Assignment.Kind.CASE: Permission.DECIDE_CASES,
    Assignment.Kind.APPEAL: Permission.HEAR_APPEALS,
    Assignment.Kind.APPROVAL: Permission.APPROVE,
    Assignment.Kind.AUDIT: Permission.AUDIT,
    Assignment.Kind.LEGAL: Permission.DECIDE_CASES,
    Assignment.Kind.SECOND: Permission.SECOND_REVIEW,
}


@transaction.atomic
def claim(
    *, assignment: Assignment, user: User, expected_version: int, at: datetime, actor: Actor
) -> Assignment:
    """Take a piece of work into ``user``'s hands for 30 minutes; once more makes it 30 again.

    Raises RoleLacks or Barred when it is not theirs to take, HeldByAnother when somebody was first,
    ChangedMeanwhile when it is not as they saw it, AlreadyDone when it has ended.
    """
    _may_work(assignment, user)
    free = Q(holder__isnull=True) | Q(holder=user) | Q(held_until__lte=at)
    # A join here would read the row as it was before a colleague's claim, and let both of two have it.
    ended = Case.objects.filter(assignment=OuterRef("pk")).exclude(state=Case.State.OPEN)
    rows = Assignment.objects.filter(free, ~Exists(ended), pk=assignment.pk, version=expected_version)
    rows = rows.filter(done_at__isnull=True)
    if not rows.update(holder=user, held_until=at + HELD_FOR, version=F("version") + 1):
        raise _why_not(assignment, user, at)
    return _written("review.work.claimed", assignment, at, actor)


@transaction.atomic
def release(*, assignment: Assignment, user: User, at: datetime, actor: Actor) -> Assignment:
    """Put a piece of work back; raises RoleLacks, and NotHeld when ``user`` does not hold it."""
    _may_work(assignment, user)
    rows = Assignment.objects.filter(pk=assignment.pk, holder=user, done_at__isnull=True)
    if not rows.update(holder=None, held_until=None, version=F("version") + 1):
        raise NotHeld
    return _written("review.work.released", assignment, at, actor)


@transaction.atomic
def bar(*, assignment: Assignment, users: Sequence[uuid.UUID], at: datetime, actor: Actor) -> Assignment:
    """Keep up to two people from a piece of work; one of them who holds it loses it.

    The row has room for two, so the first two are taken; none changes nothing.
    """
    if not users:
        return assignment
    row = locked(assignment)
    row.barred_id, row.barred_too_id = (*users, None)[:2]
    if row.holder_id in (row.barred_id, row.barred_too_id):
        row.holder, row.held_until = None, None
    row.version += 1
    row.save(update_fields=["barred", "barred_too", "holder", "held_until", "version"])
    return _written("review.work.barred", row, at, actor)


@transaction.atomic
def refer(
    *, assignment: Assignment, user: User, queue: str, expected_version: int, at: datetime, actor: Actor
) -> Assignment:
    """Put a piece of work that ``user`` holds into another queue, on nobody's list; due when first promised.

    Raises UnknownQueue, and as :func:`require_held`.
    """
    held = require_held(assignment=assignment, user=user, expected_version=expected_version, at=at)
    into = _queue_of_cases(queue)
    Assignment.objects.filter(pk=held.pk).update(
        queue=into,
        due_at=due(queue=into, since=held.created_at, otherwise=held.due_at),
        assignee=None,
        holder=None,
        held_until=None,
        version=F("version") + 1,
    )
    return _written("review.work.referred", held, at, actor, queue=queue)


def require_held(*, assignment: Assignment, user: User, expected_version: int, at: datetime) -> Assignment:
    """Lock and return work that ``user`` holds as they saw it; call inside a transaction.

    Raises AlreadyDone, Barred, HeldByAnother, NotHeld or ChangedMeanwhile.
    """
    row = locked(assignment)
    if row.done_at is not None:
        raise AlreadyDone
    _may_work(row, user)
    if row.holder_id != user.pk:
        raise _held(row, at) or NotHeld()
    if row.version != expected_version:
        raise ChangedMeanwhile
    if row.held_until is None or row.held_until <= at:
        raise NotHeld
    return row


@transaction.atomic
def complete(
    *, assignment: Assignment, user: User, expected_version: int, at: datetime, actor: Actor
) -> Assignment:
    """End a piece of work that ``user`` holds; raises as :func:`require_held`."""
    held = require_held(assignment=assignment, user=user, expected_version=expected_version, at=at)
    rows = Assignment.objects.filter(pk=held.pk)
    rows.update(done_at=at, holder=None, held_until=None, version=F("version") + 1)
    return _written("review.work.completed", held, at, actor)


def _queue_of_cases(slug: str) -> Queue:
    found = Queue.objects.filter(slug=slug).exclude(slug=APPEALS).first()
    if found is not None:
        return found
    if slug not in OWN_QUEUES or slug == APPEALS:
        raise UnknownQueue(queue=slug)
    title_ko, title_en, weight = OWN_QUEUES[slug]
    return ensure_queue(slug=slug, title_ko=title_ko, title_en=title_en, weight=weight)


def _may_work(assignment: Assignment, user: User) -> None:
    needed = NEEDED[Assignment.Kind(assignment.kind)]
    staff.require(user, needed, assignment.platform_id, assignment.queue_id)
    if user.pk in (assignment.barred_id, assignment.barred_too_id):
        raise Barred


def locked(assignment: Assignment) -> Assignment:
    """Lock and return a piece of work as it is now; call inside a transaction. Raises NoSuchWork."""
    row = Assignment.objects.select_for_update().filter(pk=assignment.pk).first()
    if row is None:
        raise NoSuchWork
    return row


def _why_not(
    assignment: Assignment, user: User, at: datetime
) -> AlreadyDone | HeldByAnother | ChangedMeanwhile:
    row = locked(assignment)
    if row.done_at is not None:
        return AlreadyDone()
    if held := held_by_another(row, user, at):
        return held
    return ChangedMeanwhile()


def held_by_another(row: Assignment, user: User, at: datetime) -> HeldByAnother | None:
    """Return the conflict when somebody else than ``user`` has the work in hand, else None."""
    return _held(row, at) if row.holder_id != user.pk else None


def _held(row: Assignment, at: datetime) -> HeldByAnother | None:
    if row.holder is None or row.held_until is None or row.held_until <= at:
        return None
    return HeldByAnother(holder=str(row.holder), until=row.held_until.isoformat(timespec="minutes"))


def _written(kind: str, assignment: Assignment, at: datetime, actor: Actor, **facts: str) -> Assignment:
    assignment.refresh_from_db()
    body = {"work": assignment.kind, **facts}
    record([NewEntry(kind, f"assignment:{assignment.id.hex}", actor, body)], at=at)
    return assignment
