"""The statement page: opened by a link that works while an account is locked."""

from __future__ import annotations

import json
from datetime import datetime

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from sinmungo.apps.appeals import queries as appeals
from sinmungo.apps.autonomy.queries import telling
from sinmungo.apps.base import clock
from sinmungo.apps.ledger import queries as ledger
from sinmungo.apps.statements import links
from sinmungo.apps.statements import queries as statements
from sinmungo.apps.statements.letters import AppealWay
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.statements.services import content_of
from sinmungo.core.kernel.words import Automated
from sinmungo.web import language
from sinmungo.web.portal import visits
from sinmungo.web.portal.affected import panel as affected_panel
from sinmungo.web.portal.affected import reliability
from sinmungo.web.portal.answers import personal
from sinmungo.web.portal.errors import ProofNotYet
from sinmungo.web.portal.views.status import KNOWN

AFFECTED, REPORTER = Statement.Audience.AFFECTED.value, Statement.Audience.REPORTER.value


@personal
@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Open a statement in this browser and go on to an address that gives nothing away.

    Nothing changes but this browser's session. A person who has chosen no language gets the
    statement's.
    """
    statement = links.read_token(token)
    visits.open_statement(request, statement)
    address = reverse("portal-statement-latest")
    if statement.audience == REPORTER:
        address = reverse("portal-outcome", args=[statement.decision.case_code])
    if language.COOKIE not in request.COOKIES and "lang" not in request.GET:
        address += f"?lang={'en' if statement.locale == 'en' else 'ko'}"
    response = redirect(address)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@personal
@require_safe
def latest(request: HttpRequest) -> HttpResponse:
    """Show the statement that was opened last."""
    return _page(request, visits.the_statement(request, AFFECTED))


@personal
@require_safe
def affected(request: HttpRequest, case_code: str) -> HttpResponse:
    """Show a statement that this browser has opened."""
    return _page(request, visits.the_statement(request, AFFECTED, case_code))


@personal
@require_safe
def reporter(request: HttpRequest, case_code: str) -> HttpResponse:
    """Show a reporter the outcome of a report."""
    return _page(request, visits.the_statement(request, REPORTER, case_code))


def appeal_address(statement: Statement) -> str:
    """Return the address of the form for an appeal against what ``statement`` tells."""
    name = "portal-appeal" if statement.audience == AFFECTED else "portal-appeal-report"
    return reverse(name, args=[statement.decision.case_code])


def statement_address(statement: Statement) -> str:
    """Return the address of a statement that this browser has opened."""
    name = "portal-statement" if statement.audience == AFFECTED else "portal-outcome"
    return reverse(name, args=[statement.decision.case_code])


def _page(request: HttpRequest, statement: Statement) -> HttpResponse:
    state = appeals.state(statement=statement, content=content_of(statement), at=clock.now())
    later = statements.later(statement)
    others = [each for each in visits.opened(request, statement.audience) if each.pk != statement.pk]
    context = {
        "letter": statements.letter(
            statement, locale=get_language() or "ko", way=AppealWay(state, appeal_address(statement))
        ),
        "case_code": statement.decision.case_code,
        "is_affected": statement.audience == AFFECTED,
        "later": links.link_path(later) if later is not None else "",
        "others": [(each.decision.case_code, statement_address(each)) for each in others],
        **(_about_automation(statement) if statement.audience == AFFECTED else {}),
    }
    return render(request, "portal/statement.html", context)


def _about_automation(statement: Statement) -> dict[str, object]:
    """Return the person's place in an incident, and how the automation that decided measures."""
    decision, zone = statement.decision, statement.platform.time_zone
    place, measured = telling.place(decision), telling.measured(decision)
    told = KNOWN.get(place.incident_code) if place is not None and place.is_published else None
    return {
        "panel": affected_panel(place, told, zone) if place is not None else None,
        "is_reversal": place is not None and place.affected.answer_id == decision.pk,
        "measured": reliability(measured, zone) if measured is not None else None,
        "nobody_looked": decision.automated == Automated.FULLY and not decision.looked,
    }


@personal
@require_safe
def proof(request: HttpRequest, case_code: str) -> HttpResponse:
    """Show in plain words that the decision stands in the signed ledger."""
    statement = visits.the_statement(request, AFFECTED, case_code)
    found = ledger.proof(_subject(statement))
    context = {
        "case_code": case_code,
        "proof": found,
        "entry": json.loads(found.entry_document) if found is not None else None,
        "written_at": _written_at(found),
        "time_zone": statement.platform.time_zone,
        "public_key": ledger.public_key_hex(),
        "address": statement_address(statement),
    }
    return render(request, "portal/proof.html", context)


@personal
@require_safe
def proof_file(request: HttpRequest, case_code: str) -> HttpResponse:
    """Return the proof as a file that anybody can check without us; raises ProofNotYet."""
    statement = visits.the_statement(request, AFFECTED, case_code)
    found = ledger.proof(_subject(statement))
    if found is None:
        raise ProofNotYet
    document = {
        "entry_document": found.entry_document,
        "position": found.position,
        "size": found.size,
        "root": found.root_hex,
        "path": found.path,
        "checkpoint": found.checkpoint_note,
        "public_key": ledger.public_key_hex(),
    }
    response = JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response.headers["Content-Disposition"] = f'attachment; filename="proof-{case_code}.json"'
    return response


def _subject(statement: Statement) -> str:
    return f"decision:{statement.decision.case_code}"


def _written_at(found: ledger.Proof | None) -> datetime | None:
    if found is None:
        return None
    return datetime.fromisoformat(json.loads(found.entry_document)["at"])
