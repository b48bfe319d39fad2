"""What an automation may do by itself: every level against every state of the evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sinmungo.core.kernel.words import Level
from sinmungo.core.trust.levels import Evidence, Reason, Step, next_level

SHADOW, ASSIST, CANARY, AUTO, SUSPENDED = Level
TARGET = 0.95

#: Enough of everything: it has earned autonomy and keeps earning it.
GOOD = Evidence(
    bound=0.96,
    labels=900,
    labels_per_hour=10.0,
    label_age_p95_minutes=30.0,
    evidence_age_days=0.1,
    is_active=True,
    r=0.001,
    tripped=False,
)
NONE = replace(GOOD, bound=0.0, labels=0, labels_per_hour=0.0, evidence_age_days=0.0, is_active=False, r=0.0)

CASES: dict[str, Evidence] = {
    "good": GOOD,
    "none": NONE,
    "idle": replace(GOOD, is_active=False, labels_per_hour=0.0),
    "few": replace(GOOD, labels_per_hour=4.9),
    "few but all": replace(GOOD, labels_per_hour=0.4, all_audited=True),
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
    [({"labels_per_hour": 5.0}, AUTO), ({"labels_per_hour": 4.999}, ASSIST),
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
    asleep = replace(GOOD, is_active=False, labels_per_hour=0.0, label_age_p95_minutes=500.0)

    assert next_level(AUTO, ceiling=AUTO, target=TARGET, evidence=asleep).level is AUTO


def test_suspended_is_no_ceiling():
    """A rule names how far it may go; that it may not go at all is not a ceiling."""
    with pytest.raises(ValueError, match="ceiling"):
        next_level(SHADOW, ceiling=SUSPENDED, target=TARGET, evidence=GOOD)
