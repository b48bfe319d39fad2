"""The shapes of what arrives by machine; a fault is told with the path of the field and why."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from sinmungo.core.kernel.words import EVERYWHERE, ActionKind, ItemType, PublicState

MAX_ITEMS = 500
MAX_RESTRICTIONS = 50
_COUNTRY = re.compile(r"[A-Z]{2}")

Name = Annotated[str, Field(min_length=1, max_length=200)]


class Restriction(BaseModel):
    """One restriction that stands: what, where, from when, until when."""

    kind: ActionKind
    territory: str
    begins: AwareDatetime | None = None
    ends: AwareDatetime | None = None

    @field_validator("territory")
    @classmethod
    def _known_territory(cls, value: str) -> str:
        if value != EVERYWHERE and not _COUNTRY.fullmatch(value):
            raise ValueError(f'is neither "{EVERYWHERE}" nor two capital letters such as "KR"')
        return value


class Statement(BaseModel):
    """Where the person affected reads why; shown to them and to nobody else."""

    url: Annotated[str, Field(max_length=2000, pattern=r"^https?://")]
    case_code: Annotated[str, Field(min_length=1, max_length=40)]
    locale: Annotated[str, Field(min_length=2, max_length=35)]


class WantedState(BaseModel):
    """The whole wanted state of one item, with its version."""

    platform: Name
    type: ItemType
    external_id: Name
    version: Annotated[int, Field(ge=1, lt=2**63, strict=True)]
    restrictions: Annotated[list[Restriction], Field(max_length=MAX_RESTRICTIONS)]
    public_state: PublicState
    statement: Statement | None


class RestrictionChanged(BaseModel):
    """The body of the webhook ``restriction.changed``."""

    type: Literal["restriction.changed"] = "restriction.changed"
    items: Annotated[list[WantedState], Field(min_length=1, max_length=MAX_ITEMS)]


class FaultOrder(BaseModel):
    """How the next webhooks shall go wrong; every field that is left out stays well.

    ``after`` lets so many through first; with ``per_second`` no more are taken in a second than that.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    delay_ms: Annotated[int, Field(ge=0, le=60_000)] = 0
    status: Literal[403, 404, 410, 429, 500] | None = None
    kill: Literal["before_commit", "after_commit"] | None = None
    drop: bool = False
    count: Annotated[int, Field(ge=1)] | None = None
    after: Annotated[int, Field(ge=0)] = 0
    per_second: Annotated[int, Field(ge=1, le=10_000)] | None = None


class AccountsAsked(BaseModel):
    """The accounts that Sinmungo asks about before and after it restores them."""

    model_config = ConfigDict(extra="forbid")

    accounts: Annotated[list[Name], Field(min_length=1, max_length=MAX_ITEMS)]


class Correction(BaseModel):
    """One party that is to be told that what it heard of an account was wrong."""

    number: int
    external_id: Name
    party: Name
    name: Name
    reference: Annotated[str, Field(max_length=200)]
    told_at: AwareDatetime
    case_code: Annotated[str, Field(min_length=1, max_length=40)]


class Corrections(BaseModel):
    """The body of ``accounts/corrections``."""

    model_config = ConfigDict(extra="forbid")

    corrections: Annotated[list[Correction], Field(min_length=1, max_length=MAX_ITEMS)]


class CodeToShow(BaseModel):
    """A code that Sinmungo asks the platform to bring to an account."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=40)]


class PurgeOrder(BaseModel):
    """After how many days what is withheld is deleted for good; 0 means at once."""

    model_config = ConfigDict(extra="forbid")

    days: Annotated[int, Field(ge=0, le=36_500)]


class HandoverOrder(BaseModel):
    """What a hand-over to Sinmungo is for."""

    model_config = ConfigDict(extra="forbid")

    purpose: Literal["statement", "appeal", "export"] = "appeal"


def faults_of(error: ValidationError, *, most: int = 20) -> list[str]:
    """Return up to ``most`` faults as ``path: reason``, without repeating what was sent."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return [f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}" for fault in found[:most]]
