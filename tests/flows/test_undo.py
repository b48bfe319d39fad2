"""A decision over HTTP, between real processes: taken back, or recorded by the worker after its time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.system import Person, System, eventually
from tests.flows.test_journey import THREAT


@pytest.fixture
def undoing(prepared_full: System, tmp_path: Path) -> Iterator[System]:
    """A running system in which a decision may be taken back for four seconds."""
    copy = prepared_full.copy(tmp_path)
    copy.environment["SINMUNGO_UNDO_SECONDS"] = "4"
    with copy.start() as running:
        yield running


def test_what_is_not_taken_back_is_recorded_by_the_worker(undoing: System) -> None:
    """The first choice is undone and never recorded; the second is, once, after its time."""
    code = _waiting(undoing)
    reviewer = undoing.staff("minji", "reviewer")
    reviewer.open(f"/console/case/{code}/")
    _send(reviewer, code, "claim")
    assert "<b data-seconds>" in _send(reviewer, code, "decide", finding="no_violation")
    reviewer.send("/console/undo", case=code)
    assert undoing.rows("SELECT count(*) FROM enforcement_decision") == [(0,)]
    _send(reviewer, code, "decide", finding="no_violation")
    eventually(lambda: undoing.rows("SELECT id FROM enforcement_decision"), what="the decision")
    assert undoing.rows("SELECT state FROM review_case WHERE code = %s", code) == [("decided",)]
    assert undoing.rows("SELECT count(*) FROM review_pendingdecision WHERE withdrawn_at IS NULL") == [(1,)]
    assert undoing.rows("SELECT count(*) FROM enforcement_decision") == [(1,)]


def _waiting(system: System) -> str:
    """Let a post come in that a rule brings before a person, and return the code of its case."""
    item = {
        "type": "post",
        "external_id": "post-undo",
        "author": {"external_id": "nuri", "locale": "ko"},
        "text": THREAT,
        "lang": "ko",
    }
    seen = {"event_id": "undo-1", "kind": "created", "occurred_at": "2026-01-01T00:00:00+09:00"}
    assert system.api("POST", "/api/v1/events", json=[seen | {"item": item}]).status_code == 202
    [(code,)] = eventually(lambda: system.rows("SELECT code FROM review_case"), what="the case")
    return str(code)


def _send(reviewer: Person, code: str, act: str, **fields: str) -> str:
    """Send a form of the case's page with the hidden values that it shows."""
    assert reviewer.page is not None
    hidden = dict(
        re.findall(r'name="(version|state_version|policy|digest)" value="([^"]*)"', reviewer.page.text)
    )
    return reviewer.send(f"/console/case/{code}/{act}", **hidden, **fields)
