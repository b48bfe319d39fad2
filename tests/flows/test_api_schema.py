"""The API against its own reference: requests drawn from it, right and wrong, at a running system."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.system import PLATFORM, System

#: What every answer is held against. A batch is answered with 200 or 202 and refuses its bad members by
#: index, so that "whatever does not fit is answered with 4xx" is not asked here but in test_bad_input.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)


@pytest.fixture(scope="module")
def running(prepared_full: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system that is held against its reference."""
    with prepared_full.copy(tmp_path_factory.mktemp("reference")).start() as system:
        yield system


def _put_to_the_test(system: System, folder: Path, seed: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")), "run", f"{system.url}/api/v1/openapi.json",
            "--header", f"Authorization: Bearer {system.api_key}", "--checks", ",".join(CHECKS),
            "--phases", "coverage,fuzzing", "--max-examples", "15", "--seed", str(seed),
            "--continue-on-failure", "--no-shrink", "--no-color",
        ],
        cwd=folder,
        env=os.environ | {"SCHEMATHESIS_HOOKS": "", "COLUMNS": "110"},
        capture_output=True,
        text=True,
        timeout=120,
    )  # fmt: skip


def test_every_answer_is_as_the_reference_says(running: System, tmp_path: Path):
    """Whatever the reference allows or forbids is sent: no answer is a 5xx, and none is undocumented."""
    seen = {"event_id": "e1", "kind": "created", "occurred_at": "2026-03-01T09:30:00+09:00"}
    item = {"type": "post", "external_id": "0", "author": {"external_id": "0"}, "text": "안녕하세요"}
    assert running.api("POST", "/api/v1/events", json=[seen | {"item": item}]).status_code == 202

    done = _put_to_the_test(running, tmp_path, seed=2)

    assert done.returncode == 0, done.stdout[:6_000]
    assert "6 selected / 6 total" in done.stdout
    verified = running.command("ledger", "verify", "--json")
    assert '"ok": true' in verified


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/", "/api/v2/events", "/api/v1/items/post"])
def test_an_address_that_is_not_there_is_a_problem(running: System, path: str):
    """An address that the reference does not name is answered with a problem, never with a page."""
    answer = running.api("GET", path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


def test_the_reference_names_the_platforms_limits(running: System):
    """A reader learns from the reference how many events and decisions one request may bring."""
    reference = running.api("GET", "/api/v1/openapi.json").json()

    def most(path: str) -> int:
        body = reference["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        return int(body["schema"]["maxItems"])

    assert (most("/api/v1/events"), most("/api/v1/decisions")) == (500, 200)
    assert PLATFORM not in str(reference)
