"""``sinmungo up``: one command whose parts start and stop together."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from sinmungo.adapters.vault_file import FileVault
from tests.common.postgres import free_port

READY_SECONDS = 90.0


def start(home: Path, port: int) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.Popen(
        [sys.executable, "-m", "sinmungo", "up", "--port", str(port)],
        env=environment | {"SINMUNGO_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def running(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    process = start(tmp_path, port)
    try:
        _wait_until_served(process, port)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_until_served(process: subprocess.Popen[str], port: int) -> None:
    give_up_at = time.monotonic() + READY_SECONDS
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=5, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the pages were not served within the bound")


def _descendants(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    children = [int(word) for word in path.read_text().split()] if path.exists() else []
    return children + [deeper for child in children for deeper in _descendants(child)]


def _gone(pids: list[int], within: float = 12) -> bool:
    give_up_at = time.monotonic() + within
    while time.monotonic() < give_up_at:
        if not any(_alive(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_port_that_is_taken_is_said_at_once(tmp_path: Path) -> None:
    """Somebody listens there: exit 2, the port and what to do, and nothing was made."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = start(tmp_path, port)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert str(port) in said
    assert "--port" in said
    assert "Traceback" not in said
    assert not (tmp_path / "sinmungo.sqlite3").exists()


@pytest.mark.kills
def test_told_to_stop_all_stop(running: subprocess.Popen[str]) -> None:
    """SIGTERM ends web, its workers and the worker of promises, with exit 0."""
    parts = _descendants(running.pid)
    assert len(parts) >= 2
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=20)
    assert running.returncode == 0
    assert _gone(parts)


@pytest.mark.kills
@pytest.mark.parametrize("part", [0, 1])
def test_a_part_that_dies_stops_the_others(running: subprocess.Popen[str], part: int) -> None:
    """When the web server or the worker is killed, everything ends, and the exit code says so."""
    direct = [pid for pid in _descendants(running.pid) if _parent(pid) == running.pid]
    parts = _descendants(running.pid)
    os.kill(sorted(direct)[part], signal.SIGKILL)
    said, _ = running.communicate(timeout=20)
    assert running.returncode == 1
    assert "ended by itself" in said
    assert _gone(parts)


@pytest.mark.kills
def test_when_the_command_is_killed_nothing_is_left(running: subprocess.Popen[str]) -> None:
    """Even SIGKILL of the command leaves no server behind."""
    parts = _descendants(running.pid)
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=20)
    assert _gone(parts)


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def test_what_was_destroyed_stays_destroyed_when_a_copy_is_put_back(tmp_path: Path, port: int) -> None:
    """A key that an older copy of the vault brought back is gone again before the first page."""
    vault = FileVault(tmp_path / "vault")
    vault.create(["person:gone", "person:there"])
    stone = {"at": datetime.now(UTC).isoformat(), "by": "system", "ref": "person:gone"}
    (tmp_path / "tombstones.list").write_text(json.dumps(stone, separators=(",", ":")) + "\n")
    process = start(tmp_path, port)
    try:
        _wait_until_served(process, port)
        assert set(vault.secrets(["person:gone", "person:there"])) == {"person:there"}
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
