"""The staff's door: password or passkey, one-time links, and in the demonstration a choice of roles."""

from __future__ import annotations

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import LoginView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sinmungo.apps.base import clock
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff import services
from sinmungo.apps.staff.models import Role, User
from sinmungo.web import directory
from sinmungo.web.console import words

_BACKEND = "django.contrib.auth.backends.ModelBackend"
#: Roles in the order in which the demonstration offers them.
_OFFERED = (
    Role.REVIEWER,
    Role.LEAD,
    Role.HEARER,
    Role.VENDOR,
    Role.POLICY,
    Role.ADMINISTRATOR,
    Role.OBSERVER,
)
#: People of one role whom it offers.
MOST_OFFERED = 3


class SignIn(LoginView):  # type: ignore[misc]  # allauth has no types
    """allauth's sign-in with its limits on tries, on a page of ours."""

    template_name = "console/sign_in.html"

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        """Add the directory that is set up, if one is."""
        return {**super().get_context_data(**given), "directory": directory.offered()}


sign_in = SignIn.as_view()


def to_sign_in(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view's signature
    """Lead from allauth's address of the door, and from its pages about mail, to our door."""
    return redirect("/staff/sign-in")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session here; who came through a directory is told that they are still signed in there."""
    came_by = {record.get("method") for record in get_authentication_records(request, request.user)}
    logout(request)
    known = directory.offered()
    if known is not None and "socialaccount" in came_by:
        return render(request, "console/signed_out.html", {"directory": known})
    return redirect("/")


@require_http_methods(["GET", "POST"])
@never_cache
def link(request: HttpRequest, token: str) -> HttpResponse:
    """A one-time link: looking at it changes nothing, its button signs in and uses it up."""
    if request.method == "POST":
        user = services.use_sign_in_link(token=token, at=clock.now())
        _enter(request, user, "link")
        messages.info(
            request, _("The link is used up. Add a passkey or set a password to come back without one.")
        )
        return redirect("/console/")
    user = staff.link_holder(token=token, at=clock.now())
    return render(request, "console/link.html", {"holder": str(user)})


@require_http_methods(["GET", "POST"])
@never_cache
def demo(request: HttpRequest) -> HttpResponse:
    """In the demonstration only: step into a role without a password. Elsewhere there is no such page."""
    if not settings.SINMUNGO_DEMO:
        raise Http404
    if request.method == "POST":
        role, who = request.POST.get("role", ""), request.POST.get("who", "")
        offered = staff.with_role(Role(role)) if role in Role.values else []
        user = next((each for each in offered if who in ("", each.username)), None)
        if user is None:
            raise Http404
        _enter(request, user, "demo")
        return redirect("/console/")
    roles = [
        {"role": str(role), "label": words.ROLES[role], "tells": words.ROLE_TELLS[role], "people": found}
        for role in _OFFERED
        if (found := staff.with_role(role)[:MOST_OFFERED])
    ]
    return render(request, "console/demo.html", {"roles": roles})


def _enter(request: HttpRequest, user: User, method: str) -> None:
    login(request, user, backend=_BACKEND)
    record_authentication(request, user, method=method)
