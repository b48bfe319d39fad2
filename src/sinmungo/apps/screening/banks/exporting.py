"""What a bank gives to others: of an open one the fingerprints that match now, of a protected one nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from sinmungo.apps.screening.models import Bank, Fingerprint
from sinmungo.core.kernel.errors import Refused
from sinmungo.core.matching.exchange import Row

_PART = 1_000


class StaysSealed(Refused):
    """A bank of protected media gives out nothing."""

    code = "screening.stays_sealed"
    message = "The bank {name} holds protected media: what it holds leaves it in no format."


class BankAtRest(Refused):
    """A bank that is disabled or past its end matches nothing and gives out nothing."""

    code = "screening.bank_at_rest"
    message = "The bank {name} is disabled or past its end, so there is nothing of it to give out."


def rows(*, bank: Bank, at: datetime) -> Iterator[Row]:
    """Return, one by one, the fingerprints of a bank that match ``at``, in the order they came.

    Raises StaysSealed and BankAtRest.
    """
    if bank.is_sealed:
        raise StaysSealed(name=bank.name)
    if not bank.is_enabled or (bank.expires_at is not None and bank.expires_at <= at):
        raise BankAtRest(name=bank.name)
    return _rows(bank, at)


def _rows(bank: Bank, at: datetime) -> Iterator[Row]:
    live = Fingerprint.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at), bank=bank)
    found = live.filter(withdrawn_at__isnull=True).order_by("pk")
    columns = found.values_list("kind", "content", "external_id", "expires_at")
    for place, (kind, content, external_id, expires_at) in enumerate(columns.iterator(_PART), start=1):
        yield Row(place, kind, bytes(content), external_id, expires_at=expires_at)
