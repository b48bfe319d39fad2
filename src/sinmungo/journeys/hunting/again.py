"""Judging again what matched: rules then say whether it comes before a person."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.intake import services as intake
from sinmungo.apps.intake.models import EventBatch
from sinmungo.apps.screening import consultations


def judge_again(*, platforms: Mapping[uuid.UUID, str], at: datetime, actor: Actor) -> None:
    """Promise, in the caller's transaction, that versions, given with their platforms, are judged again.

    They match a bank, so from now on no model outside is asked about them.
    """
    for platform in sorted(set(platforms.values())):
        ours = (version for version, of in platforms.items() if of == platform)
        for some in _by(intake.MAX_BATCH, ours):
            consultations.withdraw(some, at=at)
            intake.store_batch(
                platform_id=platform,
                cause=EventBatch.Cause.EVENTS,
                version_ids=some,
                at=at,
                actor=actor,
            )


def _by(size: int, versions: Iterable[uuid.UUID]) -> Iterable[list[uuid.UUID]]:
    rest = iter(versions)
    while some := list(islice(rest, size)):
        yield some
