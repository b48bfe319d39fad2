"""A reviewer decides a case; a harsh act waits until a second person agrees.

The decision itself is recorded by the one door. Here stands what surrounds it: the work must be in
the reviewer's hands as they saw it, every question of the policy is answered, the case ends,
everybody who reported is told what came of it, and another desk sees the item next where the policy
says so.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.enforcement.proposals import Proposal, ProposedAction, digest
from sinmungo.apps.items import queries as items
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review import queries as review_queries
from sinmungo.apps.review import services as review
from sinmungo.apps.review.errors import NotLooked, ProposalDiffers
from sinmungo.apps.review.models import Approval, Case
from sinmungo.apps.screening.models import Verdict
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.statements import services as statements
from sinmungo.apps.vault import queries as vault_queries
from sinmungo.apps.vault import services as vault
from sinmungo.core.kernel.errors import Refused
from sinmungo.core.kernel.words import ActionKind, DecisionSource, DsaCategory
from sinmungo.core.policy import Outcome, PolicyDocument, Step
from sinmungo.core.text.identifiers import mask_identifiers
from sinmungo.journeys import decide
from sinmungo.journeys.deciding.answers import answer_reports

FACTS_FIELD = "review_approval.facts"
CAUSE = "case"


class AnswerAll(Refused):
    """A violation is found by answering every question of the policy."""

    code = "review.answer_all"
    message = "Answer every question of the policy first; {missing} are open."


class NoPolicyChosen(Refused):
    """A violation is one of a policy."""

    code = "review.no_policy_chosen"
    message = "Choose the policy that is broken."


class NothingChosen(Refused):
    """A violation has a consequence, if only a warning."""

    code = "review.nothing_chosen"
    message = "Choose at least one action. If nothing should happen, decide that there is no violation."


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a reviewer found and wants done.

    ``answers`` are theirs to the factors of ``policy_version``, ``suggested`` what signals proposed
    when they answered. ``state_version`` is the item's wanted state as the page showed it.
    """

    violation: bool
    facts: str
    state_version: int
    policy_version: PolicyVersion | None = None
    ground: str = ""
    actions: tuple[ProposedAction, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    suggested: Mapping[str, str] = field(default_factory=dict)


@transaction.atomic
def decide_case(
    *, case: Case, user: User, expected_version: int, judgement: Judgement
) -> Decision | Approval:
    """Decide a case that ``user`` holds; returns the decision, or the approval that it waits for.

    It waits when an action is harsh or the policy's outcome asks for a second person. Raises the
    conflicts of ``review.require_held``, AnswerAll, NothingChosen, and whatever the one door refuses.
    """
    at, actor = clock.now(), staff.actor_of(user)
    document = policies.document(judgement.policy_version) if judgement.policy_version else None
    _complete(judgement, document)
    review.require_held(assignment=case.assignment, user=user, expected_version=expected_version, at=at)
    if judgement.policy_version and judgement.answers:
        review.answer_factors(
            case=case,
            user=user,
            policy_version=judgement.policy_version,
            answers=judgement.answers,
            suggested=judgement.suggested,
            at=at,
            actor=actor,
        )
    proposal = _proposed(case, judgement, document)
    if proposal.is_harsh or (judgement.violation and _waits(document, judgement.answers)):
        return _laid_before_another(case, user, proposal, expected_version, at, actor)
    decision = decide.one(proposal, actor=actor)
    _ended(case, decision, at, actor)
    return decision


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
    """Agree to a proposal that ``user`` holds and did not make; it then passes the one door.

    Raises SamePerson, NotLooked unless they had the item before them, ProposalDiffers when the row is not
    what was proposed, StateChanged when the item was decided on meanwhile (send it back then), and as
    ``review.require_held``.
    """
    at = clock.now()
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
    proposer = staff.actor_of(approval.proposed_by)
    decision = decide.one(proposal, actor=proposer)
    _ended(approval.case, decision, at, proposer)
    return decision


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
    item = approval.case.item
    kept = dict(approval.proposal)
    sealed = bytes.fromhex(kept["facts"])
    kept["facts"] = vault_queries.unseal(statements.person_ref(item), FACTS_FIELD, sealed).reveal()
    proposal = _from_document(kept)
    if digest(proposal.to_document()) != approval.digest or proposal.item.id != item.id:
        raise ProposalDiffers
    return proposal


def recommended(document: PolicyDocument, answers: Mapping[str, str]) -> Outcome | None:
    """Return how the policy ends a case with these answers; None until enough is answered."""
    return document.outcome_for(answers)


def ladder_step(document: PolicyDocument, standing_weight: int) -> Step | None:
    """Return what the policy's ladder proposes after one more strike; never taken by itself."""
    if document.ladder is None or document.strikes is None:
        return None
    weight = standing_weight + document.strikes.weight
    reached = [step for step in document.ladder.steps if step.at <= weight]
    return max(reached, key=lambda step: step.at, default=None)


def _complete(judgement: Judgement, document: PolicyDocument | None) -> None:
    if not judgement.violation:
        return
    if document is None:
        raise NoPolicyChosen
    if not judgement.actions:
        raise NothingChosen
    missing = sum(1 for factor in document.factors if not judgement.answers.get(factor.id))
    if missing:
        raise AnswerAll(missing=missing)


def _waits(document: PolicyDocument | None, answers: Mapping[str, str]) -> bool:
    outcome = recommended(document, answers) if document else None
    return bool(outcome and outcome.then.hold)


def _proposed(case: Case, judgement: Judgement, document: PolicyDocument | None) -> Proposal:
    return Proposal(
        item=case.item,
        item_version=case.version,
        violation=judgement.violation,
        category=document.category if document else DsaCategory.OTHER_TERMS,
        facts=mask_identifiers(judgement.facts.strip()).text,
        source=DecisionSource.REVIEW,
        actions=judgement.actions,
        ground=judgement.ground,
        policy_version=judgement.policy_version,
        verdict=case.verdict,
        cause_kind=CAUSE,
        cause_id=case.id,
        state_version=judgement.state_version,
        strike_weight=_strike_weight(document, judgement.answers),
    )


def _strike_weight(document: PolicyDocument | None, answers: Mapping[str, str]) -> int | None:
    """The policy's own weight, or nothing where its outcome for these answers gives no strike."""
    outcome = recommended(document, answers) if document else None
    return 0 if outcome and not outcome.then.strike else None


def _laid_before_another(
    case: Case, user: User, proposal: Proposal, expected_version: int, at: datetime, actor: Actor
) -> Approval:
    document = proposal.to_document()
    ref = statements.person_ref(case.item)
    vault.ensure([ref])
    vault.register([ref], at=at)
    return review.request_approval(
        case=case,
        user=user,
        proposal=document,
        kept={**document, "facts": vault.seal(ref, FACTS_FIELD, proposal.facts).hex()},
        expected_version=expected_version,
        at=at,
        actor=actor,
    )


def _ended(case: Case, decision: Decision, at: datetime, actor: Actor) -> None:
    review.close(case=case, decision=decision, at=at, actor=actor)
    answer_reports(decision, at=at, actor=actor)
    _referred(case, decision, at, actor)


def _referred(case: Case, decision: Decision, at: datetime, actor: Actor) -> None:
    """Open the case of whoever must see the item next, where the policy's outcome says so."""
    if decision.policy_version is None:
        return
    document = policies.document(decision.policy_version)
    outcome = recommended(document, review_queries.answers(case=case, policy=document.policy))
    if outcome and outcome.then.refer not in ("", case.assignment.queue_id):
        review.gather(
            item=case.item,
            version=case.version,
            verdict=case.verdict,
            queue=outcome.then.refer,
            at=at,
            actor=actor,
        )


def _from_document(document: Mapping[str, Any]) -> Proposal:
    version, item = _id(document["item_version"]), uuid.UUID(document["item"])
    cause = _id(document["cause_id"])
    return Proposal(
        item=items.items_by_id([item])[item],
        item_version=items.versions_by_id([version])[version] if version else None,
        violation=document["violation"],
        category=DsaCategory(document["category"]),
        facts=document["facts"],
        source=DecisionSource(document["source"]),
        actions=tuple(_action(action) for action in document["actions"]),
        ground=document["ground"],
        policy_version=PolicyVersion.objects.filter(pk=document["policy_version"]).first(),
        verdict=Verdict.objects.filter(pk__in=_ids(document["verdict"])).first(),
        supersedes=Decision.objects.filter(pk__in=_ids(document["supersedes"])).first(),
        state_version=document["state_version"],
        strike_weight=document["strike_weight"],
        cause_kind=document["cause_kind"],
        cause_id=cause,
    )


def _action(document: Mapping[str, Any]) -> ProposedAction:
    seconds = document["lasts_seconds"]
    return ProposedAction(
        kind=ActionKind(document["kind"]),
        territory=document["territory"],
        lasts=timedelta(seconds=seconds) if seconds is not None else None,
    )


def _id(text: str | None) -> uuid.UUID | None:
    return uuid.UUID(text) if text else None


def _ids(text: str | None) -> list[uuid.UUID]:
    return [uuid.UUID(text)] if text else []
