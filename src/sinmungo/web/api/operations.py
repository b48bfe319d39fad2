"""The operations of the API. Each reads its body under limits and hands it to one journey or query."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Status
from pydantic import ValidationError

from sinmungo.apps.base.actors import platform as platform_actor
from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.intake import queries as intake
from sinmungo.apps.items import queries as items
from sinmungo.apps.items.events import ItemTypeName, reasons
from sinmungo.apps.ledger import queries as ledger
from sinmungo.core.kernel.errors import NotFound, Refused
from sinmungo.journeys import outside, receive, report
from sinmungo.web.api.auth import platform_of
from sinmungo.web.api.bodies import read_document, read_documents
from sinmungo.web.api.documents import (
    CheckpointOut,
    DecisionsOut,
    FiledOut,
    JudgedOut,
    ProofOut,
    ReportDocument,
    TakenOut,
    WantedOut,
)
from sinmungo.web.api.site import api, body_of, problems
from sinmungo.web.errors import sentence

PREFIX = "api/v1/"
RECEIPTS = "/receipts/"


class BadReport(Refused):
    """A report that does not fit the reference."""

    code = "report.invalid"
    message = "{reason}"


@api.post(
    "/events",
    response={202: TakenOut, 200: JudgedOut, **problems(400, 401, 413, 415, 422, 503)},
    openapi_extra=body_of("EventDocument", most=receive.MAX_EVENTS),
    summary="Items seen or changed",
)
def take_events(request: HttpRequest, wait: str | None = None) -> Status[dict[str, Any]]:
    """Take at most 500 events, as a JSON list, as `{"events": [...]}` or as NDJSON, plain or gzip.

    Each event counts once by its id; a bad one is refused by index and the good ones are kept. With
    `?wait` the verdicts are waited for and the answer is 200.
    """
    platform = platform_of(request)
    waits = _is_yes(wait)
    documents = read_documents(request)
    taken = receive.take(platform=platform, raw=documents, actor=platform_actor(platform.slug), hold=waits)
    answer: dict[str, Any] = {
        "accepted": taken.accepted,
        "duplicates": taken.duplicates,
        "refused": [_refused(each) for each in taken.refused],
    }
    if not waits:
        return Status(202, answer)
    told = [
        {"event_id": each.event_id, "proposed": each.proposed, "verdict": each.document}
        for each in receive.verdicts(taken)
    ]
    return Status(200, {**answer, "verdicts": told})


def _is_yes(wait: str | None) -> bool:
    return wait is not None and wait.lower() not in ("0", "false", "no")


def _refused(refused: receive.RefusedEvent) -> dict[str, Any]:
    error = refused.error
    return {
        "index": refused.index,
        "event_id": refused.event_id,
        "code": error.code,
        "detail": sentence(error),
    }


@api.post(
    "/reports",
    response={201: FiledOut, 200: FiledOut, **problems(400, 401, 413, 415, 422, 503)},
    openapi_extra=body_of("ReportDocument"),
    summary="A person's report",
)
def file_report(request: HttpRequest) -> Status[dict[str, Any]]:
    """Pass on a person's report; the receipt is for that person and is shown this once."""
    platform = platform_of(request)
    try:
        document = ReportDocument.model_validate(read_document(request))
    except ValidationError as error:
        raise BadReport(reason=reasons(error)) from None
    filed = report.file(
        platform=platform,
        item_type=document.item.type,
        external_id=document.item.external_id,
        reason=document.reason,
        words=document.words,
        contact=document.contact,
        locale=document.locale,
        reporter_external_id=document.reporter.external_id if document.reporter else "",
        actor=platform_actor(platform.slug),
    )
    answer = {
        "receipt": filed.receipt,
        "status_url": settings.SINMUNGO_URL + RECEIPTS,
        "already_received": filed.already_received,
    }
    return Status(200 if filed.already_received else 201, answer)


@api.post(
    "/decisions",
    response={200: DecisionsOut, **problems(400, 401, 413, 415, 422, 503)},
    openapi_extra=body_of("DecisionDocument", most=outside.MAX_DECISIONS),
    summary="Decisions that another tool made",
)
def take_decisions(request: HttpRequest) -> dict[str, Any]:
    """Record at most 200 decisions of the platform's own tool: one object, a list, or NDJSON.

    Each gets a statement, an appeal and a place in the ledger. It counts once by its `external_id`; a
    bad one is refused by index. Nothing is delivered: the platform has acted already.
    """
    platform = platform_of(request)
    results = outside.take_decisions(platform, read_documents(request), actor=platform_actor(platform.slug))
    return {"results": [_recorded(index, each) for index, each in enumerate(results)]}


def _recorded(index: int, result: outside.Recorded) -> dict[str, Any]:
    told: dict[str, Any] = {
        "index": index,
        "external_id": result.external_id,
        "state": result.state,
        "case_code": result.case_code,
        "statement_url": settings.SINMUNGO_URL + result.statement_path if result.statement_path else None,
    }
    if result.error is not None:
        told |= {"code": result.error.code, "detail": sentence(result.error)}
    return told


@api.get(
    "/items/{item_type}/{external_id}",
    response={200: WantedOut, **problems(401, 404, 422, 503)},
    summary="An item's wanted state",
)
def wanted_state(request: HttpRequest, item_type: ItemTypeName, external_id: str) -> dict[str, Any]:
    """Return the whole state that the platform should hold; version 0 when nothing was ever decided."""
    platform = platform_of(request)
    item = items.item(platform_id=platform.pk, item_type=item_type, external_id=external_id)
    state = enforcement.wanted_state([item.id]).get(item.id)
    restrictions = state.restrictions if state else ()
    return {
        "platform": platform.slug,
        "type": item.type,
        "external_id": item.external_id,
        "version": state.version if state else 0,
        "public_state": state.public_state if state else "visible",
        "restrictions": [
            {"kind": each.kind, "territory": each.territory, "begins": each.begins, "ends": each.ends}
            for each in restrictions
        ],
    }


@api.get(
    "/ledger/checkpoint",
    response={200: CheckpointOut, **problems(404, 503)},
    auth=None,
    summary="The ledger's signed state",
)
def checkpoint(request: HttpRequest) -> dict[str, str]:  # noqa: ARG001 - ninja's signature
    """Return the latest checkpoint, for anybody to keep and compare; 404 before the first one."""
    last = ledger.checkpoint()
    if last is None:
        raise NotFound
    return {"note": last.note, "public_key": ledger.public_key_hex()}


@api.get(
    "/ledger/proof/{subject}",
    response={200: ProofOut, **problems(401, 404, 422, 503)},
    summary="The proof that an act stands in the ledger",
)
def proof(request: HttpRequest, subject: str) -> ledger.Proof:
    """Return the proof for `decision:<case code>` or `batch:<id>` of the platform that asks.

    404 also for an act that has no position yet (at most 5 s) and for another platform's.
    """
    platform = platform_of(request)
    if not _is_own(platform.pk, subject):
        raise NotFound
    found = ledger.proof(subject)
    if found is None:
        raise NotFound
    return found


def _is_own(platform_id: str, subject: str) -> bool:
    kind, _, name = subject.partition(":")
    if kind == "decision" and name.isascii() and name.isprintable():
        decision = enforcement.by_case_code(name)
        return decision is not None and decision.platform_id == platform_id
    if kind == "batch":
        batch = intake.batch(name)
        return batch is not None and batch.platform_id == platform_id
    return False
