"""``sinmungo autonomy``: what may act alone, on what evidence, and that evidence weighed again."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.console import Console

from sinmungo.apps.autonomy import log_file
from sinmungo.apps.autonomy.log_file import EpochLog, NoLog, Stored

app = typer.Typer(
    help="What may act alone, and on what evidence.", no_args_is_help=True, add_completion=False
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False)
USAGE_ERROR = 2

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Name = Annotated[
    str,
    typer.Argument(help="Its id or the first letters of it, or PLATFORM/RULE/ACTION.", metavar="AUTOMATION"),
]


@app.command("list")
def list_(
    platform: str = typer.Option("", help="Only those of this platform."), as_json: Json = False
) -> None:
    """List automations: level, precision shown at least, target, the detector's value."""
    _kept().show_all(platform, as_json=as_json)


@app.command()
def show(automation: Name, as_json: Json = False) -> None:
    """Show one automation: where it stands, on what evidence, and what keeps it from rising."""
    _kept().show(automation, as_json=as_json)


@app.command()
def lower(
    automation: Name,
    to: str = typer.Option("assist", help="suspended, shadow, assist or canary; lower than now."),
) -> None:
    """Lower an automation by hand; it rises again by evidence only."""
    _kept().lower(automation, to)


@app.command("raise")
def raise_(automation: Name) -> None:
    """Let an automation rise one level now, if its audits show enough."""
    _kept().ask_higher(automation)


@app.command()
def again(automation: Name) -> None:
    """Let a stopped automation begin again in shadow, without evidence."""
    _kept().begin_again(automation)


@app.command()
def log(
    automation: Name,
    to: Annotated[Path, typer.Option("--out", help="Write the log there.", dir_okay=False)],
) -> None:
    """Write the whole log of an automation's evidence to a file that anybody can weigh again."""
    try:
        written = _kept().write_log(automation, to)
    except OSError as error:
        err.print(f"{to} cannot be written: {error.strerror}.", markup=False)
        raise typer.Exit(USAGE_ERROR) from None
    err.print(f"{written:,} lines in {to.name}", markup=False)


@app.command()
def recompute(
    automation: Annotated[str, typer.Argument(help="The automation; all of them if left out.")] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            "--log", exists=True, dir_okay=False, readable=True, help="A log file; no database needed."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Weigh every factor again from the beginning; exit 0 if that is what was stored, 1 if not."""
    if file is not None and automation:
        err.print("Name an automation, or a file with --log, not both.")
        raise typer.Exit(USAGE_ERROR)
    epochs = _read(file) if file is not None else _kept().epochs(automation)
    found = [(epoch, _weighed(epoch)) for epoch in epochs]
    documents = [_document(epoch, again) for epoch, again in found]
    is_equal = all(again == epoch.stored for epoch, again in found)
    if file is None:
        is_equal = _kept().check_states(automation) and is_equal
    if as_json:
        sys.stdout.write(json.dumps({"equal": is_equal, "epochs": documents}) + "\n")
    else:
        _show(found)
        out.print(_verdict(is_equal=is_equal, is_empty=not found))
    raise typer.Exit(0 if is_equal else 1)


def _kept() -> ModuleType:
    """What needs the database is loaded only where it is used: a third party has none."""
    return importlib.import_module("sinmungo.cli.autonomy_kept")


def _read(path: Path) -> list[EpochLog]:
    try:
        with path.open("rb") as file:
            return log_file.read(iter(lambda: file.readline(log_file.MAX_LINE + 1), b""))
    except NoLog as fault:
        err.print(f"{path.name} is no log of evidence: {fault}", markup=False)
        raise typer.Exit(USAGE_ERROR) from None


def _weighed(epoch: EpochLog) -> Stored | None:
    try:
        return epoch.recomputed()
    except ValueError as fault:
        err.print(f"epoch {epoch.number}: {fault}", markup=False)
        return None


def _document(epoch: EpochLog, again: Stored | None) -> dict[str, object]:
    return {
        "automation": epoch.automation,
        "epoch": epoch.number,
        "digest": epoch.digest,
        "stored": _figures(epoch.stored),
        "recomputed": _figures(again) if again else None,
        "equal": again == epoch.stored,
    }


def _figures(found: Stored) -> dict[str, float]:
    return {field: getattr(found, field) for field in Stored.__slots__}


def _show(found: list[tuple[EpochLog, Stored | None]]) -> None:
    for epoch, again in found:
        told = "cannot be weighed" if again is None else _sentence(again)
        mark = "equal" if again == epoch.stored else f"NOT equal; stored was {_sentence(epoch.stored)}"
        out.print(f"{epoch.automation[:8]} epoch {epoch.number}: {told}: {mark}", markup=False)


def _verdict(*, is_equal: bool, is_empty: bool) -> str:
    if not is_equal:
        return "NOT equal to what was stored."
    return "Nothing was stored yet." if is_empty else "Equal to what was stored."


def _sentence(found: Stored) -> str:
    return (
        f"{found.seq} factors, R {found.r:.6g}, precision at least {found.bound:.4f}"
        f" by {found.labels} random audits, {found.wrong} of them wrong"
    )
