"""``sinmungo ledger``: verify the record of every act, and save a checkpoint to verify it against."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sinmungo.apps.ledger import queries
from sinmungo.apps.ledger.queries import Verification
from sinmungo.cli.ledger_letter import check_letter

#: A checkpoint has about 200 bytes, and some more for each witness.
MAX_CHECKPOINT = 16 * 1024

app = typer.Typer(help="The record of who did what and when.", no_args_is_help=True)


@app.callback()
def ledger() -> None:
    """The record of who did what and when."""


@app.command()
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    checkpoint: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, readable=True, help="A checkpoint kept elsewhere."),
    ] = None,
    letter: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, readable=True, help="Check this clearance letter only."),
    ] = None,
    public_key: Annotated[
        str, typer.Option(help="With --letter: whose letter it should be, 64 hex digits; ours, if not given.")
    ] = "",
) -> None:
    """Recompute the whole ledger; exit 0 if every row is as it was written, 1 if not."""
    if letter is not None:
        raise typer.Exit(check_letter(letter, public_key=public_key, as_json=as_json))
    if public_key:
        raise typer.BadParameter("it goes with --letter", param_hint="--public-key")
    found = _verified(_saved(checkpoint) if checkpoint else "")
    if as_json:
        sys.stdout.write(json.dumps(asdict(found), ensure_ascii=False) + "\n")
    else:
        _show(found, with_saved=checkpoint is not None)
    raise typer.Exit(0 if found.ok else 1)


@app.command("checkpoint")
def print_checkpoint() -> None:
    """Print the newest signed checkpoint, to be kept where this server cannot reach it."""
    newest = queries.checkpoint()
    if newest is None:
        sys.stderr.write("The ledger has no checkpoint yet.\n")
        raise typer.Exit(1)
    sys.stdout.write(newest.note)


def _verified(saved_note: str) -> Verification:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("entries", total=None)
        return queries.verify_all(
            lambda done, total: bar.update(task, completed=done, total=total), saved_note=saved_note
        )


def _saved(path: Path) -> str:
    data = path.read_bytes()[: MAX_CHECKPOINT + 1]
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = ""
    if not text.strip() or len(data) > MAX_CHECKPOINT:
        raise typer.BadParameter(f"{path.name} is not a checkpoint", param_hint="--checkpoint")
    return text


def _show(found: Verification, *, with_saved: bool) -> None:
    out = Console()
    for fault in found.faults:
        place = "-" if fault.position is None else str(fault.position)
        out.print(f"{fault.kind:<22} {place:>10}  {fault.detail}", markup=False, highlight=False)
    if not found.ok:
        out.print(f"{len(found.faults)} faults in {found.size} entries.", highlight=False)
        return
    against = " It continues the checkpoint you gave." if with_saved else ""
    out.print(f"{found.size} entries, no fault.{against}", highlight=False)
