"""Banks as their rows tell of them, and their fingerprints, opened where they are sealed, many at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from sinmungo.apps.screening.banks import contents
from sinmungo.apps.screening.models import Bank, Fingerprint
from sinmungo.core.matching.matcher import BankTraits, Known

ROWS_AT_ONCE = 20_000


class Told(NamedTuple):
    """What a bank's row says that matters to whoever matches."""

    name: str
    made_at: datetime
    change: int
    is_sealed: bool
    is_negative: bool
    is_enabled: bool
    expires_at: datetime | None

    def is_on(self, at: datetime) -> bool:
        """Tell whether the bank matches anything at this moment."""
        return self.is_enabled and (self.expires_at is None or self.expires_at > at)

    def traits(self, at: datetime) -> BankTraits:
        """Return what a matcher is told of the bank."""
        return BankTraits(self.name, self.is_sealed, self.is_negative, self.is_on(at))


class Row(NamedTuple):
    """One fingerprint's row; ``content`` is empty once it is withdrawn, and where it could not be opened."""

    key: int
    kind: str
    content: bytes
    expires_at: datetime | None
    is_damaged: bool = False

    def __repr__(self) -> str:
        return f"Row({self.key}, ···)"

    def is_live(self, at: datetime) -> bool:
        """Tell whether the fingerprint matches anything at this moment."""
        return bool(self.content) and (self.expires_at is None or self.expires_at > at)

    def known(self, bank: str) -> Known:
        """Return the fingerprint as a matcher takes it."""
        return Known(self.key, bank, self.kind, self.content)


def told() -> list[Told]:
    """Return every bank by name: one small query."""
    return [Told(*row) for row in Bank.objects.order_by("name").values_list(*Told._fields)]


def mark(bank: str, change: int) -> str:
    """Return what tells this bank up to this change from another that was brought to the same number."""
    found = Fingerprint.objects.filter(bank=bank, change__lte=change).order_by("-change", "-pk")
    told = found.values_list("pk", "change", "digest").first()
    if told is None:
        return ""
    key, number, digest = told
    return hashlib.sha256(f"{key} {number} ".encode() + bytes(digest)).hexdigest()


def rows(bank: Told, *, after: int = 0, to: int | None = None, kind: str = "") -> Iterator[list[Row]]:
    """Yield the fingerprints whose change lies above ``after`` and at most at ``to``, 20,000 at a time.

    What was withdrawn comes too, unless all is asked for. Raises ``Destroyed`` before the first where the key
    of a sealed bank is gone.
    """
    if bank.is_sealed:
        contents.opened(bank.name, [])
    found = Fingerprint.objects.filter(bank=bank.name)
    # a first reading goes by the bank alone: most rows are asked for, in any order
    found = found.filter(change__gt=after) if after else found.filter(withdrawn_at__isnull=True)
    if to is not None:
        found = found.filter(change__lte=to)
    if kind:
        found = found.filter(kind=kind)
    told_rows = found.values_list("pk", "kind", "content", "expires_at").iterator(chunk_size=2_000)
    for part in _parts(Row(key, kind, bytes(content), ends) for key, kind, content, ends in told_rows):
        yield _opened(bank, part)


def _opened(bank: Told, part: list[Row]) -> list[Row]:
    if not bank.is_sealed:
        return part
    plain = iter(contents.opened(bank.name, [row.content for row in part if row.content]))
    return [_with(row, next(plain)) if row.content else row for row in part]


def _with(row: Row, content: bytes | None) -> Row:
    return row._replace(content=content or b"", is_damaged=content is None)


def _parts(found: Iterable[Row]) -> Iterator[list[Row]]:
    part: list[Row] = []
    for row in found:
        part.append(row)
        if len(part) == ROWS_AT_ONCE:
            yield part
            part = []
    if part:
        yield part
