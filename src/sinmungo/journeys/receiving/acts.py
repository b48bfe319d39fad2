"""Which matched rules might act by themselves, and which items are left to ``journeys.guard`` for it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sinmungo.apps.autonomy.executing import Key
from sinmungo.apps.autonomy.services.acting import Asked, Standing
from sinmungo.core.kernel.words import ItemType
from sinmungo.journeys.receiving.judge import Opinion
from sinmungo.journeys.receiving.likeness import clusters, stratum


def asked(opinions: Sequence[Opinion], standings: Mapping[Key, Standing], *, at: datetime) -> list[Asked]:
    """Return what automations would do to the versions that were judged; one without a rule costs nothing."""
    found = [(each, _standings_of(each, standings)) for each in opinions if each.asking]
    wanting = [(each, own) for each, own in found if own]
    alike = clusters([each.seen for each, _ in wanting])
    return [
        Asked(
            standing=standing,
            verdict_id=each.judged.verdict_id,
            version_id=each.seen.id,
            item_id=each.seen.item_id,
            account_id=each.seen.item_id if each.seen.type == ItemType.ACCOUNT else each.seen.author_id,
            cluster=cluster,
            stratum=stratum(each.seen, at=at),
        )
        for (each, own), cluster in zip(wanting, alike, strict=True)
        for standing in own
    ]


def left_to_guard(asked: Sequence[Asked]) -> frozenset[uuid.UUID]:
    """Return the versions on which some automation may act by itself now: no case is gathered yet."""
    return frozenset(each.version_id for each in asked if each.standing.is_acting)


def _standings_of(opinion: Opinion, standings: Mapping[Key, Standing]) -> list[Standing]:
    if not standings:
        return []
    keys = ((rule.rule, action) for rule in opinion.asking for action in rule.proposes.actions)
    return [standings[key] for key in keys if key in standings]
