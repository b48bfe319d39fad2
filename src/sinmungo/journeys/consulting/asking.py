"""After a case was gathered: promise that a model is asked, and let what it said before count again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings

from sinmungo.apps.base import actors
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.queries import PackVersion
from sinmungo.apps.review.models import Case
from sinmungo.apps.review.priority import Part
from sinmungo.apps.review.services.ordering import MOST_POINTS, raise_priority
from sinmungo.apps.screening import consultations
from sinmungo.core.kernel.words import ReportReason
from sinmungo.core.policy import MatchedRule, PolicyDocument
from sinmungo.journeys.consulting import budget
from sinmungo.journeys.consulting.questions import may_leave

JUDGE = actors.automation("judge")
#: Policies that a model is asked about for one version: the first that rules, then reporters, name. One
#: without questions has none to suggest answers to.
MOST_POLICIES = 2
#: A score from here on brings a case forward.
RAISES_FROM = 0.5


def ask(
    *,
    case: Case,
    pack: PackVersion,
    matched: Sequence[MatchedRule],
    reasons: Iterable[str],
    at: datetime,
) -> None:
    """Promise the questions about a case that was gathered just now; nothing when no model is set."""
    if not budget.is_on(settings.SINMUNGO_JUDGE_MODEL) or case.version is None:
        return
    if may_leave(case.version):
        named = _policies(pack, matched, reasons)[:MOST_POLICIES]
        wanted = [pack.versions[str(policy.policy)] for policy in named if policy.factors]
        consultations.owe(version=case.version, policy_versions=wanted, at=at)
    for opinion in consultations.opinions(case.version):
        bring_forward(case, policy=opinion.policy_version.policy_id, score=opinion.score, at=at)


def bring_forward(case: Case, *, policy: str, score: float | None, at: datetime) -> None:
    """Let a score count for the place of a case; a low one, or none, changes nothing."""
    if score is not None and score >= RAISES_FROM:
        part = Part("judge", f"{policy} {score:.2f}", MOST_POINTS * score)
        raise_priority(case=case, part=part, at=at, actor=JUDGE)


def _policies(
    pack: PackVersion, matched: Sequence[MatchedRule], reasons: Iterable[str]
) -> list[PolicyDocument]:
    named = [pack.document.policy(rule.policy) for rule in matched]
    found = (policies.policy_for_reason(pack.document, ReportReason(reason)) for reason in reasons)
    named += [policy for policy in found if policy is not None]
    return list({policy.policy: policy for policy in named}.values())
