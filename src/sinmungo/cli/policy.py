"""``sinmungo policy``: check packs, which needs no database, or put one in force, which does."""

from __future__ import annotations

import importlib
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from sinmungo.cli import policy_check

app = typer.Typer(add_completion=False, help="Policy packs.")


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Folders that hold a pack.yaml.")],
    json: bool = typer.Option(False, "--json", help="Print one JSON object."),
) -> None:
    """Say every fault of policy packs at once, each with file, line, caret and hint."""
    raise typer.Exit(policy_check.check(paths, json))


@app.command()
def adopt(
    path: Annotated[
        Path, typer.Argument(help="The pack's folder, or the name of one that comes with Sinmungo.")
    ],
    platform: str = typer.Option(..., help="The platform's short name."),
    begins: Annotated[
        datetime | None, typer.Option(help="From when; now if left out. UTC if no zone is named.")
    ] = None,
) -> None:
    """Put a pack in force on a platform and judge its open cases again."""
    # loaded only here: checking a pack must not need the database
    importlib.import_module("sinmungo.cli.policy_adopt").adopt(path, platform=platform, begins=begins)
