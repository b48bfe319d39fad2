"""From an event to its stored verdict: 300 letters of Korean, the pack kr-community, batches of 500.

One core: the process that takes and judges is held to it. On PostgreSQL the server has the other one.
One text in a hundred asks for a person, so it also gets a case.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from tests.common.postgres import free_port

from bench.clusters import cluster
from bench.documents import SIZE, batches
from bench.figures import figure
from bench.homes import ROOT, home, inside, pinned

COMMAND = "python -m bench events"
BATCHES = 20
OURS = 0
OSPREY = "Osprey's stress run in containers (p)"
OSPREY_RATE = 83.0


def run() -> list[dict[str, Any]]:
    """Measure SQLite and, where it is installed, PostgreSQL; each in the process and through HTTP."""
    results = _on("sqlite", {}, target=3_000)
    with cluster() as url:
        if url is None:
            print("PostgreSQL is not installed, so it was not measured.")
        else:
            results += _on("postgres", {"DATABASE_URL": url}, target=1_500)
    return results


def _on(database: str, settings: dict[str, str], *, target: int) -> list[dict[str, Any]]:
    with home(**settings) as environment:
        direct = inside("events", BATCHES, environment=environment, core=OURS)
        print(f"{database}: taking {direct['take']:.0f}/s, judging {direct['keep']:.0f}/s")
        through = _through_http(direct["key"], environment)
    return [
        figure(
            f"events_{database}",
            direct["both"],
            "events/s",
            target=target,
            peer=OSPREY,
            peer_value=OSPREY_RATE,
            command=COMMAND,
        ),
        figure(f"events_{database}_cpu", direct["cpu"], "events/s of its own work", command=COMMAND),
        figure(
            f"events_{database}_http",
            through,
            "events/s",
            peer=OSPREY,
            peer_value=OSPREY_RATE,
            command=COMMAND,
        ),
    ]


def _through_http(key: str, environment: dict[str, str]) -> float:
    """Return events a second with ``?wait``: the answer brings the verdicts, which are stored by then."""
    bodies = [
        httpx.Request("POST", "http://x", json=batch).content for batch in batches(BATCHES, name="http")
    ]
    with (
        _server(environment) as address,
        httpx.Client(base_url=address, headers=_headers(key), timeout=60) as client,
    ):
        seconds = [_post(client, body) for body in bodies]
    return SIZE / statistics.median(seconds)


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}


def _post(client: httpx.Client, body: bytes) -> float:
    began = time.perf_counter()
    answer = client.post("/api/v1/events?wait", content=body)
    told = answer.raise_for_status().json()
    assert len(told["verdicts"]) == SIZE, "every event has its verdict"
    return time.perf_counter() - began


@contextmanager
def _server(environment: dict[str, str]) -> Iterator[str]:
    port = free_port()
    server = subprocess.Popen(
        [*pinned(OURS), sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1",
         "--port", str(port), "--workers", "1", "--blocking-threads", "1", "--no-access-log",
         "--log-level", "warning", "sinmungo.site.wsgi:application"],
        cwd=ROOT,
        env=environment,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _until_it_answers(address)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _until_it_answers(address: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{address}/api/v1/ledger/checkpoint", timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server did not answer")
