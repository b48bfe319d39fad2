"""The wanted state of items, computed from every decision that stands. Pure, so that it can be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sinmungo.core.kernel.words import WITHOUT_RESTRICTION, ActionKind, PublicState

_HIDES = frozenset({ActionKind.REMOVE, ActionKind.HIDE, ActionKind.SUSPEND})


@dataclass(frozen=True, slots=True)
class Window:
    """When a restriction stands; without an end until it is lifted."""

    begins: datetime
    ends: datetime | None

    def joined(self, other: Window) -> Window:
        """Return the window in which either stands."""
        ends = None if self.ends is None or other.ends is None else max(self.ends, other.ends)
        return Window(min(self.begins, other.begins), ends)


@dataclass(frozen=True, slots=True)
class StandingAction:
    """An action of a decision that nothing has superseded; ``unseen`` when no person decided it."""

    kind: ActionKind
    territory: str
    window: Window
    unseen: bool

    @property
    def leaves_nothing(self) -> bool:
        """Whether it is told and no state stands after it, as with a warning."""
        return self.kind in WITHOUT_RESTRICTION


Key = tuple[ActionKind, str]


def wanted(actions: Iterable[StandingAction], at: datetime) -> dict[Key, Window]:
    """Return what should stand at ``at``: one window for each kind and territory.

    Each ground keeps its own actions, so lifting one never lifts another.
    """
    windows: dict[Key, Window] = {}
    for action in actions:
        over = action.window.ends is not None and action.window.ends <= at
        if over or action.leaves_nothing:
            continue
        key = (action.kind, action.territory)
        windows[key] = action.window.joined(windows[key]) if key in windows else action.window
    return windows


def public_state(actions: Iterable[StandingAction], at: datetime, before: PublicState) -> PublicState:
    """Return what everybody else is shown, never why.

    What only a machine has hidden is "under review"; what comes back is "restored".
    """
    hiding = [
        action
        for action in actions
        if action.kind in _HIDES and (action.window.ends is None or action.window.ends > at)
    ]
    if hiding:
        return PublicState.UNDER_REVIEW if all(a.unseen for a in hiding) else PublicState.UNAVAILABLE
    return PublicState.VISIBLE if before is PublicState.VISIBLE else PublicState.RESTORED
