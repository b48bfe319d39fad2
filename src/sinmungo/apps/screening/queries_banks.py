"""What banks found, and how far they read exchanges: what a page shows of a bank beside what it holds.

Found is counted on the platforms of whoever asks, and a version that was judged again counts once a day.
Of sealed banks nothing is counted: their matches stay out of statistics.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate

from sinmungo.apps.screening.models import Bank, ExchangeState, Fingerprint, Signal
from sinmungo.core.matching.screener import signal_name

SOURCE = "match"
#: The latest signals that are looked through for recent matches.
MOST_SIGNALS = 400


@dataclass(frozen=True, slots=True)
class Found:
    """A version that a bank matched, by its latest judging."""

    item_id: uuid.UUID
    version_id: uuid.UUID
    evidence: str
    at: datetime


def protected() -> dict[str, int]:
    """Return how many fingerprints of each kind all sealed banks hold together."""
    rows = Fingerprint.objects.filter(bank__is_sealed=True, withdrawn_at__isnull=True)
    return dict(rows.values_list("kind").annotate(Count("pk")).order_by("kind"))


def per_day(
    banks: Collection[Bank], *, platforms: Collection[str] | None, since: datetime, zone: str
) -> Mapping[str, Counter[date]]:
    """Return by bank how many versions matched on each day of ``zone``; ``platforms`` None means all."""
    names = {signal_name(bank.name): bank.name for bank in banks if not bank.is_sealed}
    rows = _signals(list(names), platforms).filter(at__gte=since)
    days = rows.annotate(day=TruncDate("at", tzinfo=ZoneInfo(zone))).values("name", "day")
    counted: dict[str, Counter[date]] = {name: Counter() for name in names.values()}
    for name, day, count in days.annotate(n=Count("version", distinct=True)).values_list("name", "day", "n"):
        counted[names[name]][day] = count
    return counted


def recent(bank: Bank, *, platforms: Collection[str] | None, since: datetime) -> list[Found]:
    """Return what a bank that is not sealed matched since then, the latest first, each item once."""
    if bank.is_sealed:
        return []
    rows = _signals([signal_name(bank.name)], platforms).filter(at__gte=since).order_by("-at", "-id")
    found: dict[uuid.UUID, Found] = {}
    for each in rows.values_list("version__item_id", "version_id", "evidence", "at")[:MOST_SIGNALS]:
        found.setdefault(each[0], Found(*each))
    return list(found.values())


def exchanges(bank: Bank) -> list[ExchangeState]:
    """Return how far a bank has read each exchange, the latest read first."""
    return list(ExchangeState.objects.filter(bank=bank).order_by("-at", "pk"))


def days_until(at: datetime, days: int, zone: str) -> list[date]:
    """Return the last ``days`` days of ``zone``, today's last."""
    today = at.astimezone(ZoneInfo(zone)).date()
    return [today - timedelta(days=back) for back in reversed(range(days))]


def _signals(names: Sequence[str], platforms: Collection[str] | None) -> QuerySet[Signal]:
    rows = Signal.objects.filter(source=SOURCE, name__in=names)
    return rows if platforms is None else rows.filter(version__platform__in=platforms)
