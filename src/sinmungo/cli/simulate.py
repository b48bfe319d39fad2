"""``sinmungo simulate breaker``: how soon an automation that goes wrong is stopped, before it happens."""

from __future__ import annotations

import json as json_format
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Annotated, NoReturn

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from sinmungo.core.trust import simulation
from sinmungo.core.trust.breaker import Settings
from sinmungo.core.trust.simulation import Path, Plan, Staffing, Summary, Watch, World

MAX_RUNS = 10_000
MAX_MONTHS = 10_000
MAX_ACTS_AN_HOUR = 10_000
#: Paths that a process takes at once: so few that progress is seen.
TOGETHER = 4
USAGE_ERROR = 2
#: The picture shows which share of the runs was stopped within so many hours.
WITHIN = (0.5, 1, 1.5, 2, 4, 8, 24, 168)
BAR = 30

app = typer.Typer(help="Try what would happen, with the product's own code.", no_args_is_help=True)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False)

Task = tuple[Plan, tuple[int, int, int]]


@app.callback()
def simulate() -> None:
    """Try what would happen, with the product's own code."""


@app.command()
def breaker(
    audits_per_hour: float = typer.Option(
        10.0, min=0.1, max=1000.0, help="How many acts an hour people look at, drawn at random."
    ),
    precision_after: float = typer.Option(
        0.40, min=0.01, max=0.998, help="The share of right acts once it has gone wrong."
    ),
    precision_before: float = typer.Option(
        0.97, min=0.5, max=0.999, help="The share of right acts before that."
    ),
    target: float = typer.Option(0.95, min=0.6, max=0.99, help="The precision that it must keep."),
    actions_per_hour: float = typer.Option(
        1000.0, min=1.0, max=MAX_ACTS_AN_HOUR, help="How many acts it does in an hour."
    ),
    staffing: Annotated[
        Staffing, typer.Option(help="Who audits when: always, or office (Monday to Friday, 9 to 18).")
    ] = Staffing.ALWAYS,
    auditor_error: float = typer.Option(
        0.0, min=0.0, max=0.3, help="How often an auditor calls a right act wrong; known from gold items."
    ),
    surge: bool = typer.Option(False, "--surge", help="Wrong acts come on top of as many right ones."),
    hold: bool = typer.Option(
        False, "--hold", help="New acts wait during burst audits, and where nobody audits at night."
    ),
    runs: int = typer.Option(200, min=1, max=MAX_RUNS, help="How many times it goes wrong."),
    months: int = typer.Option(20, min=0, max=MAX_MONTHS, help="Months in which nothing goes wrong."),
    seed: int = typer.Option(1, min=0, max=2**32 - 1, help="The same seed draws the same figures."),
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Let an automation go wrong many times: how many wrong acts, and hours, until it is stopped?

    The breaker, the burst audits and the levels are the code that runs in production. What people post and
    what they appeal is drawn at random; `docs/explanation/autonomy.md` says how.
    """
    if not precision_after < precision_before:
        _stop("--precision-after must lie below --precision-before: that is what goes wrong.")
    world = World(acts_per_hour=actions_per_hour, precision_before=precision_before)
    watch = Watch(audits_per_hour=audits_per_hour, staffing=staffing, auditor_error=auditor_error)
    plan = Plan(world, watch, Settings(target=target, auditor_error=auditor_error), hold=hold)
    tasks: list[Task] = [
        (simulation.wave(plan, precision_after, surge=surge, run=run), (seed, 0, run)) for run in range(runs)
    ]
    tasks += [(simulation.calm(plan), (seed, 1, month)) for month in range(months)]
    paths = _paths(tasks)
    told = simulation.summary(paths[:runs], paths[runs:])
    if json:
        sys.stdout.write(json_format.dumps(told.to_document()) + "\n")
    else:
        _show(told, paths[:runs])


def _paths(tasks: Sequence[Task]) -> list[Path]:
    """Return what happens on each path, in order, shared among as many processes as there are cores."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    found: list[Path] = []
    with (
        Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as shown,
        ProcessPoolExecutor(os.cpu_count()) as workers,
    ):
        bar = shown.add_task("paths", total=len(tasks))
        for each in workers.map(_path, tasks, chunksize=TOGETHER):
            found.append(each)
            shown.advance(bar)
    return found


def _path(task: Task) -> Path:
    plan, seed = task
    return simulation.path(plan, np.random.default_rng(seed))


def _show(told: Summary, waves: Sequence[Path]) -> None:
    table = Table("", box=None, padding=(0, 2))
    table.add_column("half of the runs\nat most", justify="right")
    table.add_column("95 of 100\nat most", justify="right")
    table.add_row("wrong acts until it is stopped", _number(told.wrong_median), _number(told.wrong_p95))
    table.add_row("hours until it is stopped", _number(told.hours_median, 2), _number(told.hours_p95, 2))
    if told.runs:
        out.print(table)
        out.print(_picture([each for each in waves if not each.early]))
    if early := len(waves) - told.runs:
        out.print(f"{early} of {len(waves)} were stopped before they went wrong, and count as no run.")
    if told.not_stopped:
        out.print(f"{told.not_stopped} of {told.runs} were not stopped within a month and count up to then.")
    if told.months:
        _show_calm(told)


def _show_calm(told: Summary) -> None:
    table = Table(f"in a month without failure (of {told.months})", box=None, padding=(0, 2))
    table.add_column("", justify="right")
    table.add_row("false alarms", _number(told.false_alarms_per_month, 3))
    table.add_row("burst audits", _number(told.bursts_per_month, 1))
    table.add_row("acts looked at in them", _number(told.extra_audits_per_month))
    table.add_row("hours in which acts waited", _number(told.hours_held_per_month, 1))
    table.add_row("falls to assist, for want of fresh audits", _number(told.lapses_per_month, 1))
    out.print(table)


def _picture(waves: Sequence[Path]) -> Table:
    """Return how many runs were stopped by when, as bars."""
    hours = [each.hours for each in waves if each.stopped]
    table = Table("stopped within", "", "", box=None, padding=(0, 2))
    for most in WITHIN:
        share = sum(each <= most for each in hours) / len(waves)
        table.add_row(f"{most:g} h", "█" * round(share * BAR), f"{share:.0%}")
        if share == 1.0:
            break
    return table


def _number(value: float | None, places: int = 0) -> str:
    return "" if value is None else f"{value:,.{places}f}"


def _stop(reason: str) -> NoReturn:
    err.print(reason, soft_wrap=True, markup=False)
    raise typer.Exit(USAGE_ERROR)
