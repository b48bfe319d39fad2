"""Pictures and clips as they come: fetched, hashed, compared with every bank, and judged again on a match.

The order is what makes it safe: hashes are written first and compared after that. So a fingerprint that
is added meanwhile finds them in its search of what was seen, or is there when they are compared. A
picture's bytes live in memory for as long as they are hashed. What cannot be fetched or hashed is
compared by its digests and by the hashes that its platform gave.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from sinmungo.apps.base import actors, promise
from sinmungo.apps.items import queries as items
from sinmungo.apps.screening import seen
from sinmungo.apps.screening.banks import queries as banks
from sinmungo.apps.screening.models import MediaHashing
from sinmungo.core.matching.fingerprints import UNKNOWN, pack, unpack
from sinmungo.core.matching.matcher import Match, Seen
from sinmungo.core.matching.screener import signal_name
from sinmungo.journeys.hunting.again import judge_again
from sinmungo.journeys.hunting.comparing import comparable, remembered
from sinmungo.journeys.picturing.hashing import Outcome, hashed
from sinmungo.journeys.picturing.places import media_of
from sinmungo.journeys.picturing.values import Hashes, NotShown

#: Claimed at a time; most of them have nothing to fetch, or are given back when a turn is over.
MOST_CLAIMED = 50
LEASE = timedelta(minutes=3)
_HASHING = actors.automation("media_hashing")


def keep(now: datetime, limit: int) -> int:
    """Hash and compare media that are due, for a few seconds at most; return how many promises were tried."""
    claimed = promise.claim(MediaHashing, now=now, limit=min(limit, MOST_CLAIMED), lease=LEASE)
    if not claimed:
        return 0
    rows = seen.loaded(claimed)
    standing = items.standing([row.seen.version_id for row in rows])
    gone = [row for row in rows if row.seen.version_id not in standing]
    promise.kept(gone, now=now)  # changed or deleted since: nobody can be asked about it any more
    here = [row for row in rows if row.seen.version_id in standing]
    outcomes = hashed(here)
    seen.give_back([row for row in here if row.pk not in outcomes])
    tried = [row for row in here if row.pk in outcomes]
    if tried:
        _finish(tried, outcomes, now)
    return len(gone) + len(tried)


def _finish(rows: Sequence[MediaHashing], outcomes: Mapping[int, Outcome], now: datetime) -> None:
    """Write what was made, compare it, and settle each promise by that."""
    media = {row.pk: _comparable(row, outcomes[row.pk]) for row in rows}
    if any(isinstance(outcome, Hashes) for outcome in outcomes.values()):
        seen.ready()
    with transaction.atomic():
        still = seen.still_owed(rows)
        seen.keep_hashes(made=_made(still, outcomes, media, {}), at=now)
    found = banks.held().match_media([media[row.pk] for row in still])
    matches = {row.pk: some for row, some in zip(still, found, strict=True) if some}
    with transaction.atomic():
        still = seen.still_owed(still)
        matched = [row for row in still if row.pk in matches]
        seen.keep_hashes(made=_made(matched, outcomes, media, matches), at=now)
        _settle(still, outcomes, matches, now)


def _made(
    rows: Sequence[MediaHashing],
    outcomes: Mapping[int, Outcome],
    media: Mapping[int, Seen],
    matches: Mapping[int, Sequence[Match]],
) -> list[seen.Made]:
    """Return what is remembered of what was hashed now, what matched of it first."""
    made = [(row, outcomes[row.pk]) for row in rows]
    return [
        seen.Made(row, outcome.is_clip, remembered(media[row.pk], matches.get(row.pk, ())))
        for row, outcome in made
        if isinstance(outcome, Hashes)
    ]


def _comparable(row: MediaHashing, outcome: Outcome) -> Seen:
    """Return what was made now, beside what the platform gave; without it what is remembered."""
    told = media_of(row.seen.version)[row.seen.place]
    [hashes], is_clip = seen.opened([row.seen.hashes]), row.seen.is_clip
    if isinstance(outcome, Hashes):
        given = [] if is_clip else [each for each in unpack(hashes) if each.part == UNKNOWN]
        is_clip = outcome.is_clip
        hashes = outcome.frames if is_clip else outcome.records + pack(given)
    return comparable(
        sha256=bytes(row.seen.sha256), md5=bytes.fromhex(told.md5), hashes=hashes, is_clip=is_clip
    )


def _settle(
    rows: Sequence[MediaHashing],
    outcomes: Mapping[int, Outcome],
    matches: Mapping[int, Sequence[Match]],
    now: datetime,
) -> None:
    """Have judged again what matched and is not told yet; keep the promises, or put them off."""
    judge_again(platforms=_news(rows, matches), at=now, actor=_HASHING)
    promise.kept([row for row in rows if not isinstance(outcomes[row.pk], NotShown)], now=now)
    for row in rows:
        outcome = outcomes[row.pk]
        if isinstance(outcome, NotShown):
            seen.put_off(row=row, error=f"hashing.{outcome.code}", passing=outcome.passing, at=now)


def _news(rows: Sequence[MediaHashing], matches: Mapping[int, Sequence[Match]]) -> dict[uuid.UUID, str]:
    """Return the versions with a match that no signal tells of yet, or only a weaker one."""
    matched = [row for row in rows if row.pk in matches]
    known = seen.told_matches([row.seen.version_id for row in matched])
    return {
        row.seen.version_id: row.seen.version.platform_id
        for row in matched
        if any(_is_news(row.seen.version_id, match, known) for match in matches[row.pk])
    }


def _is_news(version: uuid.UUID, match: Match, known: Mapping[tuple[uuid.UUID, str], float]) -> bool:
    return match.score > known.get((version, signal_name(match.bank)), -1.0) + seen.SAME_SCORE
