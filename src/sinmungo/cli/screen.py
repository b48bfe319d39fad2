"""``sinmungo screen``: what a policy pack says of the texts in files. No database, no key, no server."""

from __future__ import annotations

import json as json_format
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, NoReturn, TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import sinmungo
from sinmungo.cli.screen_files import Found, RefusedRow, Row, find, rows
from sinmungo.cli.screen_models import ModelCount, count_item, counts_of, load_models, told
from sinmungo.core.kernel.errors import DomainError, Refused
from sinmungo.core.kernel.values import PlainItem, PlainSignal, Screener
from sinmungo.core.kernel.words import SEVERITY_OF_ACTION, Level
from sinmungo.core.learning import LearnedModel, LearnedScreener
from sinmungo.core.policy import (
    CompiledPack,
    PolicyFaults,
    Verdict,
    build_facts,
    compile_pack,
    load_pack,
    render_fault,
)
from sinmungo.core.text.identifiers import mask_identifiers
from sinmungo.core.text.screeners import screen_all

app = typer.Typer(add_completion=False)

BATCH = 500
DEADLINE_SECONDS = 60.0
PACKS = Path(sinmungo.__file__).parent / "packs"
#: Refused rows that are told one by one on the terminal; all of them are counted.
MAX_TOLD = 20
USAGE_ERROR = 2


class UnknownPack(Refused):
    """Neither the name of a pack that comes with Sinmungo nor a folder."""

    code = "screen.unknown_pack"
    message = "There is no policy pack {name}. Known: {known}, or the path of a pack's folder."


@dataclass(slots=True)
class Label:
    """What became of the items with one label."""

    items: int = 0
    flagged: int = 0


@dataclass(slots=True)
class Summary:
    """What a run found. An item is flagged when a rule asks for a person or for an action."""

    items: int = 0
    refused: int = 0
    flagged: int = 0
    seconds: float = 0.0
    verdicts: Counter[str] = field(default_factory=Counter)
    signals: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    labels: dict[str, Label] = field(default_factory=lambda: defaultdict(Label))
    skipped: list[str] = field(default_factory=list)
    told: list[RefusedRow] = field(default_factory=list)
    models: dict[str, ModelCount] = field(default_factory=dict)

    @property
    def items_per_second(self) -> float:
        """Items screened in a second of work, reading and writing included."""
        return round(self.items / self.seconds, 1) if self.seconds > 0 else 0.0

    def to_document(self) -> dict[str, Any]:
        """Return the summary as a JSON-safe mapping."""
        actions = ["none", *(action.value for action in SEVERITY_OF_ACTION)]
        return {
            "items": self.items,
            "refused": self.refused,
            "verdicts": {
                name: self.verdicts[name] for name in actions if name == "none" or self.verdicts[name]
            },
            "flagged": self.flagged,
            "signals": dict(sorted(self.signals.items())),
            "rules": dict(self.rules.most_common()),
            "items_per_second": self.items_per_second,
            "skipped": self.skipped,
        }


def judged_by_label(labels: dict[str, Label], positive: frozenset[str]) -> dict[str, Any]:
    """Return how often the flag was right: ``positive`` labels ought to be flagged, all others not.

    ``precision`` is the share of flagged items that ought to be, ``recall`` the share of those that
    ought to be that are; None when there was nothing to divide by.
    """
    rightly = sum(each.flagged for name, each in labels.items() if name in positive)
    wrongly = sum(each.flagged for name, each in labels.items() if name not in positive)
    wanted = sum(each.items for name, each in labels.items() if name in positive)
    others = sum(each.items for name, each in labels.items() if name not in positive)
    return {
        "flagged_rightly": rightly,
        "flagged_wrongly": wrongly,
        "missed": wanted - rightly,
        "left_rightly": others - wrongly,
        "precision": round(rightly / (rightly + wrongly), 4) if rightly + wrongly else None,
        "recall": round(rightly / wanted, 4) if wanted else None,
        "wrongly_per_thousand": round(1000 * wrongly / others, 2) if others else None,
    }


@app.command()
def screen(
    paths: Annotated[list[Path], typer.Argument(help="csv, tsv, jsonl or ndjson files, or folders of them.")],
    pack: str = typer.Option("kr-community", help="A pack that comes with Sinmungo, or a pack's folder."),
    text: str = typer.Option("", help="The column of the text; the usual names are known."),
    model: Annotated[
        list[Path] | None, typer.Option(help="A model that `sinmungo learn` wrote; may be given again.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write each verdict there, one JSON object a line.")
    ] = None,
    label: str = typer.Option("", help="A column that says what each item is, to compare with."),
    positive: str = typer.Option(
        "", help="With --label: the values that ought to be flagged, comma between."
    ),
    json: bool = typer.Option(False, "--json", help="Print one JSON object instead of tables."),
) -> None:
    """Screen texts in files by a policy pack and count what it proposes.

    Exit code 0: done; 1: done, some rows were refused; 2: nothing was screened.
    """
    if positive and not label:
        _stop("--positive needs --label")
    try:
        compiled = compile_pack(load_pack(_pack_folder(pack)))
        models = load_models(model or [])
        summary = _run(find(paths), compiled, models, text=text, label=label, out=out)
    except PolicyFaults as faults:
        _stop("\n".join(render_fault(fault) for fault in faults.faults))
    except DomainError as error:
        _stop(error.detail)
    except OSError as error:
        _stop(f"{out}: {error.strerror}")
    wanted = frozenset(part.strip() for part in positive.split(",") if part.strip())
    if json:
        _print_json(summary, label, wanted)
    else:
        _print_tables(summary, label, wanted)
    raise typer.Exit(1 if summary.refused else 0)


def _stop(reason: str) -> NoReturn:
    Console(stderr=True, highlight=False).print(reason, markup=False, soft_wrap=True)
    raise typer.Exit(USAGE_ERROR)


def _pack_folder(name: str) -> Path:
    shipped = sorted(path.parent.name for path in PACKS.glob("*/pack.yaml"))
    if name in shipped:
        return PACKS / name
    if Path(name).is_dir():
        return Path(name)
    raise UnknownPack(name=name, known=", ".join(shipped))


def _run(
    found: Found,
    pack: CompiledPack,
    models: list[LearnedModel],
    *,
    text: str,
    label: str,
    out: Path | None,
) -> Summary:
    summary = Summary(skipped=found.skipped, models=counts_of(models))
    screeners = pack.screeners()
    if models:
        screeners.append(LearnedScreener(models))
    for path in found.files:
        # every file has its columns before the first verdict is written over an older one
        next(rows(path, text=text, label=label), None)
    started = time.perf_counter()
    with ExitStack() as stack:
        reading = _read(found, text, label)
        target = stack.enter_context(out.open("w", encoding="utf-8")) if out else None
        progress = stack.enter_context(_progress())
        task = progress.add_task("", total=None, items=0)
        while batch := list(islice(reading, BATCH)):
            _screen(batch, pack, screeners, summary, target)
            progress.update(task, items=summary.items)
    summary.seconds = time.perf_counter() - started
    return summary


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (BarColumn(), TextColumn("{task.fields[items]} items"), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _read(found: Found, text: str, label: str) -> Iterator[Row | RefusedRow]:
    for path in found.files:
        yield from rows(path, text=text, label=label)


def _screen(
    batch: Iterable[Row | RefusedRow],
    pack: CompiledPack,
    screeners: list[Screener],
    summary: Summary,
    target: TextIO | None,
) -> None:
    good: list[Row] = []
    for row in batch:
        if isinstance(row, Row):
            good.append(row)
        else:
            summary.refused += 1
            if len(summary.told) < MAX_TOLD:
                summary.told.append(row)
    plain = [_plain_item(row) for row in good]
    signals = screen_all(screeners, plain, DEADLINE_SECONDS, time.monotonic)
    facts = [build_facts(item, own, pack) for item, own in zip(plain, signals, strict=True)]
    for row, own, verdict in zip(good, signals, pack.evaluate(facts), strict=True):
        _count(summary, row, own, verdict)
        if target is not None:
            _write(target, row, own, verdict)


def _plain_item(row: Row) -> PlainItem:
    masked = mask_identifiers(row.text)
    return PlainItem(text=masked.text, masked=tuple((each.kind, each.span) for each in masked.found))


def _count(summary: Summary, row: Row, signals: list[PlainSignal], verdict: Verdict) -> None:
    asking = [rule.rule for rule in verdict.matched if rule.ceiling is not Level.SHADOW]
    summary.items += 1
    summary.verdicts[verdict.proposed] += 1
    summary.signals.update(signal.source for signal in signals)
    summary.rules.update(asking)
    summary.flagged += bool(asking)
    count_item(summary.models, signals, row.label)
    if row.label:
        counted = summary.labels[row.label]
        counted.items += 1
        counted.flagged += bool(asking)


def _write(target: TextIO, row: Row, signals: list[PlainSignal], verdict: Verdict) -> None:
    """Write a verdict without the text: evidence is what it rests on, and nothing more."""
    line = {
        "file": row.file,
        "line": row.line,
        **verdict.to_document(),
        "signals": [
            {
                "source": each.source,
                "source_version": each.source_version,
                "name": each.name,
                "score": each.score,
                "evidence": each.evidence,
                "span": [each.span.start, each.span.end] if each.span else None,
            }
            for each in signals
        ],
    }
    target.write(json_format.dumps(line, ensure_ascii=False) + "\n")


def _print_json(summary: Summary, label: str, positive: frozenset[str]) -> None:
    document = summary.to_document()
    if label:
        document["labels"] = {
            name: {"items": each.items, "flagged": each.flagged}
            for name, each in sorted(summary.labels.items())
        }
    if positive:
        document["compared"] = judged_by_label(summary.labels, positive)
    if summary.models:
        document["models"] = _told_of_models(summary, positive)
    sys.stdout.write(json_format.dumps(document, ensure_ascii=False) + "\n")


def _print_tables(summary: Summary, label: str, positive: frozenset[str]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    document = summary.to_document()
    for title, counts in (
        ("proposed", document["verdicts"]),
        ("signals by source", document["signals"]),
        ("rules", document["rules"]),
    ):
        console.print(_counted(title, counts))
    if label:
        console.print(_labelled(summary.labels))
    if positive:
        console.print(_counted("compared with the labels", judged_by_label(summary.labels, positive)))
    for name, figures in _told_of_models(summary, positive).items():
        console.print(_counted(f"model {name}", figures))
    console.print(
        f"{summary.items} items, {summary.refused} rows refused, {summary.flagged} flagged,"
        f" {summary.items_per_second} items a second"
    )
    _print_refused(summary)


def _told_of_models(summary: Summary, positive: frozenset[str]) -> dict[str, dict[str, Any]]:
    return told(summary.models, {name: each.items for name, each in summary.labels.items()}, positive)


def _counted(title: str, counts: dict[str, Any]) -> Table:
    table = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    for name, count in counts.items():
        table.add_row(name.replace("_", " "), "-" if count is None else str(count))
    return table


def _labelled(labels: dict[str, Label]) -> Table:
    table = Table(title="by label", title_justify="left", box=None, padding=(0, 2))
    for name in ("label", "items", "flagged", "share"):
        table.add_column(name, justify="left" if name == "label" else "right")
    for name, each in sorted(labels.items()):
        table.add_row(name, str(each.items), str(each.flagged), f"{each.flagged / each.items:.1%}")
    return table


def _print_refused(summary: Summary) -> None:
    console = Console(stderr=True, highlight=False)
    for row in summary.told:
        console.print(f"{row.file}:{row.line}: {row.reason}", markup=False, soft_wrap=True)
    if summary.refused > len(summary.told):
        console.print(f"… and {summary.refused - len(summary.told)} more rows")
    if summary.skipped:
        console.print(f"skipped: {', '.join(summary.skipped)}", markup=False, soft_wrap=True)
