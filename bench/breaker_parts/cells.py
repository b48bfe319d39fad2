"""What is run: each cell many times, all shared among the cores, each run on a stream of its own seed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress

from bench.breaker_parts import peers, plain
from bench.breaker_parts.published import AUDITS
from sinmungo.core.trust import simulation
from sinmungo.core.trust.breaker import Settings
from sinmungo.core.trust.simulation import Plan, Staffing, Watch, World

#: Months are slow: all but those at the boundary are so few in the quick form.
FEW_MONTHS = 10
TOGETHER = 8
BUSY = World()
FAILED = 0.40


@dataclass(frozen=True, slots=True)
class Cell:
    """A plan and who walks it; ``falls_to`` is the precision after the change, None for a calm month."""

    name: str
    plan: Plan
    times: int
    falls_to: float | None = None
    surge: bool = False
    walk: Callable[[Plan, np.random.Generator], Any] = simulation.path

    def run(self, number: int) -> Any:
        """Return what happened in one run; the same number draws the same stream for every walker."""
        if self.falls_to is None:
            return self.walk(simulation.calm(self.plan), np.random.default_rng((1, 1, number)))
        plan = simulation.wave(self.plan, self.falls_to, surge=self.surge, run=number)
        return self.walk(plan, np.random.default_rng((1, 0, number)))


def watched(audits: float, world: World = BUSY, *, hold: bool = False, **watch: Any) -> Plan:
    """Return a plan with so many audits an hour, at the product's own settings."""
    error = watch.get("auditor_error", 0.0)
    return Plan(world, Watch(audits_per_hour=audits, **watch), Settings(0.95, auditor_error=error), hold=hold)


def waves(runs: int) -> list[Cell]:
    """Return the falls to .40, with and without a surge and holding, and to .80 and .90."""
    cells = [
        Cell(f"{name}_{audits}{'_held' * hold}", watched(audits, hold=hold), runs, FAILED, surge=surge)
        for name, surge in (("s1", False), ("s2", True))
        for hold in (False, True)
        for audits in AUDITS
    ]
    milder = [
        Cell(f"to_{fall:.0%}_{audits}".replace("%", ""), watched(audits), runs, fall)
        for fall in (0.80, 0.90)
        for audits in AUDITS
    ]
    return cells + milder


def beside(runs: int) -> list[Cell]:
    """Return what else would have noticed the fall to .40, on the same streams."""
    tuned = partial(peers.adwin, make=peers.ADWIN_TUNED)
    walkers = {"plain": plain.detector, "adwin": peers.adwin, "adwin_tuned": tuned}
    cells = [
        Cell(f"{name}_{audits}", watched(audits), runs, FAILED, walk=walk)
        for name, walk in walkers.items()
        for audits in AUDITS
    ]
    return [*cells, Cell("daily", watched(10), runs, FAILED, walk=peers.daily)]


def calms(runs: int) -> list[Cell]:
    """Return months without failure: as usual, at the boundary, with wild traffic, with a campaign."""
    few = max(FEW_MONTHS, runs // 5)
    edge, campaign = World(precision_before=0.95), World(campaign=5.0, campaign_at=72.0)
    cells = [Cell(f"calm_{audits}", watched(audits, hold=True), few, None) for audits in AUDITS]
    cells += [Cell(f"edge_{audits}", watched(audits, edge, hold=True), runs, None) for audits in (5, 50)]
    cells += [
        Cell(f"cv_{cv:g}", watched(10, World(rate_cv=cv), hold=True), few, None) for cv in (0.1, 0.2, 0.3)
    ]
    return [*cells, Cell("campaign", watched(10, campaign, hold=True), few, None)]


def unflattering(runs: int) -> list[Cell]:
    """Return the cells that nobody would choose to show."""
    quiet = World(acts_per_hour=20.0)
    plans = {
        "quiet": watched(10, quiet),
        "quiet_held": watched(10, quiet, hold=True),
        "quiet_all": watched(20, quiet),
        "office": watched(10, staffing=Staffing.OFFICE),
        "office_held": watched(10, hold=True, staffing=Staffing.OFFICE),
        "error": watched(10, auditor_error=0.1),
        "error_held": watched(10, hold=True, auditor_error=0.1),
    }
    cells = [Cell(name, plan, runs, FAILED) for name, plan in plans.items()]
    few = max(FEW_MONTHS, runs // 5)
    calm = [replace(each, name=f"{each.name}_calm", times=few, falls_to=None) for each in cells]
    error = replace(watched(10, auditor_error=0.1), settings=Settings(0.95))
    return [*cells, *calm, Cell("error_unknown_calm", error, few, None)]


def measured(cells: Iterable[Cell]) -> dict[str, list[Any]]:
    """Return what happened in every run of every cell, by its name."""
    cells = list(cells)
    tasks = [(cell, number) for cell in cells for number in range(cell.times)]
    found: dict[str, list[Any]] = {cell.name: [] for cell in cells}
    with Progress(console=Console(file=sys.stderr)) as bar, ProcessPoolExecutor(os.cpu_count()) as workers:
        for (cell, _), each in zip(
            tasks, bar.track(workers.map(_run, tasks, chunksize=TOGETHER), len(tasks)), strict=True
        ):
            found[cell.name].append(each)
    return found


def _run(task: tuple[Cell, int]) -> Any:
    cell, number = task
    return cell.run(number)
