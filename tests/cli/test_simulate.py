"""``sinmungo simulate breaker``."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sinmungo.cli import simulate
from tests.cli.running import run, told

SHORT = ("breaker", "--runs", "6", "--months", "1")
ASKED_FOR = {
    "wrong_median",
    "wrong_p95",
    "hours_median",
    "hours_p95",
    "false_alarms_per_month",
    "runs",
}


def test_it_prints_one_object() -> None:
    """With --json the figures asked for stand in one object, and nothing else on stdout."""
    (found,) = told(simulate.app, *SHORT)
    assert found.keys() >= ASKED_FOR
    assert found["runs"] == 6
    assert 0 < found["wrong_median"] <= found["wrong_p95"]


def test_the_same_seed_gives_the_same_figures() -> None:
    """However many processes share the runs."""
    words = ("breaker", "--runs", "5", "--months", "0", "--seed", "9")
    assert told(simulate.app, *words) == told(simulate.app, *words)


def test_without_months_there_is_no_figure_of_false_alarms() -> None:
    """What was not tried is null, not nought."""
    (found,) = told(simulate.app, "breaker", "--runs", "1", "--months", "0")
    assert found["false_alarms_per_month"] is None


def test_people_read_a_table_and_a_picture() -> None:
    """The median, how soon, and what it costs in a month without failure."""
    shown = run(simulate.app, *SHORT, "--hold", "--surge").stdout
    for words in ("wrong acts until it is stopped", "stopped within", "█", "false alarms"):
        assert words in shown


@pytest.mark.parametrize(
    "option",
    [
        ("--runs", "0"),
        ("--runs", "10001"),
        ("--months", "-1"),
        ("--months", "10001"),
        ("--audits-per-hour", "0"),
        ("--audits-per-hour", "1000.1"),
        ("--audits-per-hour", "nan"),
        ("--actions-per-hour", "0.5"),
        ("--actions-per-hour", "10001"),
        ("--precision-after", "0"),
        ("--auditor-error", "0.31"),
        ("--target", "1"),
        ("--staffing", "sometimes"),
        ("--seed", "-1"),
    ],
)
def test_what_lies_beyond_a_limit_is_refused(option: tuple[str, str]) -> None:
    """It names the option and tries nothing."""
    assert option[0] in run(simulate.app, "breaker", *option, code=2).output


def test_a_precision_that_does_not_fall_is_refused() -> None:
    """Nothing would go wrong."""
    said = run(simulate.app, "breaker", "--precision-after", "0.97", code=2).output
    assert "must lie below" in said


def test_what_was_stopped_before_it_went_wrong_is_counted_in_words() -> None:
    """An automation below its target from the beginning is stopped early, and no empty table is shown."""
    words = ("--precision-before", "0.6", "--precision-after", "0.5", "--runs", "2", "--months", "0")
    shown = run(simulate.app, "breaker", *words).stdout
    assert "2 of 2 were stopped before they went wrong" in shown
    assert "wrong acts until it is stopped" not in shown


def test_it_needs_no_database() -> None:
    """The command loads no Django."""
    code = "import sys, sinmungo.cli.simulate; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
