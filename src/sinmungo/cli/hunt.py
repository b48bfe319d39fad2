"""``sinmungo hunt``: look for what a bank holds in everything that was seen already."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.screening import hunts
from sinmungo.apps.screening.banks import queries as banks
from sinmungo.apps.screening.hunts import HuntProgress
from sinmungo.apps.screening.models import Bank
from sinmungo.journeys import hunt as journey

app = typer.Typer(add_completion=False)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False)
USAGE_ERROR = 2
POLL_SECONDS = 0.25


@app.command()
def run(
    bank: str = typer.Argument("", help="The bank to look for.", metavar="[BANK]"),
    follow: bool = typer.Option(
        False, "--follow", help="Go on with the search here until it ends, beside any worker."
    ),
    list_: bool = typer.Option(False, "--list", help="Show searches, those of all banks without BANK."),
    as_json: bool = typer.Option(False, "--json", help="Print JSON, one object for each search."),
) -> None:
    """Look for everything that a bank holds in everything that was seen.

    What is added to a bank is looked for by itself; this searches for all of it again. `sinmungo work` goes
    on with it. A protected bank is opened by the worker alone: here its search is only watched.
    """
    if list_:
        rows = [banks.bank(bank, seen_by=None)] if bank else banks.banks(seen_by=None)
        _show([each for row in rows for each in hunts.progress(row, seen_by=None)], as_json=as_json)
        return
    if not bank:
        err.print("Name a bank, or say --list.")
        raise typer.Exit(USAGE_ERROR)
    row = banks.bank(bank, seen_by=None)
    asked = hunts.ask(bank=row, actor=SYSTEM, at=clock.now())
    if not asked.is_new:
        err.print(f"A search for everything in {row.name} is under way already.", markup=False)
    told = hunts.progress_of(asked.hunt.pk)
    if follow:
        told = _follow(row, told)
    _show([told], as_json=as_json)
    if follow and told.waits:
        raise typer.Exit(1)


def _follow(bank: Bank, told: HuntProgress) -> HuntProgress:
    """Go on with a search, or watch whoever does, until it ends or cannot go on now."""
    columns = (
        TextColumn(bank.name, markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as shown:
        task = shown.add_task("", total=None)
        while told.done_at is None and not told.waits:
            if bank.is_sealed or not journey.go_on(told.id, now=clock.now()):
                time.sleep(POLL_SECONDS)
            told = hunts.progress_of(told.id)
            shown.update(task, total=told.total or None, completed=told.looked)
    return told


def _show(found: Sequence[HuntProgress], *, as_json: bool) -> None:
    if as_json:
        for each in found:
            out.print(json.dumps(_document(each), ensure_ascii=False), markup=False)
        return
    table = Table(box=None, padding=(0, 2))
    for title in ("bank", "asked", "looked at", "found", "state"):
        table.add_column(title)
    for each in found:
        looked = f"{each.looked:,} of {each.total:,}"
        table.add_row(each.bank, f"{each.asked_at:%Y-%m-%d %H:%M}", looked, f"{each.found:,}", _state(each))
    out.print(table)


def _state(told: HuntProgress) -> str:
    if told.done_at is not None:
        return f"done {told.done_at:%Y-%m-%d %H:%M}"
    if told.waits:
        return f"waits: {told.waits}"
    left = f", about {told.seconds_left:.0f} s left" if told.seconds_left is not None else ""
    return f"{told.share:.0%}{left}"


def _document(told: HuntProgress) -> dict[str, object]:
    return {
        "bank": told.bank,
        "hunt": told.id.hex,
        "stage": told.stage,
        "total": told.total,
        "looked": told.looked,
        "found": told.found,
        "share": round(told.share, 4),
        "rate": round(told.rate, 1),
        "seconds_left": None if told.seconds_left is None else round(told.seconds_left, 1),
        "asked_at": told.asked_at.isoformat(),
        "done_at": told.done_at.isoformat() if told.done_at else None,
        "waits": told.waits,
    }
