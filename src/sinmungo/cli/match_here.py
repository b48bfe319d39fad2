"""The banks of this deployment that ``sinmungo match`` looks in; loaded only when one is named."""

from __future__ import annotations

from sinmungo.apps.screening.banks import queries
from sinmungo.cli.match_banks import Bank, SealedBank


def read_bank(name: str) -> Bank:
    """Return a bank of this deployment in memory. Raises NoSuchBank of screening, and SealedBank."""
    bank = queries.bank(name, seen_by=None)
    if bank.is_sealed:
        raise SealedBank(name=name)
    return Bank(bank.name, queries.matcher_of(bank))
