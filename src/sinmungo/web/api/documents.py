"""What the API takes and gives, as schemas: the reference of /api/v1/openapi.json."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, Strict

from sinmungo.apps.intake.services import MAX_CONTACT, MAX_WORDS
from sinmungo.apps.items.events import EventDocument, ExternalId, ItemTypeName
from sinmungo.core.kernel.words import ReportReason
from sinmungo.journeys.outside import DecisionDocument


class Problem(Schema):
    """What went wrong (RFC 9457). ``code`` is stable; ``detail`` is a sentence in the asker's language."""

    type: str
    title: str
    status: int
    code: str
    detail: str


class RefusedOut(Schema):
    """One member of a batch that was not kept, by its place from 0."""

    index: int
    event_id: str | None
    code: str
    detail: str


class TakenOut(Schema):
    """What became of a batch: kept now, had come before, refused."""

    accepted: int
    duplicates: int
    refused: list[RefusedOut]


class VerdictOut(Schema):
    """What the policy in force recommends of one event. It has no effect of its own."""

    event_id: str
    proposed: str
    verdict: dict[str, Any] | None


class JudgedOut(TakenOut):
    """The same with verdicts, when they were waited for."""

    verdicts: list[VerdictOut]


class ItemName(BaseModel):
    """An item by its platform's own id."""

    model_config = ConfigDict(extra="forbid", strict=True)

    type: ItemTypeName
    external_id: ExternalId


class Reporter(BaseModel):
    """Who reports, so that one person counts once; kept only as a keyed digest."""

    model_config = ConfigDict(extra="forbid", strict=True)

    external_id: ExternalId


class ReportDocument(BaseModel):
    """A person's flag on an item, passed on by the platform."""

    model_config = ConfigDict(extra="forbid", strict=True)

    item: ItemName
    reason: Annotated[ReportReason, Strict(strict=False)]
    words: Annotated[str, Field(max_length=MAX_WORDS)] = ""
    contact: Annotated[str, Field(max_length=MAX_CONTACT)] = ""
    locale: Literal["ko", "en"] = "ko"
    reporter: Reporter | None = None


class FiledOut(Schema):
    """The receipt, shown this once, and where to come back with it.

    When the same person's report on the item is still open, that one stands: ``already_received`` is true
    and ``receipt`` is empty.
    """

    receipt: str
    status_url: str
    already_received: bool


class RecordedOut(Schema):
    """What became of one decision: recorded or known already, with its case code, or refused."""

    index: int
    external_id: str | None
    state: Literal["recorded", "already", "refused"]
    case_code: str = ""
    statement_url: str | None = None
    code: str = ""
    detail: str = ""


class DecisionsOut(Schema):
    """One result for each decision, in order."""

    results: list[RecordedOut]


class RestrictionOut(Schema):
    """One restriction that stands."""

    kind: str
    territory: str
    begins: datetime
    ends: datetime | None


class WantedOut(Schema):
    """The whole wanted state of an item; an older version never overwrites a newer one."""

    platform: str
    type: str
    external_id: str
    version: int
    public_state: str
    restrictions: list[RestrictionOut]


class CheckpointOut(Schema):
    """The latest signed state of the ledger (C2SP signed note), and the key that signs."""

    note: str
    public_key: str


class ProofOut(Schema):
    """That one entry stands in the ledger (RFC 9162, section 2.1.3), for anybody to check."""

    entry_document: str
    position: int
    size: int
    root_hex: str
    path: list[str]
    checkpoint_note: str


def bodies() -> dict[str, type[BaseModel]]:
    """Return the schemas of what is taken, by their name in the reference."""
    return {
        "EventDocument": EventDocument,
        "ReportDocument": ReportDocument,
        "DecisionDocument": DecisionDocument,
    }
