"""``sinmungo model``: the learned sources of this deployment."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.screening import learned
from sinmungo.apps.screening.models import LearnedModel
from sinmungo.core.kernel.errors import Refused
from sinmungo.core.learning.format import MAX_FILE

app = typer.Typer(add_completion=False, help="Learned sources of this deployment.")
out = Console(highlight=False, soft_wrap=True)

OVER = timedelta(days=30)


class UnreadableModel(Refused):
    """The file of a model cannot be read, or is larger than any model's."""

    code = "model.unreadable"
    message = "{path} cannot be read as a model's file: {reason}"


@app.command()
def add(file: Annotated[Path, typer.Argument(help="What `sinmungo learn` wrote.")]) -> None:
    """Take a model in. It observes: it brings nothing before anybody until you say `use`."""
    row = learned.add_model(content=_content(file), at=clock.now(), actor=SYSTEM)
    out.print(f"{row.name} {row.digest[:12]} {row.state}")


@app.command("list")
def list_() -> None:
    """Show the models at work, and what each said in the last 30 days."""
    table = Table(box=None, padding=(0, 2))
    for title in ("name", "digest", "state", "spoke of", "at its threshold", "threshold"):
        table.add_column(title)
    for row in learned.live_models():
        said = learned.watched(name=row.name, at=clock.now(), over=OVER)
        counts = (str(said.spoke_of), str(said.at_threshold), f"{said.threshold:.3f}")
        table.add_row(row.name, row.digest[:12], row.state, *counts)
    out.print(table)


@app.command()
def use(name: str = typer.Argument(help="The model's name.")) -> None:
    """Let rules that read a model's signal ask for people."""
    _move(name, LearnedModel.State.ACTIVE)


@app.command()
def observe(name: str = typer.Argument(help="The model's name.")) -> None:
    """Let a model only observe again."""
    _move(name, LearnedModel.State.OBSERVING)


@app.command()
def retire(name: str = typer.Argument(help="The model's name.")) -> None:
    """Take a model out of screening; its signals of the past stay."""
    _move(name, LearnedModel.State.RETIRED)


def _move(name: str, state: LearnedModel.State) -> None:
    row = learned.set_state(name=name, state=state, at=clock.now(), actor=SYSTEM)
    out.print(f"{row.name} {row.digest[:12]} {row.state}")


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_FILE + 1)
    except OSError as error:
        raise UnreadableModel(path=str(file), reason=error.strerror or "no such file") from None
    if len(content) > MAX_FILE:
        raise UnreadableModel(path=str(file), reason="it is too large")
    return content
