"""Pages of StopNCII's ``FetchHashes`` (version 1): hashes that people made of their own pictures.

A record is the whole present state of its hash. It is withdrawn when its **status** says so (a peer looks at
the hash instead, and goes on matching what a person has withdrawn), or when each of its cases is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sinmungo.core.matching.exchange import contents
from sinmungo.core.matching.exchange.values import (
    MAX_LABEL,
    MAX_LABELS,
    BadPage,
    Format,
    Page,
    Row,
    Unfit,
    checkpoint_of,
)
from sinmungo.core.matching.fingerprints import unpack

#: Bytes and records of the largest page; those of the exchange hold 800 records and half a megabyte.
MAX_BYTES = 8 * 1024 * 1024
MAX_RECORDS = 20_000
_NAMES = {"pdq": "ImagePDQ", "md5": "VideoMD5"}
_READ = {name: kind for kind, name in _NAMES.items()}
KINDS = frozenset(_NAMES)
#: Received is a hash's first status; it is screened like an active one.
_STATUSES = {"Received": False, "Active": False, "Withdrawn": True, "Deleted": True}
_LATEST = 2**53


def read(content: bytes) -> Page:
    """Return the page. Raises BadPage for what is no answer of ``FetchHashes``.

    The rows stand in the order of their changes, a withdrawal after what is of the same second, so that of
    several records of one hash the last holds.
    """
    document = _document(content)
    good: list[tuple[int, bool, Row]] = []
    bad = []
    for place, record in enumerate(document["hashRecords"], start=1):
        try:
            row, changed = _row(place, record)
        except Unfit as unfit:
            bad.append(unfit.at(place))
        else:
            good.append((changed, row.withdrawn, row))
    good.sort(key=lambda each: each[:2])
    token = checkpoint_of(document.get("nextPageToken"))
    return Page(tuple(row for *_, row in good), tuple(bad), token, document["nextSetTimestamp"])


def write(found: Iterable[Row], *, at: datetime) -> Iterator[bytes]:
    """Yield a page as ``FetchHashes`` answers, a record for each hash, changed ``at``.

    Raises ValueError for kinds that the exchange does not know.
    """
    moment, count = int(at.timestamp()), 0
    yield b'{"hashRecords":['
    for record in _records(found, moment):
        yield (b",\n" if count else b"\n") + json.dumps(record, separators=(",", ":")).encode()
        count += 1
    ending = {"count": count, "nextSetTimestamp": moment, "nextPageToken": "", "hasMoreRecords": False}
    yield b"\n]," + json.dumps(ending, separators=(",", ":")).encode()[1:] + b"\n"


def _records(found: Iterable[Row], moment: int) -> Iterator[Mapping[str, Any]]:
    for row in found:
        if row.kind not in KINDS:
            raise ValueError("the exchange holds PDQ hashes and MD5 digests")
        hashes = [each.bits for each in unpack(row.content)] if row.kind == "pdq" else [row.content]
        for content in hashes:
            yield {
                "lastModtimestamp": moment,
                "signalType": _NAMES[row.kind],
                "hashValue": content.hex(),
                "hashStatus": "Withdrawn" if row.withdrawn else "Active",
                "caseNumbers": {},
            }


def _document(content: bytes) -> dict[str, Any]:
    if len(content) > MAX_BYTES:
        raise _bad(f"it is larger than {MAX_BYTES} bytes")
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise _bad("it is not JSON in UTF-8") from None
    if not isinstance(document, dict) or not isinstance(document.get("hashRecords"), list):
        raise _bad("it has no list hashRecords")
    if len(document["hashRecords"]) > MAX_RECORDS:
        raise _bad(f"it has more than {MAX_RECORDS} records")
    if not _is_moment(document.get("nextSetTimestamp")):
        raise _bad("nextSetTimestamp is no moment in seconds")
    return document


def _row(place: int, record: object) -> tuple[Row, int]:
    """Return a record's row, and when it changed."""
    if not isinstance(record, dict) or not _is_moment(record.get("lastModtimestamp")):
        raise Unfit("malformed")
    name, digits = record.get("signalType"), record.get("hashValue")
    if not isinstance(name, str) or not isinstance(digits, str):
        raise Unfit("malformed")
    kind = _READ.get(name)
    if kind is None:
        raise Unfit("unsupported_kind")
    withdrawn = _is_withdrawn(record)
    content = contents.content_of(kind, digits.strip(), withdrawn=withdrawn)
    labels = () if withdrawn else _tags(record.get("CSPFeedbacks"))
    return Row(place, kind, content, withdrawn=withdrawn, labels=labels), record["lastModtimestamp"]


def _is_withdrawn(record: Mapping[str, Any]) -> bool:
    status, cases = record.get("hashStatus"), record.get("caseNumbers")
    withdrawn = _STATUSES.get(status) if isinstance(status, str) else None
    if withdrawn is None:
        raise Unfit("unknown_status")
    if not isinstance(cases, dict) or not cases:
        return withdrawn
    return withdrawn or all(isinstance(case, str) and _STATUSES.get(case) for case in cases.values())


def _tags(feedbacks: object) -> tuple[str, ...]:
    """Return what platforms said of a hash; what of it cannot be kept does not spoil the hash."""
    given = feedbacks if isinstance(feedbacks, list) else []
    several = (each.get("tags") for each in given if isinstance(each, dict))
    tags = (tag for each in several if isinstance(each, list) for tag in each)
    fit = [tag for tag in tags if isinstance(tag, str) and len(tag) <= MAX_LABEL and tag.isprintable()]
    return contents.labels_of(list(dict.fromkeys(fit))[:MAX_LABELS])


def _is_moment(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LATEST


def _bad(reason: str) -> BadPage:
    return BadPage(format=Format.STOPNCII.value, reason=reason)
