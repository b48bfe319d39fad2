"""``sinmungo work``: keeps promises until it is told to stop. Any number may run at once."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import typer

from sinmungo.apps.base import clock
from sinmungo.apps.screening.banks import queries as banks
from sinmungo.apps.vault import services as vault
from sinmungo.journeys import work

app = typer.Typer(add_completion=False)
IDLE_SECONDS = 0.25


@app.command()
def run(
    once: bool = typer.Option(False, "--once", help="Keep what is due now, then stop."),
    limit: int = typer.Option(200, min=1, max=1000, help="How many promises of a kind at a time."),
) -> None:
    """Keep due promises: screen what came in, deliver decisions, end what expires, sequence the ledger."""
    vault.replay_tombstones()
    banks.hold_sealed()
    stopping = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopping.is_set():
        kept = work.keep_all(now=clock.now(), limit=limit, is_over=stopping.is_set)
        if once and kept == 0:
            return
        if kept == 0:
            stopping.wait(IDLE_SECONDS)
