"""One slice of what was seen at a time, compared with what a search looks for. Writes nothing."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from django.db.models import Count
from numpy.typing import NDArray

from sinmungo.apps.items.models import Version
from sinmungo.apps.screening.hunts import TEXT, Find, Step
from sinmungo.apps.screening.models import Hunt, SeenMedia
from sinmungo.core.matching.explain import evidence
from sinmungo.core.matching.matcher import Matcher, Seen
from sinmungo.core.matching.texts import signatures
from sinmungo.journeys.hunting.comparing import comparable
from sinmungo.journeys.hunting.slices import SeenRow, seen_after, stacked
from sinmungo.journeys.picturing.places import media_told

#: Media or texts of one slice at most, and bytes of their hashes: clips are larger than pictures.
LARGEST_SLICE = 20_000
BYTES_A_SLICE = 64 * 1024 * 1024
_MD5 = '"md5"'


#: A version, and the place of a picture or clip in it.
_Place = tuple[uuid.UUID, int]


def stages(matcher: Matcher) -> list[str]:
    """Return what is to be looked through, in order: media and texts only if such are looked for."""
    wanted = [Hunt.Stage.MEDIA] if matcher.kinds - {"text"} else []
    return [*wanted, *([Hunt.Stage.TEXTS] if "text" in matcher.kinds else []), Hunt.Stage.DONE]


def total(matcher: Matcher) -> int:
    """Return how many media and texts there are to look at now."""
    wanted = stages(matcher)
    media = SeenMedia.objects.count() if Hunt.Stage.MEDIA in wanted else 0
    return media + (Version.objects.count() if Hunt.Stage.TEXTS in wanted else 0)


def step(hunt: Hunt, matcher: Matcher, most: int) -> Step:
    """Look through the next slice of what ``hunt`` has not looked at yet: ``most`` media or texts."""
    wanted = stages(matcher)
    if hunt.stage == Hunt.Stage.MEDIA and Hunt.Stage.MEDIA in wanted:
        return _media(hunt, matcher, most, wanted)
    if hunt.stage != Hunt.Stage.DONE and Hunt.Stage.TEXTS in wanted:
        return _texts(hunt, matcher, most)
    return Step(Hunt.Stage.DONE, hunt.media_cursor, hunt.text_cursor, 0)


def _media(hunt: Hunt, matcher: Matcher, most: int, wanted: Sequence[str]) -> Step:
    rows = seen_after(hunt.media_cursor, most=min(most, LARGEST_SLICE), most_bytes=BYTES_A_SLICE)
    if not rows:
        return Step(wanted[wanted.index(Hunt.Stage.MEDIA) + 1], hunt.media_cursor, hunt.text_cursor, 0)
    md5s = _md5s(rows) if "md5" in matcher.kinds else {}
    near = [row for row, may in zip(rows, _may_match(rows, md5s, matcher), strict=True) if may]
    found = [
        (row, match)
        for row, matches in zip(near, matcher.match_media([_seen(row, md5s) for row in near]), strict=True)
        for match in matches
    ]
    of = _counts([row.version for row, _ in found])
    finds = [
        Find(row.version, row.place, match.key, evidence(match, row.place + 1, of[row.version]))
        for row, match in found
    ]
    return Step(Hunt.Stage.MEDIA, rows[-1].pk, hunt.text_cursor, len(rows), finds)


def _may_match(rows: list[SeenRow], md5s: Mapping[_Place, bytes], matcher: Matcher) -> NDArray[np.bool_]:
    """Tell which rows are asked closely: few, and to ask takes ten times as long as to look."""
    hashes, owners = stacked(rows)
    found = np.array([row.is_clip for row in rows], np.bool_)
    found[owners[matcher.near_pictures(hashes)]] = True
    if "sha256" in matcher.kinds:
        found |= [bool(matches) for matches in matcher.match_digests([row.sha256 for row in rows])]
    if md5s:
        found |= np.array([(row.version, row.place) in md5s for row in rows], np.bool_)
    return found


def _seen(row: SeenRow, md5s: Mapping[_Place, bytes]) -> Seen:
    md5 = md5s.get((row.version, row.place), b"")
    return comparable(sha256=row.sha256, md5=md5, hashes=row.hashes, is_clip=bool(row.is_clip))


def _md5s(rows: Sequence[SeenRow]) -> dict[_Place, bytes]:
    """Return the MD5 of media whose platform told it, by version and place."""
    versions = list(dict.fromkeys(row.version for row in rows))
    found: dict[_Place, bytes] = {}
    for some in _by_hundreds(versions):
        told = Version.objects.filter(pk__in=some, attributes__contains=_MD5)
        for version, attributes in told.values_list("pk", "attributes"):
            for place, media in enumerate(media_told(json.loads(attributes))):
                if media.md5:
                    found[version, place] = bytes.fromhex(media.md5)
    return found


def _counts(versions: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return how many media each version has."""
    found: dict[uuid.UUID, int] = {}
    for some in _by_hundreds(list(dict.fromkeys(versions))):
        rows = SeenMedia.objects.filter(version_id__in=some).values_list("version_id")
        found.update(rows.annotate(count=Count("pk")).order_by())
    return found


def _texts(hunt: Hunt, matcher: Matcher, most: int) -> Step:
    rows = Version.objects.order_by("pk").values_list("pk", "text")
    if hunt.text_cursor is not None:
        rows = rows.filter(pk__gt=hunt.text_cursor)
    texts = list(rows[: min(most, LARGEST_SLICE)])
    if not texts:
        return Step(Hunt.Stage.DONE, hunt.media_cursor, hunt.text_cursor, 0)
    looked_for = matcher.match_texts(signatures([text for _, text in texts]))
    finds = [
        Find(version, TEXT, match.key, evidence(match, 0, 0))
        for (version, text), matches in zip(texts, looked_for, strict=True)
        for match in matches
        if text
    ]
    return Step(Hunt.Stage.TEXTS, hunt.media_cursor, texts[-1][0], len(texts), finds)


def _by_hundreds(versions: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    for start in range(0, len(versions), 500):
        yield versions[start : start + 500]
