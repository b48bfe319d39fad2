"""Appeals for those who hear them: never one's own decision, and blind to any automation's score."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sinmungo.apps.appeals import queries as appeals_queries
from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.appeals.queries import AppealView
from sinmungo.apps.base import clock
from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.enforcement.models import Action, Decision
from sinmungo.apps.enforcement.proposals import ProposedAction
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review import services
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.statements import said
from sinmungo.core.kernel.errors import Conflict, DomainError, NotAllowed
from sinmungo.core.kernel.words import ActionKind, AppealOutcome
from sinmungo.journeys import appeal as journey
from sinmungo.web.console import casework, deciding, texts, words
from sinmungo.web.console.case_page import conflict, version_of
from sinmungo.web.console.handles import from_handle, to_handle
from sinmungo.web.console.pages import BadForm, field, language, page, person, signed_in
from sinmungo.web.errors import sentence


@require_GET
@signed_in
def appeals(request: HttpRequest) -> HttpResponse:
    """Appeals that the reader may hear, the first to hear first."""
    user, at, lang = person(request), clock.now(), language(request)
    found = appeals_queries.waiting(seen_by=user, after=request.GET.get("after", ""))
    rows = [
        {
            "handle": to_handle(row.appeal.pk),
            "title": casework.title_of(row.appeal.decision.item, lang),
            "code": row.appeal.decision.case_code,
            "is_reporter": row.appeal.appellant == Appeal.Appellant.REPORTER,
            "waited": words.ago(row.appeal.received_at, at),
            "due": said.moment(row.appeal.due_at, row.platform.time_zone, lang),
            "is_late": row.appeal.due_at < at,
            "held_by": str(row.holder) if row.held_until and row.held_until > at else "",
        }
        for row in found.rows
    ]
    return page(request, "appeals.html", {"rows": rows, "more": found.next})


@require_GET
@signed_in
def appeal(request: HttpRequest, handle: str) -> HttpResponse:
    """One appeal beside what it is about. Opening it is written down, as for a case."""
    user, at = person(request), clock.now()
    view = appeals_queries.view(appeal_id=from_handle(handle), seen_by=user)
    decision = view.appeal.decision
    services.record_viewing(
        user=user,
        item=decision.item,
        version=decision.item_version,
        assignment=view.appeal.assignment,
        at=at,
        actor=staff.actor_of(user),
    )
    return _appeal_page(request, handle, view)


def _appeal_page(
    request: HttpRequest, handle: str, view: AppealView, problem: str = "", status: int = 200
) -> HttpResponse:
    user, at, lang = person(request), clock.now(), language(request)
    decision, work = view.appeal.decision, view.appeal.assignment
    zone = decision.platform.time_zone
    is_held = work.holder is not None and work.held_until is not None and work.held_until > at
    context = {
        "handle": handle,
        "view": view,
        "appeal": view.appeal,
        "decision": decision,
        "title": casework.title_of(decision.item, lang),
        "received": said.moment(view.appeal.received_at, zone, lang),
        "due": said.moment(view.appeal.due_at, zone, lang),
        "made": said.moment(decision.made_at, zone, lang),
        "facts": enforcement.facts_of(decision),
        "thread": casework.thread(decision.item, decision.item_version, (), lang),
        "actions": [_action(action, lang, zone) for action in decision.actions.all()],
        "files": [
            {"handle": to_handle(file.id), "name": file.name, "kb": max(file.size // 1024, 1)}
            for file in view.attachments
        ],
        "outcomes": [(str(o), *words.OUTCOMES[o]) for o in _offered(view.appeal)],
        "had_part": user.pk in appeals_queries.involved(decision),
        "is_waiting": view.appeal.state == Appeal.State.WAITING,
        "is_mine": is_held and work.holder_id == user.pk,
        "held_by": str(work.holder) if is_held and work.holder_id != user.pk else "",
        "posted": request.POST,
        "kept": request.POST.getlist("keep"),
        "problem": problem,
        **_policy(decision, lang),
    }
    return page(request, "appeal.html", context, status)


def _offered(appeal: Appeal) -> list[AppealOutcome]:
    """A rejected report is looked at again or it is not; nothing of it is in part."""
    in_part = appeal.appellant == Appeal.Appellant.AFFECTED
    return [outcome for outcome in AppealOutcome if in_part or outcome is not AppealOutcome.PARTLY]


def _policy(decision: Decision, lang: str) -> dict[str, Any]:
    if decision.policy_version is None:
        return {"policy": "", "guideline": "", "ground": decision.ground_text}
    document = policies.document(decision.policy_version)
    grounds = [g for g in document.grounds if g.id == decision.ground]
    return {
        "policy": words.said(document.title, lang),
        "guideline": texts.guideline(document.guideline.ko if lang == "ko" else document.guideline.en),
        "ground": deciding.ground_told(grounds[0], lang) if grounds else "",
    }


def _action(action: Action, lang: str, zone: str) -> dict[str, str]:
    until = said.moment(action.ends, zone, lang) if action.ends else _("until lifted")
    told = f"{words.ACTIONS[action.kind]} · {said.place(action.territory, lang)} · {until}"
    return {"key": f"{action.kind}:{action.territory}", "told": told}


@require_GET
@signed_in
def attachment(request: HttpRequest, handle: str, file: str) -> HttpResponse:
    """A file that came with an appeal, only ever as a download."""
    view = appeals_queries.view(appeal_id=from_handle(handle), seen_by=person(request))
    wanted: uuid.UUID = from_handle(file)
    if wanted not in {listed.id for listed in view.attachments}:
        wanted = uuid.UUID(int=0)
    body = appeals_queries.attachment(attachment_id=wanted, seen_by=person(request))
    response = HttpResponse(body.data, content_type=body.media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=body.name) or ""
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@require_POST
@signed_in
def claim(request: HttpRequest, handle: str) -> HttpResponse:
    """Take an appeal into one's hands; whoever had a part in the decision is refused."""
    user = person(request)
    view = appeals_queries.view(appeal_id=from_handle(handle), seen_by=user)
    try:
        services.claim(
            assignment=view.appeal.assignment,
            user=user,
            expected_version=version_of(request),
            at=clock.now(),
            actor=staff.actor_of(user),
        )
    except Conflict as error:
        return conflict(request, error, "/console/appeals/", zone=view.appeal.platform.time_zone)
    return redirect(f"/console/appeal/{handle}/")


@require_POST
@signed_in
def decide(request: HttpRequest, handle: str) -> HttpResponse:
    """Answer an appeal with reasons that the person can read."""
    user = person(request)
    view = appeals_queries.view(appeal_id=from_handle(handle), seen_by=user)
    reasons = field(request, "reasons")
    try:
        _decided(request, view, user, reasons)
    except Conflict as error:
        return conflict(
            request,
            error,
            f"/console/appeal/{handle}/",
            zone=view.appeal.platform.time_zone,
            typed=reasons,
        )
    except NotAllowed:
        raise
    except DomainError as error:
        return _appeal_page(request, handle, view, sentence(error), error.status)
    messages.success(request, _("Answered. The person can read your reasons now."))
    return redirect("/console/appeals/")


def _decided(request: HttpRequest, view: AppealView, user: User, reasons: str) -> None:
    outcome = request.POST.get("outcome", "")
    if outcome not in list(AppealOutcome):
        raise BadForm
    at, kept = clock.now(), set(request.POST.getlist("keep"))
    if outcome != AppealOutcome.PARTLY:
        kept = set()
    actions = [a for a in view.appeal.decision.actions.all() if f"{a.kind}:{a.territory}" in kept]
    journey.decide(
        appeal=view.appeal,
        user=user,
        outcome=AppealOutcome(outcome),
        reasons=reasons,
        keep_actions=[_as_it_stands(action, at) for action in actions]
        if outcome == AppealOutcome.PARTLY
        else [],
        expected_version=version_of(request),
    )


def _as_it_stands(action: Action, at: datetime) -> ProposedAction:
    lasts = action.ends - at if action.ends else None
    return ProposedAction(ActionKind(action.kind), action.territory, lasts)
