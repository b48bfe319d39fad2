"""``sinmungo up``: one command, one process group. Web and worker start and stop together."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

import typer
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from rich.console import Console

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.staff import queries
from sinmungo.apps.staff import services as staff
from sinmungo.apps.vault import services as vault

app = typer.Typer(add_completion=False)
out = Console(highlight=False)
STOP_WITHIN_SECONDS = 10.0
USAGE_ERROR = 2
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


@app.command()
def run(
    port: int = typer.Option(8000, min=1, max=65535, help="Where the pages are served, on 127.0.0.1."),
    web_threads: int = typer.Option(4, min=1, max=64, help="Requests served at a time."),
) -> None:
    """Bring the database up to date, then serve until interrupted."""
    if not port_is_free(port):
        out.print(
            f"Port {port} is already taken. Stop what listens there, or choose another: --port {port + 1}",
            soft_wrap=True,
        )
        raise SystemExit(USAGE_ERROR)
    adopt_orphans()
    prepare_database()
    vault.replay_tombstones()  # a copy of the database or the vault may have been put back meanwhile
    link = first_sign_in_link()
    processes = [
        start("-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
              "--workers", "1", "--blocking-threads", str(web_threads), "--no-access-log",
              "--log-level", "warning", "sinmungo.site.wsgi:application"),
        start("-m", "sinmungo", "work"),
    ]  # fmt: skip
    out.print(f"Sinmungo is at [bold]http://localhost:{port}[/bold]  (Ctrl-C stops it)", soft_wrap=True)
    if link:
        out.print(f"Sign in once with http://localhost:{port}{link}  (valid for a day)", soft_wrap=True)
    raise SystemExit(watch(processes))


def port_is_free(port: int) -> bool:
    """Whether nobody listens: the server shares a port silently, so it is tried first."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def prepare_database() -> None:
    """Apply the migrations that are missing, and make the cache's table."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        with out.status("Preparing the database"):
            call_command("migrate", verbosity=0, interactive=False)
            call_command("createcachetable", verbosity=0)
    Path(settings.HOME).chmod(0o700)


def first_sign_in_link() -> str:
    """Make the first administrator if there is nobody yet; returns the path of the sign-in link."""
    if queries.administrator() is not None:
        return ""
    at = clock.now()
    administrator = staff.create_first_administrator(username="admin", at=at, actor=SYSTEM)
    return f"/staff/link/{staff.make_sign_in_link(user=administrator, at=at, actor=SYSTEM)}"


def adopt_orphans() -> None:
    """Become the parent of whatever a killed child leaves: the server's workers outlive it."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def end_orphans() -> None:
    """Kill what is still a child of this process."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    for pid in children.read_text().split() if children.exists() else ():
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)


def start(*arguments: str) -> subprocess.Popen[bytes]:
    """Start a child that ends when this process does, however it ends."""
    return subprocess.Popen([sys.executable, *arguments], preexec_fn=_end_with_parent)  # noqa: S603, PLW1509 - ours, one thread


def _end_with_parent() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def watch(processes: list[subprocess.Popen[bytes]]) -> int:
    """Wait until one ends or we are told to stop; then stop all. Returns the exit code."""
    asked = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not asked and all(process.poll() is None for process in processes):
        time.sleep(0.2)
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    end_orphans()
    if not asked:
        sentence = "A part of Sinmungo ended by itself, so all of it was stopped. Its last lines stand above."
        out.print(sentence, soft_wrap=True)
    return 0 if asked else 1
