"""What ``sinmungo autonomy`` reads and does in this deployment's database."""

from __future__ import annotations

import json
import sys
from bisect import bisect_left
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from sinmungo.apps.autonomy.log_file import EpochLog
from sinmungo.apps.autonomy.models import Automation, Burst, Epoch
from sinmungo.apps.autonomy.queries import evidence, labels, logs
from sinmungo.apps.autonomy.services import automations, watching
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.core.kernel.words import Level
from sinmungo.core.trust.bound import is_shown

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False)
USAGE_ERROR = 2
#: What needs more audits than this is not earned in the month that a record counts.
MOST_NEEDED = 100_000
_LOWER = (Level.SUSPENDED, Level.SHADOW, Level.ASSIST, Level.CANARY)


def show_all(platform: str, *, as_json: bool) -> None:
    """Print the automations of a platform, or of all."""
    found = [_document(row) for row in evidence.automations(platform=platform)]
    if as_json:
        sys.stdout.write(json.dumps({"automations": found}, ensure_ascii=False) + "\n")
        return
    if not found:
        where = f"on the platform {platform!r}" if platform else "here"
        err.print(f"No automation is known {where}: a platform's adopted pack brings them.", markup=False)
        return
    out.print(f"{'id':<8}  {'level':<9}  {'at least':>8}  {'target':>6}  {'audits':>6}  {'R':>8}  automation")
    for each in found:
        out.print(
            f"{each['automation'][:8]}  {each['level']:<9}  {each['bound']:>8.3f}  {each['target']:>6.2f}"
            f"  {each['labels']:>6}  {each['r']:>8.3g}  {each['name']}",
            markup=False,
        )


def show(name: str, *, as_json: bool) -> None:
    """Print one automation."""
    row, at = logs.named(name), clock.now()
    found = _document(row) | _more(row, at)
    if as_json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return
    for key, value in found.items():
        shown = f"{value:.6g}" if isinstance(value, float) else value
        out.print(f"{key.replace('_', ' '):<24} {'-' if shown is None else shown}", markup=False)


def lower(name: str, to: str) -> None:
    """Lower an automation."""
    if to not in _LOWER:
        err.print(f"--to is one of {', '.join(_LOWER)}.")
        raise typer.Exit(USAGE_ERROR)
    row = logs.named(name)
    _moved(automations.lower(automation=row, to=Level(to), actor=SYSTEM, at=clock.now()))


def ask_higher(name: str) -> None:
    """Let an automation rise if it may."""
    _moved(watching.ask_higher(automation=logs.named(name), actor=SYSTEM, at=clock.now()))


def begin_again(name: str) -> None:
    """Let a stopped automation begin again."""
    _moved(watching.begin_again(automation=logs.named(name), actor=SYSTEM, at=clock.now()))


def write_log(name: str, path: Path) -> int:
    """Write the log of an automation; return how many lines it has."""
    row, count = logs.named(name), 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for count, line in enumerate(logs.lines_of(row), 1):  # noqa: B007 - the count is the answer
            file.write(line)
    return count


def epochs(name: str) -> list[EpochLog]:
    """Return the logs of one automation, or of all."""
    return [epoch for row in _rows(name) for epoch in logs.epochs_of(row)]


def check_states(name: str) -> bool:
    """Return whether also what is not printed, the whole state of each epoch, is what its log comes to."""
    found = Epoch.objects.filter(automation__in=_rows(name)).select_related("automation")
    return all(evidence.recomputed(epoch).equal for epoch in found)


def _rows(name: str) -> list[Automation]:
    return [logs.named(name)] if name else evidence.automations()


def _moved(row: Automation) -> None:
    out.print(f"{_name(row)} is in {row.level} now ({row.reason}).", markup=False)


def _name(row: Automation) -> str:
    return f"{row.platform_id}/{row.rule}/{row.action}"


def _document(row: Automation) -> dict[str, Any]:
    epoch = evidence.epoch_now(row)
    state = evidence.state_of(epoch) if epoch is not None else None
    return {
        "automation": row.pk.hex,
        "name": _name(row),
        "level": row.level,
        "reason": row.reason,
        "since": row.level_since.isoformat(timespec="seconds"),
        "ceiling": row.ceiling,
        "target": row.target,
        "epoch": epoch.number if epoch is not None else None,
        "bound": state.bound if state is not None else 0.0,
        "labels": state.labels if state is not None else 0,
        "wrong": state.wrong if state is not None else 0,
        "factors": state.seq if state is not None else 0,
        "r": state.r if state is not None else 0.0,
    }


def _more(row: Automation, at: datetime) -> dict[str, Any]:
    epoch = evidence.epoch_now(row)
    if epoch is None:
        return {"alpha": row.alpha}
    found = labels.labels(epoch, at)
    step = watching.would_be(automation=row, at=at)
    alpha = evidence.alpha_of(epoch)
    burst = Burst.objects.filter(automation=row, done_at=None).first()
    return {
        "alpha": alpha,
        "labels_per_hour": found.per_hour,
        "label_age_p95_minutes": found.age_p95,
        "burst": burst.cause if burst is not None else None,
        "next_level": step.level,
        "why": step.reason,
        "right_audits_needed": _needed(row, epoch, alpha),
    }


def _needed(row: Automation, epoch: Epoch, alpha: float) -> int | None:
    """Return how many right audits more would show the target; None where even that many would not."""
    state = evidence.state_of(epoch)
    right, wrong = (state.labels - state.wrong, state.wrong) if state is not None else (0, 0)

    def shows(more: int) -> bool:
        return is_shown(right + more, wrong, precision=row.target, alpha=alpha / 2.0)

    if not shows(MOST_NEEDED):
        return None
    return bisect_left(range(MOST_NEEDED), True, key=shows)
