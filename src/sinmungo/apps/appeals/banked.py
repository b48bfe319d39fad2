"""Files that come with an appeal are compared with what banks hold, before anything is stored.

A picture is compared by its bytes and by its look, any other file by its bytes. One that cannot be looked
at is not taken either, whatever the banks hold, so that nothing is learned of them. Protected banks are
opened in no web process and are not asked here.
"""

from __future__ import annotations

import hashlib

from sinmungo.apps.appeals import errors, files
from sinmungo.apps.appeals.files import TakenFile
from sinmungo.apps.screening.banks import queries as banks
from sinmungo.core.matching import kit
from sinmungo.core.matching.decoding import CannotDecode, Limits, decode
from sinmungo.core.matching.fingerprints import KitHash
from sinmungo.core.matching.matcher import Seen

#: Pixels of a picture that is not decoded in small; a JPEG is, so it may have all that appeals take.
MAX_MEGAPIXELS = 25
_LIMITS = Limits(
    bytes=files.MAX_BYTES, pixels=MAX_MEGAPIXELS * 1_000_000, heavy_pixels=MAX_MEGAPIXELS * 1_000_000
)
_TOO_MUCH = (CannotDecode.TOO_LARGE, CannotDecode.TOO_MANY_PIXELS)


def check(file: TakenFile, data: bytes) -> None:
    """Raise FileNotTaken if a bank holds what was sent as ``data``, or a picture nearly the same.

    Raises PictureTooLarge and PictureDamaged for a picture that cannot be looked at.
    """
    if file.media_type == files.TEXT:
        return
    hashes = _looks(file, data) if file.media_type in (files.PNG, files.JPEG) else []
    seen = Seen(
        sha256=hashlib.sha256(data).digest(),
        md5=hashlib.md5(data, usedforsecurity=False).digest(),
        hashes=hashes,
    )
    if any(banks.held().match_media([seen])):
        raise errors.FileNotTaken(name=file.name)


def _looks(file: TakenFile, data: bytes) -> list[KitHash]:
    try:
        return kit.candidate(decode(data, limits=_LIMITS))
    except CannotDecode as error:
        if error.code in _TOO_MUCH:
            raise errors.PictureTooLarge(name=file.name, limit=MAX_MEGAPIXELS) from None
        raise errors.PictureDamaged(name=file.name) from None
