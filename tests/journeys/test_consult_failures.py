"""Whatever a model fails to say, the item and its case stay; and it costs no more than the day allows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening import consultations
from sinmungo.apps.screening.models import Consultation, JudgeSpending, Signal
from sinmungo.journeys import consult
from sinmungo.journeys.consult import FIRST_WAIT
from sinmungo.journeys.consulting import budget
from sinmungo.journeys.consulting.circuit import FAILURES_IN_A_ROW, PAUSE
from sinmungo.journeys.consulting.values import Tokens
from tests.adapters import model_server as server
from tests.apps.review import made
from tests.journeys.consulted import (
    FINE,
    QUOTE,
    answering,
    asked_case,
    keep,
    priority,
    told,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[server.Model]:
    with answering(settings, monkeypatch) as running:
        yield running


@pytest.fixture
def world() -> made.World:
    return made.world()


FAILURES = [
    (server.raw(500), "status 500"),
    (server.raw(429), "busy"),
    (server.raw(404), "unknown model"),
    (server.hangs_up, "not reached"),
    (server.says("no JSON"), "not json"),
    (server.says({"score": 1}), "wrong schema"),
    (server.endless, "too long"),
]


@pytest.mark.parametrize(("behaviour", "reason"), FAILURES, ids=[reason for _, reason in FAILURES])
def test_a_failure_is_told_and_tried_four_times_later_and_later(
    model: server.Model, world: made.World, behaviour: server.Behaviour, reason: str
) -> None:
    """Item and case stay, the page says why an opinion is missing, and after four tries it is given up."""
    model.will(behaviour)
    case = asked_case(world)
    before, at, waits = priority(case), clock.now(), []
    while not Consultation.objects.filter(done_at__isnull=False).exists():
        assert keep(at) == 1
        due = Consultation.objects.get().due_at
        waits.append(due - at)
        at = max(due, at)

    assert len(model.asked) == 4
    assert waits == [timedelta(minutes=1), timedelta(minutes=4), timedelta(minutes=16), timedelta(0)]
    assert told(case) == [("degraded", 1.0, reason)]
    assert Consultation.objects.get().last_error == f"judge.{reason.replace(' ', '_')}"
    assert priority(case) == before
    assert keep(at + timedelta(days=1)) == 0


@pytest.mark.parametrize("behaviour", [server.silent, server.stalls, server.drips])
def test_a_slow_model_costs_one_deadline_and_no_item(
    model: server.Model, world: made.World, monkeypatch: pytest.MonkeyPatch, behaviour: server.Behaviour
) -> None:
    """Silence, half an answer and a drip end at the deadline; what may have been used is counted whole."""
    monkeypatch.setattr(consult, "DEADLINE_SECONDS", 0.4)
    model.will(behaviour)
    case = asked_case(world)
    keep()

    assert told(case) == [("degraded", 1.0, "too slow")]
    spending = JudgeSpending.objects.get()
    assert spending.reserved == 0
    assert spending.spent > 1000
    assert Case.objects.get(pk=case.pk).state == Case.State.OPEN


def test_an_answer_after_failures_takes_the_warning_away(model: server.Model, world: made.World) -> None:
    """Once the model answered, the page no longer says that an opinion is missing."""
    model.will(server.raw(500), server.says(FINE))
    case = asked_case(world)
    keep()
    keep(clock.now() + timedelta(minutes=2))

    assert told(case) == [("threats", 0.8, QUOTE)]
    assert Signal.objects.filter(source="judge", name="degraded").count() == 1


def test_a_wait_that_the_service_asks_for_is_kept(model: server.Model, world: made.World) -> None:
    """A longer Retry-After than ours moves the next try; one of years does not."""
    model.will(server.raw(429, Retry_After="900"), server.raw(429, Retry_After="999999"))
    asked_case(world)
    at = clock.now()
    keep(at)
    assert Consultation.objects.get().due_at == at + timedelta(minutes=15)
    later = at + timedelta(minutes=15)
    keep(later)
    assert Consultation.objects.get().due_at == later + consult.LONGEST_WAIT


def test_a_service_that_is_down_is_left_alone_for_a_while(model: server.Model, world: made.World) -> None:
    """After five failures in a row all that is owed waits ten minutes; then one answer ends the pause."""
    model.will(server.raw(503))
    for number in range(8):
        asked_case(world, f"{made.WORDS} {number}")
    at = clock.now()
    assert (keep(at), keep(at)) == (4, 4)
    model.asked.clear()
    again = at + FIRST_WAIT
    assert keep(again) == 0
    owed = Consultation.objects.all()

    assert model.asked == []
    assert {(row.due_at, row.attempts) for row in owed} == {(at + PAUSE, 1)}
    model.will(server.says(FINE))
    assert keep(at + PAUSE) == 4
    assert consult._circuit.paused_until(at + PAUSE) is None


def test_nonsense_of_a_model_pauses_nobody_elses_questions(model: server.Model, world: made.World) -> None:
    """Items that confuse the model cannot silence it for the others."""
    model.will(server.says("nonsense"))
    for number in range(FAILURES_IN_A_ROW + 3):
        asked_case(world, f"{made.WORDS} {number}")
    while Consultation.objects.filter(done_at__isnull=True, attempts=0).exists():
        keep()

    assert consult._circuit.paused_until(clock.now()) is None


def test_what_is_used_is_counted_and_no_more_is_asked_than_the_day_allows(
    model: server.Model, world: made.World, settings: Any
) -> None:
    """Over budget nothing is asked, the page says so, and it is tried again on the next day."""
    case, later = asked_case(world), asked_case(world, f"{made.WORDS} 둘")
    settings.SINMUNGO_JUDGE_DAILY_MICROS = 4_000
    at = clock.now()
    keep(at)

    assert len(model.asked) == 1
    assert JudgeSpending.objects.get().spent == 320
    assert told(case) == [("threats", 0.8, QUOTE)]
    assert told(later) == [("degraded", 1.0, "over budget")]
    row = Consultation.objects.get(done_at__isnull=True)
    assert (row.due_at, row.attempts) == (budget.next_day(at), 0)
    assert keep(budget.next_day(at)) == 1
    assert told(later) == [("threats", 0.8, QUOTE)]
    assert JudgeSpending.objects.count() == 2


def test_on_the_next_day_only_open_cases_are_asked_about(
    model: server.Model, world: made.World, settings: Any
) -> None:
    """What a person decided meanwhile needs no opinion."""
    settings.SINMUNGO_JUDGE_DAILY_MICROS = 1
    case = asked_case(world)
    keep()
    Case.objects.update(state=Case.State.DECIDED)
    assert keep(budget.next_day(clock.now())) == 1

    assert model.asked == []
    assert told(case) == []


def test_money_is_set_aside_to_the_last_micro() -> None:
    """A day's limit is met exactly and passed by nothing; what is given back may be taken again."""
    day = datetime(2026, 3, 1, tzinfo=UTC).date()

    assert consultations.reserve(day=day, micros=60, limit=100)
    assert not consultations.reserve(day=day, micros=41, limit=100)
    assert consultations.reserve(day=day, micros=40, limit=100)
    consultations.settle(day=day, reserved=60, spent=10)
    assert not consultations.reserve(day=day, micros=51, limit=100)
    assert consultations.reserve(day=day, micros=50, limit=100)
    assert consultations.reserve(day=day + timedelta(days=1), micros=100, limit=100)


def test_a_price_a_million_tokens_is_micros_a_token(settings: Any) -> None:
    """Costs are exact and rounded up, never down."""
    settings.SINMUNGO_JUDGE_PRICE_READ = Decimal("0.15")
    settings.SINMUNGO_JUDGE_PRICE_WRITTEN = Decimal("0.6")

    assert budget.cost(Tokens(1_000_000, 0)) == 150_000
    assert budget.cost(Tokens(10, 1)) == 3
    assert budget.cost(Tokens(0, 0)) == 0


OFF = [
    "SINMUNGO_JUDGE_URL",
    "SINMUNGO_JUDGE_MODEL",
    "SINMUNGO_JUDGE_DAILY_MICROS",
    "SINMUNGO_JUDGE_PRICE_READ",
]


@pytest.mark.parametrize("missing", OFF)
def test_without_every_setting_nothing_is_asked_or_owed(
    model: server.Model, world: made.World, settings: Any, missing: str
) -> None:
    """The default is off, and what was owed while it was on is given up with its reason."""
    case = asked_case(world)
    setattr(settings, missing, None if "PRICE" in missing else type(getattr(settings, missing))())
    assert keep() == 1

    assert (model.asked, told(case)) == ([], [])
    assert Consultation.objects.get().last_error == "judge.off"
    assert keep() == 0


def test_a_model_set_up_wrongly_is_told_and_uses_up_no_try(
    model: server.Model, world: made.World, settings: Any
) -> None:
    """An unsafe address is the operator's to mend: questions wait and keep their four tries."""
    settings.SINMUNGO_JUDGE_URL = "http://models.example/v1"
    case = asked_case(world)
    at = clock.now()
    keep(at)
    row = Consultation.objects.get()

    assert told(case) == [("degraded", 1.0, "models.address_not_safe")]
    assert (row.done_at, row.attempts, row.due_at) == (None, 0, at + PAUSE)


def test_at_most_four_are_asked_side_by_side(model: server.Model, world: made.World) -> None:
    """A round is short, so that whatever else the worker owes does not wait behind models."""
    for number in range(6):
        asked_case(world, f"{made.WORDS} {number}")

    assert (keep(), keep(), keep()) == (4, 2, 0)
