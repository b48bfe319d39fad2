"""What follows from a decision of a case: it ends, reporters hear, another desk sees the item next."""

from __future__ import annotations

from datetime import datetime

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review import queries
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Case
from sinmungo.journeys.deciding.answers import answer_reports
from sinmungo.journeys.reviewing.choosing import recommended


def ended(case: Case, decision: Decision, *, at: datetime, actor: Actor) -> None:
    """End a case by its decision; call it in the transaction that recorded the decision."""
    review.close(case=case, decision=decision, at=at, actor=actor)
    answer_reports(decision, at=at, actor=actor)
    _referred(case, decision, at, actor)


def _referred(case: Case, decision: Decision, at: datetime, actor: Actor) -> None:
    """Open the case of whoever must see the item next, where the policy's outcome says so."""
    if decision.policy_version is None:
        return
    document = policies.document(decision.policy_version)
    outcome = recommended(document, queries.answers(case=case, policy=document.policy))
    if outcome and outcome.then.refer not in ("", case.assignment.queue_id):
        review.gather(
            item=case.item,
            version=case.version,
            verdict=case.verdict,
            queue=outcome.then.refer,
            at=at,
            actor=actor,
        )
