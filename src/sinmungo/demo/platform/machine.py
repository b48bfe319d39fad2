"""What machines ask: Sinmungo, a person taking their data along, and tests.

Hand-over (``POST /handover/{account}``, signed in as that account): a JWT signed with Ed25519, whose
header pins ``alg`` EdDSA and names the ``kid`` found at ``GET /handover/keys`` (RFC 8037 key set).
Claims: ``iss`` this platform, ``aud`` Sinmungo, ``sub`` the account's external id, ``purpose``, ``iat``,
``exp`` at most five minutes later, ``jti``. Sinmungo takes it in a POST body and only once.

Codes (``POST /contacts/{account}/code`` with ``{"code": ...}``, signed like a webhook): the code goes into
the account's inbox; the answer tells that it was sent and never repeats it.

Export (``GET /export/{account}?after=``, signed in as that account, also while suspended): own content by
key, 100 a page, ``next`` naming the following page.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sinmungo.demo.platform import outbox
from sinmungo.demo.platform.config import CONFIG
from sinmungo.demo.platform.faults import FAULTS
from sinmungo.demo.platform.models import (
    THERE,
    Account,
    Follow,
    InboxMessage,
    Message,
    OutboxEvent,
    Post,
    Room,
    SentReport,
    Standing,
    WebhookAnswer,
)
from sinmungo.demo.platform.payloads import CodeToShow, FaultOrder, HandoverOrder, PurgeOrder
from sinmungo.demo.platform.upkeep import purge as purge_now
from sinmungo.demo.platform.visitors import visitor_of
from sinmungo.demo.platform.webhooks import Refusal, parsed, signed_body

EXPORT_PAGE = 100
HANDOVER_LASTS = timedelta(minutes=5)
_EXPORTED = ("post", "room", "message")


def tells_refusals(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer a Refusal raised inside ``view`` with its status and reasons."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            return refusal.response()

    return answered


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  every view takes the request
    """Tell that the platform and its database answer, and what it still owes Sinmungo."""
    owed = OutboxEvent.objects.filter(done_at__isnull=True, given_up_at__isnull=True).count()
    reports = SentReport.objects.filter(done_at__isnull=True, given_up_at__isnull=True).count()
    return JsonResponse({"ok": True, "owed_events": owed, "owed_reports": reports})


@csrf_exempt
@require_POST
@tells_refusals
def bring_code(request: HttpRequest, external_id: str) -> HttpResponse:
    """Put a code from Sinmungo into an account's inbox; the same signed request counts once."""
    order = parsed(signed_body(request), CodeToShow)
    account = Account.objects.filter(external_id=external_id).first()
    if account is None:
        raise Refusal(HTTPStatus.NOT_FOUND, "no such account")
    now, answer = timezone.now(), {"sent": True, "channel": "inbox"}
    try:
        with transaction.atomic():
            WebhookAnswer.objects.create(
                webhook_id=request.headers["webhook-id"], answer=answer, received_at=now
            )
            InboxMessage.objects.create(account=account, code=order.code, sent_at=now)
    except IntegrityError:
        return JsonResponse(answer)
    return JsonResponse(answer)


@require_GET
def export(request: HttpRequest, external_id: str) -> HttpResponse:
    """Give an account its own content, a page at a time, posts first, then rooms and messages."""
    account = visitor_of(request).account
    if account is None or account.external_id != external_id:
        return JsonResponse({"reason": "sign in as this account"}, status=HTTPStatus.FORBIDDEN)
    kind, _, after = request.GET.get("after", "post:0").partition(":")
    if kind not in _EXPORTED or not (after.isascii() and after.isdigit() and len(after) < 19):
        return JsonResponse({"reason": "after: not a page of this export"}, status=422)
    rows = list(_own_rows(account, kind, int(after)))
    following = _following(kind, rows)
    link = f"/export/{external_id}?{urlencode({'after': following})}" if following else None
    body = {"account": _account(account), "next": link}
    return JsonResponse(body | {"items": [_exported(kind, row) for row in rows]})


def _account(account: Account) -> dict[str, Any]:
    followers = Follow.objects.filter(followed=account).count()
    return outbox.describe_author(account, followers=followers) | {"handle": account.handle}


def _own_rows(account: Account, kind: str, after: int) -> list[Post | Room | Message]:
    rows = THERE[kind]().filter(author=account, pk__gt=after)
    return list(rows.order_by("pk")[:EXPORT_PAGE])


def _following(kind: str, rows: list[Post | Room | Message]) -> str | None:
    if len(rows) == EXPORT_PAGE:
        return f"{kind}:{rows[-1].pk}"
    later = _EXPORTED[_EXPORTED.index(kind) + 1 :]
    return f"{later[0]}:0" if later else None


def _exported(kind: str, row: Post | Room | Message) -> dict[str, Any]:
    return {
        "type": kind,
        "external_id": row.external_id,
        "text": row.text,
        "container": row.room.external_id if isinstance(row, Message) else "",
        "created_at": row.created_at.isoformat(),
        "edited_at": row.edited_at.isoformat() if row.edited_at else None,
    }


@require_POST
@tells_refusals
def handover(request: HttpRequest, external_id: str) -> HttpResponse:
    """Give the signed-in account a short-lived token that it controls itself, for Sinmungo."""
    account = visitor_of(request).account
    if account is None or account.external_id != external_id:
        raise Refusal(HTTPStatus.FORBIDDEN, "sign in as this account")
    asked = {"purpose": request.POST["purpose"]} if "purpose" in request.POST else {}
    order = parsed(json.dumps(asked).encode(), HandoverOrder)
    token = handover_token(account, purpose=order.purpose, now=timezone.now())
    answer = JsonResponse({"token": token, "kid": key_id(), "expires_in": HANDOVER_LASTS.total_seconds()})
    answer["Cache-Control"] = "no-store"
    return answer


@require_GET
def handover_keys(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  every view takes the request
    """Publish the key that hand-over tokens are checked with."""
    key = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig"}
    return JsonResponse({"keys": [key | {"kid": key_id(), "x": _plain64(_public_bytes())}]})


def handover_token(account: Account, *, purpose: str, now: datetime) -> str:
    """Return the signed token (RFC 7519, RFC 8037) that says who controls ``account``."""
    header = {"alg": "EdDSA", "typ": "JWT", "kid": key_id()}
    claims = {
        "iss": CONFIG.own_url,
        "aud": CONFIG.sinmungo_url,
        "sub": account.external_id,
        "purpose": purpose,
        "iat": int(now.timestamp()),
        "exp": int((now + HANDOVER_LASTS).timestamp()),
        "jti": secrets.token_hex(16),
    }
    signed = ".".join(_plain64(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{_plain64(CONFIG.keys.handover.sign(signed.encode()))}"


def key_id() -> str:
    """Return the name of the hand-over key: the start of its digest."""
    return hashlib.sha256(_public_bytes()).hexdigest()[:16]


def _public_bytes() -> bytes:
    return CONFIG.keys.handover.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _plain64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _json_only(request: HttpRequest) -> bytes:
    # A page elsewhere cannot send this type without asking first, so no site can order faults here.
    if request.content_type != "application/json":
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send application/json")
    return request.body


@csrf_exempt
@require_http_methods(["GET", "POST"])
@tells_refusals
def faults(request: HttpRequest) -> HttpResponse:
    """Tell the fault that is ordered, or order another; ``{}`` makes everything well."""
    if request.method == "POST":
        FAULTS.set(parsed(_json_only(request), FaultOrder))
    return JsonResponse(FAULTS.describe())


@csrf_exempt
@require_POST
@tells_refusals
def purge(request: HttpRequest) -> HttpResponse:
    """Delete for good, now, what the timer would delete after the days named."""
    order = parsed(_json_only(request), PurgeOrder)
    return JsonResponse({"purged": purge_now(days=order.days, now=timezone.now())})


@require_GET
def state(request: HttpRequest) -> HttpResponse:
    """Tell a test what is held of one item, the statement included."""
    row = Standing.objects.filter(
        type=request.GET.get("type", ""), external_id=request.GET.get("external_id", "")
    ).first()
    if row is None:
        empty = {"version": 0, "restrictions": [], "public_state": "visible", "statement": None}
        return JsonResponse(empty | {"applied_count": 0, "shown_at": None})
    fields = ("version", "restrictions", "public_state", "statement", "applied_count", "shown_at")
    return JsonResponse({field: getattr(row, field) for field in fields})
