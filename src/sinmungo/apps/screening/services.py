from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from sinmungo.apps.base import clock
from sinmungo.apps.base import rows as base_rows
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.items import bulk
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.screening.errors import BadDigest
from sinmungo.apps.screening.models import Bank, Fingerprint
from sinmungo.core.kernel.values import PlainSignal

MAX_EVIDENCE = 500
_SHA256 = re.compile("[0-9a-f]{64}")
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


@transaction.atomic
def ensure_bank(*, name: str, title_ko: str, title_en: str, actor: Actor) -> Bank:
    """Return the bank ``name``, made if there is none."""
    bank, made = Bank.objects.get_or_create(name=name, defaults={"title_ko": title_ko, "title_en": title_en})
    if made:
        _enter("screening.bank.made", bank, actor, {})
    return bank


@transaction.atomic
def add_fingerprints(*, bank: Bank, sha256s: Iterable[str], actor: Actor) -> int:
    """Add digests to a bank; return how many are new. Raises BadDigest, naming a place and no digest."""
    now = clock.now()
    wanted = [_checked(place, digest) for place, digest in enumerate(sha256s, start=1)]
    known = set(
        Fingerprint.objects.filter(bank=bank, sha256__in=wanted).values_list("sha256", flat=True)
        if len(wanted) <= 500
        else Fingerprint.objects.filter(bank=bank).values_list("sha256", flat=True)
    )
    fresh = [digest for digest in dict.fromkeys(wanted) if digest not in known]
    Fingerprint.objects.bulk_create(
        [Fingerprint(bank=bank, sha256=digest, added_at=now) for digest in fresh], batch_size=500
    )
    if fresh:
        _enter("screening.bank.added_to", bank, actor, {"added": len(fresh)})
    return len(fresh)


@transaction.atomic
def remove_fingerprints(*, bank: Bank, sha256s: Sequence[str], actor: Actor) -> int:
    """Take digests out of a bank; return how many were there."""
    count, _ = Fingerprint.objects.filter(bank=bank, sha256__in=[each.lower() for each in sha256s]).delete()
    if count:
        _enter("screening.bank.removed_from", bank, actor, {"removed": count})
    return count


def _checked(place: int, digest: str) -> str:
    lowered = digest.lower()
    if _SHA256.fullmatch(lowered) is None:
        raise BadDigest(place=place)
    return lowered


def _enter(kind: str, bank: Bank, actor: Actor, body: dict[str, int]) -> None:
    entry = ledger.NewEntry(kind=kind, subject=f"bank:{bank.name}", actor=actor, body=dict(body))
    ledger.record([entry], at=clock.now())
