"""Somebody does not want to see a kind of case any more: it goes back, and none of it is shown to them."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction

from sinmungo.apps.base import clock
from sinmungo.apps.review import services as review
from sinmungo.apps.review.errors import NotHeld
from sinmungo.apps.review.models import Case
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff import services as people
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.staff.models import Preference, User


@transaction.atomic
def refuse_kind(*, case: Case, user: User) -> Preference:
    """Put a case back, if ``user`` holds it, and leave its queue out of what they are shown.

    No reason is asked and none is kept. Raises BadPreference as ``staff.services.set_preference``.
    """
    at, actor = clock.now(), staff.actor_of(user)
    with suppress(NotHeld, RoleLacks):
        review.release(assignment=case.assignment, user=user, at=at, actor=actor)
    return people.refuse_queue(user=user, queue=case.assignment.queue_id, at=at, actor=actor)
