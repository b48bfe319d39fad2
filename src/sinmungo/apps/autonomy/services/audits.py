"""Auditors answer: one blind verdict, at once part of the evidence."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sinmungo.apps.autonomy import errors_audits as errors
from sinmungo.apps.autonomy.models import Audit
from sinmungo.apps.autonomy.queries import audits as queries
from sinmungo.apps.autonomy.services import evidence, watching
from sinmungo.apps.autonomy.services.laying import (
    BURST_TIME,
    GOLD_SHARE,
    SERVICE_TIME,
    lay,
    lay_second,
)
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.items.models import Version
from sinmungo.apps.ledger.kinds import Body
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.review import services as review
from sinmungo.apps.review.errors import AlreadyDone, Barred, ChangedMeanwhile, HeldByAnother
from sinmungo.apps.review.models import Assignment
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.statements.services import person_ref
from sinmungo.apps.vault import services as vault
from sinmungo.core.text.identifiers import mask_identifiers

__all__ = ["BURST_TIME", "GOLD_SHARE", "SERVICE_TIME", "answer", "lay", "take"]

WORDS_FIELD = "autonomy_audit.words"
MAX_WORDS = 1000
#: Two may reach for the same audit; whoever is second gets the next.
_TRIES = 5


def take(*, user: User, at: datetime) -> Audit | None:
    """Take the audit that ``user`` should judge next into their hands; None when nothing waits for them.

    Raises RoleLacks for somebody who may not audit.
    """
    actor = staff.actor_of(user)
    for _ in range(_TRIES):
        found = queries.next_for(user, at=at)
        if found is None:
            return None
        try:
            review.claim(
                assignment=found.assignment,
                user=user,
                expected_version=found.assignment.version,
                at=at,
                actor=actor,
            )
        except (AlreadyDone, ChangedMeanwhile, HeldByAnother):
            continue
        return found
    return None


def answer(*, audit: Audit, user: User, wrong: bool, words: str, at: datetime) -> Audit:
    """Keep a blind verdict: whether the rule was wrong about the item. It is evidence at once.

    A "wrong" is looked at a second time by somebody else; where they disagree, theirs takes its place.
    What speaks of an epoch that has ended is kept and is evidence of nothing. Where a verdict makes the
    breaker trip, the automation is stopped and its incident opened before this returns. ``words`` are
    masked, and sealed under the key of the person whom the item is of.

    Raises RoleLacks, NotInSample, AnsweredAlready, NotYours, AuditWords and ``vault.Destroyed``; nothing
    is written then.
    """
    staff.require(user, Permission.AUDIT, audit.platform_id)
    sealed = _sealed(audit.version, words)
    actor = staff.actor_of(user)
    with transaction.atomic():
        row = _locked(audit)
        _require_blind(row, user)
        _complete(row, user, at, actor)
        if sealed:
            vault.register([person_ref(row.version.item)], at=at)
        row.auditor, row.wrong, row.words, row.answered_at = user, wrong, sealed, at
        row.save(update_fields=["auditor", "wrong", "words", "answered_at"])
        body: Body = {"policy": row.policy_version.policy_id, "wrong": wrong}
        subject = f"assignment:{row.assignment_id.hex}"
        record([NewEntry("autonomy.audit.answered", subject, actor, body)], at=at)
        _weigh(row, at)
    return row


def _locked(audit: Audit) -> Audit:
    """Lock the automation first, then the work, as everybody does; return the audit as it is now."""
    row = queries.rows().filter(pk=audit.pk).first()
    if row is None:
        raise errors.NotInSample
    if row.act is not None:
        evidence.hold(row.act.automation_id)
    work = Assignment.objects.select_for_update().get(pk=row.assignment_id)
    row.refresh_from_db(fields=["wrong", "answered_at", "auditor", "burst"])
    row.assignment = work
    return row


def _require_blind(row: Audit, user: User) -> None:
    if row.answered_at is not None or row.assignment.done_at is not None:
        raise errors.AnsweredAlready
    if row.kind == Audit.Kind.RANDOM and row.act is not None and not row.act.drawn:
        raise errors.NotInSample
    if queries.knows(row, user):
        raise errors.NotYours


def _complete(row: Audit, user: User, at: datetime, actor: Actor) -> None:
    try:
        work = review.claim(
            assignment=row.assignment,
            user=user,
            expected_version=row.assignment.version,
            at=at,
            actor=actor,
        )
        review.complete(assignment=work, user=user, expected_version=work.version, at=at, actor=actor)
    except AlreadyDone as error:
        raise errors.AnsweredAlready from error
    except (Barred, HeldByAnother) as error:
        raise errors.NotYours from error


def _weigh(row: Audit, at: datetime) -> None:
    """Let a verdict on an act be evidence, ask for a second look at a "wrong", and judge its automation."""
    if row.act is None or row.kind == Audit.Kind.RESTORATION:
        return
    if row.look == 1 and row.wrong:
        lay_second(first=row, at=at)
    if evidence.audited(audit=row, at=at) is not None:
        watching.judge(automation=row.act.automation, at=at)


def _sealed(version: Version, words: str) -> bytes:
    written = words.strip()
    if len(written) > MAX_WORDS:
        raise errors.AuditWords(limit=MAX_WORDS)
    if not written:
        return b""
    masked = mask_identifiers(written).text
    ref = person_ref(version.item)
    vault.ensure([ref])
    return vault.seal(ref, WORDS_FIELD, masked)
