"""Everything a batch of proposals needs to know, looked up in a handful of queries."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Min, prefetch_related_objects

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement.models import Action, Decision, Strike
from sinmungo.apps.enforcement.proposals import Proposal, digest
from sinmungo.apps.intake.models import Report
from sinmungo.apps.items.models import Item, Platform
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review.models import Approval, Viewing
from sinmungo.apps.screening.models import Verdict
from sinmungo.apps.statements.services import person_ref
from sinmungo.apps.vault import queries as vault
from sinmungo.core.kernel.words import Level
from sinmungo.core.policy.document import PolicyDocument
from sinmungo.journeys.deciding.adoptions import Adoptions


@dataclass(frozen=True, slots=True)
class Background:
    """What is known about the items, platforms and policies of a batch at the moment ``at``.

    ``looked_at`` holds (item, version) that the actor really opened; ``first_reports`` when an item was
    first reported, ``first_matches`` when a rule first brought a reported one up; ``old_actions`` and
    ``old_strike_ends`` belong to the decisions to be replaced; ``approved`` holds (second person, digest
    of the proposal) of what others agreed to; ``forgotten`` names the keys that were destroyed.
    """

    at: datetime
    platforms: dict[str, Platform]
    adoptions: Adoptions
    looked_at: frozenset[tuple[uuid.UUID, uuid.UUID | None]]
    first_reports: dict[uuid.UUID, datetime]
    first_matches: dict[uuid.UUID, datetime]
    old_actions: dict[uuid.UUID, list[Action]]
    old_strike_ends: dict[uuid.UUID, datetime]
    approved: frozenset[tuple[uuid.UUID, str]]
    forgotten: frozenset[str]

    def platform(self, item: Item) -> Platform:
        """Return the platform of an item."""
        return self.platforms[item.platform_id]

    def document(self, version: PolicyVersion) -> PolicyDocument:
        """Return the checked document of a policy version."""
        return policies.document(version)

    def replaced(self, proposal: Proposal) -> list[Action]:
        """Return the actions of the decision that a proposal supersedes, if it does."""
        return self.old_actions[proposal.supersedes.id] if proposal.supersedes is not None else []


def look_up(proposals: Sequence[Proposal], *, actor: Actor, at: datetime) -> Background:
    """Gather the background of ``proposals``."""
    items = {proposal.item.id: proposal.item for proposal in proposals}
    prefetch_related_objects([proposal.item for proposal in proposals], "author")
    slugs = {item.platform_id for item in items.values()}
    superseded = [p.supersedes for p in proposals if p.supersedes is not None]
    first_reports = _first_reports([p.item.id for p in proposals if p.verdict is not None])
    return Background(
        at=at,
        platforms={p.slug: p for p in Platform.objects.filter(pk__in=slugs)},
        adoptions=Adoptions(slugs),
        looked_at=_looked_at(list(items), actor),
        first_reports=first_reports,
        first_matches=_first_matches(list(first_reports)),
        old_actions=_actions(superseded),
        old_strike_ends=_strike_ends(superseded),
        approved=_approved(proposals, actor),
        forgotten=frozenset(vault.destroyed(sorted({person_ref(item) for item in items.values()}))),
    )


def _looked_at(items: Sequence[uuid.UUID], actor: Actor) -> frozenset[tuple[uuid.UUID, uuid.UUID | None]]:
    if actor.user_id is None:
        return frozenset()
    rows = Viewing.objects.filter(item_id__in=items, user_id=actor.user_id)
    return frozenset(rows.values_list("item_id", "version_id"))


def _first_reports(items: Sequence[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    if not items:
        return {}
    rows = Report.objects.filter(item_id__in=items).values_list("item_id")
    return dict(rows.annotate(first=Min("received_at")))


def _first_matches(items: Sequence[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    """Return when a rule first brought up each item: a report has it judged again, with a later verdict."""
    if not items:
        return {}
    rows = Verdict.objects.filter(version__item_id__in=items).order_by("-at")
    told = rows.values_list("version__item_id", "at", "document")
    return {item_id: at for item_id, at, document in told if brings_up(document)}


def brings_up(document: str) -> bool:
    """Whether a verdict has a rule that brings the item before a person: one that does more than watch."""
    matched = json.loads(document).get("matched", ())
    return any(rule.get("ceiling") != Level.SHADOW for rule in matched)


def _strike_ends(decisions: Sequence[Decision]) -> dict[uuid.UUID, datetime]:
    if not decisions:
        return {}
    rows = Strike.objects.filter(decision_id__in=[decision.id for decision in decisions])
    return dict(rows.values_list("decision_id", "expires_at"))


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
