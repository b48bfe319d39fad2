"""Agreement between people, held against published worked examples and against a count by hand."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.trust.agreement import Agreement, Metric, Unknown, agreement, alpha

N = None
#: Krippendorff (2011), C: four observers, twelve units, some not judged.
FOUR_OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3),
    (N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N),
)
#: Krippendorff (2011), A: two observers, ten units, yes or no.
TWO_OBSERVERS = ((0, 1, 0, 0, 0, 0, 0, 0, 1, 0), (1, 1, 1, 0, 0, 1, 0, 0, 0, 0))
#: Three observers, fifteen units, as encyclopaedias print it.
THREE_OBSERVERS = (
    (N, N, N, N, N, 3, 4, 1, 2, 1, 1, 3, 3, N, 3),
    (1, N, 2, 1, 3, 3, 4, 3, N, N, N, N, N, N, N),
    (N, N, 2, 1, 3, 4, 4, N, 2, 1, 1, 3, 3, N, 4),
)
LABELS = st.lists(st.lists(st.integers(0, 3), max_size=4), min_size=1, max_size=12)


def by_unit(observers: tuple[tuple[int | None, ...], ...]) -> list[list[int]]:
    return [[value for value in unit if value is not None] for unit in zip(*observers, strict=True)]


def seeded() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.mark.parametrize(
    ("observers", "metric", "published"),
    [
        (FOUR_OBSERVERS, Metric.NOMINAL, 0.743),
        (FOUR_OBSERVERS, Metric.ORDINAL, 0.815),
        (FOUR_OBSERVERS, Metric.INTERVAL, 0.849),
        (TWO_OBSERVERS, Metric.NOMINAL, 0.095),
        (THREE_OBSERVERS, Metric.NOMINAL, 0.691),
        (THREE_OBSERVERS, Metric.INTERVAL, 0.811),
    ],
)
def test_alpha_is_that_of_published_worked_examples(
    observers: tuple[tuple[int | None, ...], ...], metric: Metric, published: float
) -> None:
    """To the three digits that were printed, for every metric and with values missing."""
    assert alpha(by_unit(observers), metric) == pytest.approx(published, abs=0.0005)


def test_alpha_is_exact() -> None:
    """The nominal figure of the example is the fraction 113/152."""
    assert alpha(by_unit(FOUR_OBSERVERS)) == pytest.approx(113 / 152, abs=1e-12)


def by_hand(units: list[list[int]]) -> float | None:
    """Count pairs as the definition says, one by one."""
    pairable = [unit for unit in units if len(unit) > 1]
    values = [value for unit in pairable for value in unit]
    seen = sum(sum(a != b for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in pairable)
    chance = sum(a != b for a, b in permutations(values, 2))
    return 1 - (len(values) - 1) * seen / chance if chance else None


@settings(deadline=None)
@given(LABELS)
def test_alpha_counts_what_the_definition_counts(units: list[list[int]]) -> None:
    """Whatever was judged by however many, the matrices give what counting every pair gives."""
    expected = by_hand(units)
    found = alpha(units)
    assert found is None if expected is None else found == pytest.approx(expected)


@settings(deadline=None)
@given(LABELS)
def test_alpha_does_not_hang_on_what_values_are_called(units: list[list[int]]) -> None:
    """Nominal values may be any words."""
    assert alpha([[f"v{9 - value}" for value in unit] for unit in units]) == pytest.approx(alpha(units))


def test_two_people_who_always_agree_on_different_values_have_one() -> None:
    """Full agreement is 1 whatever the metric."""
    units = [[0, 0], [1, 1], [2, 2]] * 10
    assert [alpha(units, metric) for metric in Metric] == [1.0, 1.0, 1.0]


def test_one_value_always_is_said_to_be_undefined() -> None:
    """Where nobody ever said anything else, chance would agree as well, and no figure is given."""
    found = agreement([["no", "no"]] * 50, random=seeded())
    assert found == Agreement(None, None, None, 50, Unknown.ONE_VALUE)
    assert alpha([["no", "no"]] * 50) is None


@pytest.mark.parametrize(("units", "known"), [(19, False), (20, True)])
def test_too_few_units_give_no_figure(units: int, known: bool) -> None:
    """Under twenty units it says so; units that only one person judged do not count."""
    found = agreement(([["a", "a"], ["b", "b"]] * 10)[:units] + [["a"]] * 30, random=seeded())
    assert (found.alpha is not None) is known
    assert found.unknown is (None if known else Unknown.TOO_FEW)
    assert found.units == units


def test_the_same_generator_gives_the_same_interval() -> None:
    """Nothing but the generator that is passed in is random."""
    units = [["a", "a"], ["a", "b"], ["b", "b"]] * 10
    assert agreement(units, random=seeded()) == agreement(units, random=seeded())


def test_the_interval_holds_the_true_figure_about_as_often_as_it_says() -> None:
    """Of 200 samples drawn from people whose true alpha is known, the interval misses about one in twenty."""
    people = np.random.default_rng(11)
    missed = 0
    for _ in range(200):
        truth = people.random(120) < 0.3
        first, second = (np.where(people.random(120) < 0.9, truth, ~truth) for _ in range(2))
        found = agreement([[bool(a), bool(b)] for a, b in zip(first, second, strict=True)], random=people)
        assert found.low is not None and found.high is not None
        missed += not found.low <= 0.5989 <= found.high
    assert missed <= 20


def test_rare_disagreement_may_leave_alpha_without_an_interval() -> None:
    """Where most resamples would hold one value only, alpha is given and no interval is."""
    found = agreement([["no", "no"]] * 60 + [["no", "yes"]], random=seeded())
    assert found.alpha == pytest.approx(0.0, abs=0.01)
    assert (found.low, found.high) == (None, None)
