"""Sources run over a batch together; one that fails or is slow degrades alone."""

from __future__ import annotations

from collections.abc import Sequence

from sinmungo.core.kernel.values import PlainItem, PlainSignal, Span
from sinmungo.core.text.identifiers import IdentifierScreener
from sinmungo.core.text.screeners import screen_all
from sinmungo.core.text.terms import Term, TermList, TermScreener

TERMS = TermScreener([TermList("words", [Term("시험")])], "1")


class Clock:
    """Time that passes only when somebody works."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Working:
    """A source that takes a second for each item, and fails at items that ask for it."""

    name = "working"
    version = "9"

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def screen(self, batch: Sequence[PlainItem]) -> list[list[PlainSignal]]:
        self.clock.now += len(batch)
        if any(item.text == "fail" for item in batch):
            raise RuntimeError("the text of an item: fail")
        if any(item.text == "lose" for item in batch):
            return []
        return [[PlainSignal(self.name, self.version, "done", 0.5)] for _ in batch]


def names(signals: list[list[PlainSignal]]) -> list[list[str]]:
    return [[f"{signal.source}.{signal.name}" for signal in each] for each in signals]


def test_signals_come_in_the_order_of_items_and_sources() -> None:
    """Each item has the signals of every source, and an item without any keeps its place."""
    number = PlainItem(text="시험 ●●●●●●-●●●●●●●", masked=(("resident_number", Span(3, 17)),))
    batch = [PlainItem(text="시험"), PlainItem(text="오늘"), number]
    assert names(screen_all([TERMS, IdentifierScreener()], batch, 1.0, Clock())) == [
        ["terms.words"],
        [],
        ["terms.words", "identifiers.resident_number"],
    ]


def test_a_slow_source_degrades_for_the_rest_of_the_batch() -> None:
    """What it finished in time is kept; the others say that it is missing, and no source is held up."""
    clock = Clock()
    batch = [PlainItem(text="시험")] * 170
    answers = names(screen_all([Working(clock), TERMS], batch, 60.0, clock))
    assert answers[:100] == [["working.done", "terms.words"]] * 100
    assert answers[100:] == [["working.degraded", "terms.words"]] * 70


def test_a_failing_source_degrades_where_it_failed() -> None:
    """The slice with the bad item says so, without the error's words; the next slice is tried again."""
    clock = Clock()
    batch = [*[PlainItem(text="시험")] * 50, PlainItem(text="fail"), *[PlainItem()] * 60]
    signals = screen_all([Working(clock), TERMS], batch, 1000.0, clock)
    answers = names(signals)
    assert answers[49] == ["working.done", "terms.words"]
    assert answers[50:100] == [["working.degraded"]] * 50
    assert answers[100:] == [["working.done"]] * 11
    (degraded,) = signals[50]
    assert (degraded.source_version, degraded.score, degraded.evidence) == ("9", 1.0, "RuntimeError")


def test_a_source_that_loses_items_degrades() -> None:
    """A wrong number of answers cannot be told apart, so none is believed."""
    clock = Clock()
    assert (
        names(screen_all([Working(clock)], [PlainItem(text="lose")] * 3, 9.0, clock))
        == [["working.degraded"]] * 3
    )


def test_an_empty_batch_has_an_empty_answer() -> None:
    """No items, no work."""
    assert screen_all([TERMS], [], 1.0, Clock()) == []
