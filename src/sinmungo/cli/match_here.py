"""The banks of this deployment that ``sinmungo match`` looks in; loaded only when one is named."""

from __future__ import annotations

from sinmungo.apps.base import clock
from sinmungo.apps.screening.banks import queries
from sinmungo.apps.screening.banks.exporting import BankAtRest
from sinmungo.apps.screening.errors import NoSuchBank as NoSuchBankHere
from sinmungo.apps.screening.hunts import is_silent
from sinmungo.cli.match_banks import Bank, NoSuchBank, SealedBank


def read_bank(name: str) -> Bank:
    """Return a bank of this deployment in memory.

    Raises NoSuchBank, SealedBank, and BankAtRest for one that matches nothing at work either.
    """
    try:
        bank = queries.bank(name, seen_by=None)
    except NoSuchBankHere:
        raise NoSuchBank(name=name) from None
    if bank.is_sealed:
        raise SealedBank(name=name)
    if is_silent(bank, clock.now()):
        raise BankAtRest(name=name)
    return Bank(bank.name, queries.matcher_of(bank))
