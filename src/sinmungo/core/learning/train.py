"""Teaching: logistic regression on runs of letters, then a calibration on a part of its own.

scikit-learn is needed here and nowhere else: it is the extra ``learn``.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.kernel.errors import Refused, Unavailable
from sinmungo.core.learning.features import BUCKETS, Grams, grams
from sinmungo.core.learning.format import in_half
from sinmungo.core.learning.model import Scorer

#: Fewer rows, or fewer of either class, and what comes out is chance.
MIN_ROWS, MIN_OF_EACH = 200, 50
#: Inverse strength of the penalty on large weights; .1 to 1 differ by less than a split does.
_STRENGTH = 0.2
_NEWTON_STEPS = 100


class ExtraMissing(Unavailable):
    """scikit-learn is not installed."""

    code = "learn.extra_missing"
    message = "Learning needs scikit-learn, which is not installed: pip install 'sinmungo[learn]'."


class TooLittle(Refused):
    """Too few rows, or too few of one class."""

    code = "learn.too_little"
    message = (
        "There is too little to learn from: {rows} rows, {positive} with the label and {negative} without."
        " It takes at least {min_rows} rows and {min_of_each} of either."
    )


def enough(labels: Sequence[bool]) -> None:
    """Raise TooLittle under 200 rows or 50 of either class."""
    positive = sum(labels)
    negative = len(labels) - positive
    if len(labels) < MIN_ROWS or min(positive, negative) < MIN_OF_EACH:
        raise TooLittle(
            rows=len(labels),
            positive=positive,
            negative=negative,
            min_rows=MIN_ROWS,
            min_of_each=MIN_OF_EACH,
        )


def fit(
    train: tuple[Sequence[str], Sequence[bool]], calibration: tuple[Sequence[str], Sequence[bool]]
) -> Scorer:
    """Return weights learned from one part and calibrated on the other; both hold either class.

    Rare runs of letters count for more (inverse document frequency) and both classes for the same. Raises
    ExtraMissing, and ValueError when a part lacks a class.
    """
    weights, bias = _weights(grams(train[0]), np.array(train[1], dtype=np.bool_))
    scorer = Scorer(in_half(weights), bias)
    labels = np.array(calibration[1], dtype=np.bool_)
    slope, offset = platt(scorer.margins(grams(calibration[0])), labels)
    return Scorer(scorer.weights, scorer.bias, slope, offset)


def platt(margins: NDArray[np.float64], labels: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the slope and offset of the logistic curve through the labels (Platt 1999, with his targets).

    Newton's method, which converges because the loss is convex; the slope is never negative, so a higher
    margin never has a lower score. Raises ValueError when the labels are all alike.
    """
    positive, negative = int(labels.sum()), int((~labels).sum())
    if not positive or not negative:
        raise ValueError("a calibration needs both classes")
    # targets short of 0 and 1 keep the curve from growing steep without end
    targets = np.where(labels, (positive + 1) / (positive + 2), 1 / (negative + 2))
    design = np.column_stack([margins, np.ones(margins.size)])
    found = np.array([0.0, np.log((positive + 1) / (negative + 1))])
    for _ in range(_NEWTON_STEPS):
        chances = 1.0 / (1.0 + np.exp(-np.clip(design @ found, -30.0, 30.0)))
        spread = np.maximum(chances * (1.0 - chances), 1e-9)
        step = np.linalg.lstsq(design.T @ (design * spread[:, None]), design.T @ (targets - chances))[0]
        # a short step at a time: a full one from far away can jump over the minimum
        found = found + np.clip(step, -5.0, 5.0)
        if np.abs(step).max() < 1e-9:
            break
    return max(float(found[0]), 0.0), float(found[1])


def _weights(of: Grams, labels: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    sparse, linear_model = _loaded("scipy.sparse"), _loaded("sklearn.linear_model")
    ones = np.ones(of.rows.size, dtype=np.float32)
    counted = sparse.csr_matrix((ones, (of.rows, of.buckets)), shape=(of.texts, BUCKETS))
    counted.sum_duplicates()
    rarity = np.log((1.0 + of.texts) / (1.0 + counted.getnnz(axis=0))) + 1.0
    matrix = sparse.diags(of.scale) @ counted @ sparse.diags(rarity)
    fitted = linear_model.LogisticRegression(C=_STRENGTH, solver="liblinear", class_weight="balanced")
    fitted.fit(matrix.tocsr(), labels)
    return fitted.coef_.ravel() * rarity, float(fitted.intercept_[0])


def _loaded(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise ExtraMissing from None
