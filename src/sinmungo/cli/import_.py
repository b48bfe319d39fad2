"""``sinmungo import``: the past of another tool, loaded once, telling nobody."""

from __future__ import annotations

import json as json_format
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items import queries as items
from sinmungo.core.kernel.errors import DomainError
from sinmungo.journeys import outside

app = typer.Typer(add_completion=False, help="Load what another tool has done.")
USAGE_ERROR = 2
MAX_TOLD = 50


@app.callback()
def _group() -> None:
    """Load what another tool has done."""


@app.command()
def decisions(
    file: Annotated[
        Path | None, typer.Argument(help="A csv, jsonl or ndjson file of past decisions.")
    ] = None,
    map_: Annotated[
        Path | None, typer.Option("--map", help="The YAML file that says which column means what.")
    ] = None,
    platform: str = typer.Option("", help="The platform's short name."),
    apply: bool = typer.Option(False, "--apply", help="Write; without it everything is only checked."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object."),
    example_map: bool = typer.Option(False, "--example-map", help="Print a map to begin with."),
) -> None:
    """Check past decisions and answered appeals, or load them with --apply.

    While any row has a fault nothing is written. Rows that are loaded already are counted and left.
    """
    if example_map:
        sys.stdout.write(outside.EXAMPLE)
        return
    if file is None or map_ is None or not platform:
        _complain("FILE, --map and --platform are needed (or --example-map).")
        raise typer.Exit(USAGE_ERROR)
    try:
        report = _load(file, map_, platform, apply=apply)
    except DomainError as error:
        _complain(error.detail)
        raise typer.Exit(USAGE_ERROR) from error
    if json:
        sys.stdout.write(json_format.dumps(_document(report, apply), ensure_ascii=False) + "\n")
    else:
        _print(report, apply)
    raise typer.Exit(1 if report.faults else 0)


def _load(file: Path, map_: Path, platform: str, *, apply: bool) -> outside.HistoryReport:
    connected = items.platform_by_slug(platform)
    mapping = outside.load_map(map_)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("rows", total=None)
        return outside.load_history(
            connected,
            file,
            mapping,
            dry_run=not apply,
            actor=SYSTEM,
            progress=lambda rows: progress.advance(task, rows),
        )


def _document(report: outside.HistoryReport, apply: bool) -> dict[str, object]:
    return {
        "applied": apply and not report.faults,
        "rows": report.rows,
        "recorded": report.recorded,
        "already": report.already,
        "appeals": report.appeals,
        "reversals": report.reversals,
        "faults": [
            {"line": fault.line, "field": fault.field, "reason": fault.reason} for fault in report.faults
        ],
    }


def _print(report: outside.HistoryReport, apply: bool) -> None:
    for fault in report.faults[:MAX_TOLD]:
        place = f"line {fault.line}" + (f", {fault.field}" if fault.field else "")
        _complain(f"{place}: {fault.reason}")
    if len(report.faults) > MAX_TOLD:
        _complain(f"… and {len(report.faults) - MAX_TOLD} more")
    console = Console(highlight=False, soft_wrap=True)
    verb = "loaded" if apply and not report.faults else "would be loaded"
    console.print(
        f"{report.rows} rows: {report.recorded} decisions {verb}, {report.already} are here already,"
        f" {report.appeals} answered appeals, {report.reversals} of them changed a decision;"
        f" {len(report.faults)} faults"
    )
    if report.faults:
        console.print("Nothing was written.")
    elif not apply:
        console.print("This was a dry run; add --apply to write.")


def _complain(sentence: str) -> None:
    Console(stderr=True, highlight=False).print(sentence, markup=False, soft_wrap=True)
