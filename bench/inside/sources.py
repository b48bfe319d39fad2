"""Events taken and judged with every text source and a learned model on, and what each source costs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from bench.documents import SIZE
from bench.inside import events
from bench.talk import texts
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.screening import learned
from sinmungo.apps.screening.models import LearnedModel
from sinmungo.core.kernel.values import PlainItem, PlainSignal, Screener
from sinmungo.core.learning import Card, TrainedOn, write_model
from sinmungo.core.learning.features import BUCKETS
from sinmungo.core.learning.model import Scorer
from sinmungo.core.text.screeners import screen_all

MODEL = "measured"
BATCHES = 10


class _Timed:
    """A source that adds up its seconds."""

    def __init__(self, source: Screener) -> None:
        self.name, self.version = source.name, source.version
        self.seconds = 0.0
        self._source = source

    def screen(self, batch: Sequence[PlainItem]) -> list[list[PlainSignal]]:
        """Screen as the source does."""
        began = time.perf_counter()
        found = self._source.screen(batch)
        self.seconds += time.perf_counter() - began
        return found


def measure(count: str) -> dict[str, Any]:
    """Return what ``events.measure`` does with a model at work, and microseconds an item for each source."""
    learned.add_model(content=_model(), at=clock.now(), actor=SYSTEM)
    learned.set_state(name=MODEL, state=LearnedModel.State.ACTIVE, at=clock.now(), actor=SYSTEM)
    return {**events.measure(count), "sources": _microseconds()}


def _model() -> bytes:
    """Return a model of full size; what its weights are makes no difference to its speed."""
    weights = np.random.default_rng(7).normal(0, 0.1, BUCKETS).astype(np.float32)
    return write_model(Card(MODEL, TrainedOn(1, 1, 1, 1), ("ko",)), Scorer(weights, bias=-6.0))


def _microseconds() -> dict[str, float]:
    pack = policies.in_force(events.SLUG, clock.now())
    source = learned.learned_source()
    assert pack is not None, "the pack is in force"
    assert source is not None, "the model is at work"
    timed = [_Timed(each) for each in (*pack.screeners, source.screener)]
    items = [PlainItem(text=text, lang="ko") for text in texts(BATCHES * SIZE, seed=11)]
    for start in range(0, len(items), SIZE):
        screen_all(timed, items[start : start + SIZE], 60.0, time.monotonic)
    return {each.name: round(1e6 * each.seconds / len(items), 1) for each in timed}
