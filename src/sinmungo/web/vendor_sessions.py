"""Sessions of vendor reviewers: short, and every page that they were shown stands in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from sinmungo.apps.base import clock
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff import services
from sinmungo.apps.staff.models import User

IDLE_FOR = timedelta(minutes=30)
AT_LONGEST = timedelta(hours=8)
#: What a page sends by itself shows nothing, and keeps no session alive.
BY_ITSELF = "/seen"
#: A part of a page that says only what follows from the answers just given.
_SHOWS_NOTHING = (BY_ITSELF, "/recommend")
_STAFF_PAGES = ("/console/", "/staff/")
_BEGAN, _LAST = "vendor_began", "vendor_last"


class VendorSessionMiddleware:
    """End a vendor reviewer's session after 30 minutes without an act and after 8 hours in all.

    A page is given to them only once that they were shown it has been written down.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user if request.path.startswith(_STAFF_PAGES) else None
        if not isinstance(user, User) or not staff.is_vendor(user):
            return self.get_response(request)
        if not _goes_on(request):
            logout(request)
            messages.info(request, _("Your session has ended. Please sign in again."))
            return redirect("/staff/sign-in")
        response = self.get_response(request)
        if _shows_something(request, response):
            services.record_vendor_view(
                user=user, page=_page(request), subject=_subject(request, user), at=clock.now()
            )
        return response


def _goes_on(request: HttpRequest) -> bool:
    """Whether the session is still good; if so, this act is its latest."""
    now = clock.now().timestamp()
    began = request.session.setdefault(_BEGAN, now)
    last = request.session.get(_LAST, now)
    if now - began >= AT_LONGEST.total_seconds() or now - last >= IDLE_FOR.total_seconds():
        return False
    if not request.path.endswith(BY_ITSELF):
        request.session[_LAST] = now
    return True


def _shows_something(request: HttpRequest, response: HttpResponse) -> bool:
    if not request.path.startswith("/console/") or request.path.endswith(_SHOWS_NOTHING):
        return False
    return response.status_code == HTTPStatus.OK


def _page(request: HttpRequest) -> str:
    """Return which kind of page it is: its address without what names a case, a file or a token."""
    found = request.resolver_match
    return found.route[:80] if found else ""


def _subject(request: HttpRequest, user: User) -> str:
    """Return what was shown: a case, a queue, or else whose page it was."""
    given = request.resolver_match.kwargs if request.resolver_match else {}
    if "code" in given:
        return f"case:{given['code']}"
    return f"queue:{given['slug']}" if "slug" in given else f"staff:{user.id.hex}"
