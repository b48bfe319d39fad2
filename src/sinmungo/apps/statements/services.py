"""Everything that changes statements. Their letters are rendered in ``statements.letters``."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from sinmungo.apps.base import clock, ids, rows
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.intake.models import Report
from sinmungo.apps.items.models import Item
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.statements.content import LETTER_VERSION, Content
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.vault import queries as vault_queries
from sinmungo.apps.vault import services as vault

BODY_FIELD = "statements_statement.body"


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement to be sealed: for whom, on which decision, and what it says."""

    decision: Decision
    content: Content
    audience: Statement.Audience
    locale: str
    key_ref: str
    account: Item | None = None
    report: Report | None = None


def person_ref(item: Item) -> str:
    """Return the name of the key under which words to and about an item's person are sealed."""
    return f"person:{(item.author_id or item.id).hex}"


def report_ref(report: Report) -> str:
    """Return the name of the key of a report."""
    return f"report:{report.id.hex}"


def seal(drafts: Sequence[Draft], *, at: datetime) -> list[Statement]:
    """Seal drafts under keys that exist already; done before the transaction that records them."""
    bodies = vault.seal_many([(d.key_ref, BODY_FIELD, d.content.to_bytes()) for d in drafts])
    return [
        Statement(
            id=ids.new_id(),
            handle=ids.new_handle(),
            decision=draft.decision,
            platform_id=draft.decision.platform_id,
            item_id=draft.decision.item_id,
            account=draft.account,
            report=draft.report,
            audience=draft.audience,
            locale=draft.locale,
            body=body,
            key_ref=draft.key_ref,
            letter_version=LETTER_VERSION,
            made_at=at,
        )
        for draft, body in zip(drafts, bodies, strict=True)
    ]


def record(statements: Sequence[Statement]) -> None:
    """Write sealed statements; call inside the transaction of their decisions."""
    rows.insert(statements)


def content_of(statement: Statement) -> Content:
    """Return what a statement says, opened from its seal."""
    body = vault_queries.unseal_bytes(statement.key_ref, BODY_FIELD, bytes(statement.body))
    return Content.from_bytes(body.reveal())


def tell_reporters(
    *, decision: Decision, reports: Iterable[Report], outcome: str, actor: Actor, of: Content | None = None
) -> list[Statement]:
    """Write to each reporter what came of the report: ``acted``, ``no_violation`` or ``reversed``.

    ``of`` is the statement's content of the person affected, from which only the ground and the
    policy are told; never what was done to whom.
    """
    told = list(reports)
    at = clock.now()
    refs = [report_ref(report) for report in told]
    vault.ensure(refs)
    base = of or base_content(decision)
    drafts = [_to_reporter(decision, report, outcome, base) for report in told]
    statements = seal(drafts, at=at)
    with transaction.atomic():
        vault.register(refs, at=at)
        record(statements)
        ledger.record([_reporter_told(report, outcome, actor) for report in told], at=at)
    return statements


def _reporter_told(report: Report, outcome: str, actor: Actor) -> ledger.NewEntry:
    # under the report's own salted name: beside the decision, their number would tell of reporters
    return ledger.NewEntry(
        "statements.reporter.told", f"report:{ledger.salted(report.id.hex)}", actor, {"outcome": outcome}
    )


def base_content(decision: Decision) -> Content:
    """Return the parts of a decision that may be told to anyone whom it concerns."""
    return Content(
        audience=Statement.Audience.AFFECTED,
        outcome="restricted" if decision.violation else "no_violation",
        case_code=decision.case_code,
        platform_name=decision.platform.name,
        time_zone=decision.platform.time_zone,
        made_at=decision.made_at.isoformat(),
        item_type=decision.item.type,
        item_external_id=decision.item.external_id,
        policy_digest=decision.policy_version_id or "",
        policy_slug=decision.policy_version.policy_id if decision.policy_version else "",
        category=decision.category,
        automated=decision.automated,
        detected_automatically=decision.detected_automatically,
        looked=decision.looked,
        source=decision.source,
    )


def _to_reporter(decision: Decision, report: Report, outcome: str, base: Content) -> Draft:
    content = replace(
        base,
        audience=Statement.Audience.REPORTER,
        outcome=outcome,
        excerpt="",
        posted_at="",
        actions=(),
        facts="",
        strike_weight=0,
        supersedes_case_code="",
        report_reason=report.reason,
        report_day=report.received_at.date().isoformat(),
    )
    return Draft(
        decision=decision,
        content=content,
        audience=Statement.Audience.REPORTER,
        locale=report.locale,
        key_ref=report_ref(report),
        report=report,
    )


@transaction.atomic
def mark_told(*, shown: Mapping[uuid.UUID, datetime], actor: Actor, at: datetime) -> int:
    """Write down when a platform first showed statements, by their ids; returns how many were news."""
    news = list(
        Statement.objects.filter(pk__in=list(shown), told_at__isnull=True)
        .select_for_update(of=("self",))
        .select_related("decision")
        .order_by("pk")
    )
    for statement in news:
        statement.told_at = shown[statement.id]
    rows.update(news, columns=["told_at"])
    ledger.record([_told(statement, shown[statement.id], actor) for statement in news], at=at)
    return len(news)


def _told(statement: Statement, shown_at: datetime, actor: Actor) -> ledger.NewEntry:
    subject = f"decision:{statement.decision.case_code}"
    return ledger.NewEntry("statements.statement.told", subject, actor, {"at": shown_at.isoformat()})
