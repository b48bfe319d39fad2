"""A PostgreSQL cluster of the tests' own, in a temporary folder, on a free loopback port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


def binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server programs, if any."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Cluster:
    """A running cluster; ``url`` is its DATABASE_URL."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgres://sinmungo@127.0.0.1:{self.port}/sinmungo"

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        _run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


def start() -> Cluster:
    """Start a cluster; about a second. PostgreSQL refuses to run as root, so root becomes postgres."""
    folder = Path(tempfile.mkdtemp(prefix="sinmungo-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    port = free_port()
    data = str(folder / "data")
    _run("initdb", "-D", data, "-U", "sinmungo", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} "
        "-c fsync=off -c log_min_error_statement=panic -c max_connections=60"
    )
    _run("pg_ctl", "-D", data, "-w", "-o", options, "-l", str(folder / "log"), "start")
    _run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "sinmungo", "sinmungo")
    return Cluster(folder, port)


def _run(program: str, *arguments: str) -> None:
    folder = binaries()
    assert folder is not None
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run(
        [*as_postgres, str(folder / program), *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        timeout=60,
    )
