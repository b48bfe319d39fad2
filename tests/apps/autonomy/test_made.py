"""The factories of autonomy give what they say."""

from __future__ import annotations

import pytest

from sinmungo.core.kernel.words import Level
from tests.apps.autonomy import made

pytestmark = pytest.mark.django_db


def test_an_act_that_was_done_has_its_decision_and_can_be_audited():
    """What the factories make hangs together."""
    world = made.world()
    automation = made.automation(world, level=Level.AUTO)
    act = made.acted(world, automation)
    assert act.decision is not None and act.decision.actions.get().kind == "suspend"
    assert made.audit(world, act).act == act
    assert made.automation(world, level=Level.AUTO).pk == automation.pk
