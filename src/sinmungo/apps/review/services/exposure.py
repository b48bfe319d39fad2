"""That a person asked to see what was veiled."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.items.models import Item, Version
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.review.models import Reveal
from sinmungo.apps.staff.models import User


@transaction.atomic
def record_reveal(
    *, user: User, item: Item, version: Version, place: int, at: datetime, actor: Actor
) -> Reveal:
    """Write down that ``user`` asked to see picture ``place`` of a version clearly; each asking is a row."""
    made = Reveal.objects.create(user=user, item=item, version=version, place=place, at=at)
    record([NewEntry("review.picture.revealed", f"item:{item.id.hex}", actor, {"place": place})], at=at)
    return made
