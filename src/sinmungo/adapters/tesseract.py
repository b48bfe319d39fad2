"""Words in pictures, read by Tesseract with its Korean and English data (Debian: tesseract-ocr-kor).

The picture is made harmless first, then read over pipes: no file is written. Both in bounded processes.
"""

from __future__ import annotations

from functools import lru_cache

from sinmungo.adapters import confined
from sinmungo.adapters.confined import MEBIBYTE, Bounds, Ended
from sinmungo.adapters.pictures.treating import developed
from sinmungo.journeys.picturing.values import Fetched, MediaKind, NotShown

PROGRAM = "tesseract"
LANGUAGES = "kor+eng"
#: One block of text: of all layouts the one that read drawn Korean sentences best, light on dark too.
_LAYOUT = "6"
#: Four bytes a code point at most, and much more than is ever kept.
BOUNDS = Bounds(seconds=20, computing=18, memory=1024 * MEBIBYTE, output=MEBIBYTE // 4)
_ASKING = Bounds(seconds=5, computing=2, memory=512 * MEBIBYTE, output=64 * 1024)


class Tesseract:
    """Reads with the Tesseract that is installed; raises NotShown when there is none."""

    def __init__(self) -> None:
        self.engine = f"tesseract {_version()} {LANGUAGES}"

    def read(self, image: bytes) -> str:
        """Return the words of a picture; raises NotShown."""
        page = developed(Fetched(MediaKind.PICTURE, image), "page")
        command = (PROGRAM, "stdin", "stdout", "-l", LANGUAGES, "--psm", _LAYOUT)
        try:
            read = confined.run(command, page, BOUNDS)
        except Ended as error:
            raise NotShown("busy" if error.busy else "not_read", passing=error.busy) from error
        except OSError as error:
            raise NotShown("no_reader", passing=True) from error
        return read.decode("utf-8", "replace")


@lru_cache(maxsize=1)
def _version() -> str:
    """Return the version's number, asked once a process; a missing program is looked for every time."""
    try:
        told = confined.run((PROGRAM, "--version"), b"", _ASKING)
    except (OSError, Ended) as error:
        raise NotShown("no_reader", passing=True) from error
    return told.decode("ascii", "replace").split()[1][:20]
