"""What every page of the console has: who is signed in, the way to the other desks, and no caching."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from sinmungo.apps.base import clock
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.errors import Refused
from sinmungo.web.console.exposure import break_proposed
from sinmungo.web.console.sending import sending


class BadForm(Refused):
    """A field holds what the page never offered."""

    code = "console.bad_form"
    message = "Something in this form is not as the page offered it. Nothing was decided; look at it again."


View = Callable[..., HttpResponse]


MAX_DIGITS = 9
#: Pages without a link of their own in the masthead, and from which desk one comes to them.
_REACHED_FROM = {
    "/console/restoration/": "/console/incidents/",
    "/console/shifts/": "/console/automations/",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """A link in the masthead."""

    url: str
    label: str
    is_current: bool


def signed_in(view: View) -> View:
    """Send whoever is not signed in to the door; nothing of the desk is kept by a browser."""

    @wraps(view)
    @never_cache
    @login_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs)

    return guarded


def person(request: HttpRequest) -> User:
    """Return who is signed in; call in a view that :func:`signed_in` guards."""
    if not isinstance(request.user, User):
        raise TypeError("this view needs somebody signed in")
    return request.user


def language(request: HttpRequest) -> str:
    """Return ``ko`` or ``en``."""
    return str(getattr(request, "LANGUAGE_CODE", "ko"))


def field(request: HttpRequest, name: str) -> str:
    """Return a field of a form, empty when absent; raises BadForm for U+0000, which no keyboard types."""
    text = request.POST.get(name, "")
    if "\0" in text:
        raise BadForm
    return text


def whole(text: str) -> int:
    """Return a number that a form holds; raises BadForm."""
    if not text.isascii() or not text.isdecimal() or len(text) > MAX_DIGITS:
        raise BadForm
    return int(text)


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """Return a page of the console with the desks that its reader may open."""
    user = person(request)
    held = staff.permissions_of(user)
    whole = {
        "desks": _desks(request, held),
        "me": str(user),
        "may_search": Permission.SEARCH in held,
        "sending": sending(user, clock.now()),
        "rest_minutes": break_proposed(request, user),
        "here": request.get_full_path() if request.method == "GET" else "/console/",
        **(context or {}),
    }
    return render(request, f"console/{template}", whole, status=status)


def _desks(request: HttpRequest, held: frozenset[Permission]) -> list[Desk]:
    place = next(
        (desk for room, desk in _REACHED_FROM.items() if request.path.startswith(room)), request.path
    )
    offered = [
        (Permission.SEE_QUEUES, "/console/", _("Review")),
        (Permission.APPROVE, "/console/approvals/", _("Approvals")),
        (Permission.HEAR_APPEALS, "/console/appeals/", _("Appeals")),
        (Permission.SECOND_REVIEW, "/console/seconds/", _("Second looks")),
        (Permission.AUDIT, "/console/audits/", _("Audits")),
        (Permission.SEE_QUALITY, "/console/lead/", _("Quality")),
        (Permission.SEE_BANKS, "/console/banks/", _("Banks")),
        (Permission.SEE_AUTOMATIONS, "/console/automations/", _("Automations")),
        (Permission.SEE_AUTOMATIONS, "/console/incidents/", _("Incidents")),
        (Permission.WRITE_REASONS, "/console/reasons/", _("Saved reasons")),
        (Permission.RETRY_DELIVERIES, "/console/deliveries/", _("Deliveries")),
        (Permission.SEE_PLATFORMS, "/console/platforms/", _("Platforms")),
        (Permission.MANAGE_STAFF, "/console/people/", _("People")),
    ]
    return [Desk(url, label, _is_at(place, url)) for needed, url, label in offered if needed in held]


def _is_at(path: str, url: str) -> bool:
    if url == "/console/":
        return path == url or path.startswith(("/console/queue/", "/console/case/"))
    return path.startswith((url, url.removesuffix("s/") + "/"))
