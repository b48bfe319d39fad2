"""A model that is set up for the tests of asking it, and what they look at afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.review.models import Assignment, Case
from sinmungo.apps.screening import consultations
from sinmungo.apps.screening.consultations import Suggested
from sinmungo.journeys import consult
from sinmungo.journeys.consulting.circuit import Circuit
from tests.adapters import model_server as server
from tests.apps.review import made

QUOTE = "가만두지 않겠다"
FINE = server.opinion(0.8, "누군가를 위협합니다.", directed=("yes", QUOTE), imminent=("unsure", ""))


@contextmanager
def answering(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[server.Model]:
    """A model that is set up and answers well, and no memory of earlier failures."""
    monkeypatch.setattr(consult, "_circuit", Circuit())
    with server.serving(server.says(FINE)) as running:
        settings.SINMUNGO_JUDGE_URL = running.url
        settings.SINMUNGO_JUDGE_MODEL = "loop"
        settings.SINMUNGO_JUDGE_PRICE_READ = Decimal("0.5")
        settings.SINMUNGO_JUDGE_PRICE_WRITTEN = Decimal("2")
        settings.SINMUNGO_JUDGE_DAILY_MICROS = 1_000_000
        yield running


def asked_case(world: made.World, text: str = made.WORDS) -> Case:
    """Make a case that waits, about which a model is to be asked."""
    case = made.waiting_case(world.platform, text)
    owe(case)
    return case


def owe(case: Case) -> None:
    """Promise that a model is asked about the policy of a case."""
    assert case.version is not None
    policy = made.threats_in_force(case.item.platform)
    consultations.owe(version=case.version, policy_versions=[policy], at=clock.now())


def keep(at: datetime | None = None, limit: int = 50) -> int:
    """Let the worker keep what is due."""
    return consult.keep(at or clock.now(), limit)


def priority(case: Case) -> float:
    """The number by which a case is ordered."""
    return Assignment.objects.get(pk=case.assignment_id).priority


def points(case: Case) -> dict[str, float]:
    """The reasons for a case's place, with their points."""
    row = Assignment.objects.get(pk=case.assignment_id)
    return {part["label"]: part["points"] for part in row.priority_explained}


def told(case: Case) -> list[tuple[str, float, str]]:
    """The signals of a model that the case's page shows."""
    assert case.version is not None
    return [(s.name, s.score, s.evidence) for s in consultations.judge_signals(case.version)]


def suggestions(case: Case) -> dict[str, Suggested]:
    """What a model suggests to the questions of the policy of a case."""
    assert case.version is not None
    policy = made.threats_in_force(case.item.platform)
    return consultations.judge_suggestions(case.version, policy)
