"""The colleagues of the play at their desks: they review, agree, and hear appeals, by the journeys alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sinmungo.apps.appeals import queries as appeal_queries
from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.base import clock
from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.enforcement.proposals import ProposedAction
from sinmungo.apps.items.models import Item, Version
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review import queries as review_queries
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Approval, Assignment, Case, Viewing
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.words import ACCOUNT_ACTIONS, EVERYWHERE, AppealOutcome
from sinmungo.core.policy import PolicyDocument
from sinmungo.demo import script
from sinmungo.demo.sayings import Kind
from sinmungo.demo.script import Finding
from sinmungo.demo.stage import Stage
from sinmungo.demo.story import StoryPost
from sinmungo.journeys import appeal as hearing
from sinmungo.journeys import review as reviewing
from sinmungo.journeys.review import Judgement

#: A hearer who answers sooner is marked as hasty; this one reads.
READS_FOR = timedelta(seconds=25)
#: The colleague leaves the first case of each queue and every fifth to the visitor.
LEFT_OF = 5
#: So many harsh acts stay without a second person.
LEFT_TO_AGREE = 2


def decide_cases(stage: Stage) -> None:
    """Decide most of what waits; harsh acts wait for another colleague, who agrees to most of them."""
    rows = review_queries.waiting_cases(seen_by=stage.reviewer, limit=200).rows
    cases = sorted((row.case for row in rows), key=lambda case: case.item.external_id)
    known = [case for case in cases if case.item.external_id in stage.truth]
    untouched: set[str] = set()
    for number, case in enumerate(known):
        queue = case.assignment.queue_id
        if queue not in untouched or not number % LEFT_OF:
            untouched.add(queue)
        else:
            decide_case(stage, case)
    for case in cases:
        if case.item.external_id in stage.live:
            decide_case(stage, case)
    harsh = review_queries.waiting_approvals(seen_by=stage.approver, limit=50).rows
    for assignment in harsh[LEFT_TO_AGREE:]:
        agree(stage.approver, assignment.approval)


def decide_case(stage: Stage, case: Case) -> Decision | Approval:
    """Take a case, read it, answer the policy's questions and decide."""
    user = stage.reviewer
    held = take(case.assignment, user)
    look(user, case.item, case.version, held)
    judgement = judged(case, _finding(stage, case))
    return reviewing.decide_case(case=case, user=user, expected_version=held.version, judgement=judgement)


def agree(user: User, approval: Approval) -> Decision:
    """Be the second person of a harsh act."""
    held = take(approval.assignment, user)
    look(user, approval.case.item, approval.case.version, held)
    return reviewing.approve(approval=approval, user=user, expected_version=held.version)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the hearer will answer an appeal."""

    appeal: Appeal
    outcome: AppealOutcome
    reasons: str


def hear(stage: Stage, verdicts: list[Verdict]) -> None:
    """Take appeals, read them for as long as that takes, and answer each."""
    user = stage.hearer
    held = []
    for verdict in verdicts:
        decision = verdict.appeal.decision
        assignment = take(verdict.appeal.assignment, user)
        look(user, decision.item, decision.item_version, assignment)
        appeal_queries.view(appeal_id=verdict.appeal.id, seen_by=user)
        held.append(assignment)
    time.sleep(READS_FOR.total_seconds())
    for verdict, assignment in zip(verdicts, held, strict=True):
        hearing.decide(
            appeal=verdict.appeal,
            user=user,
            outcome=verdict.outcome,
            reasons=verdict.reasons,
            expected_version=assignment.version,
        )


def take(assignment: Assignment, user: User) -> Assignment:
    """Take work into somebody's hands."""
    return review.claim(
        assignment=assignment,
        user=user,
        expected_version=assignment.version,
        at=clock.now(),
        actor=staff.actor_of(user),
    )


def look(user: User, item: Item, version: Version | None, assignment: Assignment) -> Viewing:
    """Have an item before one."""
    return review.record_viewing(
        user=user,
        item=item,
        version=version,
        assignment=assignment,
        at=clock.now(),
        actor=staff.actor_of(user),
    )


def _finding(stage: Stage, case: Case) -> Finding | None:
    """Return what is found; None for what breaks nothing."""
    external_id = case.item.external_id
    if external_id in stage.live:
        return stage.live[external_id].finding
    return found_in(stage.truth[external_id], script.FINDINGS)


def found_in(post: StoryPost, findings: Mapping[Kind, tuple[Finding, ...]]) -> Finding | None:
    """Return the first finding that fits a post; None for what breaks nothing."""
    for finding in findings.get(post.kind, ()):
        if not finding.words or any(word in post.text for word in finding.words):
            return finding
    return None


def _locale(case: Case) -> str:
    """Facts are told to the author, in the language of the post."""
    text = case.version.text if case.version else ""
    return "ko" if any("가" <= letter <= "힣" for letter in text) else "en"


def judged(case: Case, finding: Finding | None) -> Judgement:
    """Return what a reviewer finds, told in the language of the post; None breaks nothing."""
    locale = _locale(case)
    state_version = enforcement.state_version(case.item)
    if finding is None:
        return Judgement(violation=False, facts=script.NO_VIOLATION.to(locale), state_version=state_version)
    pack = policies.in_force(case.item.platform_id, clock.now())
    version = pack.versions[finding.policy] if pack else None
    ground, actions = _consequence(finding, policies.document(version)) if version else ("", ())
    return Judgement(
        violation=True,
        facts=finding.facts.to(locale),
        state_version=state_version,
        policy_version=version,
        ground=ground,
        actions=actions,
        answers=finding.answers,
    )


def _consequence(finding: Finding, document: PolicyDocument) -> tuple[str, tuple[ProposedAction, ...]]:
    """Return ground and actions: those of the policy's outcome, unless the finding names others."""
    outcome = document.outcome_for(finding.answers)
    if finding.instead or outcome is None:
        lasts = timedelta(days=finding.days) if finding.days else None
        return finding.ground, tuple(
            ProposedAction(kind, EVERYWHERE, lasts if kind in ACCOUNT_ACTIONS else None)
            for kind in finding.instead
        )
    then = outcome.then
    places = then.territory or (EVERYWHERE,)
    return then.ground, tuple(
        ProposedAction(kind, place, timedelta(days=then.days_of(kind)) or None)
        for kind in then.actions
        for place in places
    )
