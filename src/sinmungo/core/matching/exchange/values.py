"""What is read from an exchange's page, and what is wrong with one or with a row of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sinmungo.core.kernel.errors import Refused

#: Letters of the longest id, label and checkpoint that are kept.
MAX_ID = 200
MAX_LABEL = 100
MAX_LABELS = 20
MAX_CHECKPOINT = 500

#: What can be wrong with a row, and the sentence that says so. None of them repeats the row.
REASONS: Mapping[str, str] = {
    "malformed": "the row does not have the shape that the format asks for",
    "too_long": "the row is longer than any row may be",
    "not_text": "the row is not UTF-8, or holds control characters",
    "unsupported_kind": "fingerprints of this kind cannot be matched here",
    "bad_content": "the content is not of the length or the letters that its kind has",
    "empty": "this is the fingerprint of nothing, and would match whatever is empty",
    "unlikely_bits": "a PDQ hash of a picture has 112 to 144 bits set; this one has not",
    "low_quality": "the quality is below 50, or is no whole number",
    "bad_id": f"the id is longer than {MAX_ID} letters, or is missing",
    "bad_expiry": "the expiry is no time with its zone, such as 2027-03-01T00:00:00Z",
    "bad_labels": f"there are more than {MAX_LABELS} labels, or one is longer than {MAX_LABEL} letters",
    "unknown_status": "the status is not one that is known, so the row is not taken as active",
    "false_positive": "the exchange says that this one is a false positive",
}


class Format(StrEnum):
    """The formats that are read and written."""

    CSV = "csv"
    THREATEXCHANGE = "threatexchange"
    STOPNCII = "stopncii"
    NCMEC = "ncmec"


class BadPage(Refused):
    """A file that is not of the format at all, or larger than any of its pages."""

    code = "exchange.bad_page"
    message = "This cannot be read as a page of {format}: {reason}."


@dataclass(frozen=True, slots=True)
class Row:
    """One fingerprint of a page; ``place`` counts lines or records from 1.

    ``content`` is as ``core.matching.fingerprints`` keeps it. A withdrawn row may name its fingerprint by
    ``external_id`` alone: then ``kind`` and ``content`` are empty.
    """

    place: int
    kind: str
    content: bytes = field(repr=False)
    external_id: str = ""
    withdrawn: bool = False
    expires_at: datetime | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is refused: its place, one of :data:`REASONS` and its sentence; never its content."""

    place: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """What a page holds, the good rows and the refused ones.

    ``checkpoint`` is what the exchange wants to hear when the next page is asked for, and ``position``
    its moment in seconds since 1970, which never goes back; both are empty where a format has none. Where
    ``is_whole``, an id stands for an entry of which the page holds everything: what was known of it is over.
    """

    rows: tuple[Row, ...]
    bad: tuple[BadRow, ...] = ()
    checkpoint: str = ""
    position: int = 0
    is_whole: bool = False


class Unfit(ValueError):
    """A part of a row breaks a rule; ``code`` is one of :data:`REASONS`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)

    def at(self, place: int) -> BadRow:
        """Return the refusal of the row at ``place``."""
        return BadRow(place, self.code, REASONS[self.code])


def checkpoint_of(token: object) -> str:
    """Return a page's token as it is kept; nothing for one that is too long or no plain text."""
    if not isinstance(token, str) or len(token) > MAX_CHECKPOINT:
        return ""
    return token if token.isascii() and token.isprintable() else ""
