"""Fingerprints as text, and what is looked at before one may match anything.

Written are hexadecimal digits: the form in which digests and PDQ hashes are published.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from sinmungo.core.matching import texts
from sinmungo.core.matching.clip_rows import LIKELY_BITS, MAX_ROWS
from sinmungo.core.matching.exchange.values import MAX_ID, MAX_LABEL, MAX_LABELS, Unfit
from sinmungo.core.matching.fingerprints import (
    FIRST_WINDOW,
    HASH_BYTES,
    MOST_HASHES,
    RECORD_BYTES,
    UNKNOWN,
    KitHash,
    pack,
    unpack,
)
from sinmungo.core.matching.near import VALUES
from sinmungo.core.matching.pdq import GOOD_QUALITY

_TEXT_BYTES = VALUES * 4
_HEX = re.compile("(?:[0-9a-fA-F]{2})+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_NOTHING = frozenset({hashlib.sha256().digest(), hashlib.md5(usedforsecurity=False).digest()})


def content_of(kind: str, digits: str, *, withdrawn: bool = False) -> bytes:
    """Return the content that ``digits`` stand for; raises Unfit.

    What is withdrawn is read whatever its bits are, so that it can be found and taken out.
    """
    check = _CHECKS.get(kind)
    if check is None:
        raise Unfit("unsupported_kind")
    if _HEX.fullmatch(digits) is None:
        raise Unfit("bad_content")
    content = bytes.fromhex(digits)
    if kind == "pdq" and len(content) == HASH_BYTES:
        content = pack([KitHash(UNKNOWN, content)])
    hashes = check(content)
    if not withdrawn:
        _check_worth(content, hashes)
    return content


def digits_of(kind: str, content: bytes) -> str:
    """Return what :func:`content_of` reads."""
    if kind == "pdq" and len(content) == RECORD_BYTES and content[0] == UNKNOWN:
        return content[1:].hex()
    return content.hex()


def text_content(words: str) -> bytes:
    """Return the signature of a text; raises Unfit for one without a letter or digit."""
    content = texts.signatures([words]).astype("<u4").tobytes()
    _check_worth(content, [])
    return content


def id_of(text: str) -> str:
    """Return an external id without the spaces around it; raises Unfit."""
    stripped = text.strip()
    if len(stripped) > MAX_ID:
        raise Unfit("bad_id")
    if _CONTROL.search(stripped):
        raise Unfit("not_text")
    return stripped


def labels_of(texts: list[str]) -> tuple[str, ...]:
    """Return each label once, in order; raises Unfit."""
    labels = tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
    if len(labels) > MAX_LABELS or any(len(label) > MAX_LABEL for label in labels):
        raise Unfit("bad_labels")
    if any(_CONTROL.search(label) for label in labels):
        raise Unfit("not_text")
    return labels


def moment_of(text: str) -> datetime | None:
    """Return an ISO 8601 moment, a day alone being its first in UTC; None for nothing. Raises Unfit."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if len(text) == len("2027-03-01") else None
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else datetime.fromisoformat(text)
        in_utc = moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        raise Unfit("bad_expiry") from None
    if in_utc is None:
        raise Unfit("bad_expiry")
    return in_utc


def check_quality(text: str) -> None:
    """Raise Unfit for what is no PDQ quality of 50 and more."""
    if not (text.isascii() and text.isdigit() and len(text) <= len("100")) or int(text) < GOOD_QUALITY:
        raise Unfit("low_quality")


def _check_worth(content: bytes, hashes: list[bytes]) -> None:
    """Raise Unfit for what would match things that have nothing in common."""
    if content in _NOTHING or not content.strip(b"\0") or not content.strip(b"\xff"):
        raise Unfit("empty")
    for each in hashes:
        if not each.strip(b"\0") or not each.strip(b"\xff"):
            raise Unfit("empty")
        if int.from_bytes(each, "big").bit_count() not in LIKELY_BITS:
            raise Unfit("unlikely_bits")


def _digest(length: int) -> Callable[[bytes], list[bytes]]:
    def check(content: bytes) -> list[bytes]:
        if len(content) != length:
            raise Unfit("bad_content")
        return []

    return check


def _kit(content: bytes) -> list[bytes]:
    if len(content) % RECORD_BYTES or len(content) > MOST_HASHES * RECORD_BYTES:
        raise Unfit("bad_content")
    kit = unpack(content)
    # windows are of what is looked up: none of them ever stands in a bank
    if any(each.part >= FIRST_WINDOW and each.part != UNKNOWN for each in kit):
        raise Unfit("bad_content")
    return [each.bits for each in kit]


def _clip(content: bytes) -> list[bytes]:
    if len(content) % HASH_BYTES or len(content) > MAX_ROWS * HASH_BYTES:
        raise Unfit("bad_content")
    rows = [content[start : start + HASH_BYTES] for start in range(0, len(content), HASH_BYTES)]
    # a row of zeros parts two readings of the clip
    return [row for row in rows if any(row)]


_CHECKS: Mapping[str, Callable[[bytes], list[bytes]]] = {
    "sha256": _digest(32),
    "md5": _digest(16),
    "pdq": _kit,
    "clip": _clip,
    "text": _digest(_TEXT_BYTES),
}
