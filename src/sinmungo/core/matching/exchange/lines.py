"""Rows that are a line each: taken one by one from a file of any length, and cut into cells (RFC 4180).

A quoted cell holds no line break here, so that a row is a line, and a broken quote spoils one row only.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, NamedTuple

from sinmungo.core.matching.exchange.values import BadRow, Row, Unfit

#: Bytes of the longest line: the hashes of a clip of an hour, and an id with its labels beside them.
MAX_LINE = 256 * 1024
_CELL = re.compile(r'(?:"([^"]*(?:""[^"]*)*)"|([^",]*))(,|$)')


class Line(NamedTuple):
    """A line that is not empty, and its place in the file, from 1."""

    place: int
    text: str


def lines(file: BinaryIO) -> Iterator[Line | BadRow]:
    """Yield the lines of ``file``; one that is too long or not text is refused, and empty ones are passed."""
    place = 0
    while content := file.readline(MAX_LINE + 1):
        place += 1
        if len(content) > MAX_LINE:
            _pass_rest(file, content)
            yield Unfit("too_long").at(place)
            continue
        try:
            text = content.removeprefix(codecs.BOM_UTF8 if place == 1 else b"").decode()
        except UnicodeDecodeError:
            yield Unfit("not_text").at(place)
            continue
        if text.strip():
            yield Line(place, text.rstrip("\r\n"))


def each_row(found: Iterable[Line | BadRow], read: Callable[[Line], Row]) -> Iterator[Row | BadRow]:
    """Yield what ``read`` makes of each line, and in its place the refusal of each that it cannot read."""
    for line in found:
        if isinstance(line, BadRow):
            yield line
            continue
        try:
            yield read(line)
        except Unfit as unfit:
            yield unfit.at(line.place)


def cells(text: str) -> list[str]:
    """Return the cells of a line; raises Unfit where a quote is not closed or stands alone."""
    found, end, more = [], 0, True
    while more:
        match = _CELL.match(text, end)
        if match is None:
            raise Unfit("malformed")
        quoted, plain, comma = match.groups()
        found.append(plain if quoted is None else quoted.replace('""', '"'))
        end, more = match.end(), bool(comma)
    if end < len(text):
        raise Unfit("malformed")
    return found


def joined(values: Iterable[str]) -> bytes:
    """Return the line of cells that :func:`cells` reads."""
    return (",".join(_quoted(value) for value in values) + "\n").encode()


def _quoted(value: str) -> str:
    if "," in value or '"' in value:
        return '"' + value.replace('"', '""') + '"'
    return value


def _pass_rest(file: BinaryIO, content: bytes) -> None:
    while content and not content.endswith(b"\n"):
        content = file.readline(MAX_LINE)
