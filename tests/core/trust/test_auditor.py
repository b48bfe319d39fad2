"""How far auditors are to be believed."""

from __future__ import annotations

import pytest
from scipy.stats import binom

from sinmungo.core.trust.auditor import after_second_look, error_of


def test_without_gold_anything_may_be_true():
    """Nobody knows how often auditors err before any gold item was laid."""
    assert error_of(0, 0) == 1.0


def test_more_gold_says_it_more_exactly():
    """No mistake on 100 items leaves 3.6 %, on 1,000 items .4 %."""
    assert error_of(0, 100) == pytest.approx(0.0362, abs=1e-4)
    assert error_of(0, 1_000) == pytest.approx(0.0037, abs=1e-4)


@pytest.mark.parametrize("true", [0.02, 0.1, 0.3])
def test_it_lies_below_the_true_error_as_seldom_as_promised(true: float):
    """Exactly, over all outcomes of 80 gold items: in at most 2.5 % of them."""
    below = sum(binom.pmf(k, 80, true) for k in range(81) if error_of(k, 80) < true)

    assert below <= 0.025


def test_a_second_look_takes_back_most_mistakes():
    """Ten per cent become one where two people err independently, and more where they err alike."""
    assert after_second_look(0.1) == pytest.approx(0.01)
    assert after_second_look(0.1, same_mistake=0.3) == pytest.approx(0.037)
    assert after_second_look(0.1, same_mistake=1.0) == pytest.approx(0.1)


@pytest.mark.parametrize(("wrong", "gold"), [(-1, 5), (6, 5)])
def test_counts_that_cannot_be_are_refused(wrong: int, gold: int):
    """More mistakes than items raise ValueError."""
    with pytest.raises(ValueError, match="share"):
        error_of(wrong, gold)


@pytest.mark.parametrize(("error", "same"), [(1.1, 0.0), (-0.1, 0.0), (0.1, 1.1)])
def test_shares_that_cannot_be_are_refused(error: float, same: float):
    """Only 0 to 1 is a share."""
    with pytest.raises(ValueError, match="shares"):
        after_second_look(error, same_mistake=same)
