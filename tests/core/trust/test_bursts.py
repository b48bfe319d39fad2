"""Bursts of audits: when one opens, when it is repeated, and how long acts are held."""

from __future__ import annotations

import json

import pytest

from sinmungo.core.trust.breaker import Breaker, Settings
from sinmungo.core.trust.bursts import COOL_DOWN_MINUTES, DUE_MINUTES, SIZE, Answers, Bursts, Cause, Do, Move

HOUR = COOL_DOWN_MINUTES / 60
CALM = Breaker.begin(Settings(target=0.95)).audit(0.0, 0.0)
ALL_RIGHT = Answers(SIZE, SIZE, 0)


def _suspicious() -> Breaker:
    breaker = CALM
    for number in range(3):
        breaker = breaker.audit(1.0, 1.0 + number * 0.1)
    assert breaker.is_suspicious and not breaker.tripped
    return breaker


def _surge() -> Breaker:
    breaker = CALM
    for minute in range(30):
        breaker = breaker.acts(100.0, 1_000 / 60, minute / 60)
    assert breaker.rate_alarm and not breaker.is_suspicious
    return breaker


def test_without_suspicion_there_is_none():
    """Nothing opens and nothing is held."""
    assert Bursts().next(CALM, 5.0) == Move(Bursts(), Do.NONE, None)


def test_suspicion_opens_one():
    """R at the soft threshold lays twenty audits, due in a quarter of an hour."""
    move = Bursts().next(_suspicious(), 5.0)

    assert (move.do, move.cause) == (Do.OPEN, Cause.SUSPICION)
    assert move.bursts.due_at == 5.0 + DUE_MINUTES / 60


def test_far_more_acts_than_usual_open_one():
    """The number of acts can do no more than that."""
    assert Bursts().next(_surge(), 5.0)[1:] == (Do.OPEN, Cause.RATE)


@pytest.mark.parametrize("answered", [None, Answers(20, 0, 0), Answers(20, 19, 5)])
@pytest.mark.parametrize("late", [0.0, 10.0])
def test_acts_are_held_until_the_last_answer(answered: Answers | None, late: float):
    """A burst that nobody answers holds for as long as it takes: at night until the morning."""
    pending = Bursts(opened_at=5.0)

    assert pending.next(CALM, 5.1 + late, answered) == Move(pending, Do.HOLD, None)


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_calm_burst_releases_and_no_other_opens_for_an_hour(wrong: int):
    """With at most one wrong of twenty the held acts go on."""
    move = Bursts(opened_at=5.0).next(CALM, 5.2, Answers(SIZE, SIZE, wrong))

    assert (move.do, move.cause) == (Do.RELEASE, None)
    assert move.bursts.next(_surge(), 5.2 + HOUR - 0.01).do is Do.NONE
    assert move.bursts.next(_surge(), 5.2 + HOUR).do is Do.OPEN


def test_two_wrong_ones_repeat_it_at_once():
    """What was found asks for twenty more."""
    move = Bursts(opened_at=5.0).next(CALM, 5.2, Answers(SIZE, SIZE, 2))

    assert move == Move(Bursts(opened_at=5.2), Do.OPEN, Cause.REPEAT)


def test_lasting_suspicion_repeats_it_at_once():
    """While R stays at the soft threshold, looking goes on."""
    assert Bursts(opened_at=5.0).next(_suspicious(), 5.2, ALL_RIGHT)[1:] == (Do.OPEN, Cause.REPEAT)


def test_a_small_burst_ends_when_all_of_it_is_answered():
    """Where only three acts could be looked at, three answers are enough."""
    assert Bursts(opened_at=5.0).next(CALM, 5.2, Answers(3, 3, 0)).do is Do.RELEASE


def test_after_a_trip_everything_is_held():
    """Nothing opens any more, and nothing acts."""
    tripped = CALM
    for number in range(9):
        tripped = tripped.audit(1.0, 1.0 + number)

    assert tripped.tripped
    assert Bursts(opened_at=5.0).next(tripped, 12.0, ALL_RIGHT) == Move(Bursts(), Do.HOLD, None)


@pytest.mark.parametrize("bursts", [Bursts(), Bursts(5.25), Bursts(None, 6.1), Bursts(0.1, 0.2)])
def test_bursts_come_back_from_their_document_exactly(bursts: Bursts):
    """What JSON writes and reads is equal."""
    assert Bursts.from_document(json.loads(json.dumps(bursts.to_document()))) == bursts


@pytest.mark.parametrize("document", [{}, {"opened_at": "soon", "calm_until": None}, {"opened_at": 1.0}])
def test_what_are_no_bursts_is_refused(document: dict[str, object]):
    """A document that was not written by bursts raises ValueError."""
    with pytest.raises(ValueError, match="bursts"):
        Bursts.from_document(document)
