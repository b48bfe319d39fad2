"""Telling platforms what they must show, until they confirm it.

A delivery says only "tell the platform this item's state, at least as new as version n". What is
sent is always the whole state of the moment with its version, so deliveries may arrive late, twice
or in any order. The statement travels with it: the link to the person concerned, a neutral state to
everybody else, never the reason.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.module_loading import import_string

from sinmungo.apps.base import clock, promise
from sinmungo.apps.base.actors import platform as platform_actor
from sinmungo.apps.enforcement import deliveries, queries
from sinmungo.apps.enforcement.deliveries import Answered
from sinmungo.apps.enforcement.models import Delivery, Restriction
from sinmungo.apps.enforcement.queries import WantedState
from sinmungo.apps.items.models import Platform
from sinmungo.apps.items.services import SECRET_FIELD
from sinmungo.apps.statements import links, services
from sinmungo.apps.statements.latest import latest_for
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.vault import queries as vault
from sinmungo.core.kernel.errors import DomainError

EVENT_TYPE = "restriction.changed"
#: Items in one webhook, whatever the worker claims at a time.
MAX_ITEMS = 200
KNOWN_STATES = frozenset(
    {
        Delivery.State.DONE,
        Delivery.State.ALREADY,
        Delivery.State.OLDER,
        Delivery.State.GONE,
        Delivery.State.REFUSED,
    }
)


class NotDelivered(Exception):
    """The platform did not take a webhook.

    ``code`` says why and never holds anybody's words; ``passing`` whether it may pass by itself.
    """

    def __init__(self, code: str, *, passing: bool) -> None:
        self.code = code
        self.passing = passing
        super().__init__(code)


class Sender(Protocol):
    """Sends one signed webhook and returns the decoded JSON of a 200 answer."""

    def send(self, *, url: str, secret: str, message_id: str, at: datetime, body: bytes) -> Any:
        """Return the answer; raises :class:`NotDelivered`."""
        ...


@dataclass(frozen=True, slots=True)
class _Parcel:
    """What one webhook carries: the items' states, and the statements that travel with them."""

    states: Sequence[WantedState]
    statements: Mapping[uuid.UUID, Statement]

    @classmethod
    def of(cls, item_ids: Collection[uuid.UUID], *, at: datetime) -> _Parcel:
        """Return what is to be told of items now; a statement is never older than the state."""
        states = queries.wanted_state(item_ids)
        return cls(list(states.values()), latest_for(item_ids, at=at))

    def body(self, at: datetime) -> bytes:
        """Return the JSON that is signed and sent."""
        document = {
            "type": EVENT_TYPE,
            "timestamp": at.isoformat(),
            "items": [_item(state, self.statements.get(state.item.id)) for state in self.states],
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    def message_id(self) -> str:
        """Return the id: the same for the same states and statements, so that a retry is known as one."""
        parts = sorted(self._part(state) for state in self.states)
        return "msg_" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]

    def _part(self, state: WantedState) -> str:
        statement = self.statements.get(state.item.id)
        said = bytes(statement.handle).hex() if statement is not None else ""
        return f"{state.item.id.hex}.{state.version}.{said}"


def keep(*, now: datetime, limit: int) -> int:
    """Keep due deliveries, a webhook for up to 200 items of a platform; returns how many were claimed."""
    due = promise.claim(Delivery, now=now, limit=limit)
    by_platform: dict[str, list[Delivery]] = {}
    for row in deliveries.superseded(rows=due, at=now) if due else ():
        by_platform.setdefault(row.platform_id, []).append(row)
    platforms = Platform.objects.in_bulk(list(by_platform))
    for slug, rows in by_platform.items():
        for start in range(0, len(rows), MAX_ITEMS):
            _deliver(platforms[slug], rows[start : start + MAX_ITEMS], now)
    return len(due)


def _deliver(platform: Platform, rows: Sequence[Delivery], now: datetime) -> None:
    parcel = _Parcel.of({row.item_id for row in rows}, at=now)
    try:
        answers = _answers(_send(platform, parcel), parcel)
    except NotDelivered as error:
        deliveries.put_off(rows=rows, error=error.code, passing=error.passing, at=now)
        return
    except DomainError as error:
        deliveries.put_off(rows=rows, error=error.code, passing=True, at=now)
        return
    _settle(platform, parcel, answers, now)
    answered = {answer.item_id for answer in answers}
    unanswered = [row for row in rows if row.item_id not in answered]
    deliveries.put_off(rows=unanswered, error="webhook.item_not_answered", passing=False, at=now)


@transaction.atomic
def _settle(platform: Platform, parcel: _Parcel, answers: Sequence[Answered], now: datetime) -> None:
    """Write down at once what was answered and what was shown: a kill between them would lose the second."""
    actor = platform_actor(platform.slug)
    deliveries.settle(answers=answers, actor=actor, at=now)
    shown = {
        parcel.statements[answer.item_id].id: answer.shown_at
        for answer in answers
        if answer.shown_at is not None and answer.item_id in parcel.statements
    }
    services.mark_told(shown=shown, actor=actor, at=now)


def _send(platform: Platform, parcel: _Parcel) -> Any:
    if not platform.webhook_url:
        raise NotDelivered("webhook.no_address", passing=False)
    sealed = bytes(platform.webhook_secret)
    secret = vault.unseal(f"platform:{platform.slug}", SECRET_FIELD, sealed).reveal()
    sender: Sender = import_string(settings.SINMUNGO_WEBHOOK_SENDER)()
    at = clock.now()  # a claim may have waited behind other platforms, and the signature tells the time
    return sender.send(
        url=platform.webhook_url,
        secret=secret,
        message_id=parcel.message_id(),
        at=at,
        body=parcel.body(at),
    )


def _item(state: WantedState, statement: Statement | None) -> dict[str, Any]:
    return {
        "platform": state.item.platform_id,
        "type": state.item.type,
        "external_id": state.item.external_id,
        "version": state.version,
        "restrictions": [_restriction(row) for row in state.restrictions],
        "public_state": state.public_state,
        "statement": _statement(statement) if statement is not None else None,
    }


def _restriction(row: Restriction) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "territory": row.territory,
        "begins": row.begins.isoformat(),
        "ends": row.ends.isoformat() if row.ends is not None else None,
    }


def _statement(statement: Statement) -> dict[str, str]:
    return {
        "url": links.link_url(statement),
        "case_code": statement.decision.case_code,
        "locale": statement.locale,
    }


def _answers(answer: Any, parcel: _Parcel) -> list[Answered]:
    """Read a platform's answer, the first for each item; what does not fit is as good as no answer."""
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list):
        raise NotDelivered("webhook.answer_not_understood", passing=False)
    heard_at = clock.now()
    told = [result for result in results if isinstance(result, dict)]
    found: list[Answered] = []
    for state in parcel.states:
        result = next((result for result in told if _is_about(state, result)), None)
        if result is not None:
            word = str(result["state"])
            shown_at = _shown_at(result, parcel.statements.get(state.item.id), heard_at)
            found.append(Answered(state.item.id, state.version, word, shown_at))
    return found


def _is_about(state: WantedState, result: dict[str, Any]) -> bool:
    word = result.get("state")
    known = isinstance(word, str) and word in KNOWN_STATES
    same_type = result.get("type", state.item.type) == state.item.type
    return known and same_type and result.get("external_id") == state.item.external_id


def _shown_at(result: dict[str, Any], statement: Statement | None, heard_at: datetime) -> datetime | None:
    """Return when the platform showed it; legal clocks run from here, so never before it was written."""
    told = result.get("shown_at")
    if result["state"] not in (Delivery.State.DONE, Delivery.State.ALREADY) or not isinstance(told, str):
        return None
    try:
        moment = parse_datetime(told)
    except ValueError:  # of the right form, and no day of any calendar
        return None
    if moment is None:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    earliest = statement.made_at if statement is not None else heard_at
    return max(earliest, min(aware, heard_at))
