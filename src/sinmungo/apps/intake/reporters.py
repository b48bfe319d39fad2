"""Who reports, as far as counting needs it: keyed digests, never an id.

One person's reports on an item count once, and reports of those who act as one are one group: n reports
from k groups count k. Whether words are nearly the same is told from keyed sketches, so that nothing a
reporter wrote is opened to count it.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.conf import settings

from sinmungo.core.matching import near
from sinmungo.core.text.normalise import normalise, squeezed

#: Shorter words are alike by chance.
LEAST_WORDS = 12
#: Bytes of a sketch, one for each of as many values of the words' MinHash signature; what is kept of a
#: report without words of its own is shorter.
SKETCH, SILENT = 32, 16
#: Equal bytes from which two sketches are of one text: at a likeness of .6 one pair in eleven is missed,
#: at .2 one in ten thousand is taken.
ALIKE = 16
#: Of the reports on one item with one reason, as many are compared; a flood beyond them adds nothing.
MOST_COMPARED = 1_000
#: So many reports with one reason, each so soon after the one before, are a wave.
LEAST_IN_WAVE = 5
WAVE_GAP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Flag:
    """A report as far as counting needs it."""

    item_id: uuid.UUID
    reason: str
    reporter: bytes
    cluster: bytes
    received_at: datetime


def reporter_digest(platform_id: str, external_id: str) -> bytes:
    """Return the digest of a platform's account that reports; empty for nobody in particular."""
    return _keyed("reporter", platform_id, external_id) if external_id else b""


def cluster_digest(*, platform_id: str, item_id: uuid.UUID, words: str, reporter: bytes) -> bytes:
    """Return the bytes by which :func:`groups` finds those who act as one with this report.

    Of words they are a keyed sketch of 32: nearly the same words (spacing, case and look-alikes aside)
    agree in most, whoever sends them. Without words they are 16: a reporter stands alone, and all who
    cannot be told apart stand together.
    """
    if len(squeezed(normalise(words).text)) >= LEAST_WORDS:
        return _sketch(platform_id, words)
    alone = _keyed("alone", reporter.hex()) if reporter else _keyed("unnamed", item_id.hex)
    return alone[:SILENT]


def groups(flags: Sequence[Flag], *, trusted: Container[bytes]) -> list[int]:
    """Return for each report the place of the first report of its group.

    Reports on one item with the same reason are joined when their words are nearly the same, or when they
    come without words as a wave: five or more, each within a minute of the one before. Whoever wrote
    something or was right before (``trusted``) is in no wave: many may see a bad thing at once, and a
    flood must not carry off those who meant it.
    """
    found = list(range(len(flags)))
    same: dict[tuple[uuid.UUID, str], list[int]] = defaultdict(list)
    for place, flag in enumerate(flags):
        same[flag.item_id, flag.reason].append(place)
    for places in same.values():
        ordered = sorted(places, key=lambda place: flags[place].received_at)[:MOST_COMPARED]
        told = [flags[place] for place in ordered]
        same_digest = near.joined(_by_words([flag.cluster for flag in told]), [f.cluster.hex() for f in told])
        joined = near.joined(same_digest, _waves(told, trusted))
        for place, group in zip(ordered, joined, strict=True):
            found[place] = ordered[group]
        for place in set(places) - set(ordered):
            found[place] = ordered[0]
    return found


def _by_words(clusters: Sequence[bytes]) -> list[int]:
    """Return for each sketch the place of the first that is alike, one leading to the next."""
    found = list(range(len(clusters)))
    places = np.array([place for place, each in enumerate(clusters) if len(each) == SKETCH], dtype=np.intp)
    rows = np.frombuffer(b"".join(clusters[place] for place in places), dtype=np.uint8).reshape(-1, SKETCH)
    for first, row in zip(places, rows, strict=True):
        waiting = [row] if found[first] == first else []
        while waiting:
            alike = (rows == waiting.pop()).sum(axis=1) >= ALIKE
            # whatever stands before the first was compared already
            later = np.flatnonzero(alike & (places > first))
            new = [at for at in later if found[places[at]] == places[at]]
            for at in new:
                found[places[at]] = int(first)
            waiting += [rows[at] for at in new]
    return found


def _waves(flags: Sequence[Flag], trusted: Container[bytes]) -> list[str]:
    """Return for each report, in order of time, the name of the wave it came in; empty for none."""
    names = [""] * len(flags)
    wave: list[int] = []
    for place, flag in enumerate(flags):
        if len(flag.cluster) == SKETCH or flag.reporter in trusted:
            continue
        if wave and flag.received_at - flags[wave[-1]].received_at > WAVE_GAP:
            wave = []
        wave.append(place)
        if len(wave) >= LEAST_IN_WAVE:
            # of the fifth those before it learn that they are in a wave
            for each in wave if len(wave) == LEAST_IN_WAVE else [place]:
                names[each] = f"wave {wave[0]}"
    return names


def _sketch(platform_id: str, words: str) -> bytes:
    values = near.signatures([words])[0][:SKETCH]
    return bytes(
        _keyed("sketch", platform_id, str(place), str(value))[0] for place, value in enumerate(values)
    )


def _keyed(*parts: str) -> bytes:
    key: bytes = settings.SINMUNGO_REPORTER_KEY
    said = b"".join(len(data).to_bytes(4, "big") + data for data in (part.encode() for part in parts))
    return hmac.new(key, said, hashlib.sha256).digest()
