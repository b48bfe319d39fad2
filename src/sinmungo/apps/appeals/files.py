"""Files that come with an appeal: which are taken, told from what they hold, never from their names."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sinmungo.apps.appeals import errors, pictures
from sinmungo.core.kernel.words import DsaCategory
from sinmungo.core.text.identifiers import mask_identifiers

MAX_FILES = 3
MAX_MEGABYTES = 5
MAX_BYTES = MAX_MEGABYTES * 1024 * 1024
MAX_NAME = 120

TEXT, PDF, PNG, JPEG = "text/plain", "application/pdf", "image/png", "image/jpeg"
INTIMATE_POLICY = "non-consensual-intimate-imagery"
_TEXT_ONLY = frozenset(
    {DsaCategory.MINORS, DsaCategory.CYBER_VIOLENCE, DsaCategory.CYBER_VIOLENCE_AGAINST_WOMEN}
)
_TEXT_CONTROLS = frozenset("\t\n\r\f")


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file as it was sent."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file ready to be sealed: named and cleaned."""

    name: str
    media_type: str
    data: bytes


def text_only(*, policy: str, category: str) -> bool:
    """Return whether an appeal takes text files alone: a picture could repeat the harm.

    A PDF can carry pictures, so it is not taken there either.
    """
    return policy == INTIMATE_POLICY or category in _TEXT_ONLY


def taken(files: Sequence[IncomingFile], *, only_text: bool) -> list[TakenFile]:
    """Return the files cleaned of hidden data; raises the first reason not to take them."""
    if len(files) > MAX_FILES:
        raise errors.TooManyFiles(limit=MAX_FILES)
    return [_taken(file, only_text=only_text) for file in files]


def media_type(data: bytes) -> str:
    """Return what the content is, or "" when it is nothing that is taken."""
    if data.startswith(b"%PDF-"):
        return PDF
    if data.startswith(pictures.PNG_SIGNATURE):
        return PNG
    if data.startswith(pictures.JPEG_SIGNATURE):
        return JPEG
    return TEXT if _is_text(data) else ""


def plain_name(name: str) -> str:
    """Return a file's name without folders and control characters, at most 120 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C").strip()
    return mask_identifiers(shown).text[-MAX_NAME:] or "file"


def _taken(file: IncomingFile, *, only_text: bool) -> TakenFile:
    name = plain_name(file.name)
    if not file.data:
        raise errors.FileEmpty(name=name)
    if len(file.data) > MAX_BYTES:
        raise errors.FileTooLarge(name=name, limit=MAX_MEGABYTES)
    kind = media_type(file.data)
    if not kind:
        raise errors.FileTypeNotTaken(name=name)
    if only_text and kind != TEXT:
        raise errors.NoPictures
    return TakenFile(name, kind, _cleaned(name, kind, file.data))


def _cleaned(name: str, kind: str, data: bytes) -> bytes:
    if kind == TEXT:
        return mask_identifiers(data.decode("utf-8-sig")).text.encode()
    try:
        if kind == PNG:
            return pictures.clean_png(data)
        return pictures.clean_jpeg(data) if kind == JPEG else data
    except pictures.Damaged:
        raise errors.PictureDamaged(name=name) from None
    except pictures.TooLarge:
        raise errors.PictureTooLarge(name=name, limit=pictures.MAX_MEGAPIXELS) from None


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return all(letter in _TEXT_CONTROLS or unicodedata.category(letter) != "Cc" for letter in text)
