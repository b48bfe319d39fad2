"""A PostgreSQL cluster to measure on: unlike the tests' own it waits for the disk at every commit."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.common import postgres


@contextmanager
def cluster() -> Iterator[str | None]:
    """Give the ``DATABASE_URL`` of a fresh cluster; None where PostgreSQL is not installed."""
    programs = postgres.binaries()
    if programs is None:
        yield None
        return
    running = postgres.start()
    try:
        _make_durable(programs, running)
        yield running.url
    finally:
        running.stop()


def _make_durable(programs: Path, running: postgres.Cluster) -> None:
    """Start it again with fsync; otherwise as PostgreSQL comes."""
    options = f"-p {running.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={running.folder}"
    subprocess.run(
        [
            *(["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []),
            str(programs / "pg_ctl"),
            *("-D", str(running.folder / "data"), "-w", "-m", "fast"),
            *("-o", f"{options} -c fsync=on -c log_min_error_statement=panic"),
            *("-l", str(running.folder / "log"), "restart"),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        timeout=60,
    )
