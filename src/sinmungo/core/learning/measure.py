"""What scores are worth beside the labels: counts only, so that those who know intervals can add them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.learning.identity_terms import TERMS, groups_named
from sinmungo.core.learning.language import LANGUAGES, language
from sinmungo.core.text.normalise import normalise

Scores = NDArray[np.float64]
Labels = NDArray[np.bool_]

BINS = 10
#: Thresholds of the curve.
CURVE = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995)


@dataclass(frozen=True, slots=True)
class Confusion:
    """How many rows a threshold flags rightly and wrongly, misses, and leaves alone rightly."""

    flagged_rightly: int
    flagged_wrongly: int
    missed: int
    left_rightly: int

    @property
    def flagged(self) -> int:
        """All that are flagged."""
        return self.flagged_rightly + self.flagged_wrongly

    @property
    def positive(self) -> int:
        """All that have the label."""
        return self.flagged_rightly + self.missed

    @property
    def negative(self) -> int:
        """All that have it not."""
        return self.flagged_wrongly + self.left_rightly

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 when nothing is flagged rightly."""
        return _f1(self.flagged_rightly, self.flagged_wrongly + self.missed)

    @property
    def macro_f1(self) -> float:
        """The mean of F1 for the label and for its absence."""
        return (self.f1 + _f1(self.left_rightly, self.flagged_wrongly + self.missed)) / 2.0


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows whose score lies in one tenth: how many, their mean score, and how many have the label."""

    rows: int
    mean_score: float
    positive: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far scores are from shares.

    ``brier`` is the mean squared error (Brier 1950); ``expected_error`` the mean distance of a bin's score
    from its share, weighted by rows (ECE, Naeini, Cooper and Hauskrecht 2015, ten bins of equal width).
    """

    brier: float
    expected_error: float
    bins: tuple[Bin, ...]


def confusion(scores: Scores, labels: Labels, threshold: float) -> Confusion:
    """Return what flagging from ``threshold`` on does."""
    flagged = scores >= threshold
    return Confusion(
        flagged_rightly=int((flagged & labels).sum()),
        flagged_wrongly=int((flagged & ~labels).sum()),
        missed=int((~flagged & labels).sum()),
        left_rightly=int((~flagged & ~labels).sum()),
    )


def calibration(scores: Scores, labels: Labels) -> Calibration:
    """Return how well scores are probabilities; raises ValueError for no rows."""
    if not scores.size:
        raise ValueError("there is nothing to measure")
    places = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    bins = []
    for place in range(BINS):
        chosen = places == place
        rows = int(chosen.sum())
        mean = float(scores[chosen].mean()) if rows else 0.0
        bins.append(Bin(rows, mean, int(labels[chosen].sum())))
    off = sum(abs(each.mean_score * each.rows - each.positive) for each in bins)
    brier = float(np.mean((scores - labels) ** 2))
    return Calibration(brier, off / scores.size, tuple(bins))


def parity(
    texts: Sequence[str], scores: Scores, labels: Labels, threshold: float
) -> tuple[dict[str, Confusion], dict[str, Confusion]]:
    """Return what a threshold does to texts that name each group of people, and to each language.

    Texts that name nobody are under ``nobody named``; a text that names two groups counts in both.
    """
    named = [groups_named(text) or [NOBODY] for text in texts]
    by_group = _by([NOBODY, *TERMS], lambda row: named[row], scores, labels, threshold)
    spoken = [language(normalise(text).text) for text in texts]
    by_language = _by(LANGUAGES, lambda row: [spoken[row]], scores, labels, threshold)
    return by_group, by_language


#: Texts that name no group of people.
NOBODY = "nobody named"


def _by(
    names: Sequence[str],
    names_of: Callable[[int], Sequence[str]],
    scores: Scores,
    labels: Labels,
    threshold: float,
) -> dict[str, Confusion]:
    rows_of: dict[str, list[int]] = {name: [] for name in names}
    for row in range(scores.size):
        for name in names_of(row):
            rows_of[name].append(row)
    return {name: confusion(scores[rows], labels[rows], threshold) for name, rows in rows_of.items() if rows}


def _f1(right: int, wrong: int) -> float:
    return 2.0 * right / (2.0 * right + wrong) if right else 0.0
