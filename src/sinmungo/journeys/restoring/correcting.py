"""Whoever had heard of a wrong decision is told that it was wrong, through the platform that told them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sinmungo.apps.autonomy.models import Disclosure
from sinmungo.apps.autonomy.services import disclosures
from sinmungo.apps.base import promise
from sinmungo.apps.base.actors import platform as platform_actor
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Platform
from sinmungo.apps.vault import queries as vault
from sinmungo.apps.vault.errors import Destroyed
from sinmungo.core.kernel.errors import DomainError
from sinmungo.journeys.restoring import platforms
from sinmungo.journeys.restoring.platforms import Correction, NotTold

#: Corrections in one question.
MOST = 100


def keep(*, now: datetime, limit: int) -> int:
    """Ask platforms to pass due corrections on; returns how many were claimed."""
    due = promise.claim(Disclosure, now=now, limit=min(limit, MOST))
    by_platform: dict[str, list[Disclosure]] = {}
    decisions = Decision.objects.select_related("item", "item__author", "platform")
    found = {each.pk: each for each in decisions.filter(pk__in=[row.decision_id for row in due])}
    for row in due:
        row.decision = found[row.decision_id]
        by_platform.setdefault(row.decision.platform_id, []).append(row)
    for rows in by_platform.values():
        _correct(rows[0].decision.platform, rows, now)
    return len(due)


def _correct(platform: Platform, rows: Sequence[Disclosure], now: datetime) -> None:
    try:
        done = platforms.correct(platform, [_correction(row) for row in rows])
        error = "accounts.not_corrected"
    except NotTold as refused:
        done, error = set(), refused.code
    except DomainError as refused:
        done, error = set(), refused.code
    told = [row for row in rows if row.pk in done]
    disclosures.corrected(made=told, actor=platform_actor(platform.slug), at=now)
    for row in rows:
        if row.pk not in done:
            promise.failed(row, now=now, error=error)


def _correction(row: Disclosure) -> Correction:
    item = row.decision.item
    account = item.author if item.author is not None else item
    return Correction(
        number=row.pk,
        external_id=account.external_id,
        party=row.party,
        name=row.party_name,
        reference=_reference(row),
        told_at=row.told_at,
        case_code=row.decision.case_code,
    )


def _reference(row: Disclosure) -> str:
    """Return under what reference they were told; empty where the person asked to be forgotten since."""
    try:
        return vault.unseal(row.key_ref, disclosures.REFERENCE_FIELD, bytes(row.reference)).reveal()
    except Destroyed:
        return ""
