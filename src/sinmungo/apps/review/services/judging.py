"""How a case was looked at, what was answered, who agreed, and how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least

from sinmungo.apps.base import ids
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.enforcement.proposals import digest
from sinmungo.apps.items.models import Item, Version
from sinmungo.apps.ledger.kinds import Body
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review.errors import AlreadyDone, SamePerson, UnknownFactor, WordsNeeded
from sinmungo.apps.review.models import Approval, Assignment, Case, FactorAnswer, Outcome, Viewing
from sinmungo.apps.review.priority import URGENT_POINTS, Part
from sinmungo.apps.review.services.holding import complete, require_held
from sinmungo.apps.staff.models import User
from sinmungo.core.policy import PolicyDocument
from sinmungo.core.text.identifiers import mask_identifiers

#: A page that is opened again within this time goes on with the viewing that it began.
ONE_VIEWING = timedelta(minutes=30)
#: One report of time spent covers at most so many seconds.
LONGEST_BEAT = 60
MAX_WORDS = 1000


@transaction.atomic
def record_viewing(
    *,
    user: User,
    item: Item,
    version: Version | None,
    assignment: Assignment | None,
    at: datetime,
    actor: Actor,
) -> Viewing:
    """Write down that ``user`` has an item's version before them, once in half an hour."""
    going_on = Viewing.objects.filter(
        user=user, item=item, version=version, assignment=assignment, shown_at__gt=at - ONE_VIEWING
    ).first()
    if going_on is not None:
        return going_on
    viewing = Viewing.objects.create(
        user=user, item=item, version=version, assignment=assignment, shown_at=at
    )
    record([NewEntry("review.item.viewed", f"item:{item.id.hex}", actor, {})], at=at)
    return viewing


@transaction.atomic
def record_seconds(*, viewing: Viewing, seconds: int, at: datetime) -> Viewing:
    """Add time that the page was in front; never more than has passed since it was opened.

    It is a measure and no act: the viewing has its ledger entry, the seconds have none.
    """
    passed = max(int((at - viewing.shown_at).total_seconds()), 0)
    added = max(min(seconds, LONGEST_BEAT), 0)
    Viewing.objects.filter(pk=viewing.pk).update(seconds=Least(F("seconds") + added, passed))
    viewing.refresh_from_db()
    return viewing


@transaction.atomic
def answer_factors(
    *,
    case: Case,
    user: User,
    policy_version: PolicyVersion,
    answers: Mapping[str, str],
    suggested: Mapping[str, str],
    at: datetime,
    actor: Actor,
) -> list[FactorAnswer]:
    """Keep what a reviewer answered to a policy's questions; a later answer replaces an earlier one.

    An answer that the policy calls urgent moves the case before all others. Raises UnknownFactor.
    """
    document = policies.document(policy_version)
    _known(document, answers)
    kept = [
        FactorAnswer.objects.update_or_create(
            case=case,
            policy=document.policy,
            factor=factor,
            defaults={"answer": answer, "suggested": suggested.get(factor, ""), "user": user, "at": at},
        )[0]
        for factor, answer in answers.items()
    ]
    _hasten(case, document, answers)
    body: Body = {"policy": document.policy, "answers": [f"{f}={a}" for f, a in answers.items()]}
    record([NewEntry("review.case.answered", f"case:{case.code}", actor, body)], at=at)
    return kept


@transaction.atomic
def request_approval(
    *,
    case: Case,
    user: User,
    proposal: Mapping[str, Any],
    kept: Mapping[str, Any],
    expected_version: int,
    at: datetime,
    actor: Actor,
) -> Approval:
    """Lay a proposal before a second person; the case is held until then, by nobody's hand.

    ``proposal`` is what was proposed and gives the digest; ``kept`` is the same with what was said of a
    person sealed, and is what the row holds.
    """
    held = require_held(assignment=case.assignment, user=user, expected_version=expected_version, at=at)
    Assignment.objects.filter(pk=held.pk).update(holder=None, held_until=None, version=F("version") + 1)
    assignment = Assignment.objects.create(
        id=ids.new_id(),
        queue_id=held.queue_id,
        platform_id=held.platform_id,
        kind=Assignment.Kind.APPROVAL,
        created_at=at,
        priority=held.priority,
        priority_explained=held.priority_explained,
        barred=user,
        barred_too_id=held.barred_id,  # who may not decide the case does not agree to it either
    )
    approval = Approval.objects.create(
        id=ids.new_id(),
        case=case,
        assignment=assignment,
        proposal=dict(kept),
        digest=digest(proposal),
        proposed_by=user,
    )
    _moved(case, Case.State.HELD)
    body = {"digest": approval.digest}
    record([NewEntry("review.approval.requested", f"case:{case.code}", actor, body)], at=at)
    return approval


@transaction.atomic
def settle_approval(
    *,
    approval: Approval,
    user: User,
    approved: bool,
    words: str = "",
    expected_version: int,
    at: datetime,
    actor: Actor,
) -> Approval:
    """Write down a second person's word. Sent back, the case is open again and the words stand with it.

    Raises SamePerson, WordsNeeded (sending back without a reason), and as :func:`require_held`.
    """
    if user.pk == approval.proposed_by_id:
        raise SamePerson
    words = words.strip()
    if len(words) > MAX_WORDS or not (approved or words):
        raise WordsNeeded(limit=MAX_WORDS)
    words = mask_identifiers(words).text
    complete(assignment=approval.assignment, user=user, expected_version=expected_version, at=at, actor=actor)
    approval.state = Approval.State.APPROVED if approved else Approval.State.SENT_BACK
    approval.decided_by, approval.decided_at, approval.words = user, at, words
    approval.save(update_fields=["state", "decided_by", "decided_at", "words"])
    if not approved:
        _moved(approval.case, Case.State.OPEN)
    body: Body = {"digest": approval.digest, "approved": approved}
    record([NewEntry("review.approval.settled", f"case:{approval.case.code}", actor, body)], at=at)
    return approval


@transaction.atomic
def close(*, case: Case, decision: Decision, at: datetime, actor: Actor) -> Outcome:
    """End a case by its decision, and the work on it; raises AlreadyDone."""
    Assignment.objects.select_for_update().get(pk=case.assignment_id)
    rows = Case.objects.filter(pk=case.pk).exclude(state=Case.State.DECIDED)
    if not rows.update(state=Case.State.DECIDED, closed_at=at):
        raise AlreadyDone
    Assignment.objects.filter(pk=case.assignment_id).update(
        done_at=at, holder=None, held_until=None, version=F("version") + 1
    )
    outcome = Outcome.objects.create(case=case, decision=decision)
    body: Body = {"decision": decision.case_code, "violation": decision.violation}
    record([NewEntry("review.case.closed", f"case:{case.code}", actor, body)], at=at)
    case.refresh_from_db()
    return outcome


def _known(document: PolicyDocument, answers: Mapping[str, str]) -> None:
    asked = {(str(factor.id), str(answer.id)) for factor in document.factors for answer in factor.answers}
    for factor, answer in answers.items():
        if (factor, answer) not in asked:
            raise UnknownFactor(factor=factor, answer=answer)


def _hasten(case: Case, document: PolicyDocument, answers: Mapping[str, str]) -> None:
    urgent = next((f.id for f in document.factors if answers.get(f.id) in f.urgent_on), "")
    row = Assignment.objects.select_for_update().get(pk=case.assignment_id)
    if urgent and all(part["label"] != "urgent" for part in row.priority_explained):
        row.priority += URGENT_POINTS
        row.priority_explained = [
            *row.priority_explained,
            Part("urgent", str(urgent), URGENT_POINTS).to_document(),
        ]
        row.save(update_fields=["priority", "priority_explained"])


def _moved(case: Case, state: Case.State) -> None:
    Case.objects.filter(pk=case.pk).update(state=state)
    case.refresh_from_db()
