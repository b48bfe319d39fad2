"""A learned model: weights for runs of letters, a calibration, and the card that says what it is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.learning.features import Grams, grams_of, letters
from sinmungo.core.learning.language import language
from sinmungo.core.text.normalise import Normalised, normalise

#: Decimals of a score.
DECIMALS = 6
#: From here on a label is likelier than not.
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Scorer:
    """Weights with their calibration (Platt, *Probabilistic outputs for support vector machines*, 1999)."""

    weights: NDArray[np.float32]
    bias: float
    slope: float = 1.0
    offset: float = 0.0

    def margins(self, grams: Grams) -> NDArray[np.float64]:
        """Return what the weights alone say of each text: positive speaks for the label."""
        margins: NDArray[np.float64] = grams.sums(self.weights) + self.bias
        return margins

    def scores(self, grams: Grams) -> NDArray[np.float64]:
        """Return the calibrated probability of each text, rounded to six decimals.

        It is the share of such texts that had the label where the model was taught, which is more than
        where most people talk of everyday things.
        """
        # beyond 30 the rounded score no longer changes, and the exponential could overflow
        exponent = np.clip(self.slope * self.margins(grams) + self.offset, -30.0, 30.0)
        scores: NDArray[np.float64] = np.round(1.0 / (1.0 + np.exp(-exponent)), DECIMALS)
        return scores


@dataclass(frozen=True, slots=True)
class TrainedOn:
    """How many rows went into each part, and how many of all had the label."""

    train: int
    calibration: int
    held_out: int
    positive: int


@dataclass(frozen=True, slots=True)
class Card:
    """What a model is: its name, what it learned from and in which languages, what it keeps.

    ``threshold`` is the lowest score from which the promised precision was kept on the held-out part,
    None if there is none; ``report`` holds every figure measured there, JSON-safe.
    """

    name: str
    trained_on: TrainedOn
    languages: tuple[str, ...]
    threshold: float | None = None
    report: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """A model as its file holds it; ``version`` is the beginning of the file's SHA-256."""

    card: Card
    scorer: Scorer
    version: str

    @property
    def name(self) -> str:
        """The name of its signal."""
        return self.card.name

    @property
    def threshold(self) -> float | None:
        """The lowest score from which the promised precision was kept, None if there is none."""
        return self.card.threshold

    def scores(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the score of each text."""
        normalised = [normalise(text) for text in texts]
        return self.scores_of(normalised, grams_of(letters(normalised), len(texts)))

    def scores_of(self, normalised: Sequence[Normalised], grams: Grams) -> NDArray[np.float64]:
        """Return the score of each normalised text with its runs of letters.

        It is 0 where it would be half or more for a text in a language that was not learned: letters that are
        rare in what was learned say nothing about it, and the model would flag them by chance.
        """
        scores = self.scorer.scores(grams)
        for place in np.flatnonzero(scores >= HALF).tolist():
            if language(normalised[place].text) not in self.card.languages:
                scores[place] = 0.0
        return scores
