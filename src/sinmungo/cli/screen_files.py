"""Reading files of texts for ``sinmungo screen``: every row is an item or a refusal with its line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from sinmungo.core.kernel.errors import Refused

TABLES = {".csv": ",", ".tsv": "\t"}
LINES = (".jsonl", ".ndjson")
#: Columns that are taken for the text when none is named, the first that a file has.
TEXT_COLUMNS = ("text", "content", "body", "comment", "comments", "message")
MAX_TEXT = 100_000
MAX_LINE = 1_000_000


class CannotRead(Refused):
    """A path that holds nothing to screen."""

    code = "screen.cannot_read"
    message = "{path}: {reason}"


class NoSuchColumn(Refused):
    """A file without the column that holds the text or the label."""

    code = "screen.no_such_column"
    message = "{path} has no column {wanted}. It has: {columns}. Name one with {option}."


@dataclass(frozen=True, slots=True)
class Row:
    """One text, where it stands, and its label; ``label`` is empty when none was asked for."""

    file: str
    line: int
    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One row that cannot be screened, and why."""

    file: str
    line: int
    reason: str


@dataclass(slots=True)
class Found:
    """The files that will be screened, and those of a folder that will not."""

    files: list[Path] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


class _BadRow(Exception):
    pass


def find(paths: Sequence[Path]) -> Found:
    """Return what there is to screen; raises CannotRead for a path that is nothing of the kind."""
    found = Found()
    for path in paths:
        if path.is_dir():
            _add_folder(path, found)
        elif not path.is_file():
            raise CannotRead(path=path, reason="there is no such file or folder")
        elif not _is_known(path):
            raise CannotRead(path=path, reason="only csv, tsv, jsonl and ndjson files are read")
        else:
            found.files.append(path)
    return found


def rows(path: Path, *, text: str, label: str) -> Iterator[Row | RefusedRow]:
    """Yield every row of a file; ``text`` and ``label`` name columns, empty for the usual and for none.

    A row that is not UTF-8, or not as wide as the header, or without a text, is refused by its line.
    Raises NoSuchColumn and CannotRead.
    """
    try:
        # what is not UTF-8 comes through as lone surrogates, and is refused with its row
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            reading = _table if path.suffix.lower() in TABLES else _lines
            yield from reading(path, file, text, label)
    except OSError as error:
        raise CannotRead(path=path, reason=error.strerror or "it cannot be read") from error


def _is_known(path: Path) -> bool:
    return path.suffix.lower() in TABLES or path.suffix.lower() in LINES


def _add_folder(folder: Path, found: Found) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            if _is_known(path):
                found.files.append(path)
            else:
                found.skipped.append(str(path))


def _table(path: Path, file: TextIO, text: str, label: str) -> Iterator[Row | RefusedRow]:
    csv.field_size_limit(MAX_LINE)
    reader = csv.reader(file, delimiter=TABLES[path.suffix.lower()], strict=True)
    try:
        header = next(reader, [])
    except csv.Error as error:
        raise CannotRead(path=path, reason=f"its header is damaged: {error}") from error
    at = _place(path, header, text, "--text")
    label_at = _place(path, header, label, "--label") if label else None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            yield RefusedRow(path.name, line, f"not {path.suffix[1:]}: {error}")
            continue
        if cells is None:
            return
        if cells:
            yield _cells(path.name, line, cells, len(header), at, label_at)


def _cells(
    name: str, line: int, cells: list[str], width: int, at: int, label_at: int | None
) -> Row | RefusedRow:
    if len(cells) != width:
        return RefusedRow(name, line, f"{len(cells)} cells where the header has {width}")
    return _row(name, line, cells[at], cells[label_at] if label_at is not None else "")


def _lines(path: Path, file: TextIO, text: str, label: str) -> Iterator[Row | RefusedRow]:
    column = text
    line = 0
    while chunk := file.readline(MAX_LINE):
        line += 1
        if not chunk.endswith("\n") and len(chunk) == MAX_LINE:
            _skip_line(file)
            yield RefusedRow(path.name, line, f"the line is longer than {MAX_LINE} characters")
            continue
        if not chunk.strip():
            continue
        try:
            document = _document(chunk)
            column = column or _usual(path, list(document))
            yield _row(path.name, line, _text(document, column), _label(document, label))
        except _BadRow as bad:
            yield RefusedRow(path.name, line, str(bad))


def _skip_line(file: TextIO) -> None:
    while (rest := file.readline(MAX_LINE)) and not rest.endswith("\n"):
        pass


def _document(line: str) -> dict[str, object]:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        raise _BadRow("this line is not JSON") from None
    if not isinstance(document, dict):
        raise _BadRow("this line is not a JSON object")
    return document


def _text(document: dict[str, object], column: str) -> str:
    value = document.get(column)
    if not isinstance(value, str):
        raise _BadRow(f"{column!r} is not a text")
    return value


def _label(document: dict[str, object], label: str) -> str:
    if not label:
        return ""
    if label not in document:
        raise _BadRow(f"there is no {label!r}")
    value = document[label]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _row(name: str, line: int, text: str, label: str) -> Row | RefusedRow:
    if len(text) > MAX_TEXT:
        return RefusedRow(name, line, f"the text is longer than {MAX_TEXT} characters")
    try:
        text.encode()
        label.encode()
    except UnicodeEncodeError:
        return RefusedRow(name, line, "it is not UTF-8")
    return Row(name, line, text, label)


def _place(path: Path, header: list[str], wanted: str, option: str) -> int:
    name = wanted or _usual(path, header)
    if name not in header:
        raise NoSuchColumn(path=path, wanted=name, columns=_listed(header), option=option)
    return header.index(name)


def _usual(path: Path, columns: list[str]) -> str:
    for name in TEXT_COLUMNS:
        if name in columns:
            return name
    wanted = " or ".join(TEXT_COLUMNS)
    raise NoSuchColumn(path=path, wanted=wanted, columns=_listed(columns), option="--text")


def _listed(columns: list[str]) -> str:
    shown = ", ".join(columns) or "(none)"
    return shown.encode("utf-8", "replace").decode()[:500]
