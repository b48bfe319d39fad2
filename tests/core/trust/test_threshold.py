"""Thresholds that keep a promised precision."""

from __future__ import annotations

import numpy as np
import pytest

from sinmungo.core.trust.threshold import MAX_TESTS, Flagged, last_kept, order_of_tests


def _tested(*counts: tuple[int, int], wrong_at_most: float = 0.05, risk: float = 0.05) -> float | None:
    tests = [Flagged(1.0 - place / 100, flagged, wrong) for place, (flagged, wrong) in enumerate(counts)]
    found = last_kept(tests, wrong_at_most=wrong_at_most, risk=risk)
    return None if found is None else found.threshold


@pytest.mark.parametrize(
    ("flagged", "wrong", "passes"),
    [(58, 0, False), (59, 0, True), (92, 1, False), (93, 1, True), (123, 2, False), (124, 2, True),
     (180, 4, False), (181, 4, True)],
)  # fmt: skip
def test_a_precision_of_95_takes_so_many_right(flagged: int, wrong: int, passes: bool):
    """Golden: at a promise of .95 and risk .05 no wrong one needs 59 flagged, one 93, two 124, four 181."""
    assert (_tested((flagged, wrong)) is not None) is passes


def test_a_smaller_risk_takes_more():
    """Golden: at risk .01 it takes 90 right ones instead of 59."""
    assert _tested((89, 0), risk=0.01) is None
    assert _tested((90, 0), risk=0.01) == 1.0


def test_the_last_that_passes_is_used():
    """From strict to lax, the threshold before the first failure is the one."""
    assert _tested((100, 0), (200, 3), (300, 30)) == 0.99


def test_nothing_after_a_failure_counts():
    """A threshold that would pass is not reached after one that failed: the order is what keeps the risk."""
    assert _tested((20, 0), (500, 2)) is None
    assert _tested((100, 0), (150, 20), (900, 5)) == 1.0


def test_no_test_keeps_no_promise():
    """Without thresholds there is none to return."""
    assert _tested() is None


def test_the_promise_is_broken_no_more_often_than_the_risk():
    """Over 2,000 samples a threshold that breaks the promise is chosen in 5 % of them, give or take."""
    drawn = np.random.default_rng(11)
    broken = 0
    for _ in range(2_000):
        scores = drawn.beta(0.6, 1.2, 3_000)
        # exactly calibrated at .94 from .9 on: just under the promise, everywhere it could be chosen
        wrong = drawn.random(3_000) > np.where(scores > 0.9, 0.94, scores)
        order = order_of_tests(
            scores[:1_000].tolist(), (~wrong[:1_000]).tolist(), rows=2_000, wrong_at_most=0.05
        )
        rest, rest_wrong = scores[1_000:], wrong[1_000:]
        tests = [
            Flagged(each, int((rest >= each).sum()), int(rest_wrong[rest >= each].sum())) for each in order
        ]
        broken += last_kept(tests, wrong_at_most=0.05, risk=0.05) is not None

    assert broken / 2_000 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2_000)


def test_the_order_begins_where_a_pass_is_likeliest():
    """A first threshold that flags too few to pass is left out, and the order runs from strict to lax."""
    scores = np.linspace(1.0, 0.0, 4_000).tolist()
    order = order_of_tests(scores, [score > 0.8 for score in scores], rows=4_000, wrong_at_most=0.05)

    assert order == sorted(order, reverse=True)
    assert sum(score >= order[0] for score in scores) >= 59
    assert len(order) <= MAX_TESTS


def test_scores_alike_are_one_test():
    """Equal scores make one threshold, and no scores or no rows make none."""
    assert order_of_tests([0.7] * 500, [True] * 500, rows=500, wrong_at_most=0.05) == [0.7]
    assert order_of_tests([], [], rows=500, wrong_at_most=0.05) == []
    assert order_of_tests([0.7], [True], rows=0, wrong_at_most=0.05) == []
