"""A reviewer decides a case; a harsh act waits until a second person agrees.

The decision itself is recorded by the one door. Here stands what surrounds it: the work must be in
the reviewer's hands as they saw it, every question of the policy is answered, whoever decides may take
it back for half a minute, the case ends, everybody who reported is told what came of it, and another
desk sees the item next where the policy says so.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from sinmungo.apps.base import clock, ids
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.enforcement.proposals import Proposal
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review import queries as review_queries
from sinmungo.apps.review import services as review
from sinmungo.apps.review.errors import NotLooked, TooManyChosen
from sinmungo.apps.review.models import Approval, Case, PendingDecision
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.errors import DomainError
from sinmungo.core.policy import PolicyDocument, Step
from sinmungo.journeys import decide
from sinmungo.journeys.reviewing import send
from sinmungo.journeys.reviewing.choosing import (
    AnswerAll,
    Judgement,
    NoPolicyChosen,
    NothingChosen,
    chosen,
    needs_another,
    recommended,
)
from sinmungo.journeys.reviewing.ending import ended
from sinmungo.journeys.reviewing.keeping import (
    APPROVAL_FACTS,
    PENDING_FACTS,
    kept_back,
    laid_before_another,
    opened,
    undo_for,
)

__all__ = [
    "AnswerAll",
    "Judgement",
    "NoPolicyChosen",
    "NothingChosen",
    "Selected",
    "Settled",
    "approve",
    "approve_undoably",
    "decide_case",
    "decide_selection",
    "decide_undoably",
    "keep_answers",
    "ladder_step",
    "read_chosen",
    "read_proposal",
    "recommended",
    "send_back",
    "take_back",
]

#: Cases that one reason may end at once.
MOST_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Selected:
    """A case among others that are to end with one reason, as the page showed it."""

    case: Case
    expected_version: int
    state_version: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one of the cases: what it waits for, or why it stays open."""

    case: Case
    result: Approval | PendingDecision | None = None
    error: DomainError | None = None


@transaction.atomic
def decide_case(
    *, case: Case, user: User, expected_version: int, judgement: Judgement
) -> Decision | Approval:
    """Decide a case that ``user`` holds, at once; returns the decision, or the approval that it waits for.

    It waits when an action is harsh or the policy's outcome asks for a second person. Raises the
    conflicts of ``review.require_held``, AnswerAll, NothingChosen, BlankLeft, and whatever the one door
    refuses.
    """
    at, actor = clock.now(), staff.actor_of(user)
    proposal = chosen(case=case, user=user, expected_version=expected_version, judgement=judgement, at=at)
    if needs_another(proposal, judgement):
        return laid_before_another(
            case=case, user=user, proposal=proposal, expected_version=expected_version, at=at
        )
    decision = decide.one(proposal, actor=actor)
    ended(case, decision, at=at, actor=actor)
    return decision


@transaction.atomic
def decide_undoably(
    *, case: Case, user: User, expected_version: int, judgement: Judgement
) -> Decision | Approval | PendingDecision:
    """As :func:`decide_case`, and what is decided may be taken back for the time that is set for it."""
    if not undo_for():
        return decide_case(case=case, user=user, expected_version=expected_version, judgement=judgement)
    at = clock.now()
    proposal = chosen(case=case, user=user, expected_version=expected_version, judgement=judgement, at=at)
    if needs_another(proposal, judgement):
        return laid_before_another(
            case=case, user=user, proposal=proposal, expected_version=expected_version, at=at
        )
    return kept_back(case=case, user=user, proposal=proposal, at=at)


@transaction.atomic
def decide_selection(*, selected: Sequence[Selected], user: User, judgement: Judgement) -> list[Settled]:
    """End up to 50 cases with one reason; each is taken in hand, and each person is told alone.

    They are recorded together; what cannot be decided stays open and is told by case, and what needs a
    second person goes to one, case by case. Raises TooManyChosen.
    """
    if not 0 < len(selected) <= MOST_AT_ONCE:
        raise TooManyChosen(limit=MOST_AT_ONCE)
    at, batch = clock.now(), ids.new_id()
    settled = []
    for each in selected:
        try:
            with transaction.atomic():
                result = _one_of_many(each, user, judgement, batch=batch, at=at)
            settled.append(Settled(each.case, result))
        except DomainError as error:
            settled.append(Settled(each.case, error=error))
    if not undo_for():
        waiting = [each.result for each in settled if isinstance(each.result, PendingDecision)]
        send.record(waiting, decider=user.pk.hex, at=at)
    return settled


@transaction.atomic
def take_back(*, case: Case, user: User) -> PendingDecision:
    """Take a decision back that ``user`` made and nobody was told of; the case is in their hands again.

    Raises NothingToTakeBack and TooLate.
    """
    return review.withdraw(case=case, user=user, at=clock.now(), actor=staff.actor_of(user))


@transaction.atomic
def keep_answers(
    *,
    case: Case,
    user: User,
    expected_version: int,
    policy_version: PolicyVersion,
    answers: Mapping[str, str],
    suggested: Mapping[str, str],
) -> None:
    """Keep what a reviewer who holds the case has answered so far; raises as ``review.require_held``."""
    at = clock.now()
    review.require_held(assignment=case.assignment, user=user, expected_version=expected_version, at=at)
    review.answer_factors(
        case=case,
        user=user,
        policy_version=policy_version,
        answers=answers,
        suggested=suggested,
        at=at,
        actor=staff.actor_of(user),
    )


@transaction.atomic
def approve(*, approval: Approval, user: User, expected_version: int) -> Decision:
    """Agree to a proposal that ``user`` holds and did not make; it then passes the one door at once.

    Raises SamePerson, NotLooked unless they had the item before them, ProposalDiffers when the row is not
    what was proposed, StateChanged when the item was decided on meanwhile (send it back then), and as
    ``review.require_held``.
    """
    at = clock.now()
    proposal = _agreed(approval, user, expected_version, at)
    proposer = staff.actor_of(approval.proposed_by)
    decision = decide.one(proposal, actor=proposer)
    ended(approval.case, decision, at=at, actor=proposer)
    return decision


@transaction.atomic
def approve_undoably(*, approval: Approval, user: User, expected_version: int) -> Decision | PendingDecision:
    """As :func:`approve`, and the agreement may be taken back for the time that is set for it."""
    if not undo_for():
        return approve(approval=approval, user=user, expected_version=expected_version)
    at = clock.now()
    proposal = _agreed(approval, user, expected_version, at)
    return kept_back(case=approval.case, user=user, proposal=proposal, approval=approval, at=at)


def send_back(*, approval: Approval, user: User, words: str, expected_version: int) -> Approval:
    """Refuse a proposal with words for whoever made it; the case is open again."""
    return review.settle_approval(
        approval=approval,
        user=user,
        approved=False,
        words=words,
        expected_version=expected_version,
        at=clock.now(),
        actor=staff.actor_of(user),
    )


def read_proposal(approval: Approval) -> Proposal:
    """Return what waits for a second person, opened from its seal; raises ProposalDiffers."""
    item, bound = approval.case.item, approval.digest
    return opened(approval.proposal, item=item, bound=bound, field=APPROVAL_FACTS)


def read_chosen(pending: PendingDecision) -> Proposal:
    """Return what a reviewer chose, opened from its seal; raises ProposalDiffers and Destroyed."""
    return opened(pending.proposal, item=pending.case.item, bound=pending.digest, field=PENDING_FACTS)


def ladder_step(document: PolicyDocument, standing_weight: int) -> Step | None:
    """Return what the policy's ladder proposes after one more strike; never taken by itself."""
    if document.ladder is None or document.strikes is None:
        return None
    weight = standing_weight + document.strikes.weight
    reached = [step for step in document.ladder.steps if step.at <= weight]
    return max(reached, key=lambda step: step.at, default=None)


def _agreed(approval: Approval, user: User, expected_version: int, at: datetime) -> Proposal:
    proposal = replace(read_proposal(approval), approved_by=user.id)
    looked = review_queries.has_looked(user=user, item=proposal.item, version=proposal.item_version)
    if user != approval.proposed_by and not looked:
        raise NotLooked
    review.settle_approval(
        approval=approval,
        user=user,
        approved=True,
        expected_version=expected_version,
        at=at,
        actor=staff.actor_of(user),
    )
    return proposal


def _one_of_many(
    each: Selected, user: User, judgement: Judgement, *, batch: uuid.UUID, at: datetime
) -> Approval | PendingDecision:
    held = review.claim(
        assignment=each.case.assignment,
        user=user,
        expected_version=each.expected_version,
        at=at,
        actor=staff.actor_of(user),
    )
    own = replace(judgement, state_version=each.state_version)
    proposal = chosen(case=each.case, user=user, expected_version=held.version, judgement=own, at=at)
    if needs_another(proposal, own):
        return laid_before_another(
            case=each.case, user=user, proposal=proposal, expected_version=held.version, at=at
        )
    return kept_back(case=each.case, user=user, proposal=proposal, batch=batch, at=at)
