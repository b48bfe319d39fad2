"""Files of fingerprints as they go between those who hold banks, read row by row and written in a stream."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import BinaryIO

from sinmungo.core.matching.exchange import ncmec, stopncii, table, threatexchange
from sinmungo.core.matching.exchange.lines import Line, lines
from sinmungo.core.matching.exchange.values import BadPage, BadRow, Format, Page, Row

__all__ = [
    "KINDS",
    "MAX_BYTES",
    "MAX_ROWS",
    "PAGE_ROWS",
    "BadPage",
    "BadRow",
    "Format",
    "Page",
    "Row",
    "pages",
    "read",
    "write",
]

#: The largest content that is read as one page; files of lines are read in pages, and may be longer.
MAX_BYTES = 32 * 1024 * 1024
MAX_ROWS = 100_000
#: Rows of a file of lines that make a page.
PAGE_ROWS = 20_000
#: The kinds of fingerprints that can be written in each format.
KINDS: Mapping[Format, frozenset[str]] = {
    Format.CSV: table.KINDS,
    Format.THREATEXCHANGE: threatexchange.KINDS,
    Format.STOPNCII: stopncii.KINDS,
    Format.NCMEC: ncmec.KINDS,
}
_EPOCH = datetime.fromtimestamp(0, UTC)
_BY_LINE: Mapping[Format, Callable[[Iterator[Line | BadRow]], Iterator[Row | BadRow]]] = {
    Format.CSV: table.rows,
    Format.THREATEXCHANGE: threatexchange.rows,
}
_WHOLE: Mapping[Format, Callable[[bytes], Page]] = {
    Format.STOPNCII: stopncii.read,
    Format.NCMEC: ncmec.read,
}


def read(form: str, content: bytes) -> Page:
    """Return what a page holds. Raises BadPage for what is not of the format or is too large."""
    known = Format(form)
    if len(content) > MAX_BYTES:
        raise BadPage(format=known.value, reason=f"it is larger than {MAX_BYTES} bytes")
    if known in _WHOLE:
        return _WHOLE[known](content)
    found = list(islice(_BY_LINE[known](lines(io.BytesIO(content))), MAX_ROWS + 1))
    if len(found) > MAX_ROWS:
        raise BadPage(format=known.value, reason=f"it has more than {MAX_ROWS} rows")
    return _page(found)


def pages(form: str, file: BinaryIO) -> Iterator[Page]:
    """Yield a file in pages: of formats with a row a line 20,000 rows each, else the whole as one.

    Raises BadPage as :func:`read` does, for files of lines at the first page only.
    """
    known = Format(form)
    if known in _WHOLE:
        yield read(form, file.read(MAX_BYTES + 1))
        return
    rows = _BY_LINE[known](lines(file))
    while part := list(islice(rows, PAGE_ROWS)):
        yield _page(part)


def write(form: str, rows: Iterable[Row], *, at: datetime = _EPOCH) -> Iterator[bytes]:
    """Yield the file of ``rows``, part by part; ``at`` is the moment that a page says it is of.

    Raises ValueError for a row of a kind that the format does not know (:data:`KINDS`).
    """
    known = Format(form)
    if known is Format.STOPNCII:
        return stopncii.write(rows, at=at)
    if known is Format.NCMEC:
        return ncmec.write(rows, at=at)
    return table.write(rows) if known is Format.CSV else threatexchange.write(rows)


def _page(found: Iterable[Row | BadRow]) -> Page:
    good: list[Row] = []
    bad: list[BadRow] = []
    for each in found:
        if isinstance(each, Row):
            good.append(each)
        else:
            bad.append(each)
    return Page(tuple(good), tuple(bad))
