"""Paths through the breaker, the bursts and the levels; the full figures are measured in bench/."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from sinmungo.core.trust.breaker import Settings
from sinmungo.core.trust.simulation import Path, Plan, Staffing, Watch, World, calm, path, summary, wave
from sinmungo.core.trust.simulation.holds import LONGEST_HOURS, Holds

RUNS = 8


def _plan(audits: float = 10.0, *, hold: bool = False, world: World | None = None, **watch: object) -> Plan:
    return Plan(world or World(), Watch(audits_per_hour=audits, **watch), Settings(0.95), hold=hold)  # type: ignore[arg-type]


def _waves(plan: Plan, *, surge: bool = False, runs: int = RUNS) -> list[Path]:
    return [
        path(wave(plan, 0.40, surge=surge, run=run), np.random.default_rng((7, run))) for run in range(runs)
    ]


def test_a_wave_is_stopped_within_hours() -> None:
    """Ten audits an hour stop a fall to .40 after some hundred wrong acts (published: 648)."""
    found = summary(_waves(_plan()), [])
    assert found.not_stopped == 0
    assert found.wrong_median is not None and 400 < found.wrong_median < 900


def test_the_same_numbers_draw_the_same_path() -> None:
    """A path is decided by its random numbers alone."""
    plan = wave(_plan(), 0.40)
    one, other = (path(plan, np.random.default_rng(5)) for _ in range(2))
    assert one == other


def test_holding_wrongs_fewer_and_stops_no_later_in_a_surge() -> None:
    """While twenty are looked at no act is done, so a surge harms few."""
    plain, held = (_waves(_plan(hold=hold), surge=True) for hold in (False, True))
    wrong, fewer = summary(plain, []).wrong_median, summary(held, []).wrong_median
    assert wrong is not None and fewer is not None and fewer < wrong / 2
    assert sum(each.held for each in plain) == 0.0 < sum(each.held for each in held)


def test_more_audits_stop_it_sooner() -> None:
    """Fifty an hour need fewer wrong acts than five."""
    few, many = (summary(_waves(_plan(audits)), []).wrong_median for audits in (5.0, 50.0))
    assert few is not None and many is not None and many < few


def test_a_calm_week_trips_nothing() -> None:
    """Without a failure it acts on; only some bursts are asked for."""
    found = path(replace(calm(_plan()), hours=168.0), np.random.default_rng(1))
    assert not found.stopped and found.onset is None
    assert found.hours == pytest.approx(168.0, abs=0.1)
    assert found.reviews <= 20 * found.bursts


def test_office_hours_hold_the_night() -> None:
    """With holding nothing acts while nobody is there: of a week only the office hours are left."""
    plan = replace(calm(_plan(hold=True, staffing=Staffing.OFFICE)), hours=168.0)
    held = path(plan, np.random.default_rng(1)).held
    assert held >= 168.0 - 5 * 9.0 - 1.0


def test_what_nobody_audits_in_time_sends_it_back_to_people() -> None:
    """Office hours without holding make labels of a night too old, and the levels say so."""
    plan = replace(calm(_plan(staffing=Staffing.OFFICE)), hours=72.0)
    assert path(plan, np.random.default_rng(1)).lapses > 0


def test_an_unknown_error_of_auditors_stops_what_is_right() -> None:
    """One in ten mistaken audits trips a breaker that was not told of it, and none that was."""
    watch = Watch(auditor_error=0.1)
    told = Plan(World(), watch, Settings(0.95, auditor_error=0.1))
    unknown = replace(told, settings=Settings(0.95))
    weeks = [replace(calm(plan), hours=168.0) for plan in (told, unknown)]
    assert [path(week, np.random.default_rng(2)).stopped for week in weeks] == [False, True]


def test_what_waited_an_hour_goes_to_people() -> None:
    """A short wait ends with the acts done, a longer one without them; what waits now is not done."""
    holds = Holds()
    for begun, ended in ((1.0, 1.5), (3.0, 3.0 + LONGEST_HOURS + 0.5)):
        holds.begin(begun)
        holds.end(ended)
    holds.begin(6.0)
    acts = np.array([0.5, 1.2, 2.0, 3.5, 5.0, 6.5])
    assert [holds.done_at(at) for at in acts.tolist()] == [0.5, 1.5, 2.0, None, 5.0, None]
    assert holds.done(acts) == 4
    assert holds.waits(6.5) and not holds.waits(5.0)
    assert holds.hours(7.0) == pytest.approx(0.5 + LONGEST_HOURS + 0.5 + 1.0)


def test_a_false_alarm_is_no_run() -> None:
    """What was stopped before anything failed is left out of the figures of failures."""
    early = Path(True, True, 0.0, 0, 0, 0, 0.0, 0, -inf)
    late = Path(True, False, 2.0, 1200, 1, 20, 0.25, 0, -0.5)
    calm_month = Path(False, False, 720.0, 0, 3, 60, 0.75, 0, None)
    found = summary([early, late], [calm_month])
    assert (found.runs, found.wrong_median, found.not_stopped) == (1, 1200.0, 0)
    assert (found.false_alarms_per_month, found.extra_audits_per_month) == (0.0, 60.0)
    assert summary([late], []).false_alarms_per_month is None
