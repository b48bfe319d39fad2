"""Teaching and calibrating."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from sinmungo.core.learning import ExtraMissing, TooLittle, fit
from sinmungo.core.learning.features import grams
from sinmungo.core.learning.train import enough, platt
from tests.core.learning.invented import talk


@pytest.mark.parametrize(
    ("positive", "negative", "suffices"),
    [
        (100, 100, True),
        (50, 150, True),
        (150, 50, True),
        (49, 151, False),
        (151, 49, False),
        (99, 100, False),
    ],
)
def test_too_little_is_refused_by_a_sentence(positive: int, negative: int, suffices: bool):
    """Two hundred rows and fifty of either class are enough, one fewer is not, and the counts are told."""
    labels = [True] * positive + [False] * negative
    if suffices:
        enough(labels)
        return
    with pytest.raises(TooLittle) as refused:
        enough(labels)

    assert f"{positive + negative} rows, {positive} with the label" in refused.value.detail


def test_the_same_rows_give_the_same_weights():
    """Teaching draws nothing by chance."""
    texts, labels = talk(400)
    one, other = (fit((texts[:300], labels[:300]), (texts[300:], labels[300:])) for _ in range(2))

    assert (one.weights == other.weights).all()
    assert (one.bias, one.slope, one.offset) == (other.bias, other.slope, other.offset)


def test_scores_are_shares():
    """Where a tenth of the labels is wrong, what scores about .9 has the label about nine times in ten."""
    texts, labels = talk(2_000, noise=0.1)
    scorer = fit((texts[:1_000], labels[:1_000]), (texts[1_000:1_400], labels[1_000:1_400]))
    scores = scorer.scores(grams(texts[1_400:]))
    high = scores > 0.8

    assert high.sum() > 200
    assert np.array(labels[1_400:])[high].mean() == pytest.approx(scores[high].mean(), abs=0.05)


def test_a_calibration_finds_the_curve_that_made_the_labels():
    """From ten thousand drawn labels slope and offset come back."""
    drawn = np.random.default_rng(4)
    margins = drawn.normal(size=10_000)
    labels = drawn.random(10_000) < 1 / (1 + np.exp(-(2.0 * margins - 1.0)))

    assert platt(margins, labels) == (pytest.approx(2.0, abs=0.12), pytest.approx(-1.0, abs=0.08))


def test_a_calibration_never_turns_scores_round():
    """Margins that speak against the label get a flat curve, not a falling one."""
    margins = np.linspace(-1.0, 1.0, 200)

    assert platt(margins, margins < 0)[0] == 0.0


def test_margins_that_part_the_classes_wholly_stay_short_of_certainty():
    """Perfectly parted classes give finite numbers and scores below one."""
    margins = np.array([-2.0] * 60 + [2.0] * 60)
    slope, offset = platt(margins, margins > 0)

    assert 0.9 < 1 / (1 + np.exp(-(2 * slope + offset))) < 1.0


def test_a_calibration_takes_both_classes():
    """Labels that are all alike are a ValueError."""
    with pytest.raises(ValueError, match="both classes"):
        platt(np.array([1.0, 2.0]), np.array([True, True]))


def test_without_the_extra_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    """When scikit-learn cannot be imported the error names the extra."""

    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    texts, labels = talk(300)

    with pytest.raises(ExtraMissing, match=r"pip install 'sinmungo\[learn\]'"):
        fit((texts, labels), (texts, labels))
