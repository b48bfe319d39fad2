"""Who is looking: their account, language and country; a suspended account sees its lock screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language_from_request

from sinmungo.core.kernel.words import ActionKind, PublicState
from sinmungo.demo.platform.config import HOME_COUNTRY
from sinmungo.demo.platform.models import Account, InboxMessage, Standing
from sinmungo.demo.platform.phrases import PHRASES, Phrases
from sinmungo.demo.platform.visibility import account_limits

#: What stays open to a suspended account: leaving, taking its data along, and going to Sinmungo.
OPEN_WHILE_SUSPENDED = ("/session", "/export/", "/handover/", "/static/")
#: Asked by machines, not by visitors.
FOR_MACHINES = ("/webhooks", "/contacts/", "/healthz", "/faults", "/state", "/purge")


class Visitor:
    """The person behind one request; ``account`` is None for somebody not signed in."""

    def __init__(self, request: HttpRequest) -> None:
        key = request.session.get("account")
        self.account = Account.objects.filter(external_id=key).first() if key else None
        self.limits: set[ActionKind] = set()
        self.standing: Standing | None = None
        if self.account is not None:
            self.limits, self.standing = account_limits(self.account, now=timezone.now())
        self.country = self._country(request)
        self.locale = self._locale(request)
        self.grown_up = request.GET.get("show") == "1"

    @property
    def suspended(self) -> bool:
        """Whether the account may do nothing here for now."""
        return ActionKind.SUSPEND in self.limits

    @property
    def may_write(self) -> bool:
        """Whether the account may post, talk, follow and report words of its own."""
        return self.account is not None and not self.limits & {
            ActionKind.SUSPEND,
            ActionKind.LIMIT_INTERACTION,
        }

    def _country(self, request: HttpRequest) -> str:
        asked = request.GET.get("country", "").upper()
        if len(asked) == 2 and asked.isascii() and asked.isalpha():
            return asked
        return self.account.country if self.account else HOME_COUNTRY

    def _locale(self, request: HttpRequest) -> str:
        asked = request.GET.get("lang", "")
        if asked in PHRASES:
            request.session["lang"] = asked
        chosen = request.session.get("lang") or (self.account.locale if self.account else "")
        return chosen or ("ko" if get_language_from_request(request).startswith("ko") else "en")


class VisitorMiddleware:
    """Finds the visitor, and shows the lock screen instead of any page while suspended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        if request.path.startswith(FOR_MACHINES):
            return self._get_response(request)
        visitor = Visitor(request)
        # Django's own way to pass something on, which its types do not know
        request.visitor = visitor  # type: ignore[attr-defined]
        if visitor.suspended and not request.path.startswith(OPEN_WHILE_SUSPENDED):
            return lock_screen(request, visitor)
        return self._get_response(request)


def visitor_of(request: HttpRequest) -> Visitor:
    """Return who the middleware found."""
    visitor: Visitor = request.visitor  # type: ignore[attr-defined]
    return visitor


def page_context(request: HttpRequest) -> dict[str, Any]:
    """Give every template the visitor and the phrases in their language."""
    visitor = getattr(request, "visitor", None)
    locale = visitor.locale if visitor else "ko"
    phrases: Phrases = PHRASES[locale]
    return {"visitor": visitor, "w": phrases, "lang": locale}


def lock_screen(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Show a suspended person what happened, until when, and the way to the statement."""
    standing = visitor.standing
    context = {
        "statement": standing.statement if standing else None,
        "ends": _suspended_until(standing),
        "inbox": InboxMessage.objects.filter(account=visitor.account).order_by("-id")[:20],
        "under_review": standing is not None and standing.public_state == PublicState.UNDER_REVIEW,
    }
    return render(request, "square/lock.html", context, status=403)


def _suspended_until(standing: Standing | None) -> datetime | None:
    told = standing.restrictions if standing else []
    ends = [one["ends"] for one in told if one["kind"] == ActionKind.SUSPEND]
    return max(map(datetime.fromisoformat, ends)) if ends and all(ends) else None
