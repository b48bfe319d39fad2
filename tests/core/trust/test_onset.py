"""Since when it has been wrong: the window whose acts are looked at again."""

from __future__ import annotations

import numpy as np
import pytest

from sinmungo.core.trust.breaker import Breaker, Settings
from sinmungo.core.trust.onset import APPEAL_MARGIN_HOURS, MARGIN_AUDITS, Onset
from sinmungo.core.trust.simulation import Path, Plan, Watch, World, path

SETTINGS = Settings(target=0.95)
#: The margin of the highest alternative, which a plain failure leaves.
PLAIN = MARGIN_AUDITS[-1]
#: Enough wrong labels for the lower alternatives to lie too far below the highest.
MANY = 12


def _audited(*labels: tuple[float, float]) -> Breaker:
    breaker = Breaker.begin(SETTINGS)
    for x, at in labels:
        breaker = breaker.audit(x, at)
    return breaker


def _wrong(begins: float, count: int = MANY) -> list[tuple[float, float]]:
    return [(1.0, begins + number / 10) for number in range(count)]


def test_a_plain_failure_began_after_the_act_before_the_run():
    """Formula (9): the last act found right before the positive run, less a few gaps between audits."""
    breaker = _audited((0.0, 1.0), (0.0, 2.0), (0.0, 3.0), *_wrong(4.0))

    assert breaker.onset(10.0) == Onset(begins=3.0 - PLAIN / 10.0, label_at=3.0)


def test_a_small_failure_is_looked_for_further_back():
    """One wrong in five leaves the lower alternatives plausible, and their wider margins."""
    few = [(float(number % 5 == 0), 4.0 + number / 10) for number in range(30)]
    breaker = _audited((0.0, 1.0), (0.0, 2.0), (0.0, 3.0), *few)

    assert breaker.onset(10.0).begins <= 3.0 - MARGIN_AUDITS[1] / 10.0


def test_a_run_that_ends_is_forgotten():
    """Right labels that outweigh the wrong ones begin the search anew."""
    calm = [(0.0, 2.0 + number / 10) for number in range(40)]
    breaker = _audited((0.0, 0.0), (1.0, 1.0), *calm, *_wrong(30.0))

    assert breaker.onset(5.0).label_at == 2.0 + 39 / 10


def test_the_window_is_one_of_acts_and_not_of_labels():
    """A label half an hour after its act tells of the time of the act."""
    breaker = Breaker.begin(SETTINGS)
    for x, of in [(0.0, 1.0), (0.0, 2.0), *_wrong(4.0)]:
        breaker = breaker.audit(x, of + 0.5, of=of)

    assert breaker.onset(10.0).label_at == 2.0


def test_when_an_act_was_done_moves_the_onset_and_nothing_else():
    """The detectors' clock is that of the labels, whatever the acts' times are."""
    one, other = Breaker.begin(SETTINGS), Breaker.begin(SETTINGS)
    for x, at in [(0.0, 1.0), (1.0, 2.0), (1.0, 9.0)]:
        one = one.audit(x, at).appeal(x, at + 0.1)
        other = other.audit(x, at, of=at - 0.5).appeal(x, at + 0.1, of=at - 20.0)

    assert one.onset(5.0) != other.onset(5.0)
    assert one._replace(audit_runs=other.audit_runs, share_run=other.share_run) == other


def test_no_act_is_younger_than_its_label():
    """A time after the label's own counts as that, and one that is none is refused."""
    assert Breaker.begin(SETTINGS).audit(1.0, 3.0, of=8.0) == Breaker.begin(SETTINGS).audit(1.0, 3.0)
    with pytest.raises(ValueError, match="finite"):
        Breaker.begin(SETTINGS).audit(1.0, 3.0, of=float("nan"))


def test_wrong_from_the_first_label_means_from_the_start():
    """No label lies before the trouble, so everything the epoch did is in question."""
    found = _audited(*_wrong(7.0)).onset(5.0)

    assert found.since_start
    assert found.begins < found.label_at


def test_appeals_tell_where_audits_do_not():
    """Where only overturned appeals speak for trouble, the window reaches a day and a half further back."""
    breaker = _audited((0.0, 1.0), (0.0, 40.0))
    for x, at in ((0.0, 45.0), (0.0, 50.0), (1.0, 60.0), (1.0, 61.0)):
        breaker = breaker.appeal(x, at)

    assert breaker.onset(5.0) == Onset(begins=50.0 - APPEAL_MARGIN_HOURS, label_at=50.0)


def test_labels_out_of_order_widen_the_window():
    """A run holds a label of an act before the one that precedes it: the earliest act counts."""
    breaker = _audited((0.0, 1.0), (0.0, 9.0), *_wrong(10.0), (1.0, 5.0))

    assert breaker.onset(10.0).label_at == 5.0


def test_a_clock_that_jumped_ahead_does_not_hide_what_was_done():
    """A label from next year before the run does not move the window past the run itself."""
    breaker = _audited((0.0, 1.0), (0.0, 9_000.0), *_wrong(10.0))

    assert breaker.onset(10.0).label_at == 10.0


def test_without_labels_there_is_no_onset():
    """Nothing was said, so nothing is known; and without audits there is no margin."""
    with pytest.raises(ValueError, match="without labels"):
        Breaker.begin(SETTINGS).onset(5.0)
    with pytest.raises(ValueError, match="audits per hour"):
        _audited((1.0, 1.0)).onset(0.0)


@pytest.mark.parametrize(("audits_per_hour", "precision"), [(5.0, 0.40), (50.0, 0.40), (20.0, 0.80)])
def test_the_window_holds_the_change_in_95_of_100(audits_per_hour: float, precision: float):
    """Seeded: whole paths with bursts and appeals; of 24 at most 4 windows begin too late (goal G9).

    At a true share of .95 five or more would happen less than once in a hundred times. The full measure is
    in ``bench/breaker.py``.
    """
    windows = [_path(audits_per_hour, precision, np.random.default_rng((5, run))).onset for run in range(24)]

    assert sum(begins is None or begins > 0.0 for begins in windows) <= 4


def _path(audits_per_hour: float, precision: float, random: np.random.Generator) -> Path:
    world = World(acts_per_hour=250.0, precision_after=precision, change_at=24.0)
    return path(Plan(world, Watch(audits_per_hour=audits_per_hour), SETTINGS, hours=240.0), random)
