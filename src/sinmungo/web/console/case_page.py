"""The page of one case, and what every act on a case needs: who may, as they saw it, who was first."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from sinmungo.apps.base import clock
from sinmungo.apps.review import queries as review
from sinmungo.apps.review.errors import HeldByAnother
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening import queries as screening
from sinmungo.apps.screening.models import Signal
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.statements import said
from sinmungo.core.kernel.errors import Conflict
from sinmungo.web.console import casework, deciding, desk, finding, media, reading, translation
from sinmungo.web.console.pages import field, language, page, person, whole
from sinmungo.web.errors import sentence

#: Whether the next case opens by itself is remembered for the session under this name.
OPENS_NEXT = "opens_next"


def case_page(
    request: HttpRequest,
    found: Case,
    *,
    posted: QueryDict | None = None,
    problem: str = "",
    words: str = "",
    status: int = 200,
) -> HttpResponse:
    """Return the page of a case, with what was typed before, if anything.

    ``words`` is a note or a reason to escalate that was refused. A decision that was taken back, or that
    could not be recorded, comes back with everything that was typed.
    """
    user, at, lang = person(request), clock.now(), language(request)
    hold = _hold(found, user, at, lang)
    typed = posted
    if typed is None and hold["is_mine"] and "policy" not in request.GET:
        typed = desk.typed_again(found, user)
    asked = (typed or request.GET).get("policy", "")
    versions, slug = deciding.choose_policy(found, asked, at)
    around, _more = casework.queue_list(
        user, queue=found.assignment.queue_id, language=lang, at=at, current=found.code
    )
    context: dict[str, Any] = {
        "case": found,
        "shown": casework.shown(found, reader=user, language=lang, at=at),
        "media": media.of_case(found, user=user),
        "similar": finding.similar_shown(found, user, lang),
        "account": finding.account_shown(found, user, lang, at),
        "around": around,
        "next_code": _next(around, found.code),
        "pane": deciding.pane(
            found,
            versions=versions,
            slug=slug,
            signals=signals_of(found),
            language=lang,
            at=at,
            posted=typed,
        ),
        "sent_back": review.sent_back(case=found),
        "queues": review.other_queues(case=found),
        "nothing_found": reading.nothing_found(),
        "problem": problem,
        "words": words,
        "desk": desk.around(found, user, policy=slug, language=lang, at=at),
        "told_in": desk.person_language(found),
        "opens_next": request.session.get(OPENS_NEXT, True),
        "translation": translation.offered(found, language=lang),
        **hold,
    }
    return page(request, "case.html", context, status)


def to_decide(request: HttpRequest, code: str) -> tuple[User, Case]:
    """Return the reader and a case that they may decide; raises NoSuchWork, RoleLacks."""
    user = person(request)
    found = review.case_by_code(code=code, seen_by=user)
    staff.require(user, Permission.DECIDE_CASES, found.item.platform_id, found.assignment.queue_id)
    return user, found


def version_of(request: HttpRequest) -> int:
    """Return the version of the work that the page showed; raises BadForm."""
    return whole(field(request, "version"))


def conflict(request: HttpRequest, error: Conflict, back: str, *, zone: str, typed: str = "") -> HttpResponse:
    """Return the page that says who was first and until when, with what the reader had written."""
    if isinstance(error, HeldByAnother):
        until = datetime.fromisoformat(error.facts["until"])
        told = said.moment(until, zone, language(request))
        error = HeldByAnother(holder=error.facts["holder"], until=told)
    context = {"sentence": sentence(error), "facts": error.facts, "back": back, "typed": typed}
    return page(request, "conflict.html", context, error.status)


def signals_of(found: Case) -> list[Signal]:
    """Return what signals say of the version under review."""
    return screening.signals_of(found.version, found.verdict) if found.version else []


def _hold(found: Case, user: User, at: datetime, lang: str) -> dict[str, Any]:
    """Whether the reader holds the case, somebody else does, or nobody."""
    work = found.assignment
    is_held = work.holder is not None and work.held_until is not None and work.held_until > at
    is_open = found.state == Case.State.OPEN
    may = staff.may(
        user, Permission.DECIDE_CASES, platform=found.item.platform_id, queue=found.assignment.queue_id
    )
    is_mine = is_held and work.holder_id == user.pk
    minutes = int((work.held_until - at).total_seconds() // 60) if is_mine and work.held_until else 0
    snoozed = work.snoozed_until if work.snoozed_until and work.snoozed_until > at else None
    return {
        "is_mine": is_open and is_mine,
        "held_by": str(work.holder) if is_held and not is_mine else "",
        "held_until": work.held_until,
        "minutes_left": minutes,
        "may_claim": may and is_open and not is_held,
        "snoozed_until": said.moment(snoozed, found.item.platform.time_zone, lang) if snoozed else "",
        "outcome": getattr(found, "outcome", None),
    }


def _next(around: list[casework.Listed], code: str) -> str:
    others = [row.code for row in around if not row.is_current]
    codes = [row.code for row in around]
    place = codes.index(code) if code in codes else -1
    return codes[place + 1] if place + 1 < len(codes) else next(iter(others), "")
