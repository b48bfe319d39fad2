from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from sinmungo.apps.intake import receipts, reporters
from sinmungo.apps.intake.errors import UnknownReceipt
from sinmungo.apps.intake.models import EventBatch, Report
from sinmungo.apps.intake.reporters import Flag
from sinmungo.apps.intake.services import CONTACT_FIELD, WORDS_FIELD, key_ref
from sinmungo.apps.items.models import Item
from sinmungo.apps.vault import queries as vault
from sinmungo.core.sealing import Sealed

_HEX = re.compile("[0-9a-f]{32}")
NO_REPORTS: dict[str, Any] = {
    "count": 0,
    "clusters": 0,
    "reasons": [],
    "reporters_accuracy": 0.0,
    "right": 0,
    "answered": 0,
}
#: How a driver gives a binary column.
Bytes = bytes | memoryview
#: How many reports each reporter sent that are answered, and how many of them were right.
Past = Mapping[bytes, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ReportGroup:
    """Open reports that count as one, oldest first, and how the reporters' earlier ones ended.

    ``answered`` earlier reports of all these reporters, of which ``right`` were acted on and stayed so.
    """

    reports: tuple[Report, ...]
    right: int
    answered: int


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


def report_groups(item: Item) -> list[ReportGroup]:
    """Return the open reports on an item as groups that count as one, the oldest group first."""
    found = open_reports(item)
    flags = [_flag(r.item_id, r.reason, r.reporter, r.cluster, r.received_at) for r in found]
    past = _past(flag.reporter for flag in flags)
    together: dict[int, list[int]] = defaultdict(list)
    for place, group in enumerate(reporters.groups(flags, trusted=_trusted(past))):
        together[group].append(place)
    return [
        ReportGroup(tuple(found[place] for place in places), *_ended([flags[p] for p in places], past))
        for places in together.values()
    ]


def report_facts(
    item_ids: Sequence[uuid.UUID], *, answered_too: bool = False
) -> dict[uuid.UUID, dict[str, Any]]:
    """Return the facts of schema 1 about open reports, or about all, for each item that has any.

    ``count`` reports from ``clusters`` groups, their sorted ``reasons``, and ``reporters_accuracy``: the
    share of these reporters' earlier reports that were acted on and stayed so; 0.0 when none is known.
    Beside the schema ``answered`` says how many earlier reports that rests on, and ``right`` how many of
    them were right.
    """
    rows = Report.objects.filter(item_id__in=item_ids).order_by("received_at")
    if not answered_too:
        rows = rows.filter(outcome=Report.Outcome.OPEN)
    columns = ("item_id", "reason", "reporter", "cluster", "received_at")
    by_item: dict[uuid.UUID, list[Flag]] = defaultdict(list)
    for row in rows.values_list(*columns):
        by_item[row[0]].append(_flag(*row))
    past = _past(flag.reporter for flags in by_item.values() for flag in flags)
    return {item_id: _facts(flags, past) for item_id, flags in by_item.items()}


def _flag(item_id: uuid.UUID, reason: str, reporter: Bytes, cluster: Bytes, received_at: datetime) -> Flag:
    return Flag(item_id, reason, bytes(reporter), bytes(cluster), received_at)


def _facts(flags: list[Flag], past: Past) -> dict[str, Any]:
    right, answered = _ended(flags, past)
    return {
        "count": len(flags),
        "clusters": len(set(reporters.groups(flags, trusted=_trusted(past)))),
        "reasons": sorted({flag.reason for flag in flags}),
        "reporters_accuracy": right / answered if answered else 0.0,
        "right": right,
        "answered": answered,
    }


def _ended(flags: Iterable[Flag], past: Past) -> tuple[int, int]:
    """Return how many earlier reports of these reporters were right, and how many are answered."""
    known = [past[reporter] for reporter in {flag.reporter for flag in flags} if reporter in past]
    return sum(right for right, _ in known), sum(answered for _, answered in known)


def _trusted(past: Past) -> frozenset[bytes]:
    return frozenset(reporter for reporter, (right, _) in past.items() if right)


def _past(known: Iterable[bytes]) -> dict[bytes, tuple[int, int]]:
    """Return for each reporter how many answered reports were right, and how many there were."""
    wanted = list({reporter for reporter in known if reporter})
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
