"""What ``sinmungo bank`` tells: tables and reports for people, JSON for programs, progress on the way."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from sinmungo.apps.screening.banks import queries
from sinmungo.apps.screening.models import Bank
from sinmungo.cli.bank_take import FileReport

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

#: Refused rows and files that are printed.
MAX_SHOWN = 50


def described(bank: Bank) -> dict[str, Any]:
    """Return what there is to tell of a bank, as a JSON-safe mapping."""
    stats = queries.stats(bank)
    return {
        "name": bank.name,
        "title_ko": bank.title_ko,
        "title_en": bank.title_en,
        "source": bank.source,
        "severity": bank.severity,
        "seen_by": bank.seen_by,
        "sealed": bank.is_sealed,
        "negative": bank.is_negative,
        "enabled": bank.is_enabled,
        "expires_at": bank.expires_at.isoformat() if bank.expires_at else None,
        "live": stats.live,
        "by_kind": stats.by_kind,
        "expired": stats.expired,
        "withdrawn": stats.withdrawn,
        "last_added_at": stats.last_added_at.isoformat() if stats.last_added_at else None,
    }


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON object on a line."""
    sys.stdout.write(json_format.dumps(document, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_banks(found: Sequence[Mapping[str, Any]]) -> None:
    """Print a table of banks."""
    table = Table(box=None, padding=(0, 2))
    for title in ("name", "title", "source", "severity", "holds", "state"):
        table.add_column(title, overflow="fold")
    for each in found:
        state = ", ".join(_state(each))
        table.add_row(
            each["name"], each["title_en"], each["source"], each["severity"], str(each["live"]), state
        )
    out.print(table, markup=False)


def print_stats(told: Mapping[str, Any]) -> None:
    """Print what a bank holds, in a line."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in told["by_kind"].items()) or "nothing"
    gone = f"{told['expired']} expired, {told['withdrawn']} withdrawn"
    out.print(f"{told['name']} ({', '.join(_state(told))}): {kinds}; {gone}", markup=False)


def print_report(report: FileReport, *, dry_run: bool) -> None:
    """Print what became of a file, and on stderr what was refused."""
    for bad in report.told[:MAX_SHOWN]:
        err.print(f"{report.file}: row {bad.place}: {bad.reason} ({bad.code})", markup=False)
    if report.refused > MAX_SHOWN:
        err.print(f"… and {report.refused - MAX_SHOWN} more")
    if report.failed:
        err.print(f"{report.file}: {report.why} ({report.failed})", markup=False)
    if dry_run:
        told = f"{report.added} to be held, {report.withdrawn} to be withdrawn"
    else:
        told = f"{report.added} added, {report.known} known, {report.withdrawn} withdrawn"
    out.print(f"{report.file}: {report.rows} rows: {told}, {report.refused} refused", markup=False)


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show on stderr how far it came, where a person looks on; the function given counts on."""
    with Progress(console=err, transient=True, disable=not err.is_terminal) as shown:
        task = shown.add_task(what, total=total)
        yield lambda count: shown.advance(task, count)


def _state(told: Mapping[str, Any]) -> list[str]:
    marks = [word for word in ("sealed", "negative") if told[word]]
    return [*marks, "enabled" if told["enabled"] else "disabled"]
