"""What ``sinmungo hash`` and ``sinmungo match`` print of a file, in both."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from sinmungo.cli.media_files import REASONS, Looked

USAGE_ERROR = 2


def document(looked: Looked) -> dict[str, Any]:
    """Return the keys that every file has, and those of its kind; ``matches`` is filled in by who looks."""
    told: dict[str, Any] = {
        "file": looked.file,
        "pdq": looked.pdq.hex() or None,
        "quality": looked.quality,
        "matches": None,
        "refused": looked.refused or None,
    }
    if looked.sha256:
        told |= {"sha256": looked.sha256.hex(), "md5": looked.md5.hex()}
    if looked.frames is not None:
        told["frames"] = looked.frames
    return told


def tell_troubles(looked: Looked) -> None:
    """Say on the error stream that a file was refused, and why, or that it is too plain to be found."""
    if looked.refused:
        complain(f"{looked.file}: {REASONS[looked.refused]} ({looked.refused})")
    elif looked.is_plain:
        told = f"quality {looked.quality}" if looked.quality is not None else "no frame is worth comparing"
        complain(f"{looked.file}: too plain to be found ({told})")


def followed(looked: Iterable[Looked], count: int) -> Iterator[Looked]:
    """Yield ``looked`` with a bar on the error stream, if that is a terminal."""
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    # what is printed belongs on the output stream, also while the bar stands on the other
    bar = Progress(*columns, console=console, transient=True, redirect_stdout=False)
    bar.disable = not console.is_terminal
    with bar as progress:
        task = progress.add_task("", total=count)
        for each in looked:
            progress.advance(task)
            yield each


def tell(line: str) -> None:
    """Print a line as it is."""
    sys.stdout.write(line + "\n")


def fail(reason: str) -> NoReturn:
    """Say what was wrong with the command, and end with 2."""
    complain(reason)
    raise typer.Exit(USAGE_ERROR)


def complain(sentence: str) -> None:
    """Say something on the error stream."""
    Console(stderr=True, highlight=False).print(sentence, markup=False, soft_wrap=True)
