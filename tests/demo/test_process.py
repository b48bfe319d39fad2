"""The platform as a process: ready, ended hard, started again, its port taken."""

from __future__ import annotations

import random
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sinmungo.demo.process import DEFAULT_SECRET, DemoPlatform, DidNotStart, free_port
from tests.demo.driving import restriction, results, send, wanted


@pytest.fixture
def lone(tmp_path: Path) -> Iterator[DemoPlatform]:
    """A platform of one test, which may be killed."""
    with DemoPlatform.start(tmp_path / "madang") as running:
        yield running


@pytest.mark.kills
@pytest.mark.parametrize("moment", ["before_commit", "after_commit"])
def test_a_kill_while_handling_leaves_the_right_state_after_a_retry(lone: DemoPlatform, moment: str) -> None:
    """Ended hard before or after the commit, the platform applies the retried webhook exactly once."""
    post = lone.join("푸른고래_07").write("꺼졌다 켜진 마당")
    change = wanted("post", post, 3, restriction("remove"))
    lone.set_fault(kill=moment)
    with pytest.raises(httpx.TransportError):
        send(lone, change, webhook_id="killed-1")
    lone.wait_until_ended()
    lone.restart()
    assert lone.state("post", post)["version"] == (0 if moment == "before_commit" else 3)
    assert results(send(lone, change, webhook_id="killed-1")) == ["done"]
    held = lone.state("post", post)
    assert (held["version"], held["applied_count"]) == (3, 1)


@pytest.mark.kills
def test_kills_at_random_moments_lose_and_repeat_nothing(lone: DemoPlatform) -> None:
    """Across six hard ends, each of six states is applied once and the newest is held."""
    post, rng = lone.join("하얀우산_01").write("여러 번 꺼진 마당"), random.Random(3)
    for version in range(1, 7):
        lone.set_fault(kill=rng.choice(["before_commit", "after_commit"]))
        with pytest.raises(httpx.TransportError):
            send(lone, wanted("post", post, version), webhook_id=f"w-{version}")
        lone.wait_until_ended()
        lone.restart()
        assert results(send(lone, wanted("post", post, version), webhook_id=f"w-{version}")) == ["done"]
    held = lone.state("post", post)
    assert (held["version"], held["applied_count"]) == (6, 6)


@pytest.mark.kills
def test_a_killed_server_leaves_no_worker_on_its_port(lone: DemoPlatform) -> None:
    """After SIGKILL the port is free, and people are still signed in when the platform is back."""
    neighbour = lone.join("졸린호떡_02")
    lone.kill()
    with pytest.raises(httpx.ConnectError):
        httpx.get(lone.url, trust_env=False)
    lone.restart()
    assert neighbour.page("/me").status_code == 200


def test_it_binds_loopback_only_and_knows_its_own_names_only(lone: DemoPlatform) -> None:
    """A request for a host name that is not its own is refused."""
    answer = httpx.get(lone.url + "/", headers={"host": "elsewhere.example"}, trust_env=False)
    assert answer.status_code == 400
    assert httpx.get(f"http://localhost:{lone.port}/", trust_env=False).status_code == 200


def test_its_keys_are_readable_by_its_owner_only(lone: DemoPlatform) -> None:
    """The key file beside the database has mode 0600."""
    mode = (lone.folder / "madang.sqlite3.key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_taken_port_is_said_at_once(tmp_path: Path) -> None:
    """A port that somebody listens on is refused with a clear sentence and exit code 2."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [sys.executable, "-m", "sinmungo.demo.serve", "--port", str(port)]
        command += ["--db", str(tmp_path / "x.sqlite3"), "--webhook-secret", DEFAULT_SECRET]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=30)
        with pytest.raises(DidNotStart, match="is taken"):
            DemoPlatform.start(tmp_path / "second", port=port)
    assert ended.returncode == 2
    assert f"Port {port} on 127.0.0.1 is taken" in ended.stderr


def test_two_platforms_stand_beside_each_other(tmp_path: Path) -> None:
    """Each has its own port and database and knows nothing of the other."""
    with DemoPlatform.start(tmp_path / "one") as one, DemoPlatform.start(tmp_path / "two") as two:
        post = one.join("구름연필_03").write("한쪽에만 있는 글")
        assert results(send(two, wanted("post", post, 1))) == ["gone"]
        assert results(send(one, wanted("post", post, 1))) == ["done"]


def test_a_useless_secret_is_refused_at_the_start(tmp_path: Path) -> None:
    """A webhook secret that is not base64 is refused before anything listens."""
    with pytest.raises(DidNotStart, match="webhook-secret"):
        DemoPlatform.start(tmp_path, webhook_secret="whsec_", port=free_port())
