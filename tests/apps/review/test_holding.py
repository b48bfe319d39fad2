"""Who works on something."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review import services
from sinmungo.apps.review.errors import (
    AlreadyDone,
    Barred,
    ChangedMeanwhile,
    HeldByAnother,
    NotHeld,
    UnknownQueue,
)
from sinmungo.apps.review.models import Assignment
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.staff.models import User
from tests.apps.review import made

pytestmark = pytest.mark.django_db


@pytest.fixture
def work() -> Assignment:
    return made.waiting_case(made.world().platform).assignment


def _claim(work: Assignment, user: User, version: int = 1, later: timedelta = timedelta()) -> Assignment:
    return services.claim(
        assignment=work,
        user=user,
        expected_version=version,
        at=clock.now() + later,
        actor=staff.actor_of(user),
    )


def test_a_claim_lasts_half_an_hour_and_is_written_down(work: Assignment) -> None:
    """Whoever claims a case has it for 30 minutes, and the ledger says so."""
    reviewer = made.member()
    held = _claim(work, reviewer)
    assert held.holder == reviewer
    assert held.version == 2
    assert held.held_until is not None
    assert timedelta(minutes=29) < held.held_until - clock.now() <= timedelta(minutes=30)
    assert Entry.objects.filter(kind="review.work.claimed").count() == 1


def test_the_second_reviewer_meets_a_clear_conflict(work: Assignment) -> None:
    """Somebody who comes second is told who was first and until when, and nothing changes."""
    _claim(work, made.member(name="검토자 하나"))
    with pytest.raises(HeldByAnother) as conflict:
        _claim(work, made.member())
    assert conflict.value.facts["holder"] == "검토자 하나"
    assert conflict.value.facts["until"]
    work.refresh_from_db()
    assert str(work.holder) == "검토자 하나"


def test_what_was_not_as_seen_is_a_conflict_even_when_free(work: Assignment) -> None:
    """A claim on an older version is refused although nobody holds the case."""
    Assignment.objects.filter(pk=work.pk).update(version=3)
    with pytest.raises(ChangedMeanwhile):
        _claim(work, made.member())


def test_a_claim_that_ran_out_is_free_for_others(work: Assignment) -> None:
    """After 30 minutes somebody else may take the case, and the first can no longer decide it."""
    first, second = made.member(), made.member()
    _claim(work, first)
    half_an_hour = services.HELD_FOR
    with pytest.raises(HeldByAnother):
        _claim(work, second, 2, half_an_hour - timedelta(seconds=5))
    held = _claim(work, second, 2, half_an_hour + timedelta(seconds=1))
    with transaction.atomic(), pytest.raises(HeldByAnother):
        services.require_held(assignment=held, user=first, expected_version=2, at=clock.now())


def test_one_cannot_decide_on_what_ran_out(work: Assignment) -> None:
    """Holding is over when the half hour is, even when nobody else took the case."""
    reviewer = made.member()
    _claim(work, reviewer)
    late = clock.now() + services.HELD_FOR + timedelta(seconds=1)
    with transaction.atomic(), pytest.raises(NotHeld):
        services.require_held(assignment=work, user=reviewer, expected_version=2, at=late)


def test_claiming_again_makes_it_half_an_hour_again(work: Assignment) -> None:
    """The holder may claim once more, and the half hour begins anew."""
    reviewer = made.member()
    first = _claim(work, reviewer).held_until
    second = _claim(work, reviewer, 2, timedelta(minutes=10)).held_until
    assert first is not None
    assert second is not None
    assert second - first >= timedelta(minutes=9)


def test_a_released_case_waits_again(work: Assignment) -> None:
    """Putting a case back frees it at once; putting back what one does not hold is refused."""
    reviewer = made.member()
    _claim(work, reviewer)
    freed = services.release(assignment=work, user=reviewer, at=clock.now(), actor=SYSTEM)
    assert freed.holder is None
    with pytest.raises(NotHeld):
        services.release(assignment=work, user=reviewer, at=clock.now(), actor=SYSTEM)
    assert _claim(work, made.member(), 3).holder is not None


def test_work_that_ended_cannot_be_claimed(work: Assignment) -> None:
    """What is done is done: a claim on it says so."""
    reviewer = made.member()
    _claim(work, reviewer)
    services.complete(assignment=work, user=reviewer, expected_version=2, at=clock.now(), actor=SYSTEM)
    with pytest.raises(AlreadyDone):
        _claim(work, reviewer, 3)


@pytest.mark.parametrize("column", ["barred", "barred_too"])
def test_whoever_is_barred_cannot_claim(work: Assignment, column: str) -> None:
    """Somebody who took part before is refused by the service and by the database."""
    reviewer = made.member()
    Assignment.objects.filter(pk=work.pk).update(**{column: reviewer})
    work.refresh_from_db()
    with pytest.raises(Barred):
        _claim(work, reviewer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(pk=work.pk).update(holder=reviewer, held_until=clock.now())


@pytest.mark.parametrize("role", ["administrator", "hearer", "policy", "observer"])
def test_only_those_who_decide_cases_claim_them(work: Assignment, role: str) -> None:
    """Roles without the permission are refused, and so are reviewers of another platform."""
    with pytest.raises(RoleLacks):
        _claim(work, made.member(role))
    with pytest.raises(RoleLacks):
        _claim(work, made.member("reviewer", platform="elsewhere"))


def test_a_case_is_referred_to_another_queue(work: Assignment) -> None:
    """A case that belongs elsewhere is put there, free for whoever works there."""
    reviewer = made.member()
    _claim(work, reviewer)
    with pytest.raises(UnknownQueue):
        _refer(work, reviewer, "nowhere")
    moved = _refer(work, reviewer, "privacy")
    assert (moved.queue_id, moved.holder) == ("privacy", None)


def _refer(work: Assignment, user: User, queue: str) -> Assignment:
    return services.refer(
        assignment=work, user=user, queue=queue, expected_version=2, at=clock.now(), actor=SYSTEM
    )
