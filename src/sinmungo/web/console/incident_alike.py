"""Appeals that say the same thing: groups nobody has looked into, and the group of an incident."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.autonomy.models import Incident
from sinmungo.apps.autonomy.queries import incident_desk as desk
from sinmungo.apps.autonomy.queries import like_appeals
from sinmungo.apps.autonomy.queries.like_appeals import Candidate, LikeGroup
from sinmungo.apps.autonomy.services import incidents, linking
from sinmungo.apps.base import clock
from sinmungo.apps.items.models import Platform
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.errors import Conflict, NotAllowed, Refused
from sinmungo.web.console import incident_page, incident_words, masking, words
from sinmungo.web.console.case_page import conflict
from sinmungo.web.console.handles import from_handle, to_handle
from sinmungo.web.console.incident_views import platform_of, platforms_run_by
from sinmungo.web.console.pages import BadForm, field, language, page, person, signed_in
from sinmungo.web.errors import sentence

#: Appeals that a page lists, and groups.
MOST_SHOWN = 300
MOST_GROUPS = 20
_SHORT = 240


class NoneChosen(Refused):
    """Nothing was ticked."""

    code = "console.no_appeal_chosen"
    message = "Choose at least one of these appeals."


@require_http_methods(["GET", "POST"])
@signed_in
def groups(request: HttpRequest) -> HttpResponse:
    """Groups of appeals on a platform that say the same thing; from one of them an incident is opened."""
    user = person(request)
    staff.require(user, Permission.RUN_INCIDENTS)
    if request.method == "GET":
        mine = platforms_run_by(user)
        slug = request.GET.get("platform") or (mine[0].slug if mine else "")
        return _groups(request, platform_of(slug, user) if slug else None)
    platform, at = platform_of(field(request, "platform"), user), clock.now()
    titles = {name: field(request, name) for name in ("title_ko", "title_en")}
    wanted = field(request, "group")
    known = like_appeals.groups(platform=platform, seen_by=user, at=at)
    found = next((each for each in known if _name(each) == wanted), None)
    if found is None:
        messages.warning(request, _("This group has changed meanwhile. Look at it again."))
        return redirect(f"/console/incidents/groups/?platform={platform.slug}")
    try:
        opened = _opened(found, platform, titles, user, at)
    except NotAllowed:
        raise
    except Refused as error:
        return _groups(request, platform, typed=titles, problem=sentence(error), status=error.status)
    messages.success(request, _("The incident is open. Its playbook says what comes next."))
    return redirect(incident_page.address(opened))


@require_http_methods(["GET", "POST"])
@signed_in
def alike(request: HttpRequest, code: str) -> HttpResponse:
    """The group of an incident, and the appeals that may belong to it; linking and taking out."""
    user = person(request)
    found = desk.by_code(code, seen_by=user)
    staff.require(user, Permission.RUN_INCIDENTS, found.platform_id)
    if request.method == "GET":
        return _alike(request, found)
    here = f"{incident_page.address(found)}alike/"
    try:
        _link(request, found, user)
    except NotAllowed:
        raise
    except Refused as error:
        return _alike(request, found, problem=sentence(error), status=error.status)
    except Conflict as error:
        return conflict(request, error, here, zone=found.platform.time_zone)
    return redirect(here)


def _link(request: HttpRequest, incident: Incident, user: User) -> None:
    named = request.POST.getlist("appeal")
    if len(named) > linking.MOST_AT_ONCE:
        raise BadForm
    if not named:
        raise NoneChosen
    chosen, at = {from_handle(each) for each in named}, clock.now()
    if field(request, "unlink"):
        inside = desk.linked_appeals(incident, chosen)
        count = linking.unlink(incident=incident, appeals=inside, user=user, at=at)
        told = ngettext("%(n)d appeal was taken out.", "%(n)d appeals were taken out.", count)
    else:
        found = {each.appeal.pk: each for each in linking.like_appeals(incident) if each.appeal.pk in chosen}
        like = {key: each.likeness for key, each in found.items()}
        fitting = [each.appeal for each in found.values()]
        count = linking.link(incident=incident, appeals=fitting, user=user, at=at, likeness=like)
        told = ngettext("%(n)d appeal was linked.", "%(n)d appeals were linked.", count)
    if not count:
        messages.warning(request, _("This group has changed meanwhile. Look at it again."))
        return
    messages.success(request, told % {"n": count})


def _alike(request: HttpRequest, incident: Incident, *, problem: str = "", status: int = 200) -> HttpResponse:
    user, at, lang = person(request), clock.now(), language(request)
    found = linking.like_appeals(incident)
    linked = desk.linked(incident, seen_by=user, after=request.GET.get("after", ""))
    context = {
        "incident": incident,
        "address": incident_page.address(incident),
        "title": incident_words.title(incident, lang),
        "group": desk.group(incident),
        "candidates": [_candidate(each, at) for each in found[:MOST_SHOWN]],
        "total": len(found),
        "linked": [_appeal(each.appeal, at) | {"like": _percent(each.likeness)} for each in linked.rows],
        "more": linked.next,
        "hears": staff.may(user, Permission.HEAR_APPEALS, platform=incident.platform_id),
        "problem": problem,
    }
    return page(request, "incident_alike.html", context, status)


def _candidate(each: Candidate, at: datetime) -> dict[str, Any]:
    reasons = [
        (_("words %(percent)s alike") % {"percent": _percent(each.likeness)}, each.likeness > 0),
        (_("the same rule"), each.is_same_rule),
        (_("the same days"), each.is_same_days),
        (_("part of the incident"), each.is_affected),
    ]
    return _appeal(each.appeal, at) | {
        "reasons": [text for text, holds in reasons if holds],
        "is_strong": each.is_strong,
    }


def _appeal(appeal: Appeal, at: datetime) -> dict[str, Any]:
    return {
        "handle": to_handle(appeal.pk),
        "code": appeal.decision.case_code,
        "received": words.ago(appeal.received_at, at),
        "is_waiting": appeal.state == Appeal.State.WAITING,
        "outcome": words.OUTCOMES[appeal.outcome][0] if appeal.outcome else _("waiting"),
    }


def _groups(
    request: HttpRequest,
    platform: Platform | None,
    *,
    typed: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    user, at = person(request), clock.now()
    found = like_appeals.groups(platform=platform, seen_by=user, at=at) if platform else []
    is_open = platform is not None and staff.may(user, Permission.SEE_PERSONAL, platform=platform.slug)
    context = {
        "platforms": [(each.slug, each.name, each == platform) for each in platforms_run_by(user)],
        "platform": platform,
        "groups": [_group(each, at, is_open=is_open) for each in found[:MOST_GROUPS]],
        "typed": typed or {},
        "problem": problem,
        "form": field(request, "group") if request.method == "POST" else "",
    }
    return page(request, "incident_groups.html", context, status)


def _group(each: LikeGroup, at: datetime, *, is_open: bool) -> dict[str, Any]:
    waiting = sum(row.state == Appeal.State.WAITING for row in each.appeals)
    said = each.words[:_SHORT] if is_open else masking.covered(each.words[:_SHORT])
    return {
        "name": _name(each),
        "count": f"{len(each.appeals):,}",
        "waiting": f"{waiting:,}",
        "first": words.ago(each.first, at),
        "words": said + ("…" if len(each.words) > _SHORT else ""),
    }


def _name(group: LikeGroup) -> str:
    """Return the name of a group in a form: that of its oldest appeal, so that new ones do not change it."""
    return to_handle(min(each.pk for each in group.appeals))


def _opened(
    group: LikeGroup, platform: Platform, titles: dict[str, str], user: User, at: datetime
) -> Incident:
    offered = desk.automations(seen_by=user, platform=platform.slug)
    return incidents.open_by_person(
        platform=platform,
        automations=[each for each in offered if each.pk == group.automation],
        appeals=group.appeals[: linking.MOST_AT_ONCE],
        onset_from=group.first,
        onset_to=at,
        is_severe=True,
        user=user,
        at=at,
        title_ko=titles["title_ko"],
        title_en=titles["title_en"],
    )


def _percent(value: float) -> str:
    return f"{value:.0%}".replace("%", " %")
