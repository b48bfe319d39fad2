"""How long what a policy's outcome names stands."""

from __future__ import annotations

import pytest

from sinmungo.core.kernel.words import ActionKind
from sinmungo.core.policy.document import Days, Then

REMOVE, SUSPEND, HIDE, WARN = (ActionKind.REMOVE, ActionKind.SUSPEND, ActionKind.HIDE, ActionKind.WARN)


@pytest.mark.parametrize(
    ("actions", "kind", "days"),
    [
        ((REMOVE, SUSPEND), SUSPEND, 30),
        ((REMOVE, SUSPEND), REMOVE, 0),
        ((HIDE,), HIDE, 30),
        ((HIDE, WARN), HIDE, 30),
        ((HIDE, WARN), WARN, 0),
    ],
)
def test_what_is_done_to_an_item_outlasts_what_is_done_to_its_account(
    actions: tuple[ActionKind, ...], kind: ActionKind, days: int
) -> None:
    """A bound in days ends the suspension and leaves the removal; without an account's action it ends all."""
    assert Then(actions=actions, days=Days(30)).days_of(kind) == days
