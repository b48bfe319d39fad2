"""What is learned of a case later brings it forward and never back."""

from __future__ import annotations

import json

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review.models import Assignment, Case
from sinmungo.apps.review.priority import Part, stored, total
from sinmungo.apps.review.services.ordering import MOST_POINTS, raise_priority
from tests.apps.review import made

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return made.waiting_case(made.world().platform)


def raised(case: Case, points: float, label: str = "judge") -> bool:
    part = Part(label, f"threats {points}", points)
    return raise_priority(case=case, part=part, at=clock.now(), actor=SYSTEM)


def row(case: Case) -> Assignment:
    return Assignment.objects.get(pk=case.assignment_id)


def test_a_part_is_added_and_explained(case: Case) -> None:
    """The points count, the reason stands among the others, and the ledger tells both."""
    before = row(case)
    assert raised(case, 4.0)
    after = row(case)

    assert after.priority == pytest.approx(before.priority + 4.0)
    assert after.priority_explained[:-1] == before.priority_explained
    assert after.priority_explained[-1] == {"label": "judge", "value": "threats 4.0", "points": 4.0}
    entry = Entry.objects.get(kind="review.case.raised")
    assert json.loads(entry.body) == {"part": "judge", "points": "4.0"}


@pytest.mark.parametrize("points", [0.0, -5.0, -1000.0, 0.04])
def test_nothing_takes_points_away(case: Case, points: float) -> None:
    """No points, and points below zero, change nothing at all."""
    before = row(case)

    assert not raised(case, points)
    assert (row(case).priority, row(case).priority_explained) == (before.priority, before.priority_explained)


def test_points_are_capped_and_the_sum_stays_true(case: Case) -> None:
    """A part gives no more than the cap, whatever it asks for, and the parts still add up."""
    assert raised(case, 4.0)
    assert raised(case, 900.0)
    after = row(case)
    parts = [Part(**part) for part in after.priority_explained]

    assert [part.points for part in parts if part.label == "judge"] == [MOST_POINTS]
    assert after.priority == pytest.approx(stored(total(parts), after.created_at), abs=0.01)


def test_less_than_before_changes_nothing(case: Case) -> None:
    """A part of the same label stays when a later one gives less or as much."""
    assert raised(case, 6.0)
    assert not raised(case, 6.0)
    assert not raised(case, 1.0)
    assert row(case).priority_explained[-1]["points"] == 6.0


def test_work_that_has_ended_stays_as_it_was(case: Case) -> None:
    """Nothing moves that nobody waits for."""
    Assignment.objects.filter(pk=case.assignment_id).update(done_at=clock.now())

    assert not raised(case, 5.0)


def test_whoever_holds_the_case_meets_no_conflict(case: Case) -> None:
    """The version that guards against a second person stays the same."""
    before = row(case).version
    raised(case, 5.0)

    assert row(case).version == before
