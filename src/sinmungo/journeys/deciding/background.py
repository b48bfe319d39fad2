"""Everything a batch of proposals needs to know, looked up in a handful of queries."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import prefetch_related_objects

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement.models import Action, Decision
from sinmungo.apps.enforcement.proposals import Proposal, digest
from sinmungo.apps.intake.models import Report
from sinmungo.apps.items.models import Item, Platform
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review.models import Approval, Viewing
from sinmungo.core.policy.document import PolicyDocument


@dataclass(frozen=True, slots=True)
class Background:
    """What is known about the items, platforms and policies of a batch.

    ``looked_at`` holds the items the actor really opened; ``first_reports`` when an item was first
    reported; ``superseded_actions`` and ``superseded_facts`` belong to the decisions to be replaced;
    ``approved`` holds (second person, digest of the proposal) of what others agreed to.
    """

    platforms: dict[str, Platform]
    looked_at: frozenset[uuid.UUID]
    first_reports: dict[uuid.UUID, datetime]
    superseded_actions: dict[uuid.UUID, list[Action]]
    approved: frozenset[tuple[uuid.UUID, str]]

    def platform(self, item: Item) -> Platform:
        """Return the platform of an item."""
        return self.platforms[item.platform_id]

    def document(self, version: PolicyVersion) -> PolicyDocument:
        """Return the checked document of a policy version."""
        return policies.document(version)


def look_up(proposals: Sequence[Proposal], *, actor: Actor) -> Background:
    """Gather the background of ``proposals``."""
    items = {proposal.item.id: proposal.item for proposal in proposals}
    prefetch_related_objects([proposal.item for proposal in proposals], "author")
    slugs = {item.platform_id for item in items.values()}
    reports = Report.objects.filter(item_id__in=list(items)).order_by("-received_at")
    superseded = [p.supersedes for p in proposals if p.supersedes is not None]
    return Background(
        platforms={p.slug: p for p in Platform.objects.filter(pk__in=slugs)},
        looked_at=_looked_at(list(items), actor),
        first_reports=dict(reports.values_list("item_id", "received_at")),
        superseded_actions=_actions(superseded),
        approved=_approved(proposals, actor),
    )


def _looked_at(items: Sequence[uuid.UUID], actor: Actor) -> frozenset[uuid.UUID]:
    if actor.user_id is None:
        return frozenset()
    rows = Viewing.objects.filter(item_id__in=items, user_id=actor.user_id)
    return frozenset(rows.values_list("item_id", flat=True))


def _actions(decisions: Sequence[Decision]) -> dict[uuid.UUID, list[Action]]:
    found: dict[uuid.UUID, list[Action]] = {decision.id: [] for decision in decisions}
    if found:
        for action in Action.objects.filter(decision_id__in=list(found)):
            found[action.decision_id].append(action)
    return found


def _approved(proposals: Sequence[Proposal], actor: Actor) -> frozenset[tuple[uuid.UUID, str]]:
    digests = [digest(p.to_document()) for p in proposals if p.approved_by is not None]
    if not digests or actor.user_id is None:
        return frozenset()
    rows = Approval.objects.filter(
        digest__in=digests, state=Approval.State.APPROVED, proposed_by_id=actor.user_id
    )
    return frozenset(
        (decided_by, found) for decided_by, found in rows.values_list("decided_by_id", "digest") if decided_by
    )
