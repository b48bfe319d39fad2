"""How an accepted proposal becomes a decision, its actions, its strike and its statement."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sinmungo.apps.base import ids
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement.models import Action, Decision, Strike
from sinmungo.apps.enforcement.proposals import Proposal, ProposedAction
from sinmungo.apps.enforcement.queries import FACTS_FIELD
from sinmungo.apps.items.models import Item
from sinmungo.apps.statements.content import MAX_EXCERPT, ActionTold, GroundTold
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.statements.services import Draft, base_content, person_ref
from sinmungo.core.kernel.words import (
    ACCOUNT_ACTIONS,
    Automated,
    DecisionSource,
    GroundKind,
    ItemType,
    PlatformMode,
)
from sinmungo.journeys.deciding.background import Background, brings_up

__all__ = ["FACTS_FIELD", "Drafted", "account_of", "drafted", "ledger_body"]


@dataclass(frozen=True, slots=True)
class Drafted:
    """A decision ready to be written.

    ``touches`` are the items whose wanted state may change; ``told_on`` those whose person must see
    the statement; ``deliver`` says whether the platform hears of it.
    """

    proposal: Proposal
    decision: Decision
    actions: list[Action]
    strike: Strike | None
    statement: Draft | None
    key_ref: str
    touches: frozenset[uuid.UUID]
    told_on: frozenset[uuid.UUID]
    deliver: bool


def account_of(item: Item) -> Item | None:
    """Return the account that actions on accounts fall on, if it is known."""
    return item if item.type == ItemType.ACCOUNT else item.author


def drafted(proposal: Proposal, *, actor: Actor, background: Background) -> Drafted:
    """Draft everything that recording ``proposal`` will write."""
    key_ref = person_ref(proposal.item)
    made_at = _made_at(proposal, background.at)
    decision = _decision(proposal, key_ref, made_at, actor=actor, background=background)
    old = background.replaced(proposal)
    actions = [_action(decision, proposal.item, action, old) for action in proposal.actions]
    strike = _strike(proposal, decision, background)
    touches = frozenset({proposal.item.id} | {a.item_id for a in actions} | {a.item_id for a in old})
    statement = _statement(proposal, decision, actions, strike, key_ref, background)
    return Drafted(
        proposal=proposal,
        decision=decision,
        actions=actions,
        strike=strike,
        statement=statement,
        key_ref=key_ref,
        touches=touches,
        told_on=touches if statement is not None else frozenset(),
        deliver=_delivers(proposal, background),
    )


def _delivers(proposal: Proposal, background: Background) -> bool:
    """History is never delivered; of what another tool decided, only what puts it right is."""
    mode = background.platform(proposal.item).mode
    ours = mode == PlatformMode.FULL and proposal.external is None
    return not proposal.past and (ours or proposal.supersedes is not None)


def _made_at(proposal: Proposal, at: datetime) -> datetime:
    told = proposal.external.made_at if proposal.external is not None else None
    return min(told, at) if told is not None else at


def _decision(
    proposal: Proposal, key_ref: str, made_at: datetime, *, actor: Actor, background: Background
) -> Decision:
    external = proposal.external
    automated, looked = _automated(proposal, actor, background)
    return Decision(
        id=ids.new_id(),
        case_code=ids.new_case_code(),
        platform=background.platform(proposal.item),
        item=proposal.item,
        item_version=proposal.item_version,
        verdict=proposal.verdict,
        notice=proposal.notice,
        violation=proposal.violation,
        ground_kind=_ground_kind(proposal, background),
        ground=proposal.ground,
        ground_text=external.ground_text if external else _inherited_ground_text(proposal),
        policy_version=proposal.policy_version,
        category=proposal.category,
        key_ref=key_ref,
        automated=automated,
        detected_automatically=_detected(proposal, background),
        looked=looked,
        source=proposal.source,
        external_id=external.external_id if external else "",
        made_by=str(actor),
        approved_by=f"staff:{proposal.approved_by.hex}" if proposal.approved_by else "",
        cause_kind=proposal.cause_kind,
        cause_id=proposal.cause_id,
        supersedes=proposal.supersedes,
        made_at=made_at,
    )


def _automated(proposal: Proposal, actor: Actor, background: Background) -> tuple[Automated, bool]:
    """Derive how far a person decided: who did it, and whether they really opened the item."""
    if proposal.external is not None:
        return proposal.external.automated, False
    if actor.kind != "staff":
        return Automated.FULLY, False
    looked = _looked(proposal, background)
    return (Automated.NOT if looked else Automated.PARTIALLY), looked


def _looked(proposal: Proposal, background: Background) -> bool:
    """Whether the actor opened the very version that is decided on.

    Of an item that was never seen here there is nothing to open, except an account with its history.
    """
    if proposal.item_version is None:
        is_account = proposal.item.type == ItemType.ACCOUNT
        return is_account and any(item_id == proposal.item.id for item_id, _ in background.looked_at)
    return (proposal.item.id, proposal.item_version.id) in background.looked_at


def _detected(proposal: Proposal, background: Background) -> bool:
    """Whether a machine found it: a verdict that proposed something before anybody reported."""
    if proposal.external is not None:
        return proposal.external.detected_automatically
    if proposal.supersedes is not None:
        return proposal.supersedes.detected_automatically
    if proposal.verdict is None:
        return False
    reported = background.first_reports.get(proposal.item.id)
    if reported is None:
        return brings_up(proposal.verdict.document)
    found = background.first_matches.get(proposal.item.id)
    return found is not None and found < reported


def _ground_kind(proposal: Proposal, background: Background) -> GroundKind:
    if proposal.external is not None:
        return proposal.external.ground_kind
    if proposal.ground and proposal.policy_version is not None:
        return background.document(proposal.policy_version).ground(proposal.ground).kind
    return GroundKind(proposal.supersedes.ground_kind) if proposal.supersedes else GroundKind.TERMS


def _inherited_ground_text(proposal: Proposal) -> str:
    return proposal.supersedes.ground_text if proposal.supersedes is not None else ""


def _action(decision: Decision, item: Item, proposed: ProposedAction, old: Sequence[Action]) -> Action:
    """Draft an action; what is kept of the decision that is replaced keeps its beginning."""
    target = account_of(item) if proposed.kind in ACCOUNT_ACTIONS else item
    now = decision.made_at
    kept = (a.begins for a in old if _same_action(a, proposed) and (a.ends is None or a.ends > now))
    return Action(
        decision=decision,
        item=target,
        kind=proposed.kind,
        territory=proposed.territory,
        begins=next(kept, now),
        ends=now + proposed.lasts if proposed.lasts is not None else None,
    )


def _same_action(action: Action, proposed: ProposedAction) -> bool:
    return (action.kind, action.territory) == (proposed.kind, proposed.territory)


def _strike(proposal: Proposal, decision: Decision, background: Background) -> Strike | None:
    """A strike needs an account, and a version that was in force when the item was posted."""
    account, version = account_of(proposal.item), proposal.policy_version
    if not proposal.violation or proposal.past or account is None or version is None:
        return None
    document = background.document(version)
    weight = proposal.strike_weight
    if weight is None:
        weight = document.strikes.weight if document.strikes is not None and proposal.actions else 0
    if weight <= 0 or document.ladder is None or proposal.item_version is None:
        return None
    posted_at = proposal.item_version.occurred_at
    if not background.adoptions.was_in_force(version, proposal.item.platform_id, posted_at):
        return None
    expires = decision.made_at + timedelta(days=document.ladder.expires_after)
    if proposal.supersedes is not None:
        # a strike that remains after an objection does not begin anew
        expires = min(expires, background.old_strike_ends.get(proposal.supersedes.id, expires))
    return Strike(account=account, decision=decision, weight=weight, expires_at=expires)


def _statement(
    proposal: Proposal,
    decision: Decision,
    actions: list[Action],
    strike: Strike | None,
    key_ref: str,
    background: Background,
) -> Draft | None:
    """Draft what the person affected is told; nobody is told of history or of nothing."""
    nothing_happened = not proposal.violation and proposal.supersedes is None
    if proposal.past or nothing_happened:
        return None
    attributes = json.loads(proposal.item_version.attributes) if proposal.item_version else {}
    content = replace(
        base_content(decision),
        outcome=_outcome(proposal),
        excerpt=proposal.item_version.text[:MAX_EXCERPT] if proposal.item_version else "",
        posted_at=proposal.item_version.occurred_at.isoformat() if proposal.item_version else "",
        actions=tuple(_told(action) for action in actions),
        facts=proposal.facts,
        ground=_ground_told(proposal, decision, background),
        policy_in_force_since=_in_force_since(proposal, decision, background),
        strike_weight=strike.weight if strike is not None else 0,
        supersedes_case_code=proposal.supersedes.case_code if proposal.supersedes else "",
    )
    return Draft(
        decision=decision,
        content=content,
        audience=Statement.Audience.AFFECTED,
        locale=locale_told(attributes, background.platform(proposal.item).locale),
        key_ref=key_ref,
        account=account_of(proposal.item),
    )


def _in_force_since(proposal: Proposal, decision: Decision, background: Background) -> str:
    version, platform_id = proposal.policy_version, proposal.item.platform_id
    since = background.adoptions.since(version, platform_id, decision.made_at) if version else None
    return since.isoformat() if since is not None else ""


def _outcome(proposal: Proposal) -> str:
    if proposal.supersedes is None:
        return "restricted"
    if not proposal.violation:
        return "reversed"
    return "partly_reversed" if proposal.source == DecisionSource.APPEAL else "restricted"


def _told(action: Action) -> ActionTold:
    ends = action.ends.isoformat() if action.ends is not None else None
    return ActionTold(action.kind, action.territory, action.begins.isoformat(), ends)


def _ground_told(proposal: Proposal, decision: Decision, background: Background) -> GroundTold | None:
    if decision.ground_text:
        return GroundTold(kind=decision.ground_kind, text=decision.ground_text)
    if not proposal.ground or proposal.policy_version is None:
        return None
    ground = background.document(proposal.policy_version).ground(proposal.ground)
    return GroundTold(
        kind=ground.kind,
        jurisdiction=", ".join(ground.territory),
        act_ko=ground.act.ko if ground.act else "",
        act_en=ground.act.en if ground.act else "",
        article=ground.article,
        gist_ko=ground.gist.ko if ground.gist else "",
        gist_en=ground.gist.en if ground.gist else "",
        section=ground.section,
    )


def locale_told(attributes: dict[str, Any], fallback: str) -> str:
    """Return the language somebody is written to: what their platform told of them, or its own."""
    asked = str(attributes.get("author", {}).get("locale", ""))[:2].lower()
    return asked if asked in ("ko", "en") else fallback


def ledger_body(drafted: Drafted) -> dict[str, Any]:
    """Return what the ledger keeps of a decision: plain facts, nobody's words."""
    decision = drafted.decision
    return {
        "case_code": decision.case_code,
        "platform": decision.platform_id,
        "item": decision.item_id.hex,
        "violation": decision.violation,
        "ground": decision.ground,
        "policy_version": decision.policy_version_id or "",
        "category": str(decision.category),
        "automated": str(decision.automated),
        "looked": decision.looked,
        "source": str(decision.source),
        "approved": bool(decision.approved_by),
        "actions": [f"{a.kind} {a.territory}" for a in drafted.actions],
        "supersedes": drafted.proposal.supersedes.case_code if drafted.proposal.supersedes else "",
        "told": drafted.statement is not None,
    }
