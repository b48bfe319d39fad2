"""How the desk does: what waits and for how long, how far people agree, how often appeals change it.

Nobody is named or ranked here, and no page of the console does.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from sinmungo.apps.appeals import queries_quality as appeals
from sinmungo.apps.base import clock
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review import queries_exposure as exposure
from sinmungo.apps.review import queries_quality as quality
from sinmungo.apps.review import queries_second as seconds
from sinmungo.apps.review.queries_exposure import TeamExposure
from sinmungo.apps.review.queries_quality import Acts, Due
from sinmungo.apps.review.queries_second import TwoLooks
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.statements import said
from sinmungo.core.kernel.errors import Conflict
from sinmungo.core.trust.intervals import Share
from sinmungo.journeys import second_look
from sinmungo.web.console import automation_staffing, lead_charts, second_page, words
from sinmungo.web.console.case_page import conflict
from sinmungo.web.console.handles import from_handle, to_handle
from sinmungo.web.console.pages import field, language, page, person, signed_in

LOOKED_AT_OVER = timedelta(days=7)


@require_GET
@signed_in
def lead(request: HttpRequest) -> HttpResponse:
    """The whole page, on the platforms of its reader."""
    user, at, lang = person(request), clock.now(), language(request)
    staff.require(user, Permission.SEE_QUALITY)
    waiting = quality.backlog(seen_by=user, at=at)
    due = quality.due_next(seen_by=user)
    context = {
        "late": sum(each.late for each in waiting),
        "waiting": sum(each.total for each in waiting),
        "due": [_due(each, at, lang) for each in due],
        "charts": _charts(user, waiting, at, lang),
        "acts": _acts(quality.acts(seen_by=user, at=at)),
        "looked_at": _looked_at(exposure.exposure_totals(seen_by=user, since=at - LOOKED_AT_OVER)),
        "most_decisions": f"{quality.MOST_DECISIONS:,}",
        "talk": [_talk(each, lang) for each in _disagreements(user, at)],
        "may_ask_again": staff.may(user, Permission.ASSIGN_WORK),
        "zone": said.zone_name(quality.zone_of(seen_by=user), lang),
        "staffing": automation_staffing.shown(user, at),
    }
    return page(request, "lead.html", context)


def _charts(user: User, waiting: list[quality.Backlog], at: datetime, lang: str) -> dict[str, Any]:
    spent = quality.seconds_spent(seen_by=user, at=at)
    overturned = appeals.overturned(seen_by=user, at=at)
    named = {each.policy for each in spent} | {each.policy for each in overturned}
    versions = quality.newest_versions(policies=named - {""})
    return {
        "backlog": lead_charts.backlog(waiting, lang),
        "days": lead_charts.days(quality.days(seen_by=user, at=at)),
        "agreement": lead_charts.agreements(quality.agreements(seen_by=user, at=at), lang),
        "gold": lead_charts.gold(quality.gold_right(seen_by=user, at=at), lang),
        "overturned": lead_charts.overturned(overturned, versions, lang),
        "seconds": lead_charts.seconds(spent, versions, lang),
    }


def _due(each: Due, at: datetime, lang: str) -> dict[str, Any]:
    hours = (each.due_at - at).total_seconds() / 3600
    count = int(abs(hours))
    late = ngettext("%(n)d hour late", "%(n)d hours late", count) % {"n": count}
    left = ngettext("%(n)d hour left", "%(n)d hours left", count) % {"n": count}
    if count < 1:
        late, left = _("late by less than an hour"), _("less than an hour left")
    return {
        "code": each.code,
        "queue": lead_charts.queue_title(each.queue, lang),
        "is_late": hours < 0,
        "told": late if hours < 0 else left,
    }


def _acts(found: Acts) -> list[tuple[str, str]]:
    return [
        (_("Decided without being opened"), _told(found.unopened)),
        (_("Taken back before it was recorded"), _told(found.undone)),
    ]


def _looked_at(team: TeamExposure | None) -> list[tuple[str, str]]:
    """Return what a whole team had before its eyes; of fewer than three people nothing is told."""
    if team is None:
        return []
    hours = team.total.seconds / 3600
    return [
        (_("People who reviewed"), f"{team.people:,}"),
        (_("Items opened"), f"{team.total.cases:,}"),
        (_("Of them grave"), f"{team.total.grave:,}"),
        (_("Pictures shown without a veil"), f"{team.total.pictures:,}"),
        (_("Hours in front, an average person"), f"{hours / team.people:.1f}"),
    ]


def _told(found: Share) -> str:
    if found.value is None:
        return _("nothing was decided")
    return _("%(percent)s (%(count)d of %(of)d)") % {
        "percent": lead_charts.percent(found.value),
        "count": found.count,
        "of": found.of,
    }


def _disagreements(user: User, at: datetime) -> list[TwoLooks]:
    return seconds.to_talk_about(seen_by=user, since=at - quality.DAYS_BACK)


def _talk(each: TwoLooks, lang: str) -> dict[str, Any]:
    second = each.second
    document = policies.document(second.policy_version)
    return {
        "handle": to_handle(second.assignment_id),
        "code": second.decision.case_code if second.decision else "",
        "title": second_page.thing_of(second.version, lang),
        "policy": words.said(document.title, lang),
        "first_violation": bool(second.decision and second.decision.violation),
        "answers": second_page.both(second.policy_version, each.first_answers, second.answers, lang),
        "is_again": each.is_looked_at_again,
    }


@require_POST
@signed_in
def again(request: HttpRequest) -> HttpResponse:
    """Let a senior reviewer look again at what two people saw differently."""
    user = person(request)
    staff.require(user, Permission.SEE_QUALITY)
    found = seconds.disagreement(work=from_handle(field(request, "second")), seen_by=user)
    try:
        second_look.look_again(second=found, user=user)
    except Conflict as error:
        return conflict(request, error, "/console/lead/", zone="UTC")
    messages.success(request, _("A case is open for it among the senior reviewers. The decision stands."))
    return redirect("/console/lead/")
