"""What the library and program ``threatexchange`` keeps in files of text.

In the file of a collaboration of its kind ``local_file`` a line is a type, a space and the signal
(``pdq 8ff1…``); ``threatexchange dataset -P -S`` prints the same. ``threatexchange dataset -P --csv`` prints
a table, which also says what was thought of each signal. Both are read; written is the former.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from sinmungo.core.matching.exchange import contents
from sinmungo.core.matching.exchange.lines import Line, cells, each_row
from sinmungo.core.matching.exchange.values import BadRow, Row, Unfit
from sinmungo.core.matching.fingerprints import unpack

#: Their names of the kinds that can be written. Their only exact digest is the MD5 of a clip's file.
_NAMES = {"pdq": "pdq", "md5": "video_md5"}
KINDS = frozenset(_NAMES)
_READ = {"pdq": "pdq", "video_md5": "md5", "md5": "md5", "sha256": "sha256"}
_TEXT = "raw_text"
_HEADER = ["signal_type", "signal_str", "collab", "category", "tags"]
_NEGATIVE = "NEGATIVE_CLASS"
_CATEGORIES = frozenset({"POSITIVE_CLASS", "INVESTIGATION_SEED"})


def rows(found: Iterator[Line | BadRow]) -> Iterator[Row | BadRow]:
    """Yield the rows of either form; the header of the table tells which it is."""
    first = next(found, None)
    if first is None:
        return
    if isinstance(first, Line) and first.text.split(",") == _HEADER:
        yield from each_row(found, _table_row)
    else:
        yield from each_row(chain([first], found), _plain_row)


def write(found: Iterable[Row]) -> Iterator[bytes]:
    """Yield a line for each hash of each row. Raises ValueError for kinds that they do not know."""
    for row in found:
        if row.kind not in KINDS or row.withdrawn:
            raise ValueError("a local file holds PDQ hashes and MD5 digests that are not withdrawn")
        hashes = [each.bits for each in unpack(row.content)] if row.kind == "pdq" else [row.content]
        for content in hashes:
            yield f"{_NAMES[row.kind]} {content.hex()}\n".encode()


def _plain_row(line: Line) -> Row:
    kind, between, signal = line.text.strip().partition(" ")
    if not between:
        raise Unfit("malformed")
    return _row(line.place, kind, signal.strip(), ())


def _table_row(line: Line) -> Row:
    values = cells(line.text)
    if len(values) != len(_HEADER):
        raise Unfit("malformed")
    kind, signal, _, category, tags = values
    if category == _NEGATIVE:
        raise Unfit("false_positive")
    if category not in _CATEGORIES:
        raise Unfit("unknown_status")
    return _row(line.place, kind, signal.strip(), contents.labels_of(tags.split()))


def _row(place: int, kind: str, signal: str, labels: tuple[str, ...]) -> Row:
    if kind == _TEXT:
        return Row(place, "text", contents.text_content(signal), labels=labels)
    known = _READ.get(kind)
    if known is None:
        raise Unfit("unsupported_kind")
    return Row(place, known, contents.content_of(known, signal), labels=labels)
