"""A bank's fingerprints into a file of some format: the work behind ``sinmungo bank export``."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from sinmungo.apps.base import clock
from sinmungo.apps.screening.banks import exporting
from sinmungo.apps.screening.models import Bank
from sinmungo.core.matching.exchange import KINDS, Format, Row, write

#: A list of hashes is the business of whoever asked for it, and of nobody else on the machine.
_MODE = 0o600


@dataclass(slots=True)
class Given:
    """How many rows were written, and by kind how many the format has no word for."""

    written: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


def give(bank: Bank, form: Format, to: Path | None, *, tell: Callable[[int], None]) -> Given:
    """Write what ``bank`` matches by to a file, whole or not at all, or to the standard output.

    Raises StaysSealed and BankAtRest before anything is written, and OSError.
    """
    given = Given()
    at = clock.now()
    rows = exporting.rows(bank=bank, at=at)
    with _written(to) as file:
        for part in write(form, _fitting(rows, form, given, tell), at=at):
            file.write(part)
    return given


def _fitting(rows: Iterable[Row], form: Format, given: Given, tell: Callable[[int], None]) -> Iterator[Row]:
    for row in rows:
        tell(1)
        if row.kind in KINDS[form]:
            given.written += 1
            yield row
        else:
            given.left_out[row.kind] += 1


@contextmanager
def _written(to: Path | None) -> Iterator[BinaryIO]:
    if to is None:
        yield sys.stdout.buffer
        return
    part = to.with_name(f".{to.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE), "wb") as file:
            yield file
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
