"""Rows of a history file into documents of decisions, every fault named with its line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sinmungo.core.kernel.errors import Refused
from sinmungo.core.kernel.words import AppealOutcome
from sinmungo.journeys.loading.document import DecisionDocument
from sinmungo.journeys.loading.mapping import HistoryMap

#: One row may hold this many bytes; a longer line is a fault, not a full memory.
MAX_CELL = 200_000
_YES = frozenset({"yes", "true", "1", "y", "예"})
_NO = frozenset({"no", "false", "0", "n", "아니요", "아니오"})
_NAMES = {"item.type": "item_type", "item.external_id": "item_id", "item.author": "author_id"}
_NAMES |= {"ground.text": "ground", "ground.kind": "ground_kind"}


class UnreadableHistory(Refused):
    """A history file that is not one of the kinds that are read, or lacks a mapped column."""

    code = "import.unreadable"
    message = "{reason}"


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a row: its line in the file, from 1, our field's name if one is meant, and why."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One decision of the past, and the answer to the appeal against it, if there was one.

    ``reversal`` is the decision that the appeal led to; None when it was upheld.
    """

    line: int
    decision: DecisionDocument
    appeal: str = ""
    answered_at: datetime | None = None
    reversal: DecisionDocument | None = None


class _Bad(Exception):
    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason
        super().__init__(reason)


def read_rows(path: Path, mapping: HistoryMap) -> Iterator[HistoryRow | RowFault]:
    """Yield each row of a CSV or JSONL file as a decision, or what is wrong with it.

    Raises UnreadableHistory when the file as a whole cannot be read.
    """
    for line, found in _raw_rows(path, mapping):
        if isinstance(found, str):
            yield RowFault(line, "", found)
            continue
        try:
            yield _row(line, found, mapping)
        except _Bad as bad:
            yield RowFault(line, bad.field, bad.reason)


def _raw_rows(path: Path, mapping: HistoryMap) -> Iterator[tuple[int, Mapping[str, str] | str]]:
    try:
        if path.suffix.lower() in (".jsonl", ".ndjson"):
            yield from _json_rows(path)
        elif path.suffix.lower() == ".csv":
            yield from _csv_rows(path, mapping)
        else:
            raise UnreadableHistory(reason="a history is a .csv, .jsonl or .ndjson file")
    except OSError as error:
        raise UnreadableHistory(reason=f"the file cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnreadableHistory(reason=f"the file is not UTF-8 (byte {error.start} of a part)") from error
    except csv.Error as error:
        raise UnreadableHistory(reason=f"the file is not CSV: {error}") from error


def _csv_rows(path: Path, mapping: HistoryMap) -> Iterator[tuple[int, Mapping[str, str] | str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        header = next(reader, [])
        _check_columns(header, mapping)
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) != len(header):
                yield line, f"{len(cells)} cells where the header has {len(header)}"
            else:
                yield line, dict(zip(header, cells, strict=True))
            line = reader.line_num + 1


def _check_columns(header: list[str], mapping: HistoryMap) -> None:
    missing = sorted(set(mapping.columns.values()) - set(header))
    if missing:
        named = ", ".join(missing)
        raise UnreadableHistory(reason=f"the file has no column {named}; it has: {', '.join(header)}")


def _json_rows(path: Path) -> Iterator[tuple[int, Mapping[str, str] | str]]:
    with path.open(encoding="utf-8-sig") as file:
        for line, text in enumerate(file, start=1):
            if not text.strip():
                continue
            try:
                document = json.loads(text)
            except (ValueError, RecursionError):
                yield line, "this line is not JSON"
                continue
            yield line, _cells(document) if isinstance(document, dict) else "this line is not a JSON object"


def _cells(document: dict[str, Any]) -> dict[str, str]:
    return {key: "" if value is None else _cell(value) for key, value in document.items()}


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _row(line: int, row: Mapping[str, str], mapping: HistoryMap) -> HistoryRow:
    if any(len(cell) > MAX_CELL for cell in row.values()):
        raise _Bad("", f"a cell is longer than {MAX_CELL} letters")
    made_at = _moment(mapping.read("made_at", row), "made_at", mapping)
    document = _document(row, mapping, made_at)
    decision = _checked(document)
    outcome = mapping.read("appeal_outcome", row)
    if not outcome:
        return HistoryRow(line, decision)
    if outcome not in list(AppealOutcome):
        raise _Bad("appeal_outcome", f"one of {', '.join(AppealOutcome)} was expected")
    answered_at = _moment(mapping.read("appeal_answered_at", row), "appeal_answered_at", mapping)
    if answered_at < made_at:
        raise _Bad("appeal_answered_at", "an appeal is answered after the decision")
    reversal = _reversal(row, mapping, document, outcome, answered_at)
    return HistoryRow(line, decision, outcome, answered_at, reversal)


def _document(row: Mapping[str, str], mapping: HistoryMap, made_at: datetime) -> dict[str, Any]:
    author = mapping.read("author_id", row)
    return {
        "external_id": mapping.read("external_id", row),
        "item": {
            "type": mapping.read("item_type", row),
            "external_id": mapping.read("item_id", row),
            "author": author or None,
        },
        "violation": _yes("violation", mapping.read("violation", row) or "yes"),
        "ground": {
            "kind": mapping.read("ground_kind", row) or "terms",
            "text": mapping.read("ground", row),
        },
        "category": mapping.read("category", row),
        "facts": mapping.read("facts", row),
        "actions": _actions("actions", row, mapping, made_at),
        "automated": mapping.read("automated", row),
        "detected_automatically": _yes(
            "detected_automatically", mapping.read("detected_automatically", row) or "no"
        ),
        "made_at": made_at.isoformat(),
    }


def _actions(
    field: str, row: Mapping[str, str], mapping: HistoryMap, made_at: datetime
) -> list[dict[str, Any]]:
    kinds = [kind for kind in mapping.read(field, row).split("|") if kind and kind != "none"]
    ends = _ends(row, mapping, made_at)
    territory = mapping.read("territory", row) or "everywhere"
    return [{"kind": kind, "territory": territory, "ends": ends} for kind in kinds]


def _ends(row: Mapping[str, str], mapping: HistoryMap, made_at: datetime) -> str | None:
    days, ends = mapping.read("days", row), mapping.read("ends", row)
    if ends:
        return _moment(ends, "ends", mapping).isoformat()
    if not days or days == "0":
        return None
    if not (days.isascii() and days.isdigit() and int(days) <= 36_500):
        raise _Bad("days", "a whole number of days was expected")
    return (made_at + timedelta(days=int(days))).isoformat()


def _reversal(
    row: Mapping[str, str], mapping: HistoryMap, document: dict[str, Any], outcome: str, answered_at: datetime
) -> DecisionDocument | None:
    """Return the decision that an appeal led to, which takes the place of the first."""
    if outcome == AppealOutcome.UPHELD:
        return None
    partly = outcome == AppealOutcome.PARTLY
    actions = _actions("appeal_actions", row, mapping, answered_at) if partly else []
    if partly and not actions:
        raise _Bad("appeal_actions", "what is left of a partly overturned decision must be named")
    return _checked(
        {
            **document,
            "external_id": f"{document['external_id']}/appeal",
            "violation": partly,
            "actions": actions,
            "facts": mapping.read("appeal_reasons", row) or document["facts"],
            "automated": "not",
            "made_at": answered_at.isoformat(),
            "supersedes": document["external_id"],
            "cause": "appeal",
        }
    )


def _checked(document: dict[str, Any]) -> DecisionDocument:
    try:
        return DecisionDocument.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        name = ".".join(str(part) for part in first["loc"] if not isinstance(part, int))
        raise _Bad(_NAMES.get(name, name.replace("actions.kind", "actions")), first["msg"]) from None


def _moment(text: str, field: str, mapping: HistoryMap) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _Bad(field, "a time such as 2025-03-01 09:30 was expected") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=mapping.zone)


def _yes(field: str, text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise _Bad(field, "yes or no was expected")
