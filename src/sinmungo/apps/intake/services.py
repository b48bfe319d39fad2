from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from sinmungo.apps.base import ids
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.intake import receipts, reporters
from sinmungo.apps.intake.errors import BatchTooLarge, UnknownReason, WordsTooLong
from sinmungo.apps.intake.models import EventBatch, Report
from sinmungo.apps.items.models import Item, Version
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.vault import services as vault
from sinmungo.core.kernel.words import ReportReason
from sinmungo.core.text.identifiers import mask_identifiers

MAX_WORDS = 2_000
MAX_CONTACT = 200
MAX_BATCH = 500
WORDS_FIELD = "intake_report.words"
CONTACT_FIELD = "intake_report.contact"

Outcome = Report.Outcome
#: Which reports a decision answers: open ones, and old ones whose answer it changes.
_ANSWERS: dict[str, tuple[str, ...]] = {
    Outcome.ACTED: (Outcome.OPEN, Outcome.NO_VIOLATION, Outcome.REVERSED),
    Outcome.NO_VIOLATION: (Outcome.OPEN,),
    Outcome.REVERSED: (Outcome.OPEN, Outcome.ACTED),
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A report that is sealed and not yet written, and its receipt."""

    report: Report
    receipt: str


@dataclass(frozen=True, slots=True)
class Filed:
    """A report, and the receipt that is shown this once; empty when the same person reported before."""

    report: Report
    receipt: str


def store_batch(
    *,
    platform_id: str,
    cause: str,
    version_ids: Sequence[uuid.UUID],
    at: datetime,
    actor: Actor,
    due_at: datetime | None = None,
    claimed_until: datetime | None = None,
) -> EventBatch:
    """Promise, in the caller's transaction, that versions are judged, now or at ``due_at``; at most 500.

    With ``claimed_until`` the caller has claimed it from the beginning and keeps it itself.
    """
    if len(version_ids) > MAX_BATCH:
        raise BatchTooLarge(limit=MAX_BATCH)
    batch = EventBatch.objects.create(
        id=ids.new_id(),
        platform_id=platform_id,
        cause=cause,
        received_at=at,
        due_at=due_at or at,
        claimed_until=claimed_until,
        attempts=0 if claimed_until is None else 1,
        version_ids=[each.hex for each in version_ids],
    )
    if cause == EventBatch.Cause.POLICY:
        _enter("intake.rejudging.promised", batch, actor, {"versions": len(version_ids)}, at)
    return batch


def draft_report(
    *,
    platform_id: str,
    item_id: uuid.UUID,
    reason: str,
    words: str,
    contact: str,
    locale: str,
    reporter_external_id: str,
    at: datetime,
) -> Draft:
    """Seal a report's words and contact under a fresh key; call it before the transaction.

    Raises UnknownReason, WordsTooLong, or BadText for text that is not Unicode.
    """
    _check(reason, words, contact)
    said, reach = mask_identifiers(words).text, mask_identifiers(contact).text
    reporter = reporters.reporter_digest(platform_id, mask_identifiers(reporter_external_id).text)
    receipt = ids.new_receipt()
    report = Report(
        id=ids.new_id(),
        item_id=item_id,
        platform_id=platform_id,
        reason=reason,
        locale=locale if locale in ("ko", "en") else "ko",
        reporter=reporter,
        cluster=reporters.cluster_digest(
            platform_id=platform_id, item_id=item_id, words=said, reporter=reporter
        ),
        receipt_digest=receipts.digest(receipt),
        received_at=at,
    )
    ref = key_ref(report)
    vault.ensure([ref])
    report.words = vault.seal(ref, WORDS_FIELD, said) if said else b""
    report.contact = vault.seal(ref, CONTACT_FIELD, reach) if reach else b""
    return Draft(report, receipt)


@transaction.atomic
def file_report(*, draft: Draft, version: Version | None, actor: Actor) -> Filed:
    """Write a drafted report on an item that exists.

    The same reporter on the same item, while the first report is open, gets that one back without a
    receipt; the draft's key is then an orphan that the vault reaps.
    """
    report = draft.report
    known = _open_report(report)
    if known is not None:
        return Filed(known, "")
    report.version = version
    try:
        with transaction.atomic():
            vault.register([key_ref(report)], at=report.received_at)
            report.save(force_insert=True)
    except IntegrityError:
        known = _open_report(report)
        if known is None:
            raise
        return Filed(known, "")
    _enter_report(report, "intake.report.received", {"reason": report.reason}, report.received_at, actor)
    return Filed(report, draft.receipt)


def key_ref(report: Report) -> str:
    """Return the name of the vault key of a report's words and contact."""
    return f"report:{report.id.hex}"


@transaction.atomic
def close_reports(
    *, item: Item, outcome: str, decision_id: uuid.UUID, at: datetime, actor: Actor
) -> list[Report]:
    """Answer every report that a decision answers; return them, so that each reporter can be told.

    ``acted`` answers open reports, and old ones that were told otherwise; ``no_violation`` open ones;
    ``reversed`` those that were acted on, while ones still open then end as ``no_violation``.
    """
    rows = Report.objects.select_for_update().filter(item=item, outcome__in=_ANSWERS[outcome])
    answered = list(rows.order_by("id"))
    for report in answered:
        is_new = report.outcome == Outcome.OPEN and outcome == Outcome.REVERSED
        report.outcome = Outcome.NO_VIOLATION if is_new else outcome
        report.outcome_at = at
        report.decision_id = decision_id
        _enter_report(report, "intake.report.answered", {"outcome": str(report.outcome)}, at, actor)
    Report.objects.bulk_update(answered, ["outcome", "outcome_at", "decision_id"], batch_size=200)
    return answered


@transaction.atomic
def reopen(*, report: Report, at: datetime, actor: Actor) -> None:
    """Owe a report an answer again; nothing changes while the same person's newer report is open."""
    if _open_report(report) is not None:
        return
    rows = Report.objects.filter(pk=report.pk).exclude(outcome=Outcome.OPEN)
    if rows.update(outcome=Outcome.OPEN, outcome_at=None, decision_id=None):
        _enter_report(report, "intake.report.reopened", {}, at, actor)


def _check(reason: str, words: str, contact: str) -> None:
    if reason not in list(ReportReason):
        raise UnknownReason
    if len(words) > MAX_WORDS:
        raise WordsTooLong(limit=MAX_WORDS)
    if len(contact) > MAX_CONTACT:
        raise WordsTooLong(limit=MAX_CONTACT)


def _open_report(report: Report) -> Report | None:
    if not report.reporter:
        return None
    rows = Report.objects.filter(item_id=report.item_id, reporter=report.reporter, outcome=Outcome.OPEN)
    return rows.first()


def _enter_report(report: Report, kind: str, body: dict[str, str], at: datetime, actor: Actor) -> None:
    # under the report's own salted name: an item's line in the ledger must not count its reporters
    subject = f"report:{ledger.salted(report.id.hex)}"
    ledger.record([ledger.NewEntry(kind=kind, subject=subject, actor=actor, body=dict(body))], at=at)


def _enter(kind: str, batch: EventBatch, actor: Actor, body: dict[str, int], at: datetime) -> None:
    entry = ledger.NewEntry(kind=kind, subject=f"batch:{batch.id.hex}", actor=actor, body=dict(body))
    ledger.record([entry], at=at)
