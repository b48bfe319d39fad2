"""What a reviewer found, checked against the policy, as a proposal for the one door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sinmungo.apps.enforcement.proposals import MAX_FACTS, Proposal, ProposedAction
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review import services as review
from sinmungo.apps.review.errors import ChangedMeanwhile
from sinmungo.apps.review.models import Case
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.errors import Refused
from sinmungo.core.kernel.words import DecisionSource, DsaCategory
from sinmungo.core.policy import Outcome, PolicyDocument
from sinmungo.core.text.identifiers import mask_identifiers

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

    @property
    def document(self) -> PolicyDocument | None:
        """The policy's checked document."""
        return policies.document(self.policy_version) if self.policy_version else None


def chosen(*, case: Case, user: User, expected_version: int, judgement: Judgement, at: datetime) -> Proposal:
    """Check a judgement of a case that ``user`` holds, keep its answers, and return what it proposes.

    Call it in the transaction that records, keeps back or lays before another what it returns. Raises
    AnswerAll, NoPolicyChosen, NothingChosen, BlankLeft, and as ``review.require_held``.
    """
    document = judgement.document
    _complete(judgement, document)
    review.require_filled(judgement.facts)
    review.require_held(assignment=case.assignment, user=user, expected_version=expected_version, at=at)
    case.refresh_from_db(fields=["state"])
    if case.state != Case.State.OPEN:
        raise ChangedMeanwhile
    if judgement.policy_version and judgement.answers:
        review.answer_factors(
            case=case,
            user=user,
            policy_version=judgement.policy_version,
            answers=judgement.answers,
            suggested=judgement.suggested,
            at=at,
            actor=staff.actor_of(user),
        )
    return _proposed(case, judgement, document)


def needs_another(proposal: Proposal, judgement: Judgement) -> bool:
    """Whether a second person must agree: an action is harsh, or the policy's outcome asks for it."""
    outcome = recommended(judgement.document, judgement.answers) if judgement.document else None
    return proposal.is_harsh or (judgement.violation and bool(outcome and outcome.then.hold))


def recommended(document: PolicyDocument, answers: Mapping[str, str]) -> Outcome | None:
    """Return how the policy ends a case with these answers; None until enough is answered."""
    return document.outcome_for(answers)


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


def _proposed(case: Case, judgement: Judgement, document: PolicyDocument | None) -> Proposal:
    return Proposal(
        item=case.item,
        item_version=case.version,
        violation=judgement.violation,
        category=document.category if document else DsaCategory.OTHER_TERMS,
        # the door refuses what is longer, so it need not be masked whole
        facts=mask_identifiers(judgement.facts.strip()[: MAX_FACTS + 1]).text,
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
