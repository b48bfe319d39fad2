"""The wanted state as a function of the actions that stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.apps.enforcement.restrictions import StandingAction, Window, public_state, wanted
from sinmungo.core.kernel.words import ActionKind, PublicState

NOW = datetime(2026, 11, 22, tzinfo=UTC)
moments = st.integers(-100, 100).map(lambda hours: NOW + timedelta(hours=hours))
windows = st.builds(
    lambda begins, lasts: Window(begins, begins + timedelta(hours=lasts) if lasts else None),
    moments,
    st.integers(0, 200),
)
actions = st.lists(
    st.builds(
        StandingAction,
        st.sampled_from(list(ActionKind)),
        st.sampled_from(["everywhere", "KR", "DE"]),
        windows,
        st.booleans(),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(actions, st.randoms())
def test_the_order_of_decisions_does_not_matter(some: list[StandingAction], luck: object) -> None:
    """The same decisions give the same state in whatever order they are read."""
    shuffled = list(some)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    assert wanted(some, NOW) == wanted(shuffled, NOW)
    for before in PublicState:
        assert public_state(some, NOW, before) == public_state(shuffled, NOW, before)


@settings(deadline=None)
@given(actions)
def test_something_stands_exactly_as_long_as_one_of_its_grounds(some: list[StandingAction]) -> None:
    """A kind in a territory stands if and only if an action of it is not over, and until the last end."""
    state = wanted(some, NOW)
    for action in some:
        over = action.window.ends is not None and action.window.ends <= NOW
        if not over and action.kind is not ActionKind.WARN:
            window = state[action.kind, action.territory]
            assert window.ends is None or (action.window.ends or window.ends) <= window.ends
    keys = {(a.kind, a.territory) for a in some if a.window.ends is None or a.window.ends > NOW}
    assert set(state) == {key for key in keys if key[0] is not ActionKind.WARN}


@settings(deadline=None)
@given(actions, actions)
def test_lifting_one_ground_leaves_what_the_others_want(
    ours: list[StandingAction], theirs: list[StandingAction]
) -> None:
    """What the others alone want is still wanted beside ours, at least as long."""
    both = wanted([*ours, *theirs], NOW)
    for key, window in wanted(theirs, NOW).items():
        assert both[key].ends is None or (window.ends is not None and window.ends <= both[key].ends)


@settings(deadline=None)
@given(actions)
def test_at_the_end_of_time_only_the_endless_stands(some: list[StandingAction]) -> None:
    """After the last end nothing is left but what stands until it is lifted."""
    later = NOW + timedelta(days=400)
    assert set(wanted(some, later)) == {
        (a.kind, a.territory) for a in some if a.window.ends is None and a.kind is not ActionKind.WARN
    }
