"""Run every source over a batch; what fails or is slow degrades, and no item is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sinmungo.core.kernel.values import PlainItem, PlainSignal, Screener

#: Items between two looks at the clock: a source in pure Python cannot safely be interrupted.
SLICE = 50
DEGRADED = "degraded"


def screen_all(
    screeners: Sequence[Screener],
    batch: Sequence[PlainItem],
    deadline_seconds: float,
    clock: Callable[[], float],
) -> list[list[PlainSignal]]:
    """Return the signals of each item of ``batch``, in its order and in the order of ``screeners``.

    Each source has ``deadline_seconds`` of its own for the batch, by ``clock`` (monotonic seconds),
    looked at before every 50 items: what it finished is kept, and each item it did not reach gets the signal
    ``<source>.degraded`` with score 1.0 instead. So do the items of a slice in which it raised or
    gave a wrong number of answers; the slices after it are still tried.
    """
    signals: list[list[PlainSignal]] = [[] for _ in batch]
    spent = [0.0] * len(screeners)
    for start in range(0, len(batch), SLICE):
        items = batch[start : start + SLICE]
        for place, screener in enumerate(screeners):
            began = clock()
            is_late = spent[place] > deadline_seconds
            answers = _degraded(screener, items, "out of time") if is_late else _screen(screener, items)
            spent[place] += clock() - began
            for at, answer in enumerate(answers, start=start):
                signals[at].extend(answer)
    return signals


def _screen(screener: Screener, items: Sequence[PlainItem]) -> list[list[PlainSignal]]:
    try:
        answers = screener.screen(items)
    except Exception as error:  # noqa: BLE001 - whatever a source raises, its items must go on
        # Only the class: an error's words may quote the text of an item.
        return _degraded(screener, items, type(error).__name__)
    if len(answers) != len(items):
        return _degraded(screener, items, "a wrong number of answers")
    return answers


def _degraded(screener: Screener, items: Sequence[PlainItem], why: str) -> list[list[PlainSignal]]:
    return [[PlainSignal(screener.name, screener.version, DEGRADED, 1.0, why)] for _ in items]
