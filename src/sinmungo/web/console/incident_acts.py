"""What those who run incidents do on the page of one: each act shows it again, or why it was refused."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sinmungo.apps.autonomy.errors_incidents import IncidentNotEmpty, PeopleWait
from sinmungo.apps.autonomy.errors_restorations import RestoringAlready
from sinmungo.apps.autonomy.models import Incident, Inquiry
from sinmungo.apps.autonomy.queries import incident_desk as desk
from sinmungo.apps.autonomy.services import incidents, inquiries, telling
from sinmungo.apps.autonomy.services.telling import Answered
from sinmungo.apps.base import clock
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.errors import Conflict, Refused
from sinmungo.web.console import incident_page
from sinmungo.web.console.case_page import conflict
from sinmungo.web.console.handles import from_handle
from sinmungo.web.console.incident_views import moment_of
from sinmungo.web.console.pages import BadForm, field, person, signed_in, whole
from sinmungo.web.errors import sentence

Act = Callable[[HttpRequest, Incident, User], str]
#: Told on the page itself: nobody else was first, but something is missing or stands in the way.
_HERE = (Refused, IncidentNotEmpty, PeopleWait, RestoringAlready)
_QUESTION = ("question_ko", "question_en", "answer_ko", "answer_en")
#: What a person wrote stands under these names, and is shown to be copied after a conflict.
_WRITTEN = ("words", "ko", "en", "title_ko", "title_en", "who", *_QUESTION)


def _act(name: str, anchor: str) -> Callable[[Act], Callable[..., HttpResponse]]:
    """Return what makes a view of an act: ``name`` is its form on the page, ``anchor`` its part of it."""

    def made(act: Act) -> Callable[..., HttpResponse]:
        @wraps(act)
        def view(request: HttpRequest, code: str) -> HttpResponse:
            user = person(request)
            incident = desk.by_code(code, seen_by=user)
            try:
                told = act(request, incident, user)
            except BadForm:
                raise
            except _HERE as error:
                return incident_page.shown(
                    request,
                    desk.by_code(code, seen_by=user),
                    form=name,
                    typed=request.POST.dict(),
                    problem=sentence(error),
                    status=error.status,
                )
            except Conflict as error:
                return _conflict(request, incident, error)
            messages.success(request, told)
            return redirect(f"{incident_page.address(incident)}#{anchor}")

        return require_POST(signed_in(view))

    return made


def _conflict(request: HttpRequest, incident: Incident, error: Conflict) -> HttpResponse:
    typed = "\n\n".join(filter(None, (field(request, name).strip() for name in _WRITTEN)))
    zone = incident.platform.time_zone
    return conflict(request, error, incident_page.address(incident), zone=zone, typed=typed)


def _seen(request: HttpRequest) -> int:
    """Return the version of the incident that the page showed; raises BadForm."""
    return whole(field(request, "version"))


@_act("note", "timeline")
def note(request: HttpRequest, incident: Incident, user: User) -> str:
    """Leave a note for colleagues."""
    incidents.note(incident=incident, words=field(request, "words"), user=user, at=clock.now())
    return _("The note stands in the timeline.")


@_act("say", "public")
def say(request: HttpRequest, incident: Incident, user: User) -> str:
    """Write what is known; or publish the incident, with it."""
    ko, en, at = field(request, "ko"), field(request, "en"), clock.now()
    if field(request, "publish"):
        incidents.publish(incident=incident, ko=ko, en=en, user=user, at=at, version=_seen(request))
        return _("The incident is public from now on.")
    telling.say(incident=incident, ko=ko, en=en, user=user, at=at)
    if incident.published_at is None:
        return _("Kept. The public reads it once the incident is published.")
    return _("The public reads it from now on.")


@_act("question", "questions")
def question(request: HttpRequest, incident: Incident, user: User) -> str:
    """Answer a question on the public page, or write it anew."""
    text, at = Answered(**{name: field(request, name) for name in _QUESTION}), clock.now()
    number = field(request, "question")
    if number:
        found = desk.question(incident, whole(number))
        telling.edit_question(question=found, text=text, user=user, at=at)
    else:
        telling.answer_question(incident=incident, text=text, user=user, at=at)
    return _("The question stands on the public page.")


@_act("pin", "questions")
def pin(request: HttpRequest, incident: Incident, user: User) -> str:
    """Put a question first, or take it away."""
    found = desk.question(incident, whole(field(request, "question")))
    if field(request, "retire"):
        telling.retire_question(question=found, user=user, at=clock.now())
        return _("The question is shown no more.")
    telling.pin_question(question=found, user=user, at=clock.now())
    return _("The question stands first.")


@_act("step", "playbook")
def step(request: HttpRequest, incident: Incident, user: User) -> str:
    """Mark a step of the playbook as done."""
    incidents.step_done(
        incident=incident, step=field(request, "step"), user=user, at=clock.now(), version=_seen(request)
    )
    return _("The step is done.")


@_act("assign", "playbook")
def assign(request: HttpRequest, incident: Incident, user: User) -> str:
    """Give the incident, or a step of it, to somebody."""
    wanted = field(request, "to")
    to = next((each for each in desk.people(incident) if each.username == wanted), None)
    if wanted and to is None:
        raise BadForm
    incidents.assign(
        incident=incident,
        to=to,
        step=field(request, "step"),
        user=user,
        at=clock.now(),
        version=_seen(request),
    )
    return _("It is %(who)s's work now.") % {"who": to} if to else _("It is nobody's work now.")


@_act("rename", "acts")
def rename(request: HttpRequest, incident: Incident, user: User) -> str:
    """Call the incident something else."""
    names = {name: field(request, name) for name in ("title_ko", "title_en")}
    incidents.rename(incident=incident, user=user, at=clock.now(), version=_seen(request), **names)
    return _("It has its new name.")


@_act("close", "acts")
def close(request: HttpRequest, incident: Incident, user: User) -> str:
    """Close the incident."""
    known: dict[str, Any] = {"user": user, "at": clock.now(), "version": _seen(request)}
    incidents.close(incident=incident, words=field(request, "words"), **known)
    return _("The incident is closed. Its last numbers stand in the ledger.")


@_act("false_alarm", "acts")
def false_alarm(request: HttpRequest, incident: Incident, user: User) -> str:
    """Say that it was none."""
    known: dict[str, Any] = {"user": user, "at": clock.now(), "version": _seen(request)}
    incidents.declare_false_alarm(incident=incident, words=field(request, "words"), **known)
    return _("It is written down as a false alarm.")


@_act("inquiry", "inquiries")
def inquiry(request: HttpRequest, incident: Incident, user: User) -> str:
    """Enter an inquiry."""
    kind, zone = field(request, "kind"), incident.platform.time_zone
    if kind not in Inquiry.Kind.values:
        raise BadForm
    due = field(request, "due")
    inquiries.receive(
        incident=incident,
        kind=Inquiry.Kind(kind),
        who=field(request, "who"),
        words=field(request, "words"),
        received_at=moment_of(field(request, "received"), zone),
        due_at=moment_of(due, zone) if due else None,
        user=user,
        at=clock.now(),
    )
    return _("The inquiry is entered, and its clock runs.")


@_act("answer", "inquiries")
def answer(request: HttpRequest, incident: Incident, user: User) -> str:
    """Write down the answer to an inquiry."""
    key: uuid.UUID = from_handle(field(request, "inquiry"))
    found = desk.inquiry(key, seen_by=user)
    if found.incident_id != incident.pk:
        raise BadForm
    inquiries.answer(inquiry=found, words=field(request, "words"), user=user, at=clock.now())
    return _("The answer is entered.")
