"""Decisions that another tool has made: they pass the same door, and get statement, appeal and ledger.

``take_decisions`` is for what a platform's tool decides now; ``load_history`` for its past, which tells
nobody. Both count a decision once by the tool's own number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from django.db import transaction
from pydantic import ValidationError

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement.errors import AlreadyRecorded
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items import queries as items
from sinmungo.apps.items import store
from sinmungo.apps.items.events import CLOCK_SKEW, reasons
from sinmungo.apps.items.models import Item, Platform
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.review import queries as review_queries
from sinmungo.apps.review import services as review
from sinmungo.apps.statements import links
from sinmungo.apps.statements.models import Statement
from sinmungo.core.kernel.errors import DomainError, Refused
from sinmungo.core.kernel.words import DecisionSource
from sinmungo.core.text.identifiers import mask_identifiers
from sinmungo.journeys import decide
from sinmungo.journeys.decide import ExternalDecision, Proposal, ProposedAction
from sinmungo.journeys.deciding.answers import answer_reports
from sinmungo.journeys.loading.document import DecisionDocument
from sinmungo.journeys.loading.mapping import EXAMPLE, BadMap, HistoryMap, load_map
from sinmungo.journeys.loading.rows import HistoryRow, RowFault, UnreadableHistory, read_rows

__all__ = ["EXAMPLE", "BadMap", "DecisionDocument", "HistoryMap", "HistoryReport", "Recorded", "RowFault"]
__all__ += ["UnreadableHistory", "load_history", "load_map", "take_decisions"]

MAX_DECISIONS = 200


class TooManyDecisions(Refused):
    """More decisions than one request may bring."""

    code = "decisions.too_many"
    message = "At most {limit} decisions can be sent at once."


class BadDecision(Refused):
    """A decision that does not fit the reference."""

    code = "decision.invalid"
    message = "{reason}"


class UnknownSuperseded(Refused):
    """There is no decision of this number to take the place of."""

    code = "decision.unknown_superseded"
    message = "The decision that this one takes the place of is not known here."


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one decision; ``statement_path`` opens the statement of the person affected."""

    external_id: str | None
    state: Literal["recorded", "already", "refused"]
    case_code: str = ""
    statement_path: str = ""
    error: DomainError | None = None


@dataclass(slots=True)
class HistoryReport:
    """What became of a history file. In a dry run nothing is written and ``recorded`` is what would be.

    ``reversals`` are decisions that an appeal led to; ``appeals`` counts every answered appeal.
    """

    rows: int = 0
    recorded: int = 0
    already: int = 0
    appeals: int = 0
    reversals: int = 0
    faults: list[RowFault] = field(default_factory=list)


def take_decisions(platform: Platform, documents: Sequence[object], *, actor: Actor) -> list[Recorded]:
    """Record what another tool decided; returns for each document, in order, what became of it.

    What could not even be read stands in ``documents`` as its error. Raises TooManyDecisions for more
    than 200.
    """
    if len(documents) > MAX_DECISIONS:
        raise TooManyDecisions(limit=MAX_DECISIONS)
    now = clock.now()
    results: dict[int, Recorded] = {}
    read: dict[int, DecisionDocument] = {}
    for index, document in enumerate(documents):
        try:
            read[index] = _read(document, now)
        except DomainError as error:
            results[index] = Recorded(_number(document), "refused", error=error)
    # a decision that takes the place of another comes after it, also within one request
    for later in (False, True):
        part = {index: each for index, each in read.items() if (each.supersedes is not None) is later}
        results |= _record(platform, part, actor=actor, past=False)
    return [results[index] for index in range(len(documents))]


def load_history(
    platform: Platform,
    path: Path,
    mapping: HistoryMap,
    *,
    dry_run: bool,
    actor: Actor,
    progress: Callable[[int], None] = lambda _: None,
) -> HistoryReport:
    """Load past decisions and the answers to their appeals; nobody is told and nothing is delivered.

    The whole file is read first: while it has any fault nothing is written. Raises UnreadableHistory.
    ``progress`` hears of every batch how many rows it had.
    """
    report = HistoryReport()
    rows = _checked_rows(path, mapping, report)
    if report.faults or dry_run:
        _count_known(platform, rows, report)
        return report
    for start in range(0, len(rows), MAX_DECISIONS):
        part = rows[start : start + MAX_DECISIONS]
        _load(platform, part, report, actor)
        progress(len(part))
    return report


def _checked_rows(path: Path, mapping: HistoryMap, report: HistoryReport) -> list[HistoryRow]:
    rows: list[HistoryRow] = []
    first_line: dict[str, int] = {}
    now = clock.now()
    for found in read_rows(path, mapping):
        report.rows += 1
        if isinstance(found, RowFault):
            report.faults.append(found)
            continue
        number = found.decision.external_id
        if number in first_line:
            reason = f"this number stands in line {first_line[number]} already"
            report.faults.append(RowFault(found.line, "external_id", reason))
        elif max(found.decision.made_at, found.answered_at or found.decision.made_at) > now:
            report.faults.append(RowFault(found.line, "made_at", "history lies in the past"))
        else:
            first_line[number] = found.line
            rows.append(found)
    return rows


def _count_known(platform: Platform, rows: Sequence[HistoryRow], report: HistoryReport) -> None:
    for start in range(0, len(rows), MAX_DECISIONS):
        part = rows[start : start + MAX_DECISIONS]
        known = _known(platform, [row.decision.external_id for row in part])
        fresh = [row for row in part if row.decision.external_id not in known]
        report.already += len(part) - len(fresh)
        report.recorded += len(fresh)
        report.appeals += sum(bool(row.appeal) for row in fresh)
        report.reversals += sum(row.reversal is not None for row in fresh)


def _load(platform: Platform, rows: Sequence[HistoryRow], report: HistoryReport, actor: Actor) -> None:
    """Load one batch: decisions first, then what their appeals led to."""
    decided = _record(platform, {i: row.decision for i, row in enumerate(rows)}, actor=actor, past=True)
    reversals = {i: row.reversal for i, row in enumerate(rows) if row.reversal is not None}
    reversed_ = _record(platform, reversals, actor=actor, past=True)
    fresh = [i for i in decided if decided[i].state == "recorded"]
    report.recorded += len(fresh)
    report.already += sum(each.state == "already" for each in decided.values())
    report.reversals += sum(each.state == "recorded" for each in reversed_.values())
    for results in (decided, reversed_):
        for index, each in results.items():
            if each.error is not None:
                report.faults.append(RowFault(rows[index].line, "", each.error.detail))
    answered = [(rows[i], decided[i].case_code) for i in fresh if rows[i].appeal]
    report.appeals += len(answered)
    _enter_appeals(answered, actor)


def _enter_appeals(answered: Sequence[tuple[HistoryRow, str]], actor: Actor) -> None:
    entries = [
        ledger.NewEntry(
            "appeal.history.loaded",
            f"decision:{case_code}",
            actor,
            {"outcome": row.appeal, "answered_at": row.answered_at.isoformat() if row.answered_at else ""},
        )
        for row, case_code in answered
    ]
    with transaction.atomic():
        ledger.record(entries, at=clock.now())


def _read(document: object, now: datetime) -> DecisionDocument:
    if isinstance(document, DomainError):
        raise document
    try:
        read = DecisionDocument.model_validate(document)
    except ValidationError as error:
        raise BadDecision(reason=reasons(error)) from None
    if read.made_at > now + CLOCK_SKEW:
        raise BadDecision(reason="made_at: lies in the future")
    return read


def _number(document: object) -> str | None:
    number = document.get("external_id") if isinstance(document, dict) else None
    return number if isinstance(number, str) and len(number) <= 200 and number.isprintable() else None


def _record(
    platform: Platform, documents: dict[int, DecisionDocument], *, actor: Actor, past: bool
) -> dict[int, Recorded]:
    """Send documents through the one door; returns what became of each, by its index."""
    known = _known(platform, _numbers(documents.values()))
    here = [known[each.external_id] for each in documents.values() if each.external_id in known]
    paths = {} if past else _statement_paths(here)
    results: dict[int, Recorded] = {}
    fresh: dict[int, DecisionDocument] = {}
    for index, each in documents.items():
        if each.external_id in known:
            code = known[each.external_id].case_code
            results[index] = Recorded(each.external_id, "already", code, paths.get(code, ""))
        elif each.supersedes is not None and each.supersedes not in known:
            results[index] = Recorded(each.external_id, "refused", error=UnknownSuperseded())
        else:
            fresh[index] = each
    if fresh:
        results |= _decided(platform, fresh, known, actor=actor, past=past)
    return results


def _decided(
    platform: Platform,
    fresh: dict[int, DecisionDocument],
    known: dict[str, Decision],
    *,
    actor: Actor,
    past: bool,
) -> dict[int, Recorded]:
    found = _items(platform, list(fresh.values()))
    proposals = [
        _proposal(each, item, known.get(each.supersedes or ""), past=past)
        for each, item in zip(fresh.values(), found, strict=True)
    ]
    outcomes = decide.many(proposals, actor=actor)
    made = [each for each in outcomes if isinstance(each, Decision)]
    if not past:
        _end_what_waited(made, actor)
    paths = {} if past else _statement_paths(made)
    results: dict[int, Recorded] = {}
    for (index, each), outcome in zip(fresh.items(), outcomes, strict=True):
        if isinstance(outcome, Decision):
            path = paths.get(outcome.case_code, "")
            results[index] = Recorded(each.external_id, "recorded", outcome.case_code, path)
        else:
            results[index] = _not_recorded(platform, each.external_id, outcome.error)
    return results


def _end_what_waited(made: Sequence[Decision], actor: Actor) -> None:
    """A decision of the tool beside ends the item's open case and answers who reported it."""
    for decision in made:
        at = clock.now()
        with transaction.atomic():
            case = review_queries.open_case(item=decision.item)
            if case is not None:
                review.close(case=case, decision=decision, at=at, actor=actor)
            answer_reports(decision, at=at, actor=actor)


def _not_recorded(platform: Platform, number: str, error: DomainError) -> Recorded:
    """Another request may have been faster with the same decision: then it is known already."""
    if isinstance(error, AlreadyRecorded):
        made = _known(platform, [number])[number]
        return Recorded(number, "already", made.case_code, _statement_paths([made]).get(made.case_code, ""))
    return Recorded(number, "refused", error=error)


def _items(platform: Platform, documents: Sequence[DecisionDocument]) -> list[Item]:
    names = [store.Name(each.item.type, each.item.external_id, _author(each) or "") for each in documents]
    ids = store.ensure_items(platform.pk, names, at=clock.now())
    found = items.items_by_id(ids)
    return [found[each] for each in ids]


def _author(document: DecisionDocument) -> str | None:
    return None if document.item.type == "account" else document.item.author


def _proposal(document: DecisionDocument, item: Item, supersedes: Decision | None, *, past: bool) -> Proposal:
    return Proposal(
        item=item,
        item_version=items.latest_version(item) if not past else None,
        violation=document.violation,
        category=document.category,
        facts=mask_identifiers(document.facts).text,
        source=DecisionSource.EXTERNAL,
        actions=tuple(
            ProposedAction(each.kind, each.territory, each.ends - document.made_at if each.ends else None)
            for each in document.actions
        ),
        cause_kind=document.cause,
        supersedes=supersedes,
        external=ExternalDecision(
            external_id=document.external_id,
            ground_text=mask_identifiers(document.ground.text).text,
            automated=document.automated,
            detected_automatically=document.detected_automatically,
            ground_kind=document.ground.kind,
            made_at=document.made_at,
        ),
        past=past,
    )


def _numbers(documents: Iterable[DecisionDocument]) -> list[str]:
    named = [number for each in documents for number in (each.external_id, each.supersedes) if number]
    return list(dict.fromkeys(named))


def _known(platform: Platform, numbers: Sequence[str]) -> dict[str, Decision]:
    rows = Decision.objects.filter(platform=platform, external_id__in=numbers)
    return {row.external_id: row for row in rows}


def _statement_paths(decisions: Sequence[Decision]) -> dict[str, str]:
    rows = Statement.objects.filter(decision__in=decisions, audience=Statement.Audience.AFFECTED)
    return {row.decision.case_code: links.link_path(row) for row in rows.select_related("decision")}
