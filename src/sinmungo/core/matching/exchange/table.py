"""Our own format: a CSV table with a header, or a bare list of PDQ hashes, one a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC
from itertools import chain

from sinmungo.core.matching.exchange import contents
from sinmungo.core.matching.exchange.lines import Line, cells, each_row, joined
from sinmungo.core.matching.exchange.values import BadPage, BadRow, Format, Row, Unfit

COLUMNS = ("kind", "content", "external_id", "expires_at", "labels", "status")
KINDS = frozenset({"sha256", "md5", "pdq", "clip", "text"})
_NEEDED = {"kind", "content"}
#: An empty cell says active, for a table without the column holds active rows only.
_STATUSES = {"": False, "active": False, "withdrawn": True}
_BARE = re.compile("[0-9a-fA-F]{64}")
_BARE_HEADERS = (["hash"], ["hash", "quality"], ["pdq"], ["pdq", "quality"])
_BETWEEN = "|"


def rows(found: Iterator[Line | BadRow]) -> Iterator[Row | BadRow]:
    """Yield the rows of a table. Raises BadPage where its first line is no header and no hash."""
    first = next(found, None)
    if not isinstance(first, Line):
        raise _bad("its first line is not readable text" if first else "it is empty")
    header = _header(first)
    if _BARE.fullmatch(header[0]):
        yield from each_row(chain([first], found), _bare_row)
    elif header in _BARE_HEADERS:
        yield from each_row(found, _bare_row)
    else:
        yield from each_row(found, _TableRow(header))


def write(found: Iterable[Row]) -> Iterator[bytes]:
    """Yield the header and a line for each row. Raises ValueError for a label with a bar in it."""
    yield joined(COLUMNS)
    for row in found:
        if any(_BETWEEN in label for label in row.labels):
            raise ValueError("a label with a bar in it cannot be written into a table")
        yield joined(
            (
                row.kind,
                contents.digits_of(row.kind, row.content),
                row.external_id,
                row.expires_at.astimezone(UTC).isoformat() if row.expires_at else "",
                _BETWEEN.join(row.labels),
                "withdrawn" if row.withdrawn else "active",
            )
        )


class _TableRow:
    """Reads a line by the names of its columns. Raises BadPage for columns that are not known.

    A column that is not known is refused, because a misspelt ``expires_at`` would keep its rows for ever.
    """

    def __init__(self, header: list[str]) -> None:
        unknown, missing = sorted(set(header) - set(COLUMNS)), sorted(_NEEDED - set(header))
        if len(set(header)) < len(header) or unknown or missing:
            raise _bad(
                f"the columns are {', '.join(COLUMNS)}, each once at most, and the first two are needed;"
                " or hash alone, or hash and quality"
            )
        self._header = header

    def __call__(self, line: Line) -> Row:
        values = cells(line.text)
        if len(values) != len(self._header):
            raise Unfit("malformed")
        named = dict.fromkeys(COLUMNS, "") | dict(zip(self._header, values, strict=True))
        withdrawn = _STATUSES.get(named["status"].strip().lower())
        if withdrawn is None:
            raise Unfit("unknown_status")
        kind, digits = named["kind"].strip().lower(), named["content"].strip()
        external_id = contents.id_of(named["external_id"])
        if withdrawn and external_id and not digits:
            return Row(line.place, "", b"", external_id, withdrawn=True)
        return Row(
            line.place,
            kind,
            contents.content_of(kind, digits, withdrawn=withdrawn),
            external_id,
            withdrawn,
            contents.moment_of(named["expires_at"].strip()),
            contents.labels_of(named["labels"].split(_BETWEEN)),
        )


def _bare_row(line: Line) -> Row:
    digits, *more = (cell.strip() for cell in cells(line.text))
    if len(more) > 1 or not _BARE.fullmatch(digits):
        raise Unfit("malformed" if more[1:] else "bad_content")
    if more and more[0]:
        contents.check_quality(more[0])
    return Row(line.place, "pdq", contents.content_of("pdq", digits))


def _header(first: Line) -> list[str]:
    try:
        return [name.strip().lower() for name in cells(first.text)]
    except Unfit:
        raise _bad("its first line is not a line of cells") from None


def _bad(reason: str) -> BadPage:
    return BadPage(format=Format.CSV.value, reason=reason)
