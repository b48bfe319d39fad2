"""The lower bound on precision, and the record of labels that still count."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.trust.bound import BETS, RESTART_HOURS, Record, is_shown, lower_bound

GOLDEN = Path(__file__).parents[2] / "golden" / "trust" / "bound.txt"
ROWS = [line.split() for line in GOLDEN.read_text().splitlines() if not line.startswith("#")]


def _stake(right: float, wrong: float, precision: float) -> float:
    return sum(((1 - (1 - precision) * bet) / precision) ** right * bet**wrong for bet in BETS) / len(BETS)


def _ever_shown(precision: float, *, alpha: float, audits: int, chance: float | None = None) -> float:
    """The exact probability that ``precision`` is shown at some time within so many audits."""
    right = precision if chance is None else chance
    most = 300  # so many wrong ones never come near
    paths, shown = np.zeros(most), 0.0
    paths[0] = 1.0
    allowed = -1
    for count in range(1, audits + 1):
        moved = paths * right
        moved[1:] += paths[:-1] * (1.0 - right)
        while is_shown(count - allowed - 1, allowed + 1, precision=precision, alpha=alpha):
            allowed += 1
        shown += moved[: allowed + 1].sum()
        moved[: allowed + 1] = 0.0
        paths = moved
    return shown


@pytest.mark.parametrize(("right", "wrong", "usual", "strict"), ROWS)
def test_the_bound_is_that_of_the_golden_table(right: str, wrong: str, usual: str, strict: str):
    """Golden: formula (8) at alpha .05 and .01, to four decimals."""
    found = [lower_bound(float(right), float(wrong), alpha=alpha) for alpha in (0.05, 0.01)]

    assert [f"{each:.4f}"[1:] for each in found] == [usual, strict]


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(0, 60), st.sampled_from([0.05, 0.01, 0.005]))
def test_the_bound_is_the_last_precision_that_is_shown(right: int, wrong: int, alpha: float):
    """What lies below the bound is shown and what lies above is not, as the plain sum says too."""
    bound = lower_bound(right, wrong, alpha=alpha)

    assert 0.0 <= bound < 1.0
    if bound > 0.0:
        assert _stake(right, wrong, bound - 1e-9) >= 1 / alpha
    if right:
        assert _stake(right, wrong, bound + 1e-9) < 1 / alpha


@settings(deadline=None)
@given(st.integers(0, 300), st.integers(0, 40))
def test_a_right_label_raises_the_bound_and_a_wrong_one_lowers_it(right: int, wrong: int):
    """The bound moves with the labels, and a smaller risk asks for more."""
    bound = lower_bound(right, wrong, alpha=0.05)

    assert lower_bound(right + 1, wrong, alpha=0.05) >= bound
    assert lower_bound(right, wrong + 1, alpha=0.05) <= bound
    assert lower_bound(right, wrong, alpha=0.01) <= bound


def test_nothing_but_wrong_labels_shows_nothing():
    """Without a right label the bound is 0, however many there are."""
    assert lower_bound(0, 0, alpha=0.05) == lower_bound(0, 1_000_000, alpha=0.05) == 0.0


def test_a_million_labels_do_not_overflow():
    """A long epoch is reckoned in logarithms."""
    assert 0.968 < lower_bound(970_000, 30_000, alpha=0.01) < 0.97


@pytest.mark.parametrize("precision", [0.5, 0.9, 0.95])
def test_a_bet_is_fair_at_the_precision_it_is_made_against(precision: float):
    """By exact enumeration the stake's mean stays 1 at p, and falls where fewer are right."""
    for chance, fair in ((precision, 1.0), (precision - 0.1, None)):
        mean = sum(
            math.comb(12, wrong)
            * chance ** (12 - wrong)
            * (1 - chance) ** wrong
            * _stake(12 - wrong, wrong, precision)
            for wrong in range(13)
        )
        assert mean == pytest.approx(fair, abs=1e-12) if fair else mean < 1.0


@pytest.mark.parametrize(("precision", "alpha"), [(0.9, 0.05), (0.95, 0.05), (0.95, 0.01), (0.98, 0.05)])
def test_the_bound_is_too_high_at_some_time_no_more_often_than_alpha(precision: float, alpha: float):
    """Exactly, over all paths of 400 audits looked at after each: never more than alpha."""
    assert 0.0 < _ever_shown(precision, alpha=alpha, audits=400) <= alpha


@pytest.mark.parametrize(
    ("target", "alpha", "published"),
    [(0.90, 0.05, 0.044), (0.95, 0.05, 0.044), (0.98, 0.05, 0.040), (0.95, 0.01, 0.010)],
)
def test_a_precision_at_the_target_earns_as_seldom_as_published(
    target: float, alpha: float, published: float
):
    """Within 3,000 audits it earns by mistake as often as the simulation found, and less than alpha."""
    found = _ever_shown(target, alpha=alpha, audits=3_000)

    assert found <= alpha
    assert found == pytest.approx(published, abs=0.004)


def test_most_that_deserve_autonomy_earn_it_within_the_published_number():
    """At .97 against .95, 5 of 10 earn within 700 audits and 19 of 20 within 2,100 (goal G7)."""
    assert _ever_shown(0.95, alpha=0.05, audits=700, chance=0.97) >= 0.5
    assert _ever_shown(0.95, alpha=0.05, audits=2_100, chance=0.97) >= 0.95


@settings(deadline=None)
@given(st.sampled_from(BETS), st.floats(0.5, 0.99), st.floats(0.01, 1.0), st.floats(0.0, 1.0))
def test_a_label_of_less_weight_bets_less_than_a_fair_bet(
    bet: float, precision: float, weight: float, wrong: float
):
    """The fraction of a label that (8) counts is worth at most formula (2)'s factor, so it stays fair."""
    miss = 1.0 - precision
    counted = ((1 - miss * bet) / precision) ** (weight * (1 - wrong)) * bet ** (weight * wrong)
    fair = 1.0 + (bet - 1.0) / precision * weight * (wrong - miss)

    assert counted <= fair + 1e-12


@pytest.mark.parametrize(
    ("right", "wrong", "alpha"),
    [(-1, 0, 0.05), (1, math.nan, 0.05), (math.inf, 0, 0.05), (1, 1, 0), (1, 1, 1)],
)
def test_counts_that_cannot_be_are_refused(right: float, wrong: float, alpha: float):
    """Negative, endless or no numbers, and certainty, raise ValueError."""
    with pytest.raises(ValueError, match="counts"):
        lower_bound(right, wrong, alpha=alpha)


def _record(count: int, *, wrong: int = 0, at: float = 0.0, every: float = 0.0) -> Record:
    record = Record()
    for number in range(count):
        record = record.add(float(number < wrong), at + number * every)
    return record


def test_a_record_reads_each_run_at_half_the_risk():
    """In the first month its bound is formula (8) at alpha/2."""
    record = _record(200, wrong=6)

    assert record.bound(0.02, 1.0) == lower_bound(194, 6, alpha=0.01)
    assert record.labels(1.0) == 200


def test_old_glory_expires():
    """Labels count for 30 to 60 days: the run before is kept while it is the better one, then forgotten."""
    record = _record(1_000, wrong=30)
    for number in range(10):
        record = record.add(1.0, RESTART_HOURS + number)

    assert record.labels(RESTART_HOURS + 10) == 1_010
    assert record.bound(0.02, RESTART_HOURS + 10) == lower_bound(970, 40, alpha=0.01)
    assert record.labels(2 * RESTART_HOURS) == 10
    assert record.bound(0.02, 2 * RESTART_HOURS) == 0.0
    assert record.bound(0.02, 3 * RESTART_HOURS) == 0.0 == record.labels(3 * RESTART_HOURS)


def test_the_better_of_two_runs_is_used():
    """A month that went well stands by itself after one that went badly."""
    record = _record(100, wrong=50)
    for number in range(300):
        record = record.add(0.0, RESTART_HOURS + number)

    assert record.bound(0.02, RESTART_HOURS + 300) == lower_bound(300, 0, alpha=0.01)


def test_a_record_without_labels_shows_nothing():
    """No label, no bound."""
    assert (Record().bound(0.01, 5.0), Record().labels(5.0)) == (0.0, 0)


def test_reading_a_record_does_not_change_it():
    """Asked at a later time and then at an earlier one, it answers as before."""
    record = _record(100)
    before = record.bound(0.01, 1.0)
    record.bound(0.01, 5_000.0)

    assert record.bound(0.01, 1.0) == before


Labels = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 3_000), st.floats(0.01, 1.0)), max_size=30)


@settings(deadline=None)
@given(Labels)
def test_a_record_comes_back_from_its_document_exactly(labels: list[tuple[float, float, float]]):
    """What JSON writes and reads is equal, and goes on alike."""
    record = Record()
    for wrong, at, weight in labels:
        record = record.add(wrong, at, weight)
    back = Record.from_document(json.loads(json.dumps(record.to_document())))

    assert back == record
    assert back.add(0.5, 4_000.0) == record.add(0.5, 4_000.0)


@pytest.mark.parametrize(
    "document", [{}, {"now": [1], "before": None}, {"now": ["x", 1, 1, 1], "before": None}]
)
def test_what_is_no_record_is_refused(document: dict[str, object]):
    """A document that was not written by a record raises ValueError."""
    with pytest.raises(ValueError, match="record"):
        Record.from_document(document)


@pytest.mark.parametrize(("wrong", "weight"), [(2.0, 1.0), (-0.1, 1.0), (0.0, 0.0), (0.0, 1.01)])
def test_a_label_that_would_count_too_much_is_refused(wrong: float, weight: float):
    """A weight above 1 would bet more than is fair, so it raises ValueError."""
    with pytest.raises(ValueError, match="weight"):
        Record().add(wrong, 0.0, weight)
