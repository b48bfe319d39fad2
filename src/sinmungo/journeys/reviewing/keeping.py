"""A proposal that waits: sealed while it waits, opened as the very words that were chosen.

It waits for a second person, or for the moment after which its author takes it back no longer.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.enforcement.errors import StateChanged
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.enforcement.proposals import Proposal, ProposedAction, digest
from sinmungo.apps.items import queries as items
from sinmungo.apps.items.models import Item
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review import services as review
from sinmungo.apps.review.errors import ProposalDiffers
from sinmungo.apps.review.models import Approval, Case, PendingDecision
from sinmungo.apps.screening.models import Verdict
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.statements import services as statements
from sinmungo.apps.vault import queries as vault_queries
from sinmungo.apps.vault import services as vault
from sinmungo.core.kernel.words import ActionKind, DecisionSource, DsaCategory
from sinmungo.journeys.deciding import gate
from sinmungo.journeys.deciding.background import look_up

APPROVAL_FACTS = "review_approval.facts"
PENDING_FACTS = "review_pendingdecision.facts"


def undo_for() -> timedelta:
    """Return how long a decision may be taken back; nothing means that it is recorded at once."""
    return timedelta(seconds=settings.SINMUNGO_UNDO_SECONDS)


def laid_before_another(
    *, case: Case, user: User, proposal: Proposal, expected_version: int, at: datetime
) -> Approval:
    """Let a proposal wait for a second person."""
    return review.request_approval(
        case=case,
        user=user,
        proposal=proposal.to_document(),
        kept=_sealed(proposal, APPROVAL_FACTS, at),
        expected_version=expected_version,
        at=at,
        actor=staff.actor_of(user),
    )


def kept_back(
    *,
    case: Case,
    user: User,
    proposal: Proposal,
    approval: Approval | None = None,
    batch: uuid.UUID | None = None,
    at: datetime,
) -> PendingDecision:
    """Let a decision wait until ``user`` takes it back no longer.

    Raises what the one door would refuse now. With ``approval`` it is the proposer's decision, and
    ``user`` the second person, whose agreement may be taken back.
    """
    decider = approval.proposed_by if approval else user
    _would_pass(proposal, staff.actor_of(decider), at)
    kept = {
        **_sealed(proposal, PENDING_FACTS, at),
        "decided_by": decider.pk.hex,
        "approved_by": proposal.approved_by.hex if proposal.approved_by else None,
        "approval": approval.pk.hex if approval else None,
        "case_version": case.version_id.hex if case.version_id else None,
    }
    return review.keep_back(
        case=case,
        user=user,
        proposal=proposal.to_document(),
        kept=kept,
        due_at=at + undo_for(),
        batch=batch,
        at=at,
        actor=staff.actor_of(user),
    )


def opened(kept: Mapping[str, Any], *, item: Item, bound: str, field: str) -> Proposal:
    """Return what waits, opened from its seal; raises ProposalDiffers, and Destroyed without its key."""
    document = dict(kept)
    sealed = bytes.fromhex(document["facts"])
    document["facts"] = vault_queries.unseal(statements.person_ref(item), field, sealed).reveal()
    proposal = _from_document(document)
    if digest(proposal.to_document()) != bound or proposal.item.id != item.id:
        raise ProposalDiffers
    return proposal


def _sealed(proposal: Proposal, field: str, at: datetime) -> dict[str, Any]:
    ref = statements.person_ref(proposal.item)
    vault.ensure([ref])
    vault.register([ref], at=at)
    return {**proposal.to_document(), "facts": vault.seal(ref, field, proposal.facts).hex()}


def _would_pass(proposal: Proposal, actor: Actor, at: datetime) -> None:
    """Raise what the one door would refuse if it were asked now."""
    error = gate.objection(proposal, actor=actor, background=look_up([proposal], actor=actor, at=at))
    if error is not None:
        raise error
    if proposal.state_version not in (None, enforcement.state_version(proposal.item)):
        raise StateChanged


def _from_document(document: Mapping[str, Any]) -> Proposal:
    version, item = _id(document["item_version"]), uuid.UUID(document["item"])
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
        cause_id=_id(document["cause_id"]),
        approved_by=_id(document.get("approved_by")),
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
