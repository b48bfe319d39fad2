"""What audits buy, and what an autonomy that is wanted costs."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.trust.planner import (
    audits_from_hours,
    audits_needed,
    audits_to_earn,
    divergence,
    hours_for_autonomy,
    hours_to_trip,
    labels_to_trip,
    wrong_until_trip,
)

WAVE = {"wrong_after": 0.60, "null": 0.05}


@pytest.mark.parametrize(
    ("audits_per_hour", "hours", "wrong"),
    [(5, 2.65, 1587), (10, 1.60, 959), (20, 1.08, 652), (50, 0.77, 460)],
)
def test_the_delay_is_predicted_within_five_per_cent(audits_per_hour: float, hours: float, wrong: float):
    """Formula (10) meets the medians that the simulation of the reference found (detector i, B4)."""
    found = {"audits_per_hour": audits_per_hour, **WAVE}

    assert hours_to_trip(**found) == pytest.approx(hours, rel=0.06)
    assert wrong_until_trip(acts_per_hour=1_000, **found) == pytest.approx(wrong, rel=0.06)


@pytest.mark.parametrize(("audits_per_hour", "wrong"), [(1, 123), (5, 33), (20, 13)])
def test_what_matters_is_audits_an_hour(audits_per_hour: float, wrong: float):
    """Golden: a rule of 20 acts an hour wrongs about 123, 33 or 13 people before it trips (B5)."""
    found = wrong_until_trip(acts_per_hour=20, audits_per_hour=audits_per_hour, **WAVE)

    assert found == pytest.approx(wrong, rel=0.05)


def test_a_canary_costs_few_people():
    """Golden: at a twentieth of the traffic, all of it audited, the same failure costs about 23 (B5)."""
    assert wrong_until_trip(acts_per_hour=50, audits_per_hour=50, **WAVE) == pytest.approx(23, abs=1)


@settings(deadline=None)
@given(st.floats(0.05, 500.0), st.floats(0.08, 0.9))
def test_the_audits_needed_are_those_that_trip_in_time(audits: float, wrong_after: float):
    """Asked for the delay that a number of audits gives, it returns at most that number, and enough."""
    hours = hours_to_trip(audits_per_hour=audits, wrong_after=wrong_after, null=0.05)
    found = audits_needed(hours=hours, wrong_after=wrong_after, null=0.05)

    assert found == pytest.approx(audits, rel=1e-6)
    assert hours_to_trip(audits_per_hour=found, wrong_after=wrong_after, null=0.05) <= hours


@pytest.mark.parametrize(("hours", "wrong_after"), [(0.5, 0.6), (0.1, 0.6), (3.0, 0.05), (0.5 + 1e-9, 0.6)])
def test_what_no_number_of_audits_would_do_is_refused(hours: float, wrong_after: float):
    """Sooner than an answer takes, or a change that is none, raise ValueError."""
    with pytest.raises(ValueError, match="no number"):
        audits_needed(hours=hours, wrong_after=wrong_after, null=0.05)


def test_what_is_not_wrong_never_trips_by_plan():
    """At or below the null it takes for ever."""
    assert labels_to_trip(audits_per_hour=10, wrong_after=0.05, null=0.05) == math.inf
    assert hours_to_trip(audits_per_hour=10, wrong_after=0.01, null=0.05) == math.inf


def test_earning_takes_as_many_audits_as_the_floor_says():
    """Golden: 613 of .97 against .95 at alpha .05 (B4), and for ever where precision is the target."""
    assert audits_to_earn(precision=0.97, target=0.95, alpha=0.05) == pytest.approx(613, abs=1)
    assert audits_to_earn(precision=0.95, target=0.95, alpha=0.05) == math.inf


@pytest.mark.parametrize(("rate", "null"), [(0.0, 0.05), (1.0, 0.05), (0.05, 0.05), (0.6, 0.05)])
def test_the_divergence_is_that_of_two_coins(rate: float, null: float):
    """It is the mean of the logarithm of the likelihood ratio, and 0 for the same coin."""
    plain = sum(
        chance * math.log(chance / other)
        for chance, other in ((rate, null), (1 - rate, 1 - null))
        if chance > 0.0
    )

    assert divergence(rate, null) == pytest.approx(plain)


def test_hours_of_reviewers_count_second_looks_and_gold():
    """Ten audits an hour round the clock, five minutes each, 5 % called wrong, 5 % gold: 22 hours a day."""
    assert hours_for_autonomy(audits_per_hour=10, active_hours=24) == pytest.approx(240 * 1.05 / 0.95 / 12)


@settings(deadline=None)
@given(st.floats(0.1, 200.0), st.floats(1.0, 168.0))
def test_hours_buy_back_the_audits_they_pay_for(audits: float, active: float):
    """One is the inverse of the other."""
    hours = hours_for_autonomy(audits_per_hour=audits, active_hours=active, called_wrong=0.1)

    assert audits_from_hours(reviewer_hours=hours, active_hours=active, called_wrong=0.1) == pytest.approx(
        audits
    )


@pytest.mark.parametrize(
    "wrong", [{"called_wrong": 1.1}, {"gold_share": 1.0}, {"minutes_per_audit": -1.0}, {"active_hours": -1.0}]
)
def test_a_plan_that_cannot_be_is_refused(wrong: dict[str, float]):
    """Shares outside 0 to 1 and negative hours raise ValueError."""
    with pytest.raises(ValueError, match=r"shares|hours"):
        hours_for_autonomy(**{"audits_per_hour": 10.0, "active_hours": 24.0, **wrong})


@pytest.mark.parametrize("hours", [{"active_hours": 0.0}, {"active_hours": 5.0, "minutes_per_audit": 0.0}])
def test_no_hours_buy_no_audits(hours: dict[str, float]):
    """Without active hours or without time for an audit there is nothing to reckon."""
    with pytest.raises(ValueError, match="above 0"):
        audits_from_hours(reviewer_hours=10.0, **hours)


def test_audits_and_rates_outside_their_range_are_refused():
    """No audits an hour, and rates that are none, raise ValueError."""
    with pytest.raises(ValueError, match="audits"):
        labels_to_trip(audits_per_hour=0.0, wrong_after=0.6, null=0.05)
    with pytest.raises(ValueError, match="rates"):
        divergence(0.5, 1.0)
