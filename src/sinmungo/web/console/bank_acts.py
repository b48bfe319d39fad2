"""What those who keep banks do with them: make, change, switch off and on, import, withdraw, search.

A bank matches on every platform, so every act asks for a role that reaches them all. Of protected banks
nothing is done here.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from sinmungo.apps.base import clock
from sinmungo.apps.screening import hunts
from sinmungo.apps.screening.banks import importing, services
from sinmungo.apps.screening.models import Bank
from sinmungo.apps.staff import queries as staff
from sinmungo.core.kernel.errors import DomainError, NotAllowed, Refused
from sinmungo.core.matching import exchange
from sinmungo.web.console import bank_page, bank_words
from sinmungo.web.console.bank_views import MOST_FILE_BYTES, bank_of, banks_page, one_page
from sinmungo.web.console.pages import BadForm, field, person, signed_in
from sinmungo.web.errors import sentence

#: Under this name the exchange's state of a page's imports is kept.
SOURCE = "console"
MOST_IDS = 500
#: Refused rows that a page lists.
MOST_LISTED = 100


class NoFile(Refused):
    """A file is missing, empty, or larger than a page takes."""

    code = "console.no_file"
    message = (
        "Choose a file that is not empty, of at most {megabytes} MB."
        " `sinmungo bank import` takes larger ones."
    )


@require_POST
@signed_in
def make(request: HttpRequest) -> HttpResponse:
    """Make a bank of one's own, open and empty."""
    user = person(request)
    bank_words.require_keeper(user)
    names = ("name", "title_ko", "title_en", "severity", "is_negative")
    typed = {name: field(request, name).strip() for name in names}
    try:
        made = services.make(
            name=typed["name"],
            title_ko=typed["title_ko"],
            title_en=typed["title_en"],
            severity=typed["severity"],
            is_negative=bool(typed["is_negative"]),
            actor=staff.actor_of(user),
            at=clock.now(),
        )
    except NotAllowed:
        raise
    except DomainError as error:
        return banks_page(request, typed=typed, problem=sentence(error), status=error.status)
    messages.success(request, _("The bank is there. It matches as soon as it holds something."))
    return redirect(f"/console/banks/{made.name}/")


@require_POST
@signed_in
def switch(request: HttpRequest, name: str) -> HttpResponse:
    """Switch a bank off or on."""
    bank, enabled = _kept(request, name), field(request, "enabled")
    if enabled not in ("yes", "no"):
        raise BadForm
    _change(request, bank, is_enabled=enabled == "yes")
    off, on = _("It is switched off. Nothing matches it any more."), _("It is switched on and matches again.")
    messages.success(request, on if enabled == "yes" else off)
    return _back(bank)


@require_POST
@signed_in
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Change what a bank is called, how grave it is, its end, and who may know of it."""
    bank = _kept(request, name)
    typed: dict[str, Any] = {each: field(request, each) for each in ("title_ko", "title_en", "severity")}
    typed["seen_by"] = request.POST.getlist("seen_by")
    typed["ends"] = field(request, "ends")
    what = {**typed, "expires_at": _end_of(typed["ends"], bank_page.zone_of(person(request)))}
    del what["ends"]
    try:
        _change(request, bank, **what)
    except NotAllowed:
        raise
    except DomainError as error:
        problem = sentence(error)
        return one_page(request, bank, typed=typed, open_form="change", problem=problem, status=error.status)
    messages.success(request, _("It is changed."))
    mine = {held.role for held in person(request).memberships.all()}
    still_sees = not typed["seen_by"] or not mine.isdisjoint(typed["seen_by"])
    return _back(bank) if still_sees else redirect("/console/banks/")


def _end_of(day: str, zone: str) -> datetime | None:
    """Return the moment at which a last day is over; raises BadForm for what is no day."""
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), ZoneInfo(zone))
    except (ValueError, OverflowError) as error:
        raise BadForm from error


@require_POST
@signed_in
def hunt(request: HttpRequest, name: str) -> HttpResponse:
    """Search for all that a bank holds in everything that was seen."""
    bank, user = _kept(request, name), person(request)
    try:
        asked = hunts.ask(bank=bank, actor=staff.actor_of(user), at=clock.now())
    except Refused as error:
        return one_page(request, bank, problem=sentence(error), status=error.status)
    begun, known = _("The search has begun. This page shows how far it is."), _("A search is under way.")
    messages.success(request, begun if asked.is_new else known)
    return redirect(f"/console/banks/{bank.name}/#hunts")


@require_POST
@signed_in
def withdraw(request: HttpRequest, name: str) -> HttpResponse:
    """Take fingerprints out of a bank, by the ids they came with or the numbers that cases show."""
    bank, user = _kept(request, name), person(request)
    given = field(request, "ids").split()
    if not 0 < len(given) <= MOST_IDS:
        raise BadForm
    numbers = [int(each[1:]) for each in given if _is_number(each)]
    count = services.withdraw(
        bank=bank,
        keys=numbers,
        external_ids=[each for each in given if not _is_number(each)],
        actor=staff.actor_of(user),
        at=clock.now(),
    )
    if not count:
        problem = _("It holds nothing with such an id, or it was withdrawn already.")
        typed = {"ids": field(request, "ids")}
        return one_page(request, bank, typed=typed, open_form="withdraw", problem=problem, status=422)
    told = ngettext(
        "%(n)d fingerprint is withdrawn and erased.", "%(n)d fingerprints are withdrawn and erased.", count
    )
    messages.success(request, told % {"n": count})
    return _back(bank)


def _is_number(text: str) -> bool:
    return text.startswith("#") and text[1:].isascii() and text[1:].isdecimal() and len(text) < 19


@require_POST
@signed_in
def import_file(request: HttpRequest, name: str) -> HttpResponse:
    """Take the good rows of a file of fingerprints, and list the bad ones with place and reason."""
    bank, user, given = _kept(request, name), person(request), request.FILES.get("file")
    try:
        if given is None or not 0 < (given.size or 0) <= MOST_FILE_BYTES:
            raise NoFile(megabytes=MOST_FILE_BYTES // 1_000_000)
        read = exchange.read(exchange.Format.CSV, given.read())
        taken = importing.take_page(
            bank=bank, page=read, source=SOURCE, actor=staff.actor_of(user), at=clock.now()
        )
    except NotAllowed:
        raise
    except exchange.BadPage as error:
        facts = {**error.facts, "reason": _(error.facts["reason"])}
        problem = sentence(exchange.BadPage(**facts))
        return one_page(request, bank, open_form="import", problem=problem, status=error.status)
    except DomainError as error:
        return one_page(request, bank, open_form="import", problem=sentence(error), status=error.status)
    bank.refresh_from_db()
    return one_page(request, bank, imported=_told(taken))


def _told(taken: importing.Imported) -> dict[str, Any]:
    facts = {"added": f"{taken.added:,}", "known": f"{taken.known:,}", "withdrawn": f"{taken.withdrawn:,}"}
    told = _("New: %(added)s. Known already: %(known)s. Withdrawn: %(withdrawn)s.") % facts
    return {
        "told": told,
        "count": len(taken.refused),
        "refused": [(each.place, _(each.reason)) for each in taken.refused[:MOST_LISTED]],
        "more": max(len(taken.refused) - MOST_LISTED, 0),
    }


def _kept(request: HttpRequest, name: str) -> Bank:
    """Return a bank that the reader keeps; raises RoleLacks, NoSuchBank."""
    bank_words.require_keeper(person(request))
    return bank_of(request, name)


def _change(request: HttpRequest, bank: Bank, **what: Any) -> None:
    services.change(bank=bank, actor=staff.actor_of(person(request)), at=clock.now(), **what)


def _back(bank: Bank) -> HttpResponse:
    return redirect(f"/console/banks/{bank.name}/")
