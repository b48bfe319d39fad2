"""Factors and the e-SR detector: golden values, and fairness by exact enumeration."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.trust.detector import (
    MONTH_HOURS,
    MOST,
    MOST_HOURS,
    SHARE_GRID,
    Detector,
    Values,
    count_factor,
    each_of,
    factor,
    grid,
    share_grid,
    share_null,
)

GOLDEN = Path(__file__).parents[2] / "golden" / "trust" / "detector.txt"
VALUES = [float(line) for line in GOLDEN.read_text().splitlines() if not line.startswith("#")]
NULLS = (0.02, 0.05, 0.10, 0.30)


def _label(x: float, null: float = 0.05) -> Values:
    return each_of(grid(null), lambda each: factor(x, null=null, alternative=each))


def test_the_grid_is_that_of_the_reference():
    """Golden: {.10, .20, .35, .55, .80} at a null of .05."""
    assert grid(0.05) == pytest.approx((0.10, 0.20, 0.35, 0.55, 0.80), abs=1e-15)


@settings(deadline=None)
@given(st.floats(1e-6, 1 - 1e-6))
def test_every_alternative_lies_between_the_null_and_certainty(null: float):
    """Both grids rise from above the null to below 1."""
    for found in (grid(null), share_grid(null)):
        assert null < found[0] and found[-1] < 1.0
        assert list(found) == sorted(found)


def test_the_share_grid_is_that_of_the_reference_where_it_fits():
    """Golden: it stays as published up to a null of .25."""
    assert share_grid(0.2407) == pytest.approx(SHARE_GRID, abs=1e-15)
    assert share_grid(0.25) == pytest.approx(SHARE_GRID, abs=1e-15)
    assert share_grid(0.40)[0] > 0.40


def test_the_share_null_is_that_of_the_reference():
    """Golden: .157 overturned at 3 % wrong allows .24 at 5 %."""
    assert share_null(null=0.05, past_share=0.157, audited_wrong=0.03) == pytest.approx(0.24, abs=0.001)


def test_the_detector_takes_the_published_steps():
    """Golden: R after 51 right labels and after each of five wrong ones; the sixth trips."""
    detector, found = Detector.begin(), []
    for number, x in enumerate([0.0] * 51 + [1.0] * 6):
        detector = detector.next(_label(x), number * 0.2)
        found.append(detector.value)

    assert [float(f"{each:.6g}") for each in found[50:56]] == VALUES
    assert found[55] < 100.0 <= found[56]


@pytest.mark.parametrize("null", NULLS)
def test_a_label_is_a_fair_bet_at_the_null(null: float):
    """In exact fractions its mean is 1 at the null, and below 1 under it."""
    exact = Fraction(null)
    for alternative in grid(null):
        e = [factor(x, null=null, alternative=alternative) for x in (0.0, 1.0)]
        ratio = [(1 - alternative) / (1 - null), alternative / null]
        assert e == pytest.approx(ratio)
        assert float(exact * Fraction(e[1]) + (1 - exact) * Fraction(e[0])) == pytest.approx(1.0, abs=1e-12)
        assert null / 2 * e[1] + (1 - null / 2) * e[0] < 1.0


@pytest.mark.parametrize("wrong", [(1, 0, 0), (0, 0, 1), (0, 2, 2)])
def test_a_weighted_label_is_a_fair_bet_on_the_whole_pool(wrong: tuple[int, int, int]):
    """Drawn with unequal chances, the mean is 1 when the pool's average is the null, whoever is wrong."""
    sizes, chances = (20, 8, 12), (0.1, 0.5, 0.25)
    null = sum(wrong) / sum(sizes)
    drawn = sum(size * chance for size, chance in zip(sizes, chances, strict=True))
    least = min(chances)
    for alternative in grid(null):
        mean = 0.0
        for size, chance, bad in zip(sizes, chances, wrong, strict=True):
            for x, count in ((1.0, bad), (0.0, size - bad)):
                e = factor(x, null=null, alternative=alternative, weight=least / chance)
                mean += count * chance / drawn * e
        assert mean == pytest.approx(1.0, abs=1e-12)


def test_a_weight_is_a_share_of_the_largest():
    """Formula (2): five of at most five bets as one of at most one."""
    known = {"null": 0.05, "alternative": 0.35}

    assert factor(1.0, weight=5.0, max_weight=5.0, **known) == factor(1.0, **known)
    assert factor(1.0, weight=1.0, max_weight=5.0, **known) == pytest.approx(
        1.0 + (factor(1.0, **known) - 1.0) / 5.0
    )


@pytest.mark.parametrize("wrong_rate", [0.01, 0.05])
@pytest.mark.parametrize("campaign", [1.0, 5.0])
def test_an_overturned_share_is_a_fair_bet_whoever_appeals_more(wrong_rate: float, campaign: float):
    """While the wrong rate is at most the null, a press campaign leaves the mean at most 1 (goal G10)."""
    allowed = share_null(null=0.05, past_share=0.157, audited_wrong=0.03)
    # so much likelier do the wronged appeal and win, as the past share tells
    likelier = 0.157 / (1 - 0.157) / (0.03 / 0.97)
    wronged, others = campaign * likelier * wrong_rate, campaign * (1 - wrong_rate)
    share = wronged / (wronged + others)
    for alternative in share_grid(allowed):
        e = [factor(x, null=allowed, alternative=alternative) for x in (0.0, 1.0)]
        assert share * e[1] + (1 - share) * e[0] <= 1.0 + 1e-12


@pytest.mark.parametrize("multiplier", [1.2, 1.5, 2.0, 4.0])
@pytest.mark.parametrize("expected", [0.1, 3.0, 12.0])
def test_a_count_is_a_fair_bet_while_it_is_what_is_usual(multiplier: float, expected: float):
    """Summed over all Poisson counts the mean is 1 at what is expected, and below 1 under it."""
    for mean, fair in ((expected, True), (expected * 0.7, False)):
        found = sum(
            math.exp(n * math.log(mean) - mean - math.lgamma(n + 1))
            * count_factor(n, expected=expected, multiplier=multiplier)
            for n in range(200)
        )
        assert found == pytest.approx(1.0, abs=1e-9) if fair else found < 1.0


def test_a_huge_count_does_not_overflow():
    """A million acts where one is usual is an alarm, not an error."""
    assert math.isfinite(count_factor(1e6, expected=1.0, multiplier=8.0))


@pytest.mark.parametrize("gap", [0.2, 5.0, 40.0])
def test_the_detector_less_the_time_is_a_supermartingale(gap: float):
    """Over all 2,048 paths of eleven labels at the null the mean of R is exactly the months that passed."""
    null, labels = 0.10, 11
    by_sum: dict[int, float] = {}
    for path in itertools.product((0, 1), repeat=labels):
        detector = Detector.begin()
        for number, x in enumerate(path):
            detector = detector.next(_label(x, null), number * gap)
        by_sum[sum(path)] = by_sum.get(sum(path), 0.0) + detector.value
    mean = sum(value * null**wrong * (1 - null) ** (labels - wrong) for wrong, value in by_sum.items())

    assert mean == pytest.approx((labels - 1) * gap / MONTH_HOURS, rel=1e-9)


def test_false_alarms_within_a_time_are_bounded_by_it():
    """Over all paths of twelve labels, P(R >= 1/alpha at some time) is at most alpha times the months."""
    null, labels, gap = 0.2, 12, 60.0
    found = dict.fromkeys((1.0, 5.0, 20.0), 0.0)
    for path in itertools.product((0, 1), repeat=labels):
        detector, peak = Detector.begin(), 0.0
        for number, x in enumerate(path):
            detector = detector.next(_label(x, null), number * gap)
            peak = max(peak, detector.value)
        chance = null ** sum(path) * (1 - null) ** (labels - sum(path))
        for threshold in found:
            found[threshold] += chance * (peak >= threshold)

    months = (labels - 1) * gap / MONTH_HOURS
    assert all(0.0 < chance <= months / threshold for threshold, chance in found.items())


def test_one_step_is_time_and_then_the_label():
    """``next`` is ``after`` and ``times``."""
    detector = Detector.begin().next(_label(1.0), 1.0).next(_label(0.0), 3.0)

    assert detector.next(_label(1.0), 7.5) == detector.after(7.5).times(_label(1.0))


def test_the_first_label_starts_the_clock():
    """Nothing is known of the time before it, so R stays 0 with it."""
    assert Detector.begin().next(_label(1.0), 5_000.0) == Detector((0.0,) * 5, 5_000.0)


def test_a_late_label_adds_no_time():
    """It counts with its factor, and the clock stays where it is."""
    detector = Detector.begin().after(0.0).after(10.0)
    late = detector.next(_label(1.0), 4.0)

    assert late == detector.times(_label(1.0))
    assert late.after(12.0) == late.after(10.0).after(12.0)


def test_a_clock_that_jumps_counts_as_a_week_at_most():
    """A year ahead is a week, a year back is nothing, and from there on time passes again."""
    detector = Detector.begin().after(0.0)
    ahead = detector.after(9_000.0)
    back = ahead.after(1.0)

    assert ahead.value == detector.after(MOST_HOURS).value == pytest.approx(MOST_HOURS / MONTH_HOURS)
    assert back.value == ahead.value
    assert back.after(73.0).value == pytest.approx(ahead.value + 0.1)


@pytest.mark.parametrize("at", [math.nan, math.inf, -math.inf])
def test_a_time_that_is_none_is_refused(at: float):
    """No state is ever spoilt by a time that is not finite."""
    for detector in (Detector.begin(), Detector.begin().after(1.0)):
        with pytest.raises(ValueError, match="finite"):
            detector.after(at)


def test_no_value_grows_past_its_limit():
    """However long it goes wrong, right labels bring it down again within a bounded time."""
    detector = Detector.begin().after(0.0).after(1.0)
    for _ in range(100):
        detector = detector.times(_label(1.0))

    assert max(detector.values) == MOST
    for _ in range(600):
        detector = detector.times(_label(0.0))
    assert detector.value < 1.0


@pytest.mark.parametrize(
    ("x", "null", "alternative", "weight"),
    [(1.1, 0.05, 0.1, 1.0), (-0.1, 0.05, 0.1, 1.0), (math.nan, 0.05, 0.1, 1.0), (1.0, 0.05, 0.05, 1.0),
     (1.0, 0.05, 1.0, 1.0), (1.0, 0.0, 0.1, 1.0), (1.0, 0.05, 0.1, 1.01), (1.0, 0.05, 0.1, 0.0)],
)  # fmt: skip
def test_a_factor_that_would_not_be_fair_is_refused(x: float, null: float, alternative: float, weight: float):
    """A label outside 0 to 1, an alternative not above the null or too large a weight raise ValueError."""
    with pytest.raises(ValueError, match=r"lies|rate"):
        factor(x, null=null, alternative=alternative, weight=weight)


@pytest.mark.parametrize(
    ("n", "expected", "multiplier"), [(-1, 1, 2), (1, 0, 2), (1, 1, 1), (math.inf, 1, 2)]
)
def test_a_count_that_says_nothing_is_refused(n: float, expected: float, multiplier: float):
    """Where nothing is usual the first act would be an alarm, so it raises ValueError."""
    with pytest.raises(ValueError, match="usual"):
        count_factor(n, expected=expected, multiplier=multiplier)
