"""Why a case stands where it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.apps.review import priority
from sinmungo.apps.review.priority import Evidence, explain, stored, total, waiting
from sinmungo.core.policy import Severity

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

evidence = st.builds(
    Evidence,
    severity=st.none() | st.sampled_from(Severity),
    queue_weight=st.floats(0, 100),
    strongest=st.floats(0, 1),
    strongest_name=st.just("terms.threat"),
    asked=st.integers(-100, 100),
    reach=st.integers(0, 10**9),
    reach_an_hour=st.floats(0, 10**7),
    doubles_in=st.floats(0, 1000),
    clusters=st.integers(0, 10**6),
    right=st.integers(0, 50),
    answered=st.integers(50, 100),
)


@given(evidence)
@settings(deadline=None)
def test_every_point_is_explained(given: Evidence) -> None:
    """The sum that orders the queue is the sum of the parts that are shown, and no part is empty."""
    parts = explain(given)
    assert total(parts) == round(sum(part.points for part in parts), 1)
    assert all(part.points and part.value.strip() for part in parts)


@given(evidence, evidence.map(lambda e: e.clusters), st.integers(0, 10**6))
@settings(deadline=None)
def test_more_reporters_never_lower_a_case(given: Evidence, fewer: int, more: int) -> None:
    """A case with more independent reporters never stands behind the same case with fewer."""
    low, high = sorted((fewer, more))
    assert total(explain(replace(given, clusters=low))) <= total(explain(replace(given, clusters=high)))


def test_a_wave_of_reports_cannot_outweigh_grave_harm() -> None:
    """A million reporters lift a trifle by a bounded number of points."""
    wave = Evidence(severity=Severity.LOW, clusters=10**6, right=1, answered=10)
    assert total(explain(wave)) < total(explain(Evidence(severity=Severity.CRITICAL)))


def test_reporters_who_were_right_count_for_more() -> None:
    """The same number of reports weighs more when these reporters were right before."""
    right = total(explain(Evidence(clusters=3, right=9, answered=9)))
    wrong = total(explain(Evidence(clusters=3, answered=9)))
    unknown = total(explain(Evidence(clusters=3)))
    assert wrong < unknown < right


def test_a_record_counts_by_what_it_rests_on() -> None:
    """One right report is less of a record than nine, and one that was wrong less of a blemish."""
    points = [total(explain(Evidence(clusters=3, right=n, answered=n))) for n in (0, 1, 9)]
    blemished = [total(explain(Evidence(clusters=3, answered=n))) for n in (9, 1, 0)]
    assert points == sorted(points)
    assert blemished == sorted(blemished)


@given(st.floats(0, 200), st.floats(0, 200), st.integers(0, 500), st.integers(0, 500))
@settings(deadline=None)
def test_the_stored_order_is_the_shown_order(first: float, second: float, ago: int, later: int) -> None:
    """Rows ordered by the stored number stand as the points with waiting time order them, at any time."""
    old, new = NOON - timedelta(hours=ago), NOON
    now = NOON + timedelta(hours=later)
    shown = (
        first + (now - old) / timedelta(hours=1) * priority.WAITING_POINTS_AN_HOUR,
        second + (now - new) / timedelta(hours=1) * priority.WAITING_POINTS_AN_HOUR,
    )
    if abs(shown[0] - shown[1]) > 1e-3:
        assert (stored(first, old) > stored(second, new)) == (shown[0] > shown[1])


def test_nothing_waits_for_ever() -> None:
    """The least case passes the gravest new one after long enough waiting."""
    least = stored(0.0, NOON - timedelta(days=20))
    assert least > stored(priority.SEVERITY_POINTS[Severity.CRITICAL] + 100, NOON)
    assert waiting(NOON - timedelta(hours=4), NOON).points == 2.0
