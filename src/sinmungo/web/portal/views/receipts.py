"""One page for all of a person's receipts: what came of each, and how to object."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST

from sinmungo.apps.appeals import queries as appeals
from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.appeals.queries import Endings, ReceiptStatus
from sinmungo.apps.intake import queries as intake
from sinmungo.apps.intake.errors import UnknownReceipt
from sinmungo.apps.intake.models import Report
from sinmungo.apps.statements import links, said
from sinmungo.apps.statements import queries as statements
from sinmungo.web.portal import visits
from sinmungo.web.portal.answers import personal
from sinmungo.web.portal.forms import ReceiptsForm

MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class ReportCard:
    """A report as its receipt shows it."""

    platform_name: str
    item: str
    day: str
    outcome: str
    outcome_day: str
    link: str


@dataclass(frozen=True, slots=True)
class AppealCard:
    """An appeal as its receipt shows it."""

    case_code: str
    platform_name: str
    received: str
    due: str
    waiting: bool
    place: int
    outcome: str
    decided: str
    reasons: str
    looked_at_again: bool
    link: str
    endings: Endings | None


@personal
@require_http_methods(["GET", "HEAD", "POST"])
def board(request: HttpRequest) -> HttpResponse:
    """Show every receipt that was entered in this browser."""
    form = ReceiptsForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        unknown = _enter(request, form.cleaned_data["receipts"])
        if not unknown:
            return redirect("portal-receipts")
        form.refuse("receipts", _sentence(unknown))
    locale = get_language() or "ko"
    context = {
        "form": form,
        "reports": [_report_card(report, locale) for report in _reports(request)],
        "appeals": [appeal_card(appeals.status(appeal), locale) for appeal in _appeals(request)],
    }
    return render(request, "portal/receipts.html", context, status=422 if form.is_bound else 200)


@personal
@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """Take everything off this browser."""
    visits.forget(request)
    return redirect("portal-receipts")


def _enter(request: HttpRequest, text: str) -> list[str]:
    """Put known receipts on the board; return the others as they were written."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [line for line in lines[:MOST_AT_ONCE] if not _put(request, line)] + lines[MOST_AT_ONCE:]


def _put(request: HttpRequest, receipt: str) -> bool:
    appeal = appeals.by_receipt(receipt)
    if appeal is not None:
        visits.add_appeal(request, appeal)
        return True
    try:
        visits.add_report(request, intake.by_receipt(receipt))
    except UnknownReceipt:
        return False
    return True


def _sentence(unknown: list[str]) -> str:
    lead = gettext("Nothing was found for these receipts. Please check the letters.")
    return f"{lead} {', '.join(line[:40] for line in unknown)}"


def _reports(request: HttpRequest) -> list[Report]:
    ids = visits.report_ids(request)
    found = Report.objects.select_related("platform", "item").in_bulk(ids)
    return [found[each] for each in ids if each in found]


def _appeals(request: HttpRequest) -> list[Appeal]:
    found = [appeals.by_id(each) for each in visits.appeal_ids(request)]
    return [appeal for appeal in found if appeal is not None]


def _report_card(report: Report, locale: str) -> ReportCard:
    zone = report.platform.time_zone
    statement = statements.of_report(report)
    return ReportCard(
        platform_name=report.platform.name,
        item=said.thing(report.item.type, locale),
        day=said.day(report.received_at, zone, locale),
        outcome=report.outcome,
        outcome_day=said.day(report.outcome_at, zone, locale) if report.outcome_at else "",
        link=links.link_path(statement) if statement is not None else "",
    )


def appeal_card(status: ReceiptStatus, locale: str) -> AppealCard:
    """Return an appeal as its receipt shows it."""
    appeal = status.appeal
    zone = appeal.platform.time_zone
    by_reporter = appeal.appellant == Appeal.Appellant.REPORTER
    answer = appeal.answer_decision_id
    told = statements.of_decision(answer, appeal.appellant) if answer and not by_reporter else None
    return AppealCard(
        case_code=appeal.decision.case_code,
        platform_name=appeal.platform.name,
        received=said.moment(appeal.received_at, zone, locale),
        due=said.moment(appeal.due_at, zone, locale),
        waiting=appeal.state == Appeal.State.WAITING,
        place=status.place,
        outcome=appeal.outcome,
        decided=said.moment(appeal.decided_at, zone, locale) if appeal.decided_at else "",
        reasons=status.reasons,
        looked_at_again=by_reporter and appeal.outcome == "overturned",
        link=links.link_path(told) if told is not None else "",
        endings=status.endings,
    )
