from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, Q

from sinmungo.apps.intake import receipts
from sinmungo.apps.intake.errors import UnknownReceipt
from sinmungo.apps.intake.models import EventBatch, Report
from sinmungo.apps.intake.services import CONTACT_FIELD, WORDS_FIELD, key_ref
from sinmungo.apps.items.models import Item
from sinmungo.apps.vault import queries as vault
from sinmungo.core.sealing import Sealed

_HEX = re.compile("[0-9a-f]{32}")
NO_REPORTS: dict[str, Any] = {"count": 0, "clusters": 0, "reasons": [], "reporters_accuracy": 0.0}


def by_receipt(receipt: str) -> Report:
    """Return the report of a receipt, however it is spaced; raises UnknownReceipt."""
    digest = receipts.digest(receipt)
    rows = Report.objects.select_related("item", "platform")
    found = rows.filter(receipt_digest=digest).first() if digest else None
    if found is None:
        raise UnknownReceipt
    return found


def words_of(report: Report) -> Sealed[str]:
    """Return what the reporter wrote, sealed again; raises the vault's error when the key is gone."""
    return _opened(report, WORDS_FIELD, report.words)


def contact_of(report: Report) -> Sealed[str]:
    """Return where the reporter asked to be told."""
    return _opened(report, CONTACT_FIELD, report.contact)


def _opened(report: Report, field: str, blob: bytes | memoryview) -> Sealed[str]:
    return vault.unseal(key_ref(report), field, bytes(blob)) if blob else Sealed("")


def open_reports(item: Item) -> list[Report]:
    """Return the reports on an item that nothing has answered, oldest first."""
    return list(Report.objects.filter(item=item, outcome=Report.Outcome.OPEN).order_by("received_at", "id"))


def report_facts(item_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """Return the facts of schema 1 about open reports, for each item that has any.

    ``count`` reports from ``clusters`` groups, their sorted ``reasons``, and ``reporters_accuracy``: the
    share of these reporters' earlier reports that were acted on and stayed so; 0.0 when none is known.
    """
    rows = Report.objects.filter(item_id__in=item_ids, outcome=Report.Outcome.OPEN)
    by_item: dict[uuid.UUID, list[tuple[str, bytes, bytes]]] = defaultdict(list)
    for item_id, reason, reporter, cluster in rows.values_list("item_id", "reason", "reporter", "cluster"):
        by_item[item_id].append((reason, bytes(reporter), bytes(cluster)))
    past = _past(reporter for rows in by_item.values() for _, reporter, _ in rows if reporter)
    return {item_id: _facts(found, past) for item_id, found in by_item.items()}


def _facts(rows: list[tuple[str, bytes, bytes]], past: dict[bytes, tuple[int, int]]) -> dict[str, Any]:
    known = [past[reporter] for reporter in {reporter for _, reporter, _ in rows} if reporter in past]
    answered = sum(total for _, total in known)
    return {
        "count": len(rows),
        "clusters": len({cluster for _, _, cluster in rows}),
        "reasons": sorted({reason for reason, _, _ in rows}),
        "reporters_accuracy": sum(right for right, _ in known) / answered if answered else 0.0,
    }


def _past(reporters: Iterable[bytes]) -> dict[bytes, tuple[int, int]]:
    """Return for each reporter how many answered reports were right, and how many there were."""
    wanted = list(set(reporters))
    if not wanted:
        return {}
    rows = Report.objects.filter(reporter__in=wanted).exclude(outcome=Report.Outcome.OPEN)
    counted = rows.values_list("reporter").annotate(
        right=Count("id", filter=Q(outcome=Report.Outcome.ACTED)), answered=Count("id")
    )
    return {bytes(reporter): (right, answered) for reporter, right, answered in counted}


def batch(hexadecimal: str) -> EventBatch | None:
    """Return a promise by its id as 32 hexadecimal digits, as the ledger names it."""
    return (
        EventBatch.objects.filter(pk=uuid.UUID(hexadecimal)).first() if _HEX.fullmatch(hexadecimal) else None
    )
