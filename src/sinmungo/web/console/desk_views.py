"""What is done around a case: notes, giving it to somebody, putting it off, asking who knows more, undo."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from sinmungo.apps.base import clock
from sinmungo.apps.review import queries as review
from sinmungo.apps.review import queries_desk as desk_queries
from sinmungo.apps.review import services
from sinmungo.apps.review.errors import NothingToTakeBack, TooLate
from sinmungo.apps.review.models import Case
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.errors import Conflict, DomainError, NotAllowed, NotFound
from sinmungo.journeys import review as journey
from sinmungo.web.console import desk
from sinmungo.web.console.case_page import case_page, conflict, to_decide, version_of
from sinmungo.web.console.handles import from_handle
from sinmungo.web.console.pages import BadForm, field, person, signed_in
from sinmungo.web.errors import sentence

Act = Callable[[HttpRequest, Case, User], str]
MOST_AT_ONCE = 50


def _does(act: Act) -> Callable[[HttpRequest, str], HttpResponse]:
    """Make a view of an act on a case: its conflicts and refusals come back with what was typed."""

    def view(request: HttpRequest, code: str) -> HttpResponse:
        user, found = to_decide(request, code)
        typed = request.POST.get("words", "")
        try:
            return redirect(act(request, found, user))
        except Conflict as error:
            here, zone = f"/console/case/{code}/", found.item.platform.time_zone
            return conflict(request, error, here, zone=zone, typed=typed)
        except (NotAllowed, NotFound):
            raise
        except DomainError as error:
            told = sentence(error)
            return case_page(request, found, problem=told, status=error.status, words=typed)

    guarded: Callable[[HttpRequest, str], HttpResponse] = require_POST(signed_in(view))
    return guarded


def _note(request: HttpRequest, found: Case, user: User) -> str:
    services.add_note(
        case=found, user=user, words=field(request, "words"), at=clock.now(), actor=staff.actor_of(user)
    )
    messages.success(request, _("Your note stands beside the case. Only colleagues read it."))
    return f"/console/case/{found.code}/#notes"


def _assign(request: HttpRequest, found: Case, user: User) -> str:
    to = _colleague(request, found, user)
    services.assign(
        assignment=found.assignment,
        to=to,
        by=user,
        expected_version=version_of(request),
        at=clock.now(),
        actor=staff.actor_of(user),
    )
    told = _("It is on %(who)s's list now.") % {"who": to} if to else _("It is on nobody's list now.")
    messages.success(request, told)
    return f"/console/case/{found.code}/"


def _colleague(request: HttpRequest, found: Case, user: User) -> User | None:
    """Return whom the form names: nobody, oneself, or a colleague whom the page offered."""
    named = field(request, "to")
    if named in ("", "me"):
        return user if named else None
    offered = desk_queries.could_take(assignment=found.assignment, seen_by=user)
    colleague = next((each for each in offered if each.pk == from_handle(named)), None)
    if colleague is None:
        raise BadForm
    return colleague


def _snooze(request: HttpRequest, found: Case, user: User) -> str:
    at = clock.now()
    services.snooze(
        assignment=found.assignment,
        user=user,
        until=desk.moment(field(request, "until"), found.item.platform.time_zone, at),
        expected_version=version_of(request),
        at=at,
        actor=staff.actor_of(user),
    )
    messages.success(request, _("It comes up again then, or as soon as there is news. It is on your list."))
    return f"/console/queue/{found.assignment.queue_id}/"


def _escalate(request: HttpRequest, found: Case, user: User) -> str:
    services.escalate(
        case=found,
        user=user,
        to=field(request, "to"),
        words=field(request, "words"),
        expected_version=version_of(request),
        at=clock.now(),
        actor=staff.actor_of(user),
    )
    messages.success(request, _("It waits for colleagues who know more, with your reason beside it."))
    return "/console/"


note, assign, snooze, escalate = _does(_note), _does(_assign), _does(_snooze), _does(_escalate)


@require_POST
@signed_in
def undo(request: HttpRequest) -> HttpResponse:
    """Take decisions back that were made together and of which nobody was told."""
    user, codes = person(request), request.POST.getlist("case")
    if not 0 < len(codes) <= MOST_AT_ONCE:
        raise BadForm
    back, late = [], 0
    for code in codes:
        found = review.case_by_code(code=code, seen_by=user)
        try:
            back.append(journey.take_back(case=found, user=user))
        except TooLate:
            late += 1
        except NothingToTakeBack:
            continue
    _tell(request, len(back), late)
    if len(codes) > 1:
        return redirect("/console/?mine=1")
    agreed = bool(back and back[0].proposal["approval"])
    return redirect(f"/console/{'approval' if agreed else 'case'}/{codes[0]}/")


def _tell(request: HttpRequest, back: int, late: int) -> None:
    if back:
        told = ngettext(
            "Taken back. Nobody was told anything, and it is in your hands again.",
            "%(n)d decisions were taken back. Nobody was told anything, and they are in your hands again.",
            back,
        )
        messages.success(request, told % {"n": back})
    if late:
        told = ngettext(
            "It was sent already and cannot be taken back here.",
            "%(n)d were sent already and cannot be taken back here.",
            late,
        )
        messages.warning(request, told % {"n": late})
