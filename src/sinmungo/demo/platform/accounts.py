"""What the platform tells Sinmungo of accounts, and telling others that a suspension was wrong.

While an account is suspended the platform still knows everything it had; afterwards only what returned.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from sinmungo.core.kernel.words import ItemType
from sinmungo.demo.platform.config import CONFIG
from sinmungo.demo.platform.faults import FAULTS
from sinmungo.demo.platform.machine import tells_refusals
from sinmungo.demo.platform.models import Account, Follow, Holding, Standing, Told
from sinmungo.demo.platform.payloads import AccountsAsked, Correction, Corrections
from sinmungo.demo.platform.webhooks import fault_answer, parsed, signed_body

_LISTS = {Holding.Kind.MEMBERSHIP: "memberships", Holding.Kind.ROLE: "roles", Holding.Kind.LINKED: "linked"}


@dataclass(slots=True)
class _Kept:
    """What is known of the accounts asked about, each in one query."""

    standings: dict[str, Standing]
    followers: dict[int, int]
    holdings: dict[int, list[Holding]] = field(default_factory=dict)
    told: dict[int, list[Told]] = field(default_factory=dict)


@csrf_exempt
@require_POST
@tells_refusals
def tell(request: HttpRequest) -> HttpResponse:
    """Tell of each account asked about: handle, followers, what it holds, who was told, when it is purged."""
    asked = parsed(signed_body(request), AccountsAsked).accounts
    if (faulty := fault_answer(FAULTS.take())) is not None:
        return faulty
    rows = {row.external_id: row for row in Account.objects.filter(external_id__in=asked)}
    kept = _kept(rows.values())
    return JsonResponse({"accounts": [_state(name, rows.get(name), kept) for name in asked]})


@csrf_exempt
@require_POST
@tells_refusals
def correct(request: HttpRequest) -> HttpResponse:
    """Tell those who were told of a suspension that it was wrong; the same again changes nothing."""
    asked = parsed(signed_body(request), Corrections).corrections
    if (faulty := fault_answer(FAULTS.take())) is not None:
        return faulty
    results = [{"number": each.number, "state": _corrected(each)} for each in asked]
    return JsonResponse({"results": results})


def _corrected(each: Correction) -> str:
    found = Told.objects.filter(
        account__external_id=each.external_id, party=each.party, name=each.name, reference=each.reference
    )
    if not found.exists():
        return "unknown"
    found.filter(corrected_at__isnull=True).update(corrected_at=timezone.now(), case_code=each.case_code)
    return "done"


def _kept(accounts: Iterable[Account]) -> _Kept:
    names = {row.pk: row.external_id for row in accounts}
    standings = Standing.objects.filter(type=ItemType.ACCOUNT, external_id__in=names.values())
    follows = Follow.objects.filter(followed__in=names).values_list("followed").annotate(Count("pk"))
    kept = _Kept({row.external_id: row for row in standings}, dict(follows))
    for holding in Holding.objects.filter(account__in=names).select_related("account").order_by("pk"):
        kept.holdings.setdefault(holding.account.pk, []).append(holding)
    for told in Told.objects.filter(account__in=names).select_related("account").order_by("pk"):
        kept.told.setdefault(told.account.pk, []).append(told)
    return kept


def _state(name: str, account: Account | None, kept: _Kept) -> dict[str, Any]:
    if account is None or account.purged_at is not None:
        return {"external_id": name, "state": "gone"}
    standing = kept.standings.get(name)
    since = standing.suspended_since if standing is not None else None
    returned = standing is not None and standing.was_suspended and since is None
    followers = account.followers_before + kept.followers.get(account.pk, 0)
    held: dict[str, Any] = {name: [] for name in _LISTS.values()}
    for holding in kept.holdings.get(account.pk, ()):
        if holding.returns or not returned:
            held[_LISTS[Holding.Kind(holding.kind)]].append(holding.name)
    return held | {
        "external_id": name,
        "state": "there",
        "handle": account.handle,
        "followers": max(0, followers - account.followers_leave) if returned else followers,
        "payouts": account.is_paid,
        "told": [_told(each) for each in kept.told.get(account.pk, ())],
        "purge_at": (since + timedelta(days=CONFIG.purge_days)).isoformat() if since else None,
    }


def _told(each: Told) -> dict[str, str]:
    return {
        "party": each.party,
        "name": each.name,
        "reference": each.reference,
        "at": each.told_at.isoformat(),
    }
