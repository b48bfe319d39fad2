"""A learned source over texts of 300 letters: what it costs on one core, in slices as screening has them."""

from __future__ import annotations

from itertools import islice
from typing import Any

from bench.figures import figure, rate
from bench.talk import texts
from sinmungo.core.kernel.values import PlainItem
from sinmungo.core.learning import (
    Card,
    LearnedModel,
    LearnedScreener,
    TrainedOn,
    fit,
    read_model,
    write_model,
)
from sinmungo.core.text.screeners import SLICE

COMMAND = "python -m bench learned"
ROWS = 5_000
TAUGHT = 600
#: 60 microseconds a text.
TARGET = 16_667


def run() -> list[dict[str, Any]]:
    """Measure one model, the evidence of what it flags included; one text in a hundred is flagged."""
    screener = LearnedScreener([_model()])
    drawn = islice(texts(ROWS), ROWS)
    items = [
        PlainItem(text=_with_word(text) if place % 100 == 0 else text) for place, text in enumerate(drawn)
    ]
    flagged = sum(map(bool, screener.screen(items)))
    print(f"learned: {flagged} of {ROWS} have a signal")

    def once() -> int:
        for begin in range(0, ROWS, SLICE):
            screener.screen(items[begin : begin + SLICE])
        return ROWS

    return [figure("learned_texts", rate(once), "texts/s", command=COMMAND, target=TARGET)]


def _model() -> LearnedModel:
    """Return a model taught to know a word from everyday talk."""
    talk = [
        _with_word(text) if place % 2 else text for place, text in enumerate(islice(texts(TAUGHT), TAUGHT))
    ]
    labels = [bool(place % 2) for place in range(TAUGHT)]
    half = TAUGHT // 2
    scorer = fit((talk[:half], labels[:half]), (talk[half:], labels[half:]))
    return read_model(write_model(Card("fruit", TrainedOn(half, half, 0, half), ("ko",)), scorer))


def _with_word(text: str) -> str:
    return "참외가 제철입니다 " * 3 + text[30:]
