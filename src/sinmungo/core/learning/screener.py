"""Source ``learned``: each model's calibrated probability, with the words that weighed most."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from sinmungo.core.kernel.values import PlainItem, PlainSignal, Span
from sinmungo.core.learning.features import Letters, grams_of, letters, weigh_letters
from sinmungo.core.learning.model import HALF, LearnedModel
from sinmungo.core.text.normalise import Normalised, normalise

#: Code points of evidence at most.
EVIDENCE_LENGTH = 60
_VERSION_LETTERS = 16


class LearnedScreener:
    """A signal named after each model that holds its label for likelier than not.

    Its score is the model's, its version the model's. Raises ValueError for two models of one name.
    """

    name = "learned"

    def __init__(self, models: Sequence[LearnedModel]) -> None:
        names = [model.name for model in models]
        if len(set(names)) != len(names):
            raise ValueError("two models have one name, so their signals could not be told apart")
        self._models = tuple(models)
        versions = "\n".join(f"{model.name} {model.version}" for model in models)
        self.version = hashlib.sha256(versions.encode()).hexdigest()[:_VERSION_LETTERS]

    def screen(self, batch: Sequence[PlainItem]) -> list[list[PlainSignal]]:
        """Return for each item the signals of the models, in their order.

        Below a half there is none: every text has some probability, and a third of plain talk reaches .2.
        """
        signals: list[list[PlainSignal]] = [[] for _ in batch]
        if not batch:
            return signals
        normalised = [normalise(item.text) for item in batch]
        grams = grams_of(letters(normalised), len(batch))
        for model in self._models:
            scores = model.scores_of(normalised, grams)
            for place in np.flatnonzero(scores >= HALF).tolist():
                score = float(scores[place])
                signals[place].append(_signal(model, score, batch[place].text, normalised[place]))
        return signals


def _signal(model: LearnedModel, score: float, text: str, normalised: Normalised) -> PlainSignal:
    span = _heaviest(model, text, normalised)
    evidence = text[span.start : span.end][:EVIDENCE_LENGTH] if span else ""
    return PlainSignal(LearnedScreener.name, model.version, model.name, score, evidence, span)


def _heaviest(model: LearnedModel, text: str, normalised: Normalised) -> Span | None:
    """Return the stretch of the original text that spoke most for the label, None if nothing did."""
    of = letters([normalised])
    best = _best_stretch(of, weigh_letters(of, model.scorer.weights).tolist())
    if best is None:
        return None
    span = normalised.original(*best)
    words = text[span.start : span.end]
    start = span.start + len(words) - len(words.lstrip())
    return Span(start, start + len(words.strip())) if words.strip() else None


def _best_stretch(of: Letters, weights: Sequence[float]) -> tuple[int, int] | None:
    """Return the range of normalised text with the greatest sum (Kadane), at most 60 code points long."""
    places = of.places.tolist()
    best, best_sum = None, 0.0
    begin, running = 0, 0.0
    for end, (place, weight) in enumerate(zip(places, weights, strict=True)):
        if running <= 0.0:
            begin, running = end, 0.0
        running += weight
        while place - places[begin] >= EVIDENCE_LENGTH:
            running -= weights[begin]
            begin += 1
        if running > best_sum:
            best, best_sum = (places[begin], place), running
    if best is None:
        return None
    first, last = max(best[0], 0), min(best[1] + 1, max(places))
    return (first, last) if first < last else None
