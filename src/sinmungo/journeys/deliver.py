"""Telling platforms what they must show, until they confirm it.

A delivery says only "tell the platform this item's state, at least as new as version n". What is
sent is always the whole state of the moment with its version, so deliveries may arrive late, twice
or in any order. The statement travels with it: the link to the person concerned, a neutral state to
everybody else, never the reason.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.module_loading import import_string

from sinmungo.apps.base import promise
from sinmungo.apps.base.actors import platform as platform_actor
from sinmungo.apps.enforcement import deliveries, queries
from sinmungo.apps.enforcement.deliveries import Answered
from sinmungo.apps.enforcement.models import Delivery, Restriction
from sinmungo.apps.enforcement.queries import WantedState
from sinmungo.apps.items.models import Platform
from sinmungo.apps.statements import links, services
from sinmungo.apps.statements.latest import latest_for
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.vault import queries as vault
from sinmungo.core.kernel.errors import DomainError

EVENT_TYPE = "restriction.changed"
SECRET_FIELD = "items_platform.webhook_secret"  # noqa: S105 - the name of a field, not a secret
#: A platform's clock may differ; what it says it showed is never later than now by more.
CLOCK_SKEW = timedelta(minutes=5)
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
    """The platform did not take a webhook; ``code`` says why and never holds anybody's words."""

    def __init__(self, code: str) -> None:
        self.code = code
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
    statements: Mapping[Any, Statement]

    def body(self, at: datetime) -> bytes:
        document = {
            "type": EVENT_TYPE,
            "timestamp": at.isoformat(),
            "items": [_item(state, self.statements.get(state.item.id)) for state in self.states],
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    def message_id(self) -> str:
        """The same states have the same id, so that a retry is recognised as one."""
        parts = sorted(f"{state.item.id.hex}.{state.version}" for state in self.states)
        return "msg_" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def keep(*, now: datetime, limit: int) -> int:
    """Keep due deliveries, one webhook a platform; returns how many were claimed."""
    due = promise.claim(Delivery, now=now, limit=limit)
    by_platform: dict[str, list[Delivery]] = {}
    for row in deliveries.superseded(rows=due, at=now) if due else ():
        by_platform.setdefault(row.platform_id, []).append(row)
    platforms = Platform.objects.in_bulk(list(by_platform))
    for slug, rows in by_platform.items():
        _deliver(platforms[slug], rows, now)
    return len(due)


def _deliver(platform: Platform, rows: Sequence[Delivery], now: datetime) -> None:
    item_ids = {row.item_id for row in rows}
    parcel = _Parcel(list(queries.wanted_state(item_ids).values()), latest_for(item_ids))
    try:
        answer = _send(platform, parcel, now)
        answers = _answers(answer, parcel, now)
    except NotDelivered as error:
        deliveries.put_off(rows=rows, error=error.code, at=now)
        return
    except DomainError as error:
        deliveries.put_off(rows=rows, error=error.code, at=now)
        return
    actor = platform_actor(platform.slug)
    deliveries.settle(answers=answers, actor=actor, at=now)
    shown = [a for a in answers if a.shown_at is not None and a.item_id in parcel.statements]
    for answered in shown:
        statement = parcel.statements[answered.item_id]
        services.mark_told(statement_ids=[statement.id], at=answered.shown_at or now, actor=actor)
    answered_items = {answer.item_id for answer in answers}
    unanswered = [row for row in rows if row.item_id not in answered_items]
    deliveries.put_off(rows=unanswered, error="webhook.item_not_answered", at=now)


def _send(platform: Platform, parcel: _Parcel, now: datetime) -> Any:
    if not platform.webhook_url:
        raise NotDelivered("webhook.no_address")
    sealed = bytes(platform.webhook_secret)
    secret = vault.unseal(f"platform:{platform.slug}", SECRET_FIELD, sealed).reveal()
    sender: Sender = import_string(settings.SINMUNGO_WEBHOOK_SENDER)()
    return sender.send(
        url=platform.webhook_url,
        secret=secret,
        message_id=parcel.message_id(),
        at=now,
        body=parcel.body(now),
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


def _answers(answer: Any, parcel: _Parcel, now: datetime) -> list[Answered]:
    """Read a platform's answer; what does not fit is as good as no answer."""
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list):
        raise NotDelivered("webhook.answer_not_understood")
    sent: dict[str, list[WantedState]] = {}
    for state in parcel.states:
        sent.setdefault(state.item.external_id, []).append(state)
    found: list[Answered] = []
    for result in results:
        if not isinstance(result, dict) or result.get("state") not in KNOWN_STATES:
            continue
        for state in sent.get(str(result.get("external_id")), ()):
            if result.get("type", state.item.type) == state.item.type:
                shown = _shown_at(result.get("shown_at"), now)
                found.append(Answered(state.item.id, state.version, result["state"], shown))
    return found


def _shown_at(told: object, now: datetime) -> datetime | None:
    moment = parse_datetime(told) if isinstance(told, str) else None
    if moment is None:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return min(aware, now) if aware - now <= CLOCK_SKEW else now
