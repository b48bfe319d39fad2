"""Reporting something without an account."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from sinmungo.apps.base.actors import PUBLIC
from sinmungo.apps.items import queries as items
from sinmungo.apps.items import store
from sinmungo.apps.items.models import MAX_EXTERNAL_ID, Platform
from sinmungo.core.kernel.errors import DomainError
from sinmungo.core.kernel.words import ItemType, PlatformMode
from sinmungo.core.text.identifiers import mask_identifiers
from sinmungo.journeys import report as journey
from sinmungo.web.errors import sentence
from sinmungo.web.portal import visits
from sinmungo.web.portal.answers import personal
from sinmungo.web.portal.forms import ReportForm

_MOST_PARTS = 12


@personal
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest) -> HttpResponse:
    """Take a report."""
    # where a platform is only watched nobody would look at a report, so none is taken
    platforms = [each for each in items.platforms() if each.mode != PlatformMode.OBSERVE]
    if request.method != "POST":
        return _shown(request, ReportForm(platforms=platforms), platforms)
    filled = ReportForm(request.POST, platforms=platforms)
    if filled.is_valid() and (done := _filed(request, filled, platforms)) is not None:
        return done
    return _shown(request, filled, platforms)


def _filed(request: HttpRequest, filled: ReportForm, platforms: list[Platform]) -> HttpResponse | None:
    data = filled.cleaned_data
    platform = next(each for each in platforms if each.slug == data["platform"])
    item_type, external_id = named(platform, data["item_type"], data["address"])
    try:
        visits.require_room(request)
        filed = journey.file(
            platform=platform,
            item_type=item_type,
            external_id=external_id,
            reason=data["reason"],
            words=data["words"],
            contact=data["contact"],
            locale=get_language() or "ko",
            actor=PUBLIC,
        )
    except DomainError as error:
        filled.refuse("words", sentence(error))
        return None
    visits.count_act(request)
    visits.add_report(request, filed.report)
    visits.keep_receipt(request, "report", filed.receipt)
    return redirect("portal-report-receipt")


def named(platform: Platform, item_type: str, address: str) -> tuple[str, str]:
    """Return type and external id of what an address or a number means on a platform.

    Of an address, the last part that names something known there counts, whatever its type; otherwise
    the address without its query, or as much of it as an id may have. Nobody is told which. A person
    may write anything here, so resident numbers in what is not known are masked.
    """
    written = "".join(letter for letter in address.strip() if letter.isprintable())
    parts = _parts(written)
    types = [item_type, *(each.value for each in ItemType if each.value != item_type)]
    ids = {store.item_id(platform.slug, kind, part): (kind, part) for part in parts for kind in types}
    known = items.items_by_id(list(ids))
    for key, name in ids.items():
        if key in known:
            return name
    split = urlsplit(written) if written.startswith(("http://", "https://")) else None
    bare = f"{split.scheme}://{split.netloc}{split.path}" if split else written
    return item_type, mask_identifiers(bare).text[:MAX_EXTERNAL_ID]


def _parts(written: str) -> list[str]:
    """Return what in an address may be an id, the likeliest first: the whole, then the last parts."""
    path = urlsplit(written).path if "://" in written else written
    parts = [unquote(part) for part in path.split("/") if part]
    likely = [written, *reversed(parts[-_MOST_PARTS:])]
    return [part for part in dict.fromkeys(likely) if 0 < len(part) <= MAX_EXTERNAL_ID]


def _shown(request: HttpRequest, form_: ReportForm, platforms: list[Platform]) -> HttpResponse:
    context = {"form": form_, "platforms": platforms}
    return render(request, "portal/report.html", context, status=422 if form_.is_bound else 200)


@personal
@require_safe
def receipt(request: HttpRequest) -> HttpResponse:
    """Show the receipt this once."""
    shown = visits.take_receipt(request, "report") if request.method == "GET" else ""
    if not shown:
        return redirect("portal-receipts")
    return render(request, "portal/report_receipt.html", {"receipt": shown})
