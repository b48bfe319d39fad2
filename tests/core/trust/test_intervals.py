"""Exact binomial intervals."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from scipy.stats import beta, binom

from sinmungo.core.trust.intervals import at_most, share


def test_the_tail_is_that_of_the_sum():
    """For small numbers the tail equals the sum of exact fractions."""
    for of in (1, 2, 7, 20):
        for count in range(of):
            chance = Fraction(3, 17)
            exact = sum(math.comb(of, k) * chance**k * (1 - chance) ** (of - k) for k in range(count + 1))
            assert at_most(count, of, float(chance)) == pytest.approx(float(exact), abs=1e-13)


@pytest.mark.parametrize("of", [30, 1_000, 100_000])
@pytest.mark.parametrize("chance", [1e-6, 0.02, 0.5, 0.97])
def test_the_tail_is_that_of_scipy(of: int, chance: float):
    """For large numbers it agrees with scipy to nine decimals, near the mean and far from it."""
    mean, spread = of * chance, math.sqrt(of * chance * (1 - chance))
    for count in {0, of - 1, int(mean), int(mean - 3 * spread), int(mean + 3 * spread)}:
        kept = min(max(count, 0), of)
        assert at_most(kept, of, chance) == pytest.approx(binom.cdf(kept, of, chance), abs=1e-9)


def test_the_tail_is_whole_at_its_ends():
    """Fewer than none never happens, and at most all always does, whatever the chance."""
    assert (at_most(-1, 5, 0.5), at_most(5, 5, 0.99), at_most(0, 5, 1.0), at_most(0, 5, 0.0)) == (0, 1, 0, 1)


@pytest.mark.parametrize(("count", "of"), [(0, 10), (10, 10), (1, 10), (17, 20), (3, 8_810), (4_000, 8_000)])
def test_the_interval_is_that_of_clopper_and_pearson(count: int, of: int):
    """Both ends are the quantiles of the beta distribution that the paper gives."""
    found = share(count, of)
    low = beta.ppf(0.025, count, of - count + 1) if count else 0.0
    high = beta.ppf(0.975, count + 1, of - count) if count < of else 1.0

    assert (found.low, found.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))
    assert found.low <= count / of <= found.high


def test_of_nothing_anything_may_be_true():
    """Nothing of nothing has no value and the widest interval."""
    found = share(0, 0)

    assert (found.value, found.low, found.high) == (None, 0.0, 1.0)


def test_more_confidence_widens():
    """A confidence of .99 holds that of .95."""
    narrow, wide = share(5, 50), share(5, 50, 0.99)

    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize(
    ("count", "of", "confidence"), [(-1, 5, 0.95), (6, 5, 0.95), (1, 5, 0.0), (1, 5, 1.0)]
)
def test_what_cannot_be_is_refused(count: int, of: int, confidence: float):
    """More than all, fewer than none and certainty raise ValueError."""
    with pytest.raises(ValueError, match="share"):
        share(count, of, confidence)
