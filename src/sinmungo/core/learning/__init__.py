"""Learned sources: from labelled texts to a calibrated linear model, its file, and its signals.

What a model must keep (promises, intervals) is in ``core.trust``, which texts are nearly the same in
``core.matching.near``; those who teach a model bring the three together.
"""

from sinmungo.core.learning.format import BadModel, read_model, write_model
from sinmungo.core.learning.model import Card, LearnedModel, TrainedOn
from sinmungo.core.learning.screener import LearnedScreener
from sinmungo.core.learning.split import Parts, split
from sinmungo.core.learning.train import ExtraMissing, TooLittle, fit

__all__ = [
    "BadModel",
    "Card",
    "ExtraMissing",
    "LearnedModel",
    "LearnedScreener",
    "Parts",
    "TooLittle",
    "TrainedOn",
    "fit",
    "read_model",
    "split",
    "write_model",
]
