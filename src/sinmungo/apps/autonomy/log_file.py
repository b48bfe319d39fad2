"""The log of an automation's evidence as a file, and how anybody weighs it again without our database.

JSON lines in UTF-8. The first names the automation. Then for each epoch one line with what its breaker is
set to and what was stored at the time, followed by one line for each factor in order. Times are hours
since the epoch began; numbers are written so that they are read back exactly. ``docs/reference`` tells more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sinmungo.apps.autonomy import weighing
from sinmungo.core.trust.breaker import Settings
from sinmungo.core.trust.replay import LoggedFactor

TYPE = "sinmungo.autonomy.log"
FORMAT = 1
#: An epoch's line has about 600 bytes, a factor's 200.
MAX_LINE = 4096
#: Ten years of one automation with a count every minute.
MAX_LINES = 5_000_000
#: What reading raises where a line holds other things than it should.
_ODD = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError)


class NoLog(ValueError):
    """A file is no log of evidence; ``line`` counts from 1."""

    def __init__(self, line: int, why: str) -> None:
        self.line, self.why = line, why
        super().__init__(f"line {line}: {why}")


@dataclass(frozen=True, slots=True)
class Stored:
    """What was stored of an epoch: how many factors, R, the bound, the random labels and the wrong ones."""

    seq: int
    r: float
    bound: float
    labels: int
    wrong: int


@dataclass(frozen=True, slots=True)
class EpochLog:
    """One epoch's log: its breaker's settings, the risk of its bound, its factors and their sources."""

    automation: str
    number: int
    digest: str
    alpha: float
    settings: Settings
    stored: Stored
    factors: tuple[LoggedFactor, ...]
    sources: tuple[str, ...]

    def recomputed(self) -> Stored:
        """Weigh the log from its beginning; raises ValueError for a log that cannot be."""
        found = weighing.replayed(self.settings, self.factors)
        bound = found.bound(self.alpha)
        return Stored(found.seq, found.breaker.r, bound, found.labels, found.wrong)


def lines(name: str, facts: Mapping[str, str], epochs: Iterable[EpochLog]) -> Iterator[str]:
    """Yield the lines of a file: the automation ``name`` with what it is, and its epochs."""
    yield _line({"type": TYPE, "format": FORMAT, "automation": name, **facts})
    for epoch in epochs:
        yield _line(
            {
                "epoch": epoch.number,
                "digest": epoch.digest,
                "alpha": epoch.alpha,
                "settings": epoch.settings.to_document(),
                "stored": {field: getattr(epoch.stored, field) for field in Stored.__slots__},
            }
        )
        for factor, source in zip(epoch.factors, epoch.sources, strict=True):
            yield _line(_of_factor(factor, source))


def read(rows: Iterable[bytes]) -> list[EpochLog]:
    """Return the epochs of a file. Raises NoLog for what is none, with the line."""
    name, heads, logs = "", list[dict[str, Any]](), list[list[tuple[LoggedFactor, str]]]()
    for number, raw in enumerate(rows, 1):
        row = _row(raw, number)
        try:
            if number == 1:
                name = _name(row)
            elif "epoch" in row:
                heads.append(row)
                logs.append([])
            else:
                logs[-1].append((_factor(row), str(row["source"])))
        except _ODD as fault:
            raise NoLog(number, "this is no line of a log of evidence") from fault
    if not name:
        raise NoLog(1, "the file is empty")
    return [_epoch(name, head, log) for head, log in zip(heads, logs, strict=True)]


def _row(raw: bytes, number: int) -> dict[str, Any]:
    if len(raw) > MAX_LINE or number > MAX_LINES:
        raise NoLog(number, "the file is too large")
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError) as fault:
        raise NoLog(number, "this is no JSON") from fault
    if not isinstance(row, dict):
        raise NoLog(number, "this is no JSON object")
    return row


def _name(row: Mapping[str, Any]) -> str:
    if row["type"] != TYPE or row["format"] != FORMAT:
        raise ValueError("another format")
    return str(row["automation"])


def _epoch(name: str, head: Mapping[str, Any], log: list[tuple[LoggedFactor, str]]) -> EpochLog:
    try:
        stored = Stored(
            int(head["stored"]["seq"]),
            float(head["stored"]["r"]),
            float(head["stored"]["bound"]),
            int(head["stored"]["labels"]),
            int(head["stored"]["wrong"]),
        )
        settings = Settings.from_document(head["settings"])
        return EpochLog(
            automation=name,
            number=int(head["epoch"]),
            digest=str(head["digest"]),
            alpha=float(head["alpha"]),
            settings=settings,
            stored=stored,
            factors=tuple(factor for factor, _ in log),
            sources=tuple(source for _, source in log),
        )
    except _ODD as fault:
        raise NoLog(1, "an epoch is not described") from fault


def _of_factor(factor: LoggedFactor, source: str) -> dict[str, Any]:
    return {
        "seq": factor.seq,
        "stream": factor.stream,
        "x": factor.x,
        "at": factor.at,
        "terms": dict(factor.terms),
        "source": source,
        "corrects": factor.corrects,
    }


def _factor(row: Mapping[str, Any]) -> LoggedFactor:
    corrects = row["corrects"]
    return LoggedFactor(
        seq=int(row["seq"]),
        stream=str(row["stream"]),
        x=float(row["x"]),
        at=float(row["at"]),
        terms={str(name): float(value) for name, value in row["terms"].items()},
        corrects=None if corrects is None else int(corrects),
    )


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n"
