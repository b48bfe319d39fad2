"""How far an automation may go by itself: it earns each level, and loses it when the evidence fails."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sinmungo.core.kernel.words import Level
from sinmungo.core.trust.settings import SOFT

#: In canary it acts alone on so much of its traffic, all of it audited.
CANARY_SHARE = 0.05
#: While it acts alone, at least so many labels an hour, or every act (B6).
LEAST_LABELS_PER_HOUR = 5.0
#: Over so many hours of acting labels are counted, and over no fewer than so many.
COUNTED_HOURS = 12.0
LEAST_HOURS = 2.0
#: Labels are too few when chance alone would make so few of enough with a probability below this.
BY_CHANCE = 0.001
#: The 95th percentile of how old a label is when it comes in, at most (B6).
MOST_LABEL_AGE_MINUTES = 60.0
#: No label younger than this: the evidence has expired (B6).
MOST_EVIDENCE_AGE_DAYS = 60.0
#: What was earned is kept until the bound shows more wrong ones than the target allows, by half as many.
_SLACK = 1.5

_LADDER = (Level.SHADOW, Level.ASSIST, Level.CANARY, Level.AUTO)
_ALONE = frozenset({Level.CANARY, Level.AUTO})


class Reason(StrEnum):
    """Why an automation has the level it has."""

    EARNED = "earned"
    TOO_FEW_LABELS = "too_few_labels"
    LABELS_TOO_OLD = "labels_too_old"
    EVIDENCE_EXPIRED = "evidence_expired"
    TRIPPED = "tripped"
    CEILING = "ceiling"
    BELOW_TARGET = "below_target"
    NEW_EPOCH = "new_epoch"
    BY_PERSON = "by_person"
    SUSPICIOUS = "suspicious"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of an epoch: random audits of exactly what executes now, and how fresh they are.

    ``bound`` is the precision shown at least, ``labels`` how many audits stand behind it,
    ``recent_labels`` those that came in the last ``recent_hours`` it acted in (``COUNTED_HOURS`` at most),
    ``label_age_p95_minutes`` how long 95 % of them took from act to answer, ``evidence_age_days`` the age
    of the youngest. ``is_active`` says whether it is acting alone at present, ``all_audited`` whether every
    one of its acts is audited.
    """

    bound: float
    labels: int
    recent_labels: int
    recent_hours: float
    label_age_p95_minutes: float
    evidence_age_days: float
    is_active: bool
    r: float
    tripped: bool
    all_audited: bool = False


class Step(NamedTuple):
    """The level it should have now and why; where the level is what it was, why it does not rise."""

    level: Level
    reason: Reason


def are_too_few(labels: int, hours: float) -> bool:
    """Tell whether so few labels in so many hours of acting show that fewer than five an hour are given.

    They do where a Poisson count of five an hour would be as small with a probability below
    ``BY_CHANCE``: 2 in two hours are enough and 1 is not; in twelve hours it takes 38. With exactly five an
    hour chance makes seven hours in ten with fewer than that, so a plain limit would send a good
    automation back to people every day. More than ``COUNTED_HOURS`` count as these, and of less than
    ``LEAST_HOURS`` nothing is said: labels that stop coming are told by their age before.
    """
    if hours < LEAST_HOURS:
        return False
    wanted = LEAST_LABELS_PER_HOUR * min(hours, COUNTED_HOURS)
    term = total = math.exp(-wanted)
    for count in range(1, labels + 1):
        term *= wanted / count
        total += term
    return total < BY_CHANCE


def next_level(level: Level, *, ceiling: Level, target: float, evidence: Evidence) -> Step:
    """Return the level that follows from the evidence, one step up at most, or down as far as it must.

    A trip suspends from any level, and only a new epoch leads out. Above its ceiling it falls to the
    ceiling. Acting alone it falls to assist when the evidence has expired, labels are too few or too old,
    or the bound has sunk clearly below the target: more than half as many wrong again as it allows, so that
    one wrong label after a rise does not take it back. It rises when the bound reaches the target and R
    stays below what calls for a burst; from canary only while it acts there and fresh labels come in.
    Neither how much it does nor how many appeal is asked about. Raises ValueError for a ceiling of
    suspended.
    """
    if evidence.tripped or level is Level.SUSPENDED:
        return Step(Level.SUSPENDED, Reason.TRIPPED)
    if _LADDER.index(level) > _rank(ceiling):
        return Step(ceiling, Reason.CEILING)
    if level in _ALONE:
        fault = _fault(target, evidence)
        if fault is not None:
            return Step(Level.ASSIST, fault)
    return _risen(level, ceiling, target, evidence)


def _fault(target: float, evidence: Evidence) -> Reason | None:
    """Return why it may not go on acting alone, None if it may."""
    if evidence.evidence_age_days > MOST_EVIDENCE_AGE_DAYS:
        return Reason.EVIDENCE_EXPIRED
    if evidence.is_active and not _enough(evidence):
        return Reason.TOO_FEW_LABELS
    if evidence.is_active and evidence.label_age_p95_minutes > MOST_LABEL_AGE_MINUTES:
        return Reason.LABELS_TOO_OLD
    if 1.0 - evidence.bound > _SLACK * (1.0 - target):
        return Reason.BELOW_TARGET
    return None


def _risen(level: Level, ceiling: Level, target: float, evidence: Evidence) -> Step:
    if level is ceiling:
        return Step(level, Reason.CEILING)
    if evidence.evidence_age_days > MOST_EVIDENCE_AGE_DAYS:
        return Step(level, Reason.EVIDENCE_EXPIRED)
    if evidence.bound < target:
        return Step(level, Reason.BELOW_TARGET)
    if evidence.r >= SOFT:
        return Step(level, Reason.SUSPICIOUS)
    # what it does alone is seen only once it does it: canary without acts proves nothing
    if level is Level.CANARY and not evidence.is_active:
        return Step(level, Reason.TOO_FEW_LABELS)
    return Step(_LADDER[_LADDER.index(level) + 1], Reason.EARNED)


def _enough(evidence: Evidence) -> bool:
    return evidence.all_audited or not are_too_few(evidence.recent_labels, evidence.recent_hours)


def _rank(ceiling: Level) -> int:
    if ceiling is Level.SUSPENDED:
        raise ValueError("a ceiling is shadow, assist, canary or auto")
    return _LADDER.index(ceiling)
