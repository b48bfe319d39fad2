"""What the site uses to treat pictures: one confined child for each."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from sinmungo.adapters import confined
from sinmungo.adapters.confined import MEBIBYTE, Bounds, Ended
from sinmungo.adapters.pictures.developing import DAMAGED, TOO_LARGE
from sinmungo.journeys.picturing.values import Fetched, MediaKind, NotShown, Treatment

#: A picture of 40 megapixels needs about 450 MB of address space; a clip's decoders somewhat more.
PICTURE = Bounds(seconds=10, computing=8, memory=1024 * MEBIBYTE, output=4 * MEBIBYTE)
CLIP = Bounds(seconds=20, computing=15, memory=1536 * MEBIBYTE, output=4 * MEBIBYTE)
_CHILD = {
    MediaKind.PICTURE: ("sinmungo.adapters.pictures.developing", PICTURE),
    MediaKind.CLIP: ("sinmungo.adapters.frames", CLIP),
}
_CODES = {DAMAGED: "damaged", TOO_LARGE: "too_large"}


class ConfinedTreater:
    """Treats each picture in a process of its own."""

    def treat(self, fetched: Fetched, treatment: Treatment) -> bytes:
        """Return a fresh JPEG; raises NotShown."""
        return developed(fetched, treatment.value)


def developed(fetched: Fetched, treatment: str) -> bytes:
    """Return what a child makes of a picture or clip; raises NotShown with the reason's code."""
    if fetched.kind is MediaKind.CLIP and find_spec("av") is None:
        raise NotShown("no_video")
    module, bounds = _CHILD[fetched.kind]
    # -I and -B: nothing of the environment is read, and nothing is written beside the code
    command = (sys.executable, "-I", "-B", "-m", module, treatment)
    try:
        return confined.run(command, fetched.content, bounds)
    except Ended as error:
        raise NotShown(_code(error), passing=error.busy) from error


def _code(error: Ended) -> str:
    return "busy" if error.busy else _CODES.get(error.status, "over_bounds")
