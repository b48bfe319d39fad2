"""What somebody proposes to decide. Nothing is done until it passes the one door (``journeys.decide``)."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.intake.models import Notice
from sinmungo.apps.items.models import Item, Version
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.screening.models import Verdict
from sinmungo.core.kernel.errors import DomainError
from sinmungo.core.kernel.words import (
    EVERYWHERE,
    ActionKind,
    Automated,
    DecisionSource,
    DsaCategory,
    GroundKind,
)
from sinmungo.core.merkle.canonical import canonical

MAX_FACTS = 5000
MAX_ACTIONS = 20
#: A suspension longer than this, or without an end, waits for a second person.
LONGEST_BY_ONE_PERSON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ProposedAction:
    """One action; ``lasts`` is None when it stands until it is lifted."""

    kind: ActionKind
    territory: str = EVERYWHERE
    lasts: timedelta | None = None

    @property
    def is_harsh(self) -> bool:
        """Whether it waits for a second person: suspending for more than a week, or without an end."""
        return self.kind is ActionKind.SUSPEND and (self.lasts is None or self.lasts > LONGEST_BY_ONE_PERSON)


@dataclass(frozen=True, slots=True)
class ExternalDecision:
    """What another tool says of a decision that it has made."""

    external_id: str
    ground_text: str
    automated: Automated
    detected_automatically: bool
    ground_kind: GroundKind = GroundKind.TERMS
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A decision somebody wants recorded.

    ``ground`` is the id of a ground of ``policy_version``; empty when ``violation`` is false or the
    decision is external. ``actions`` are all actions wanted on this ground: with ``supersedes`` they
    take the place of that decision's actions; one that stands already keeps its beginning, and ``lasts``
    counts from now. ``state_version`` is the item's state that the proposer
    had seen; a newer one is a conflict. ``approved_by`` is the id of the second person, who is
    another than the actor. ``strike_weight`` None means the policy's own. ``past`` marks history that
    is loaded: nobody is told and nothing is delivered.
    """

    item: Item
    item_version: Version | None
    violation: bool
    category: DsaCategory
    facts: str
    source: DecisionSource
    actions: tuple[ProposedAction, ...] = ()
    ground: str = ""
    policy_version: PolicyVersion | None = None
    automation: str = ""
    verdict: Verdict | None = None
    notice: Notice | None = None
    cause_kind: str = ""
    cause_id: uuid.UUID | None = None
    supersedes: Decision | None = None
    approved_by: uuid.UUID | None = None
    state_version: int | None = None
    strike_weight: int | None = None
    external: ExternalDecision | None = None
    past: bool = False

    @property
    def is_harsh(self) -> bool:
        """Whether a second person must agree first."""
        return any(action.is_harsh for action in self.actions)

    def to_document(self) -> dict[str, Any]:
        """Return the JSON-safe form in which a proposal waits for its second person."""
        return {
            "item": str(self.item.id),
            "item_version": str(self.item_version.id) if self.item_version else None,
            "violation": self.violation,
            "category": self.category.value,
            "facts": self.facts,
            "source": self.source.value,
            "actions": [
                {
                    "kind": action.kind.value,
                    "territory": action.territory,
                    "lasts_seconds": int(action.lasts.total_seconds()) if action.lasts else None,
                }
                for action in self.actions
            ],
            "ground": self.ground,
            "policy_version": self.policy_version.digest if self.policy_version else None,
            "verdict": str(self.verdict.id) if self.verdict else None,
            "supersedes": str(self.supersedes.id) if self.supersedes else None,
            "state_version": self.state_version,
            "strike_weight": self.strike_weight,
            "cause_kind": self.cause_kind,
            "cause_id": str(self.cause_id) if self.cause_id else None,
        }


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 that binds an approval to the very proposal it approved."""
    return hashlib.sha256(canonical(dict(document))).hexdigest()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A proposal that was not accepted: its place in the batch and the error to show."""

    index: int
    error: DomainError
