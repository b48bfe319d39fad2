from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sinmungo.apps.base import rows as base_rows
from sinmungo.apps.items import bulk
from sinmungo.core.kernel.values import PlainSignal

MAX_EVIDENCE = 500
_SIGNAL_COLUMNS = (
    "version_id",
    "source",
    "source_version",
    "name",
    "score",
    "evidence",
    "span_start",
    "span_end",
    "at",
)
_VERDICT_COLUMNS = ("id", "version_id", "pack_id", "facts_schema", "document", "proposed", "at")


class Judged(NamedTuple):
    """One judging of a version: its signals, and the verdict with its id and JSON."""

    version_id: uuid.UUID
    signals: Sequence[PlainSignal]
    verdict_id: uuid.UUID
    pack_digest: str
    facts_schema: int
    document: str
    proposed: str


def record(judged: Sequence[Judged], *, at: datetime) -> None:
    """Write signals and verdicts in the caller's transaction, one statement a table.

    Every judging writes all of its signals with its own moment, so that a verdict can always be read
    beside what it was made from.
    """
    uid, moment = bulk.uuid_writer(), bulk.moment(at)
    base_rows.write("screening_signal", _SIGNAL_COLUMNS, _signal_rows(judged, moment))
    base_rows.write(
        "screening_verdict",
        _VERDICT_COLUMNS,
        [
            (
                uid(each.verdict_id),
                uid(each.version_id),
                each.pack_digest,
                each.facts_schema,
                each.document,
                each.proposed,
                moment,
            )
            for each in judged
        ],
    )


def _signal_rows(judged: Sequence[Judged], moment: object) -> list[tuple[object, ...]]:
    uid = bulk.uuid_writer()
    rows: list[tuple[object, ...]] = []
    for each in judged:
        version = uid(each.version_id)
        for signal in each.signals:
            start, end = (signal.span.start, signal.span.end) if signal.span else (None, None)
            evidence = signal.evidence[:MAX_EVIDENCE]
            rows.append(
                (
                    version,
                    signal.source,
                    signal.source_version,
                    signal.name,
                    signal.score,
                    evidence,
                    start,
                    end,
                    moment,
                )
            )
    return rows
