"""What the site uses to hash pictures and clips: one confined child for each."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from sinmungo.adapters import confined
from sinmungo.adapters.confined import MEBIBYTE, Bounds, Ended
from sinmungo.adapters.hashing.answers import MOST_FRAMES, MOST_RECORDS, code_of
from sinmungo.core.matching.fingerprints import HASH_BYTES, RECORD_BYTES
from sinmungo.journeys.picturing.values import Fetched, Hashes, MediaKind, NotShown

#: A picture of 40 megapixels needs about 500 MB of address space, the numeric libraries included.
PICTURE = Bounds(seconds=15, computing=12, memory=1024 * MEBIBYTE, output=MOST_RECORDS * RECORD_BYTES)
CLIP = Bounds(seconds=60, computing=50, memory=1536 * MEBIBYTE, output=MOST_FRAMES * HASH_BYTES)
_CHILD = {
    MediaKind.PICTURE: ("sinmungo.adapters.hashing.picture", PICTURE),
    MediaKind.CLIP: ("sinmungo.adapters.hashing.clip", CLIP),
}


class ConfinedHasher:
    """Hashes each picture or clip in a process of its own."""

    def hash(self, fetched: Fetched) -> Hashes:
        """Return its hashes; raises NotShown with the reason's code."""
        if fetched.kind is MediaKind.CLIP:
            if find_spec("av") is None:
                raise NotShown("no_video")
            return Hashes(frames=_made(fetched, HASH_BYTES), is_clip=True)
        return Hashes(records=_made(fetched, RECORD_BYTES))


def _made(fetched: Fetched, width: int) -> bytes:
    """Return what a child makes of a picture or clip: whole rows of ``width`` bytes."""
    module, bounds = _CHILD[fetched.kind]
    # -I and -B: nothing of the environment is read, and nothing is written beside the code
    command = (sys.executable, "-I", "-B", "-m", module)
    try:
        made = confined.run(command, fetched.content, bounds)
    except Ended as error:
        raise NotShown("busy" if error.busy else code_of(error.status), passing=error.busy) from error
    if len(made) % width:
        raise NotShown("damaged")  # a child that a picture took over says whatever it likes
    return made
