"""What those who lead do about an automation: lower it, ask for more, begin again, set its cap."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from sinmungo.apps.autonomy.errors import NotEarned
from sinmungo.apps.autonomy.queries.histories import Standing
from sinmungo.apps.autonomy.services import automations as services
from sinmungo.apps.autonomy.services import watching
from sinmungo.apps.base import clock
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.errors import DomainError, NotAllowed, Refused
from sinmungo.core.kernel.words import Level
from sinmungo.web.console import automation_words as named
from sinmungo.web.console.automation_views import one_page, standing_of
from sinmungo.web.console.handles import to_handle
from sinmungo.web.console.pages import BadForm, field, person, signed_in, whole
from sinmungo.web.errors import sentence


class NotYet(Refused):
    """A level is earned, and the evidence does not allow it."""

    code = "console.level_not_earned"
    message = "It stays at “{level}”: {why}."


@require_POST
@signed_in
def lower(request: HttpRequest, handle: str) -> HttpResponse:
    """Lower a level at once."""
    found = _set(request, handle)
    to = field(request, "to")
    if to not in list(Level):
        raise BadForm

    def act() -> str:
        services.lower(
            automation=found.automation,
            to=Level(to),
            actor=staff.actor_of(person(request)),
            at=clock.now(),
        )
        return _("It stands at “%(level)s” now.") % {"level": named.level(to)}

    return _done(request, found, "lower", act)


@require_POST
@signed_in
def higher(request: HttpRequest, handle: str) -> HttpResponse:
    """Let the evidence be judged now; what it does not allow is refused, with the reason."""
    found = _set(request, handle)

    def act() -> str:
        own, at = found.automation, clock.now()
        why = watching.would_be(automation=own, at=at).reason
        try:
            row = watching.ask_higher(automation=own, actor=staff.actor_of(person(request)), at=at)
        except NotEarned as error:
            raise NotYet(level=named.level(own.level), why=named.reason(why)) from error
        return _("It stands at “%(level)s” now.") % {"level": named.level(row.level)}

    return _done(request, found, "higher", act)


@require_POST
@signed_in
def again(request: HttpRequest, handle: str) -> HttpResponse:
    """Let a stopped automation begin again in shadow."""
    found = _set(request, handle)

    def act() -> str:
        watching.begin_again(
            automation=found.automation, actor=staff.actor_of(person(request)), at=clock.now()
        )
        return _("A new epoch has begun, in shadow.")

    return _done(request, found, "again", act)


@require_POST
@signed_in
def cap(request: HttpRequest, handle: str) -> HttpResponse:
    """Set how many acts an hour it may do, or leave that to what is usual."""
    found = _set(request, handle)
    typed = field(request, "cap").strip()
    per_hour = whole(typed) if typed else None

    def act() -> str:
        services.set_cap(
            automation=found.automation,
            per_hour=per_hour,
            actor=staff.actor_of(person(request)),
            at=clock.now(),
        )
        return _("The cap is set.")

    return _done(request, found, "cap", act)


def _set(request: HttpRequest, handle: str) -> Standing:
    """Return an automation that the reader may set; raises RoleLacks, NoSuchAutomation."""
    found = standing_of(request, handle)
    staff.require(person(request), Permission.SET_AUTOMATIONS, found.automation.platform_id)
    return found


def _done(request: HttpRequest, found: Standing, form: str, act: Callable[[], str]) -> HttpResponse:
    """Do it and go back to the page; what is refused comes back on the page with its form open."""
    try:
        told = act()
    except NotAllowed:
        raise
    except DomainError as error:
        return one_page(request, found, open_form=form, problem=sentence(error), status=error.status)
    messages.success(request, told)
    return redirect(f"/console/automation/{to_handle(found.automation.pk)}/")
