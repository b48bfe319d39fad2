"""Why a case stands where it stands: a sum of points, each part of which a reviewer can read.

The parts are chosen so that the gravest and widest harm comes first and nothing waits for ever. A part
is capped where more of the same says little new: the hundredth report is not a hundred times the first.
Waiting counts linearly, so the order of two cases never changes by waiting alone: rows keep the sum
without it, taken back to one fixed moment, and no row has to be rewritten as time goes by.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from sinmungo.core.policy import Severity

SEVERITY_POINTS: Mapping[Severity, float] = {
    Severity.LOW: 5.0,
    Severity.MEDIUM: 15.0,
    Severity.HIGH: 30.0,
    Severity.CRITICAL: 60.0,
}
SIGNAL_POINTS = 20.0
REACH_POINTS = 15.0
SPEED_POINTS = 15.0
REPORT_POINTS = 30.0
WAITING_POINTS_AN_HOUR = 0.5
URGENT_POINTS = 1000.0
#: Two reports, one of them right, are added to those reporters' past (Laplace's rule of succession): of
#: whom nothing is known, half is assumed, and one lucky report is no record.
_ASSUMED_RIGHT, _ASSUMED = 1, 2
_FIXED_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Part:
    """One reason: which one, what was seen, and how many points it gives.

    ``facts`` are the numbers behind ``value``, by name, for those who say it in sentences.
    """

    label: str
    value: str
    points: float
    facts: Mapping[str, float] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:
        """Return the part as it is stored beside the case."""
        document = asdict(self)
        return document if self.facts else {name: document[name] for name in ("label", "value", "points")}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a case when its place in the queue is computed.

    ``strongest`` is the highest score, 0 to 1, that a matched rule read, and ``strongest_name`` its
    signal; ``asked`` the points that rules ask for. Views double every ``doubles_in`` hours, 0 where they
    do not grow. ``reports`` count as ``clusters`` groups, and of ``answered`` earlier reports of these
    reporters ``right`` were right.
    """

    severity: Severity | None = None
    queue_weight: float = 0.0
    strongest: float = 0.0
    strongest_name: str = ""
    asked: int = 0
    reach: int = 0
    reach_an_hour: float = 0.0
    doubles_in: float = 0.0
    reports: int = 0
    clusters: int = 0
    right: int = 0
    answered: int = 0
    urgent: str = ""


def explain(evidence: Evidence) -> list[Part]:
    """Return the parts that give any points, the waiting time left out."""
    parts = [
        _severity(evidence.severity),
        Part("queue", f"{evidence.queue_weight:g}", evidence.queue_weight),
        _signal(evidence),
        Part("rule", f"{evidence.asked:+d}", float(evidence.asked)),
        Part("reach", f"{evidence.reach}", _logarithmic(evidence.reach, 3.0, REACH_POINTS)),
        _speed(evidence),
        _reports(evidence),
        Part("urgent", evidence.urgent, URGENT_POINTS if evidence.urgent else 0.0),
    ]
    return [part for part in parts if part.points]


def waiting(created_at: datetime, now: datetime) -> Part:
    """Return what the time since ``created_at`` adds."""
    hours = max((now - created_at).total_seconds() / 3600, 0.0)
    return Part("waiting", f"{hours:.1f}", round(hours * WAITING_POINTS_AN_HOUR, 1))


def stored(points: float, created_at: datetime) -> float:
    """Return the number that rows are ordered by: ``points``, taken back to the fixed moment."""
    hours = (created_at - _FIXED_MOMENT).total_seconds() / 3600
    return round(points - hours * WAITING_POINTS_AN_HOUR, 6)


def total(parts: Iterable[Part]) -> float:
    """Return the sum of the parts' points."""
    return round(sum(part.points for part in parts), 1)


def _severity(severity: Severity | None) -> Part:
    return Part("severity", severity or "", SEVERITY_POINTS[severity] if severity else 0.0)


def _signal(evidence: Evidence) -> Part:
    value = f"{evidence.strongest_name} {evidence.strongest:.2f}"
    return Part("signal", value, round(SIGNAL_POINTS * evidence.strongest, 1))


def _speed(evidence: Evidence) -> Part:
    speed = evidence.reach_an_hour
    facts = {"doubles_in": round(evidence.doubles_in, 1)} if evidence.doubles_in else {}
    return Part("speed", f"{speed:.0f}", _logarithmic(speed, 4.0, SPEED_POINTS), facts)


def _reports(evidence: Evidence) -> Part:
    accuracy = (evidence.right + _ASSUMED_RIGHT) / (evidence.answered + _ASSUMED)
    points = min(8.0 * math.log2(1 + evidence.clusters) * (0.5 + accuracy), REPORT_POINTS)
    value = f"{evidence.clusters}"
    if evidence.answered:
        value += f" ({evidence.right}/{evidence.answered})"
    facts = {"reports": evidence.reports, "right": evidence.right, "answered": evidence.answered}
    return Part("reports", value, round(points, 1), facts)


def _logarithmic(count: float, each_tenfold: float, at_most: float) -> float:
    return round(min(each_tenfold * math.log10(1 + max(count, 0.0)), at_most), 1)
