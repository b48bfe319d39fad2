"""What is compared of media that were seen, and what of it is remembered."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from sinmungo.core.matching.fingerprints import HASH_BYTES, MOST_HASHES, UNKNOWN, pack, unpack
from sinmungo.core.matching.matcher import Match, Seen


def comparable(*, sha256: bytes, hashes: bytes, is_clip: bool, md5: bytes = b"") -> Seen:
    """Return a picture with its hashes, or a clip with its frames, as it is compared with banks."""
    if not is_clip:
        return Seen(sha256, md5, tuple(unpack(hashes)))
    frames = np.frombuffer(hashes, dtype=np.uint8).reshape(-1, HASH_BYTES) if hashes else None
    return Seen(sha256, md5, frames=frames)


def remembered(media: Seen, matches: Collection[Match] = ()) -> bytes:
    """Return what is remembered of media: of a clip all frames, of a picture at most sixteen hashes.

    First those that matched, then one that its platform gave, then ours in their order.
    """
    if media.frames is not None:
        return media.frames.tobytes()
    matched = {match.seen_part for match in matches if match.kind == "pdq"}
    given = [each for each in media.hashes if each.part == UNKNOWN][:1]
    first = [each for each in media.hashes if each.part in matched]
    ours = [each for each in media.hashes if each.part != UNKNOWN]
    ordered = dict.fromkeys([*first, *given, *ours, *media.hashes])
    return pack(list(ordered)[:MOST_HASHES])
