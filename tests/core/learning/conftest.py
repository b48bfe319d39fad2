"""A model learned once for all tests here."""

from __future__ import annotations

import pytest

from sinmungo.core.learning import Card, LearnedModel, TrainedOn, fit, read_model, write_model
from tests.core.learning.invented import talk


@pytest.fixture(scope="session")
def content() -> bytes:
    """The file of a model that knows fruit from tools."""
    texts, labels = talk(600, noise=0.05)
    scorer = fit((texts[:450], labels[:450]), (texts[450:], labels[450:]))
    return write_model(
        Card("fruit", TrainedOn(450, 150, 0, sum(labels)), ("ko",), 0.75, {"rows": 600}), scorer
    )


@pytest.fixture(scope="session")
def model(content: bytes) -> LearnedModel:
    """The model in that file."""
    return read_model(content)
