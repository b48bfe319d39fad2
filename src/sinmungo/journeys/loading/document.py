"""A decision that another tool has made, as it comes in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, field_validator, model_validator

from sinmungo.apps.enforcement.proposals import MAX_ACTIONS, MAX_FACTS
from sinmungo.apps.items.events import ExternalId, ItemTypeName, Moment
from sinmungo.core.kernel.words import (
    ACCOUNT_ACTIONS,
    EVERYWHERE,
    ActionKind,
    Automated,
    DsaCategory,
    GroundKind,
)
from sinmungo.core.policy.vocabulary import COUNTRIES

MAX_GROUND = 500


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class DecidedItem(_Strict):
    """The item that was decided on; ``author`` is needed for actions on the account behind it."""

    type: ItemTypeName
    external_id: ExternalId
    author: ExternalId | None = None


class DecidedGround(_Strict):
    """The law or the section of the terms, in the other tool's words; the person reads them."""

    kind: Annotated[GroundKind, Strict(strict=False)] = GroundKind.TERMS
    text: Annotated[str, Field(min_length=1, max_length=MAX_GROUND)]


class DecidedAction(_Strict):
    """One action; without ``ends`` it stands until it is lifted."""

    kind: Annotated[ActionKind, Strict(strict=False)]
    territory: str = EVERYWHERE
    ends: Moment | None = None

    @field_validator("territory")
    @classmethod
    def _known(cls, value: str) -> str:
        if value != EVERYWHERE and value not in COUNTRIES:
            raise ValueError("everywhere, or two capital letters of a country such as KR")
        return value


class DecisionDocument(_Strict):
    """One decision of another tool. ``external_id`` is that tool's own number: it counts once.

    ``supersedes`` is the number of the decision that this one takes the place of. ``automated`` says how
    far a person decided. Times are ISO 8601 with their zone.
    """

    external_id: ExternalId
    item: DecidedItem
    violation: bool = True
    ground: DecidedGround
    category: Annotated[DsaCategory, Strict(strict=False)]
    facts: Annotated[str, Field(min_length=1, max_length=MAX_FACTS)]
    actions: Annotated[list[DecidedAction], Field(max_length=MAX_ACTIONS)] = []
    automated: Annotated[Automated, Strict(strict=False)]
    detected_automatically: bool
    made_at: Moment
    supersedes: ExternalId | None = None
    cause: Literal["", "appeal"] = ""

    @model_validator(mode="after")
    def _holds_together(self) -> DecisionDocument:
        if self.actions and not self.violation:
            raise ValueError("without a violation there is no action")
        if any(action.ends is not None and action.ends <= self.made_at for action in self.actions):
            raise ValueError("an action ends after the decision was made")
        if len({(action.kind, action.territory) for action in self.actions}) < len(self.actions):
            raise ValueError("an action stands twice")
        on_account = any(action.kind in ACCOUNT_ACTIONS for action in self.actions)
        if on_account and self.item.type != "account" and self.item.author is None:
            raise ValueError("an action on an account needs item.author")
        if not self.facts.strip() or not self.ground.text.strip():
            raise ValueError("facts and ground are sentences, not spaces")
        return self
