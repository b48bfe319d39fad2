"""How an item that needs a person comes into its case, whoever found that it does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.intake import queries as intake
from sinmungo.apps.items.models import Item, Version
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening.models import Verdict
from sinmungo.core.kernel.words import ReportReason
from sinmungo.core.policy import MatchedRule
from sinmungo.journeys.consulting.asking import ask as ask_a_model


def gather(
    *,
    item: Item,
    version: Version,
    verdict: Verdict,
    matched: Sequence[MatchedRule],
    report_facts: Mapping[str, Any],
    pack: policies.PackVersion,
    at: datetime,
    actor: Actor,
) -> Case:
    """Bring an item into its case, and promise the questions that a model is asked about it."""
    reasons = report_facts.get("reasons", ())
    case = review.gather(
        item=item,
        version=version,
        verdict=verdict,
        queue=queue_of(matched, reasons, pack),
        matched=matched,
        report_facts=report_facts or intake.NO_REPORTS,
        at=at,
        actor=actor,
    )
    ask_a_model(case=case, pack=pack, matched=matched, reasons=reasons, at=at)
    return case


def queue_of(matched: Sequence[MatchedRule], reasons: Iterable[str], pack: policies.PackVersion) -> str:
    """Return the weightiest queue that rules name, or that of the reports' reasons; "" if there is none."""
    weights = {str(queue.id): queue.weight for queue in pack.document.shared.queues}
    named = [rule.proposes.queue for rule in matched if rule.proposes.queue]
    if named:
        return max(named, key=lambda queue: weights.get(queue, 0))
    return policies.queue_for_reasons(pack.document, [ReportReason(reason) for reason in reasons])
