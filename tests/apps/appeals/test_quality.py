"""The share of appeals that changed the decision, as a lead reads it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sinmungo.apps.appeals import queries_quality as quality
from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.base import clock
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.core.kernel.words import AppealOutcome
from sinmungo.journeys import appeal as journey
from tests.apps.appeals.made import REASONS, appealed, decided, held_by, scene, told
from tests.apps.review.made import member, world

pytestmark = pytest.mark.django_db


def ended(outcomes: list[AppealOutcome]) -> str:
    """Let appeals end so; returns the platform they are on."""
    within, decider, hearer, _decision = scene()
    for outcome in outcomes:
        filed = appealed(told(decided(within, decider)))
        work = held_by(hearer, filed)
        journey.decide(
            appeal=filed.appeal,
            user=hearer,
            outcome=outcome,
            reasons=REASONS,
            keep_actions=(),
            expected_version=work.version,
        )
    return str(within.platform.slug)


def test_what_changed_the_decision_is_counted_per_policy() -> None:
    """Two of three overturned: the share and its exact interval."""
    ended([AppealOutcome.OVERTURNED, AppealOutcome.UPHELD, AppealOutcome.OVERTURNED])
    (found,) = quality.overturned(seen_by=member("lead"), at=clock.now())
    assert (found.policy, found.changed.count, found.changed.of) == ("threats", 2, 3)
    assert 0.09 < found.changed.low < 0.1 and 0.99 < found.changed.high < 1.0


def test_only_the_last_ninety_days_count() -> None:
    """What ended earlier is history."""
    ended([AppealOutcome.OVERTURNED])
    lead = member("lead")
    Appeal.objects.update(decided_at=clock.now() - quality.BACK - timedelta(minutes=1))
    assert quality.overturned(seen_by=lead, at=clock.now()) == []


def test_another_platform_counts_for_nothing() -> None:
    """A lead of one platform reads the appeals of that one."""
    slug = ended([AppealOutcome.UPHELD])
    elsewhere = member("lead", platform=world().platform.slug)
    assert quality.overturned(seen_by=elsewhere, at=clock.now()) == []
    assert len(quality.overturned(seen_by=member("lead", platform=slug), at=clock.now())) == 1


def test_who_may_not_see_quality_is_refused() -> None:
    """A hearer hears appeals and reads no shares of them."""
    with pytest.raises(RoleLacks):
        quality.overturned(seen_by=member("hearer"), at=clock.now())
