"""What Sinmungo tells the platform: signed webhooks, applied once, newest version wins.

Signatures follow Standard Webhooks (symmetric, ``v1``): the id is a unique row, and a timestamp more
than five minutes away is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from http import HTTPStatus
from time import sleep
from typing import Any, TypeVar

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from pydantic import BaseModel, ValidationError
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from sinmungo.core.kernel.words import ACCOUNT_ACTIONS, ActionKind, ItemType
from sinmungo.demo.platform.config import CONFIG, WEBHOOK_MAX_BYTES
from sinmungo.demo.platform.faults import FAULTS, die
from sinmungo.demo.platform.models import THERE, Standing, WebhookAnswer
from sinmungo.demo.platform.payloads import FaultOrder, RestrictionChanged, WantedState, faults_of
from sinmungo.demo.platform.visibility import WITHHOLDS, Key, Standings

Shape = TypeVar("Shape", bound=BaseModel)

_UPDATED = [
    "version",
    "restrictions",
    "public_state",
    "statement",
    "shown_at",
    "withheld_since",
    "suspended_since",
    "was_suspended",
    "applied_count",
]


class Refusal(Exception):
    """A machine request that cannot be taken: the status and the reasons it is answered with."""

    def __init__(self, status: HTTPStatus, *reasons: str) -> None:
        self.status, self.reasons = status, reasons
        super().__init__("; ".join(reasons))

    def response(self) -> JsonResponse:
        """Return the answer that tells the reasons."""
        return JsonResponse({"reason": "; ".join(self.reasons)}, status=self.status)


def signed_body(request: HttpRequest) -> bytes:
    """Return the body of a request that Sinmungo signed, or raise Refusal (413, 401)."""
    try:
        body = request.body
    except RequestDataTooBig:
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {WEBHOOK_MAX_BYTES} bytes") from None
    except UnreadablePostError:
        raise Refusal(HTTPStatus.BAD_REQUEST, "the body ended early") from None
    try:
        Webhook(CONFIG.webhook_secret).verify(body, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError):
        # ValueError: a header or body that is not even base64, a pair, or UTF-8
        raise Refusal(HTTPStatus.UNAUTHORIZED, "the signature or its time is not right") from None
    return body


def parsed(body: bytes, shape: type[Shape]) -> Shape:
    """Return ``body`` as ``shape``, or raise Refusal (422) with every fault found."""
    try:
        return shape.model_validate(json.loads(body))
    except ValidationError as error:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, *faults_of(error)) from None
    except (ValueError, RecursionError) as error:
        reason = f"the body is not JSON that can be read ({type(error).__name__})"
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, reason) from None


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponseBase:
    """Apply the wanted states of a ``restriction.changed`` webhook and tell what became of each."""
    try:
        body = signed_body(request)
        order = FAULTS.take()
        if (faulty := fault_answer(order)) is not None:
            return faulty
        answer = apply_once(request.headers["webhook-id"], parsed(body, RestrictionChanged), order)
    except Refusal as refusal:
        return refusal.response()
    return _broken_off() if order.drop else JsonResponse(answer)


def apply_once(webhook_id: str, change: RestrictionChanged, order: FaultOrder) -> Any:
    """Apply ``change`` unless this id was answered before; return the answer, now or then the same."""
    with transaction.atomic():
        before = WebhookAnswer.objects.filter(webhook_id=webhook_id).first()
        if before is not None:
            return before.answer
        now = timezone.now()
        answer = {"results": apply(change.items, now=now)}
        WebhookAnswer.objects.create(webhook_id=webhook_id, answer=answer, received_at=now)
        die(order, "before_commit")
    die(order, "after_commit")
    return answer


def apply(items: list[WantedState], *, now: datetime) -> list[dict[str, str | None]]:
    """Store each newer wanted state; the results stand in the order of ``items``.

    States: ``done``, ``already`` (same version), ``older`` (a newer one is held, nothing changes),
    ``gone`` (no such item any more), ``refused`` (the item's type cannot be restricted so).
    """
    keys = [(item.type.value, item.external_id) for item in items]
    there, held = _existing(keys), _held(keys)
    changed: dict[Key, Standing] = {}
    results = []
    for key, item in zip(keys, items, strict=True):
        standing = held.get(key)
        state = _judge(item, standing, there=key in there)
        if state == "done":
            held[key] = changed[key] = standing = _next(standing, item, now=now)
        shown = standing.shown_at.isoformat() if standing and state in ("done", "already") else None
        results.append({"type": key[0], "external_id": key[1], "state": state, "shown_at": shown})
    Standing.objects.bulk_create(
        changed.values(), update_conflicts=True, unique_fields=["type", "external_id"], update_fields=_UPDATED
    )
    return results


def _judge(item: WantedState, standing: Standing | None, *, there: bool) -> str:
    if not there:
        return "gone"
    if item.type is not ItemType.ACCOUNT and any(one.kind in ACCOUNT_ACTIONS for one in item.restrictions):
        return "refused"
    if standing is None or item.version > standing.version:
        return "done"
    return "already" if item.version == standing.version else "older"


def _next(standing: Standing | None, item: WantedState, *, now: datetime) -> Standing:
    withheld = any(one.kind in WITHHOLDS for one in item.restrictions)
    since = standing.withheld_since if standing else None
    suspended = any(one.kind is ActionKind.SUSPEND for one in item.restrictions)
    suspended_since = standing.suspended_since if standing else None
    return Standing(
        type=item.type,
        external_id=item.external_id,
        version=item.version,
        restrictions=[one.model_dump(mode="json") for one in item.restrictions],
        public_state=item.public_state,
        statement=item.statement.model_dump() if item.statement else None,
        shown_at=now,
        withheld_since=(since or now) if withheld else None,
        suspended_since=(suspended_since or now) if suspended else None,
        was_suspended=suspended or (standing is not None and standing.was_suspended),
        applied_count=standing.applied_count + 1 if standing else 1,
    )


def _existing(keys: list[Key]) -> set[Key]:
    found: set[Key] = set()
    for kind, there in THERE.items():
        rows = there().filter(external_id__in=[key[1] for key in keys if key[0] == kind])
        found.update((kind, external_id) for external_id in rows.values_list("external_id", flat=True))
    return found


def _held(keys: list[Key]) -> dict[Key, Standing]:
    standings = Standings(keys)
    return {key: held for key in keys if (held := standings.get(*key)) is not None}


def fault_answer(order: FaultOrder) -> HttpResponse | None:
    """Wait as ordered, and return the refusal that is ordered, if one is."""
    sleep(order.delay_ms / 1000)
    if order.status is None:
        return None
    response = JsonResponse({"reason": "a fault that was ordered"}, status=order.status)
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        response["Retry-After"] = "1"
    return response


def _broken_off() -> StreamingHttpResponse:
    """Return an answer whose connection breaks before a word of it is said."""
    response = StreamingHttpResponse(_nothing(), content_type="application/json")
    response["Content-Length"] = "1000"
    return response


def _nothing() -> Iterator[bytes]:
    raise ConnectionAbortedError("ordered: the state is kept, the answer is lost")
    yield b""
