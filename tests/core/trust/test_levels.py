"""What an automation may do by itself: every level against every state of the evidence."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from sinmungo.core.kernel.words import Level
from sinmungo.core.trust.levels import Evidence, Reason, Step, are_too_few, next_level

SHADOW, ASSIST, CANARY, AUTO, SUSPENDED = Level
TARGET = 0.95

#: Enough of everything: it has earned autonomy and keeps earning it.
GOOD = Evidence(
    bound=0.96,
    labels=900,
    recent_labels=120,
    recent_hours=12.0,
    label_age_p95_minutes=30.0,
    evidence_age_days=0.1,
    is_active=True,
    r=0.001,
    tripped=False,
)
IDLE = replace(GOOD, is_active=False, recent_labels=0, recent_hours=0.0)
NONE = replace(IDLE, bound=0.0, labels=0, evidence_age_days=0.0, r=0.0)

CASES: dict[str, Evidence] = {
    "good": GOOD,
    "none": NONE,
    "idle": IDLE,
    "few": replace(GOOD, recent_labels=36),
    "few but all": replace(GOOD, recent_labels=5, all_audited=True),
    "old": replace(GOOD, label_age_p95_minutes=61.0),
    "expired": replace(GOOD, evidence_age_days=60.5),
    "just below": replace(GOOD, bound=0.949),
    "far below": replace(GOOD, bound=0.92),
    "suspicious": replace(GOOD, r=0.02),
    "tripped": replace(GOOD, tripped=True, r=120.0),
}

#: What follows with the ceiling at auto: for shadow, assist, canary, auto.
TABLE: dict[str, tuple[tuple[Level, str], ...]] = {
    "good": ((ASSIST, "earned"), (CANARY, "earned"), (AUTO, "earned"), (AUTO, "ceiling")),
    "none": (
        (SHADOW, "below_target"),
        (ASSIST, "below_target"),
        (ASSIST, "below_target"),
        (ASSIST, "below_target"),
    ),
    "idle": ((ASSIST, "earned"), (CANARY, "earned"), (CANARY, "too_few_labels"), (AUTO, "ceiling")),
    "few": ((ASSIST, "earned"), (CANARY, "earned"), (ASSIST, "too_few_labels"), (ASSIST, "too_few_labels")),
    "few but all": ((ASSIST, "earned"), (CANARY, "earned"), (AUTO, "earned"), (AUTO, "ceiling")),
    "old": ((ASSIST, "earned"), (CANARY, "earned"), (ASSIST, "labels_too_old"), (ASSIST, "labels_too_old")),
    "expired": (
        (SHADOW, "evidence_expired"),
        (ASSIST, "evidence_expired"),
        (ASSIST, "evidence_expired"),
        (ASSIST, "evidence_expired"),
    ),
    "just below": (
        (SHADOW, "below_target"),
        (ASSIST, "below_target"),
        (CANARY, "below_target"),
        (AUTO, "ceiling"),
    ),
    "far below": (
        (SHADOW, "below_target"),
        (ASSIST, "below_target"),
        (ASSIST, "below_target"),
        (ASSIST, "below_target"),
    ),
    "suspicious": (
        (SHADOW, "suspicious"),
        (ASSIST, "suspicious"),
        (CANARY, "suspicious"),
        (AUTO, "ceiling"),
    ),
    "tripped": ((SUSPENDED, "tripped"),) * 4,
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("level", [SHADOW, ASSIST, CANARY, AUTO])
def test_the_level_follows_from_the_evidence(level: Level, case: str):
    """Every level against every state of the evidence, as the table above has it."""
    after, reason = TABLE[case][[SHADOW, ASSIST, CANARY, AUTO].index(level)]

    assert next_level(level, ceiling=AUTO, target=TARGET, evidence=CASES[case]) == Step(after, Reason(reason))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("ceiling", [SHADOW, ASSIST, CANARY, AUTO])
@pytest.mark.parametrize("level", list(Level))
def test_nothing_rises_above_its_ceiling_or_by_two_steps(level: Level, ceiling: Level, case: str):
    """Whatever the evidence, the next level is at most one up, and never above what the rule allows."""
    order = [SHADOW, ASSIST, CANARY, AUTO]
    after = next_level(level, ceiling=ceiling, target=TARGET, evidence=CASES[case]).level
    if after is not SUSPENDED:
        assert order.index(after) <= order.index(ceiling)
        assert order.index(after) <= order.index(level) + 1


@pytest.mark.parametrize("case", CASES)
def test_a_suspended_automation_stays_suspended(case: str):
    """No evidence leads out; only another epoch does."""
    step = next_level(SUSPENDED, ceiling=AUTO, target=TARGET, evidence=CASES[case])

    assert step == Step(SUSPENDED, Reason.TRIPPED)


def test_above_its_ceiling_it_falls_to_it():
    """A rule whose ceiling was lowered is brought down at once."""
    assert next_level(AUTO, ceiling=ASSIST, target=TARGET, evidence=GOOD) == Step(ASSIST, Reason.CEILING)
    assert next_level(CANARY, ceiling=SHADOW, target=TARGET, evidence=GOOD) == Step(SHADOW, Reason.CEILING)


@pytest.mark.parametrize(
    ("change", "after"),
    [({"recent_labels": 38}, AUTO), ({"recent_labels": 37}, ASSIST),
     ({"label_age_p95_minutes": 60.0}, AUTO), ({"label_age_p95_minutes": 60.001}, ASSIST),
     ({"evidence_age_days": 60.0}, AUTO), ({"evidence_age_days": 60.001}, ASSIST),
     ({"bound": 0.926}, AUTO), ({"bound": 0.924}, ASSIST)],
)  # fmt: skip
def test_each_limit_holds_at_its_edge(change: dict[str, float], after: Level):
    """At the limit it goes on, past it it falls to assist."""
    assert next_level(AUTO, ceiling=AUTO, target=TARGET, evidence=replace(GOOD, **change)).level is after


@pytest.mark.parametrize(("bound", "after"), [(0.95, CANARY), (0.9499, ASSIST)])
def test_the_target_itself_is_enough(bound: float, after: Level):
    """A bound equal to the target earns, one below it does not."""
    assert next_level(ASSIST, ceiling=AUTO, target=TARGET, evidence=replace(GOOD, bound=bound)).level is after


def test_an_idle_automation_keeps_what_it_earned():
    """At night nothing happens and nothing is looked at: that is no lack of labels."""
    asleep = replace(IDLE, label_age_p95_minutes=500.0)

    assert next_level(AUTO, ceiling=AUTO, target=TARGET, evidence=asleep).level is AUTO


@pytest.mark.parametrize("hours", [2.0, 3.5, 6.0, 12.0, 40.0])
def test_too_few_labels_are_fewer_than_chance_would_make_of_enough(hours: float):
    """The least count that is enough has a probability of .001 or more; the next smaller one has less."""
    expected = 5.0 * min(hours, 12.0)
    least = next(count for count in range(1000) if not are_too_few(count, hours))

    assert _at_most(least, expected) >= 0.001 > _at_most(least - 1, expected)
    assert not any(are_too_few(count, hours) for count in range(least, least + 100))


def test_of_less_than_two_hours_nothing_is_said_of_the_number_of_labels():
    """An automation that just began to act is not sent back for labels that cannot have come yet."""
    assert not are_too_few(0, 1.99)
    assert are_too_few(0, 2.0)
    assert (are_too_few(1, 2.0), are_too_few(2, 2.0)) == (True, False)


def test_labels_at_five_an_hour_are_hardly_ever_too_few():
    """Judged every hour for a year of months with exactly five an hour, it falls less than once a month."""
    labels = np.random.default_rng(3).poisson(5.0, 12 * 720)
    counts = np.convolve(labels, np.ones(12), "valid")
    falls = sum(are_too_few(int(count), 12.0) for count in counts)

    assert falls / 12 < 1.0


def _at_most(count: int, expected: float) -> float:
    return sum(math.exp(-expected) * expected**each / math.factorial(each) for each in range(count + 1))


def test_suspended_is_no_ceiling():
    """A rule names how far it may go; that it may not go at all is not a ceiling."""
    with pytest.raises(ValueError, match="ceiling"):
        next_level(SHADOW, ceiling=SUSPENDED, target=TARGET, evidence=GOOD)
