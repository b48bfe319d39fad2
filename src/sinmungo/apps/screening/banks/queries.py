"""What is read of banks. ``seen_by`` is who asks; None is an operator at the command line, who sees all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from sinmungo.apps.base import clock
from sinmungo.apps.screening.banks import reading
from sinmungo.apps.screening.banks.holding import held, hold_sealed, match_source, opens_sealed
from sinmungo.apps.screening.errors import NoSuchBank, NotOpenedHere
from sinmungo.apps.screening.models import Bank, Fingerprint
from sinmungo.apps.staff.models import User
from sinmungo.core.matching.matcher import Matcher

__all__ = [
    "BankStats",
    "bank",
    "banks",
    "held",
    "hold_sealed",
    "knowable",
    "match_source",
    "matcher_of",
    "stats",
]


@dataclass(frozen=True, slots=True)
class BankStats:
    """What a bank holds now, by kind, without what has expired; what was withdrawn; when it last grew."""

    by_kind: dict[str, int]
    expired: int
    withdrawn: int
    last_added_at: datetime | None

    @property
    def live(self) -> int:
        """How many fingerprints match now, if the bank is enabled."""
        return sum(self.by_kind.values())


def banks(*, seen_by: User | None) -> list[Bank]:
    """Return the banks whose names ``seen_by`` may know, by name; which are protected is nobody's to know."""
    return [row for row in Bank.objects.order_by("name") if _may_know(row, _roles(seen_by))]


def bank(name: str, *, seen_by: User | None) -> Bank:
    """Return a bank by its name; raises NoSuchBank also for one that ``seen_by`` may not know of."""
    row = Bank.objects.filter(pk=name).first()
    if row is None or not _may_know(row, _roles(seen_by)):
        raise NoSuchBank(name=name)
    return row


def knowable(names: Iterable[str], *, seen_by: User | None) -> frozenset[str]:
    """Return those of ``names``, of banks or of their signals, that ``seen_by`` may be told."""
    asked = {name: name.replace("_", "-") for name in names}
    roles = _roles(seen_by)
    known = {row.name for row in Bank.objects.filter(pk__in=set(asked.values())) if _may_know(row, roles)}
    return frozenset(name for name, named in asked.items() if named in known)


def stats(bank: Bank) -> BankStats:
    """Return what a bank holds."""
    rows = Fingerprint.objects.filter(bank=bank)
    gone, ended = Q(withdrawn_at__isnull=False), Q(expires_at__lte=clock.now())
    counted = rows.exclude(gone | ended).values_list("kind").annotate(Count("pk")).order_by("kind")
    told = rows.aggregate(
        withdrawn=Count("pk", filter=gone), expired=Count("pk", filter=ended & ~gone), last=Max("added_at")
    )
    return BankStats(dict(counted), told["expired"], told["withdrawn"], told["last"])


def matcher_of(bank: Bank, *, after_change: int = 0, to_change: int | None = None) -> Matcher:
    """Return a matcher over a bank alone, or over what came with some of its changes, whether enabled or not.

    Negative banks mute it as they do at work; a negative bank itself answers here as any other. Raises
    NotOpenedHere for a sealed bank in a process that does not hold them, and ``Destroyed`` where its key is
    gone.
    """
    if bank.is_sealed and not opens_sealed():
        raise NotOpenedHere
    at = clock.now()
    told = {each.name: each for each in reading.told()}
    own = told[bank.name]
    muting = [each for each in told.values() if each.is_negative and each.is_on(at) and each != own]
    matcher = Matcher()
    traits = own.traits(at)._replace(is_negative=False, is_on=True)
    matcher.set_banks({own.name: traits} | {each.name: each.traits(at) for each in muting})
    for part in reading.rows(own, after=after_change, to=to_change):
        matcher.add([row.known(own.name) for row in part if row.is_live(at)])
    for each in [] if own.is_sealed or own.is_negative else muting:
        for part in reading.rows(each):
            matcher.add([row.known(each.name) for row in part if row.is_live(at)])
    return matcher


def _roles(seen_by: User | None) -> frozenset[str] | None:
    if seen_by is None:
        return None
    return frozenset(seen_by.memberships.values_list("role", flat=True))


def _may_know(bank: Bank, roles: frozenset[str] | None) -> bool:
    if roles is None:
        return True
    return not bank.is_sealed and (not bank.seen_by or not roles.isdisjoint(bank.seen_by))
