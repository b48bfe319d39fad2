"""The invented streams are what they are said to be."""

from __future__ import annotations

import numpy as np
import pytest

from sinmungo.core.trust.simulation import Kind, Staffing, Stream, Watch, World
from sinmungo.core.trust.simulation.stream import Acts, Events

HOURS = 240.0


def _drawn(world: World, watch: Watch | None = None, *, seed: int = 1) -> tuple[Acts, Events]:
    return Stream(world, watch or Watch(), np.random.default_rng(seed)).until(HOURS)


def _share(events: Events, kind: Kind) -> float:
    return float(events.x[events.kind == kind].mean())


def test_precision_falls_at_its_hour_and_the_rate_stays() -> None:
    """Before it 3 of 100 acts are wrong, afterwards 60, and there are as many acts as ever."""
    acts, _ = _drawn(World(change_at=100.25))
    before, after = acts.wrong[acts.at < 100.25], acts.wrong[acts.at >= 100.25]
    assert before.mean() == pytest.approx(0.03, abs=0.003)
    assert after.mean() == pytest.approx(0.60, abs=0.01)
    assert len(after) / (HOURS - 100.25) == pytest.approx(1000, rel=0.02)


def test_in_a_surge_the_wrong_acts_come_on_top() -> None:
    """The right ones stay as many, and 1,455 wrong ones an hour join them."""
    acts, _ = _drawn(World(change_at=100.0, surge=True))
    late = acts.at >= 100.0
    assert np.count_nonzero(late & ~acts.wrong) / 140 == pytest.approx(970, rel=0.02)
    assert np.count_nonzero(late & acts.wrong) / 140 == pytest.approx(1455, rel=0.02)


def test_as_many_acts_are_drawn_as_people_look_at() -> None:
    """Ten an hour of a thousand; where there are fewer acts than looks, all."""
    acts, _ = _drawn(World())
    assert acts.drawn.sum() / HOURS == pytest.approx(10, rel=0.1)
    few, _ = _drawn(World(acts_per_hour=5.0))
    assert few.drawn.all()


def test_as_usual_sixteen_of_a_hundred_decided_appeals_are_overturned() -> None:
    """The share follows from who appeals: 30 of 100 wrongly treated people, and 5 of the others."""
    _, events = _drawn(World())
    assert _share(events, Kind.APPEAL) == pytest.approx(0.157, abs=0.01)


def test_a_campaign_brings_more_appeals_of_the_same_kind() -> None:
    """Five times as many are decided for two days, and the share of overturned ones is what it was."""
    _, events = _drawn(World(campaign=5.0, campaign_at=100.0))
    appeals = events.kind == Kind.APPEAL
    during = appeals & (events.at >= 100.0) & (events.at < 148.0)
    usual = appeals & (events.at >= 60.0) & (events.at < 100.0)
    assert during.sum() / 48 == pytest.approx(5 * usual.sum() / 40, rel=0.1)
    assert events.x[during].mean() == pytest.approx(0.157, abs=0.015)


def test_an_erring_auditor_calls_right_acts_wrong() -> None:
    """With one in ten mistaken, thirteen of a hundred audits say wrong."""
    _, events = _drawn(World(), Watch(audits_per_hour=50, auditor_error=0.1))
    assert _share(events, Kind.AUDIT) == pytest.approx(0.127, abs=0.01)


def test_round_the_clock_an_audit_takes_half_an_hour() -> None:
    """Nothing waits for anything else."""
    _, events = _drawn(World())
    audits = events.kind == Kind.AUDIT
    assert np.allclose(events.at[audits] - events.of[audits], 0.5)


def test_what_is_drawn_at_night_is_answered_in_office_hours() -> None:
    """No answer comes before nine, after six or on a weekend, and the pile of a night goes down by day."""
    _, events = _drawn(World(), Watch(staffing=Staffing.OFFICE))
    answered = events.at[events.kind == Kind.AUDIT]
    hour, day = answered % 24.0, answered % 168.0 // 24.0
    assert ((hour >= 9.0) & (hour <= 18.0) & (day < 5)).all()
    assert len(answered) > 0.8 * 10 * 7 * 24


def test_stretches_follow_one_another() -> None:
    """Drawn in twelve-hour pieces everything known is in order, and what comes later comes later."""
    stream = Stream(World(change_at=30.0), Watch(), np.random.default_rng(3))
    pieces = [stream.until(end)[1] for end in np.arange(12.0, 61.0, 12.0).tolist()]
    at = np.concatenate([piece.at for piece in pieces])
    assert (np.diff(at) >= 0.0).all()
    minutes = sum(int((piece.kind == Kind.MINUTE).sum()) for piece in pieces)
    assert minutes == 60 * 60


def test_wild_traffic_keeps_its_mean() -> None:
    """The hours differ by the coefficient of variation asked for."""
    acts, _ = _drawn(World(rate_cv=0.3))
    hourly = np.histogram(acts.at, np.arange(HOURS + 1))[0]
    assert hourly.mean() == pytest.approx(1000, rel=0.07)
    assert hourly.std() / hourly.mean() == pytest.approx(0.3, abs=0.06)
