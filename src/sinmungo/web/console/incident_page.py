"""The page of one incident, made of what its reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sinmungo.apps.autonomy.models import Incident, PlaybookStep
from sinmungo.apps.autonomy.queries import incident_desk as desk
from sinmungo.apps.autonomy.queries import incidents, restorations
from sinmungo.apps.autonomy.queries.incidents import Counts
from sinmungo.apps.autonomy.services.timeline import OVER
from sinmungo.apps.base import clock
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.statements import said
from sinmungo.web.console import (
    automation_words,
    charts,
    incident_words,
    restoration_words,
    words,
)
from sinmungo.web.console.charts import Chart, Row
from sinmungo.web.console.handles import to_handle
from sinmungo.web.console.pages import language, page, person

Typed = Mapping[str, str]


def address(incident: Incident) -> str:
    """Return where the page of an incident is."""
    return f"/console/incidents/{incident.code}/"


def shown(
    request: HttpRequest,
    incident: Incident,
    *,
    form: str = "",
    typed: Typed | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """Return the page; ``form`` was refused because of ``problem``, ``typed`` is what it held."""
    user, at, lang = person(request), clock.now(), language(request)
    runs = desk.runs(user, incident)
    steps = _steps(incident, at, lang)
    context: dict[str, Any] = {
        "incident": incident,
        "address": address(incident),
        "title": incident_words.title(incident, lang),
        "marks": incident_words.marks(incident, at, late=sum(step["is_late"] for step in steps)),
        "may_run": runs,
        "may_list": desk.lists(user, incident),
        "is_over": incident.state in OVER,
        "about": _about(incident, lang),
        "evidence": _evidence(incident, lang, at),
        "steps": steps,
        "lines": _lines(incident, user, lang),
        "public": _public(incident, lang, is_open=runs or incident.published_at is not None),
        "may_restore": staff.may(user, Permission.RESTORE, platform=incident.platform_id),
        "restorations": _restorations(incident, at),
        "group": desk.group(incident),
        "form": form,
        "typed": {form: typed or {}},
        "problem": problem,
        **_numbers(incident, lang),
        **(_for_runners(incident, user, at, lang) if runs else {}),
    }
    return page(request, "incident.html", context, status)


def chart(counts: Counts) -> Chart:
    """Return what became of everybody as one bar, with the same numbers as a table."""
    parts = [(incident_words.PEOPLE[state], int(getattr(counts, state))) for state in incident_words.PEOPLE]
    told = ", ".join(f"{label} {number:,}" for label, number in parts if number)
    title = _("What became of them")
    drawing = charts.stacked([number for _label, number in parts], counts.affected, title=title, told=told)
    return Chart(
        title=title,
        rows=(Row("", drawing, told),) if counts.affected else (),
        columns=(_("What became of it"), _("Decisions")),
        table=tuple((str(label), f"{number:,}") for label, number in parts),
        empty=_("No decision belongs to it yet."),
        legend=tuple((f"part-{place}", str(label)) for place, (label, number) in enumerate(parts) if number),
    )


def _numbers(incident: Incident, lang: str) -> dict[str, Any]:
    counts, zone = incidents.counts(incident), incident.platform.time_zone
    oldest = counts.oldest_waiting
    return {
        "counts": counts,
        "total": ngettext("%(n)s decision", "%(n)s decisions", counts.affected)
        % {"n": f"{counts.affected:,}"},
        "chart": chart(counts),
        "as_of": said.moment(counts.at, zone, lang),
        "oldest": words.ago(oldest, counts.at) if oldest else "",
        "proof": incidents.proof(incident),
    }


def _about(incident: Incident, lang: str) -> list[tuple[str, str]]:
    zone = incident.platform.time_zone
    begins, ends = (said.moment(each, zone, lang) for each in (incident.onset_from, incident.onset_to))
    facts = [
        (_("Platform"), incident.platform.name),
        (_("How it was found"), str(incident_words.CAUSES[incident.cause])),
        (_("It began between"), _("%(begins)s and %(ends)s") % {"begins": begins, "ends": ends}),
        (_("It was found"), said.moment(incident.tripped_at, zone, lang)),
        (_("Led by"), str(incident.lead) if incident.lead else _("nobody yet")),
    ]
    if incident.closed_at is not None:
        facts.append((_("It ended"), said.moment(incident.closed_at, zone, lang)))
    return facts


def _evidence(incident: Incident, lang: str, at: datetime) -> dict[str, Any]:
    """Return the numbers that anybody can recompute from the log of factors; empty without a trip."""
    known = incident.evidence
    if "r" not in known or incident.automation is None:
        return {}
    [(handle, named)] = automation_words.labelled([incident.automation], lang, at)
    return {
        "automation": named,
        "handle": handle,
        "r": f"{float(known['r']):,.1f}",
        "threshold": f"{known['threshold']:,.0f}",
        "target": automation_words.share(known["target"]),
        "audits": f"{known['audits_per_hour']:.1f}",
        "command": f"sinmungo autonomy recompute {incident.automation.pk}",
    }


def _steps(incident: Incident, at: datetime, lang: str) -> list[dict[str, Any]]:
    return [_step(step, by, incident, at, lang) for step, by in desk.steps(incident)]


def _step(step: PlaybookStep, by: str, incident: Incident, at: datetime, lang: str) -> dict[str, Any]:
    title, how = incident_words.STEPS.get(step.step, (step.step, ""))
    late = step.done_at is None and step.due_at is not None and step.due_at < at
    if step.done_at is not None:
        when = said.moment(step.done_at, incident.platform.time_zone, lang)
        told = _("done by %(who)s, %(when)s") % {"who": by, "when": when} if by else when
    elif incident.state in OVER:
        told = _("not done")
    elif step.due_at is not None and late:
        told = _("late by %(when)s") % {"when": words.lasted_since(step.due_at, at)}
    else:
        told = _("due in %(when)s") % {"when": words.lasted_since(at, step.due_at)} if step.due_at else ""
    return {
        "step": step.step,
        "title": title,
        "how": how,
        "told": told,
        "is_done": step.done_at is not None,
        "is_late": late and incident.state not in OVER,
        "assignee": step.assignee,
    }


def _lines(incident: Incident, user: User, lang: str) -> list[dict[str, Any]]:
    zone = incident.platform.time_zone
    return [
        {
            "told": incident_words.line(each.kind, each.facts),
            "words": each.words,
            "who": each.by,
            "when": said.moment(each.at, zone, lang),
        }
        for each in desk.lines(incident, seen_by=user)
    ]


def _restorations(incident: Incident, at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "handle": to_handle(each.pk),
            "when": words.ago(each.proposed_at, at),
            "mark": restoration_words.mark(each.state),
        }
        for each in restorations.of_incident(incident)
    ]


def _public(incident: Incident, lang: str, *, is_open: bool) -> dict[str, Any]:
    """Return what the public is told; before it is, only whoever runs the incident reads it."""
    zone = incident.platform.time_zone
    notes = incident.notes.order_by("-at", "-pk") if is_open else []
    questions = desk.questions(incident) if is_open else []
    return {
        "address": f"/status/{incident.code}/" if incident.published_at else "",
        "notes": [(note, said.moment(note.at, zone, lang)) for note in notes],
        "questions": [(each, said.moment(each.edited_at, zone, lang)) for each in questions],
    }


def _for_runners(incident: Incident, user: User, at: datetime, lang: str) -> dict[str, Any]:
    return {
        "people": desk.people(incident),
        "kinds": list(incident_words.INQUIRIES.items()),
        "zone": said.zone_name(incident.platform.time_zone, lang),
        "inquiries": [
            {
                "handle": to_handle(each.inquiry.pk),
                "kind": incident_words.INQUIRIES[each.inquiry.kind],
                "opened": each,
                "clock": _clock(each, at),
                "is_late": each.inquiry.answered_at is None and each.inquiry.due_at < at,
            }
            for each in desk.inquiries(incident, seen_by=user)
        ],
    }


def _clock(each: desk.Opened, at: datetime) -> str:
    """Return how an inquiry stands to its clock."""
    row = each.inquiry
    if row.answered_at is not None:
        told = _("answered in time") if row.answered_at <= row.due_at else _("answered late")
        return f"{told} · {words.ago(row.answered_at, at)}"
    if row.due_at < at:
        return _("overdue for %(when)s") % {"when": words.lasted_since(row.due_at, at)}
    return _("due in %(when)s") % {"when": words.lasted_since(at, row.due_at)}
