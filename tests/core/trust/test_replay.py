"""A breaker from its log: equal to the stored state, in whatever order the rows are read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.trust.breaker import Breaker, Settings
from sinmungo.core.trust.replay import LoggedFactor, enter, replay, standing

SETTINGS = Settings(target=0.95)

Hours = st.floats(-1_000, 1_000)
Share = st.sampled_from([0.0, 0.5, 1.0])
Rows = st.lists(
    st.one_of(
        st.tuples(st.just("audit"), Share, Hours, st.fixed_dictionaries({"weight": st.floats(0.01, 1.0)})),
        st.tuples(st.just("audit"), Share, Hours, st.just({})),
        st.tuples(st.just("share"), Share, Hours, st.just({})),
        st.tuples(st.sampled_from(["audit", "share"]), Share, Hours, st.fixed_dictionaries({"of": Hours})),
        st.tuples(st.just("rate"), st.integers(0, 500), Hours, st.just({"expected": 40.0})),
    ),
    min_size=1,
    max_size=25,
)


@st.composite
def logs(draw: st.DrawFn) -> list[LoggedFactor]:
    """A log as it may come about: labels late or early, some of them corrected later, even twice."""
    log: list[LoggedFactor] = []
    for stream, x, at, terms in draw(Rows):
        log.append(LoggedFactor(len(log) + 1, stream, x, at, terms))
        earlier = [row for row in log if row.stream in {"audit", "share"}]
        if earlier and draw(st.booleans()):
            row = draw(st.sampled_from(earlier))
            log.append(LoggedFactor(len(log) + 1, row.stream, draw(Share), draw(Hours), {}, row.seq))
    return log


def _by_hand(log: list[LoggedFactor]) -> Breaker:
    """What the log comes to, one row after the other, each as its last correction has it."""
    breaker = Breaker.begin(SETTINGS)
    for row in log:
        if row.corrects is not None:
            continue
        names, last = {row.seq}, row
        for later in log:
            if later.corrects in names:
                names.add(later.seq)
                last = later
        breaker = enter(breaker, LoggedFactor(row.seq, row.stream, last.x, row.at, last.terms))
    return breaker


@settings(deadline=None)
@given(logs(), st.randoms(use_true_random=False))
def test_recomputing_equals_the_stored_state_in_any_order(log: list[LoggedFactor], random: object):
    """Whatever order the rows are read in, they come to what was reached step by step."""
    shuffled = list(log)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert replay(SETTINGS, shuffled) == _by_hand(log)


@settings(deadline=None)
@given(logs())
def test_a_log_without_corrections_goes_on_from_any_stored_state(log: list[LoggedFactor]):
    """State after some rows, stored, read back and fed the rest, equals the replay of all."""
    rows = [LoggedFactor(seq, row.stream, row.x, row.at, row.terms) for seq, row in enumerate(log, 1)]
    half = len(rows) // 2
    breaker = Breaker.from_document(replay(SETTINGS, rows[:half]).to_document())
    for row in rows[half:]:
        breaker = enter(breaker, row)

    assert breaker == replay(SETTINGS, rows)


def test_a_correction_takes_the_place_and_the_time_of_what_it_corrects():
    """A "wrong" that a second look takes back counts as right from the moment of the first look."""
    log = [
        LoggedFactor(1, "audit", 0.0, 0.0),
        LoggedFactor(2, "audit", 1.0, 1.0),
        LoggedFactor(3, "audit", 0.0, 2.0),
        LoggedFactor(4, "audit", 0.0, 9.0, {"weight": 0.5}, corrects=2),
    ]

    assert replay(SETTINGS, log) == Breaker.begin(SETTINGS).audit(0.0, 0.0).audit(0.0, 1.0, 0.5).audit(
        0.0, 2.0
    )


def test_a_trip_that_was_a_mistake_is_not_in_the_corrected_state():
    """Where corrections leave nothing wrong, the recomputed state has not tripped."""
    wrong = [LoggedFactor(seq, "audit", 1.0, seq * 0.2) for seq in range(1, 12)]
    back = [LoggedFactor(row.seq + 20, "audit", 0.0, 50.0, {}, row.seq) for row in wrong]

    assert replay(SETTINGS, wrong).tripped
    assert not replay(SETTINGS, wrong + back).tripped


def test_nothing_logged_is_a_new_breaker():
    """No rows, no state."""
    assert replay(SETTINGS, []) == Breaker.begin(SETTINGS)


@pytest.mark.parametrize(
    "rows",
    [
        [LoggedFactor(1, "audit", 1.0, 0.0), LoggedFactor(1, "audit", 0.0, 0.0)],
        [LoggedFactor(1, "audit", 1.0, 0.0, corrects=2), LoggedFactor(2, "audit", 1.0, 0.0)],
        [LoggedFactor(1, "audit", 1.0, 0.0), LoggedFactor(2, "audit", 1.0, 0.0, corrects=7)],
        [LoggedFactor(1, "audit", 1.0, 0.0), LoggedFactor(2, "share", 1.0, 0.0, corrects=1)],
        [LoggedFactor(1, "audit", 1.0, 0.0, corrects=1)],
    ],
)
def test_a_log_that_cannot_be_is_refused(rows: list[LoggedFactor]):
    """A seq twice, and a correction of what is not there, comes later or is of another stream."""
    with pytest.raises(ValueError, match=r"seq|correction"):
        standing(rows)


@pytest.mark.parametrize(
    "row",
    [
        LoggedFactor(1, "views", 1.0, 0.0),
        LoggedFactor(1, "rate", 5.0, 0.0),
        LoggedFactor(1, "audit", 2.0, 0.0),
    ],
)
def test_a_row_that_cannot_be_is_refused(row: LoggedFactor):
    """An unknown stream, a count without what is usual and a label outside 0 to 1 raise ValueError."""
    with pytest.raises(ValueError, match=r"stream|usual|lies"):
        replay(SETTINGS, [row])


def test_the_log_tells_when_the_acts_were_done():
    """``of`` comes back from the log as it went in, and a row without it speaks of its own time."""
    log = [
        LoggedFactor(1, "audit", 0.0, 1.0, {"of": 0.5}),
        LoggedFactor(2, "share", 1.0, 2.0, {"of": -7.0}),
        LoggedFactor(3, "audit", 1.0, 3.0),
    ]
    begun = Breaker.begin(SETTINGS).audit(0.0, 1.0, of=0.5).appeal(1.0, 2.0, of=-7.0)

    assert replay(SETTINGS, log) == begun.audit(1.0, 3.0)
