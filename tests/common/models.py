"""Learned models that need no training."""

from __future__ import annotations

import numpy as np

from sinmungo.core.learning import Card, TrainedOn, write_model
from sinmungo.core.learning.features import BUCKETS, grams
from sinmungo.core.learning.model import Scorer


def one_word_model(name: str = "fruit", word: str = "사과") -> bytes:
    """Return the file of a model that knows one word."""
    weights = np.zeros(BUCKETS, dtype=np.float32)
    weights[grams([word]).buckets] = 8.0
    card = Card(name, TrainedOn(300, 100, 100, 200), ("ko",), threshold=0.9)
    return write_model(card, Scorer(weights, bias=-4.0))
