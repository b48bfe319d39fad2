"""``sinmungo learn``: a source learned from labelled texts, or from the team's own decisions."""

from __future__ import annotations

import importlib
import json as json_format
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from sinmungo.cli.learn_model import Taught, teach
from sinmungo.cli.learn_report import Promise, print_report
from sinmungo.cli.learn_rows import Examples, Meaning, NoSuchLabel, WhichLabels, read_examples
from sinmungo.cli.screen_files import CannotRead, NoSuchColumn, find
from sinmungo.core.kernel.errors import DomainError
from sinmungo.core.learning.format import NAME

app = typer.Typer(add_completion=False)

USAGE_ERROR = 2
#: What is wrong with the command rather than with the rows.
_USAGE = (CannotRead, NoSuchColumn, NoSuchLabel, WhichLabels)


@app.command()
def learn(
    name: Annotated[str, typer.Option(help="The model's name: small letters, digits and _.")],
    out: Annotated[Path, typer.Option(help="Write the model there.")],
    paths: Annotated[
        list[Path] | None, typer.Argument(help="csv, tsv, jsonl or ndjson files, or folders of them.")
    ] = None,
    text: str = typer.Option("", help="The column of the text; the usual names are known."),
    label: str = typer.Option("", help="The column that says what each text is."),
    positive: str = typer.Option("", help="The values to be learned, comma between."),
    negative: str = typer.Option("", help="Instead: the values that are not, comma between."),
    split: str = typer.Option("", help="What parts several values in one cell, such as |."),
    decisions: bool = typer.Option(False, "--decisions", help="Learn from decisions made here, not files."),
    platform: str = typer.Option("", help="With --decisions: only those of this platform."),
    policy: str = typer.Option("", help="With --decisions: what violates this policy; any if left out."),
    promise: float = typer.Option(0.95, min=0.5, max=0.999, help="The precision to be kept."),
    risk: float = typer.Option(0.05, min=0.001, max=0.5, help="The risk that the measurement deceives."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object instead of tables."),
) -> None:
    """Learn one label and say what the model is worth on texts that it has not seen.

    Exit code 0: done; 1: done, but some rows were refused, or there was too little to learn from; 2: wrong
    use, nothing was learned.
    """
    _check(paths, label, positive, negative, decisions=decisions, of_decisions=bool(platform or policy))
    if NAME.fullmatch(name) is None:
        _stop("--name is a small letter and up to 39 small letters, digits or _", USAGE_ERROR)
    try:
        if decisions:
            # loaded only here: learning from files needs no database
            source = importlib.import_module("sinmungo.cli.learn_decisions")
            examples: Examples = source.read_decisions(platform=platform, policy=policy)
        else:
            meaning = Meaning(_values(positive), _values(negative), split)
            examples = read_examples(find(paths or []), text=text, label=label, meaning=meaning)
        taught = teach(name, examples.rows, promise=Promise(promise, risk), tell=_tell)
    except DomainError as error:
        _stop(f"{error.detail} ({error.code})", USAGE_ERROR if isinstance(error, _USAGE) else 1)
    _write(out, taught.content)
    _print(taught, examples, out, json=json)
    raise typer.Exit(1 if examples.refused else 0)


def _check(
    paths: list[Path] | None,
    label: str,
    positive: str,
    negative: str,
    *,
    decisions: bool,
    of_decisions: bool,
) -> None:
    """Stop at what cannot be meant."""
    if decisions and (paths or label or positive or negative):
        _stop("--decisions takes no files, --label, --positive or --negative", USAGE_ERROR)
    if of_decisions and not decisions:
        _stop("--platform and --policy go with --decisions", USAGE_ERROR)
    if not decisions and not (paths and label):
        _stop("name files and their --label, or --decisions", USAGE_ERROR)
    if positive and negative:
        _stop("--positive or --negative, not both", USAGE_ERROR)


def _values(written: str) -> frozenset[str]:
    return frozenset(part.strip() for part in written.split(",") if part.strip())


def _write(out: Path, content: bytes) -> None:
    try:
        out.write_bytes(content)
    except OSError as error:
        _stop(f"{out}: {error.strerror}", USAGE_ERROR)


def _print(taught: Taught, examples: Examples, out: Path, *, json: bool) -> None:
    model = taught.model
    if json:
        trained_on = model.card.trained_on
        told = {
            "name": model.name,
            "version": model.version,
            "file": str(out),
            "bytes": len(taught.content),
            "rows": len(examples.rows),
            "refused": examples.refused,
            "positive": trained_on.positive,
            "trained_on": trained_on.train,
            "calibrated_on": trained_on.calibration,
            "languages": list(model.card.languages),
            **model.card.report,
        }
        sys.stdout.write(json_format.dumps(told, ensure_ascii=False) + "\n")
    else:
        print_report(model.card.report)
        spoken = ", ".join(model.card.languages) or "none"
        written = (
            f"{out}: {model.name}, version {model.version}. Languages: {spoken}. New models only observe."
        )
        Console(highlight=False, soft_wrap=True).print(written, markup=False)
    for row in examples.told:
        _tell(f"{row.file}:{row.line}: {row.reason}")
    if examples.refused > len(examples.told):
        _tell(f"… and {examples.refused - len(examples.told)} more rows")


def _tell(sentence: str) -> None:
    Console(stderr=True, highlight=False).print(sentence, markup=False, soft_wrap=True)


def _stop(reason: str, code: int) -> NoReturn:
    _tell(reason)
    raise typer.Exit(code)
