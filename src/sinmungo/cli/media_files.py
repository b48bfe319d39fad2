"""Files of pictures, clips and texts for ``sinmungo hash`` and ``sinmungo match``: found, read, hashed."""

from __future__ import annotations

import multiprocessing
import os
import stat
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import BinaryIO

from sinmungo.core.kernel.errors import Refused
from sinmungo.core.matching import clips, decoding, digests, kit
from sinmungo.core.matching.exchange.contents import text_content
from sinmungo.core.matching.exchange.values import Unfit
from sinmungo.core.matching.fingerprints import KitHash, pack
from sinmungo.core.matching.pdq import GOOD_QUALITY

MAX_FILES = 100_000
MAX_TEXT_BYTES = 400_000
PROCESSES = 2
#: Fewer files than this are read by this process itself: another one takes half a second to start.
FEW = 8
_CHUNK = 4
#: Files whose names promise what their content must be, then.
_PICTURES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif"})
_CLIPS = frozenset({".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".ts", ".flv", ".3gp"})
_TEXT = ".txt"

#: Why a file is refused, and the sentence that says so.
REASONS = {
    "missing": "there is no such file",
    "not_a_file": "it is no ordinary file",
    "unreadable": "it cannot be read",
    "empty": "it is empty",
    "too_large": "it has too many bytes",
    "too_many_pixels": "it has too many pixels",
    "not_a_picture": "it is no picture of a kind that is read here",
    "not_a_clip": "it is no clip of a kind that is read here",
    "not_text": "it is not UTF-8",
    "damaged": "it is damaged",
    "too_long": "it is longer than an hour",
    "too_slow": "it takes too long to read",
    "needs_video": "clips need the extra: pip install 'sinmungo[video]'",
    "crashed": "reading it ended the process that did",
}


class TooManyFiles(Refused):
    """More files than one call takes."""

    code = "hash.too_many_files"
    message = "There are more than {most} files. Name fewer, or a folder further down."


class Purpose(StrEnum):
    """What a file is looked at for: one hash, the hashes that a bank keeps, or those it is looked up by."""

    HASH = "hash"
    KEEP = "keep"
    MATCH = "match"


@dataclass(frozen=True, slots=True)
class Looked:
    """What was made of one file; ``refused`` is one of :data:`REASONS`, or empty.

    ``pdq`` and ``quality`` are of a whole picture, ``hashes`` its kit or its windows, by purpose. Of a clip
    ``frames`` counts what was looked at, and ``clip`` is what is worth comparing; ``signature`` is a text's.
    """

    file: str
    refused: str = ""
    sha256: bytes = b""
    md5: bytes = b""
    pdq: bytes = b""
    quality: int | None = None
    hashes: tuple[KitHash, ...] = ()
    frames: int | None = None
    clip: clips.Clip | None = None
    signature: bytes = b""

    @property
    def is_plain(self) -> bool:
        """Say whether it is a picture or clip with too little in it to be found again."""
        if self.clip is not None:
            return not len(self.clip.hashes)
        return self.quality is not None and self.quality < GOOD_QUALITY


def contents(looked: Looked) -> list[tuple[str, bytes]]:
    """Return what a bank keeps of a file looked at for that: kinds of fingerprints with their contents."""
    found = (
        ("sha256", looked.sha256),
        ("pdq", pack(looked.hashes)),
        ("clip", looked.clip.hashes.tobytes() if looked.clip else b""),
        ("text", looked.signature),
    )
    return [(kind, content) for kind, content in found if content]


class _Refused(Exception):
    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def find(paths: Sequence[Path]) -> list[Path]:
    """Return the files that are named, and those in folders that are, but for links in folders.

    Raises TooManyFiles.
    """
    found: list[Path] = []
    for path in paths:
        for file in _within(path) if path.is_dir() else [path]:
            if len(found) == MAX_FILES:
                raise TooManyFiles(most=MAX_FILES)
            found.append(file)
    return found


def look_at(files: Sequence[Path], purpose: Purpose) -> Iterator[Looked]:
    """Yield what was made of each file, in their order; many are shared out to two processes."""
    if len(files) < FEW:
        yield from (look(file, purpose) for file in files)
        return
    done = 0
    while done < len(files):
        try:
            for looked in _apart(files[done:], purpose, PROCESSES):
                yield looked
                done += 1
        except BrokenProcessPool:
            yield _alone(files[done], purpose)
            done += 1


def look(file: Path, purpose: Purpose) -> Looked:
    """Return what was made of one file; never raises for what is in it."""
    looked = Looked(_shown(file))
    try:
        with _opened(file) as opened:
            found = digests.digests(opened)
            looked = replace(looked, sha256=found.sha256, md5=found.md5)
            return _hashed(looked, opened, file.suffix.lower(), purpose)
    except OSError as error:
        return replace(looked, refused="missing" if isinstance(error, FileNotFoundError) else "unreadable")
    except digests.TooLarge:
        return replace(looked, refused="too_large")
    except (_Refused, decoding.CannotDecode, clips.CannotReadClip) as error:
        return replace(looked, refused=error.code)


def _within(folder: Path) -> Iterator[Path]:
    for above, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(above, name)
            if stat.S_ISREG(path.lstat().st_mode):
                yield path


def _opened(file: Path) -> BinaryIO:
    # what waits for a writer must not be opened: it might never come
    if not stat.S_ISREG(file.stat().st_mode):
        raise _Refused("not_a_file")
    return file.open("rb")


def _hashed(looked: Looked, opened: BinaryIO, suffix: str, purpose: Purpose) -> Looked:
    opened.seek(0)
    head = opened.read(clips.HEAD)
    if not head:
        raise _Refused("empty")
    opened.seek(0)
    if clips.is_clip(head):
        return _clip(looked, opened)
    if suffix == _TEXT:
        return _text(looked, opened)
    try:
        return _picture(looked, opened.read(decoding.LIMITS.bytes + 1), purpose)
    except decoding.CannotDecode as error:
        # any file has digests; one that is called a picture must be one
        if error.code != decoding.CannotDecode.NOT_A_PICTURE or suffix in _PICTURES:
            raise
    if suffix in _CLIPS:
        raise _Refused("not_a_clip")
    return looked


def _picture(looked: Looked, content: bytes, purpose: Purpose) -> Looked:
    whole = decoding.hash_picture(content)
    made = {Purpose.KEEP: kit.protected, Purpose.MATCH: kit.candidate}.get(purpose)
    hashes = tuple(made(decoding.decode(content))) if made else ()
    return replace(looked, pdq=whole.bits, quality=whole.quality, hashes=hashes)


def _clip(looked: Looked, opened: BinaryIO) -> Looked:
    clip = clips.hash_clip(opened, clock=time.monotonic)
    return replace(looked, frames=clip.frames, clip=clips.pruned(clip))


def _text(looked: Looked, opened: BinaryIO) -> Looked:
    content = opened.read(MAX_TEXT_BYTES + 1)
    if len(content) > MAX_TEXT_BYTES:
        raise _Refused("too_large")
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Refused("not_text") from None
    try:
        return replace(looked, signature=text_content(words))
    except Unfit:  # no letter, no digit: there is nothing to compare, and the digests hold
        return looked


def _apart(files: Sequence[Path], purpose: Purpose, processes: int) -> Iterator[Looked]:
    # started anew and not copied: a copy of a process with threads may wait for ever
    fresh = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=fresh)
    try:
        yield from pool.map(partial(look, purpose=purpose), files, chunksize=_CHUNK)
    finally:
        pool.shutdown(cancel_futures=True)


def _alone(file: Path, purpose: Purpose) -> Looked:
    try:
        return next(_apart([file], purpose, 1))
    except BrokenProcessPool:
        return Looked(_shown(file), refused="crashed")


def _shown(file: Path) -> str:
    """Return a file's name as it can be printed on one line."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(file))
