"""What keeps the house running: orders that a platform did not take, the platforms, and the people."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sinmungo.apps.base import clock
from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.enforcement import services as enforcement_services
from sinmungo.apps.items import queries as items
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review.queries_exposure import queues_of
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff import services as staff_services
from sinmungo.apps.staff.models import Membership, Role
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.errors import DomainError
from sinmungo.web.console import casework, words
from sinmungo.web.console.pages import BadForm, field, language, page, person, signed_in, whole
from sinmungo.web.errors import sentence

MOST_AT_ONCE = 200


@require_GET
@signed_in
def deliveries(request: HttpRequest) -> HttpResponse:
    """Deliveries that were given up, gone or refused."""
    lang, at = language(request), clock.now()
    found = enforcement.dead_deliveries(seen_by=person(request), after=request.GET.get("after", ""))
    rows = [
        {
            "id": row.pk,
            "title": casework.title_of(row.item, lang),
            "platform": row.platform.name,
            "state": words.DELIVERY_STATES[row.state],
            "attempts": row.attempts,
            "error": row.last_error,
            "when": words.ago(row.due_at, at),
        }
        for row in found.rows
    ]
    return page(request, "deliveries.html", {"rows": rows, "more": found.next})


@require_POST
@signed_in
def retry(request: HttpRequest) -> HttpResponse:
    """Send chosen deliveries again."""
    user = person(request)
    chosen = [whole(text) for text in request.POST.getlist("delivery")[:MOST_AT_ONCE]]
    mine = enforcement.retriable(seen_by=user).filter(pk__in=chosen)
    count = enforcement_services.retry_deliveries(
        ids=list(mine.values_list("pk", flat=True)), actor=staff.actor_of(user), at=clock.now()
    )
    told = ngettext("%(n)d delivery is sent again.", "%(n)d deliveries are sent again.", count)
    messages.success(request, told % {"n": count})
    return redirect("/console/deliveries/")


@require_GET
@signed_in
def platforms(request: HttpRequest) -> HttpResponse:
    """The platforms that are connected, how far we act on each, and which policies are in force."""
    user, lang = person(request), language(request)
    staff.require(user, Permission.SEE_PLATFORMS)
    mine = staff.platforms_where(user, Permission.SEE_PLATFORMS)
    rows = []
    for platform in items.platforms():
        if mine is not None and platform.slug not in mine:
            continue
        pack = policies.in_force(platform.slug, clock.now())
        rows.append(
            {
                "platform": platform,
                "mode": words.MODES[platform.mode],
                "pack": words.said(pack.document.title, lang) if pack else "",
                "digest": pack.pack.digest[:12] if pack else "",
            }
        )
    return page(request, "platforms.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@signed_in
def people(request: HttpRequest) -> HttpResponse:
    """Who works here with which roles; adding somebody shows their one-time link once."""
    user = person(request)
    staff.require(user, Permission.MANAGE_STAFF)
    context: dict[str, object] = {"link": "", "problem": "", "typed": request.POST}
    status = 200
    if request.method == "POST":
        try:
            context["link"] = _acted(request)
        except DomainError as error:
            context["problem"], status = sentence(error), error.status
    titles = _queue_titles(request)
    context["members"] = [
        {
            "user": member,
            "roles": [_role(membership, titles) for membership in member.memberships.all()],
        }
        for member in staff.members(seen_by=user)
    ]
    context["roles"] = [(str(role), words.ROLES[role], words.ROLE_TELLS[role]) for role in Role]
    context["platforms"] = items.platforms()
    context["queues"] = [
        (slug, title, slug in request.POST.getlist("queue")) for slug, title in titles.items()
    ]
    return page(request, "people.html", context, status)


def _acted(request: HttpRequest) -> str:
    """Add a member or make a link for one; return the address that signs them in."""
    user = person(request)
    at, actor = clock.now(), staff.actor_of(user)
    platform = field(request, "platform")
    if platform and platform not in {known.slug for known in items.platforms()}:
        raise BadForm
    queues = request.POST.getlist("queue")
    if set(queues) - _queue_titles(request).keys():
        raise BadForm
    if field(request, "act") == "link":
        member = staff.managed_member(username=field(request, "username"), seen_by=user)
    else:
        staff.require_manager(user, platform)
        member = staff_services.add_member(
            username=field(request, "username").strip(),
            pseudonym=field(request, "pseudonym"),
            role=field(request, "role"),
            platform=platform,
            queues=queues,
            at=at,
            actor=actor,
        )
    token = staff_services.make_sign_in_link(user=member, at=at, actor=actor)
    return f"{settings.SINMUNGO_URL}/staff/link/{token}"


def _role(held: Membership, titles: Mapping[str, str]) -> str:
    told = [str(words.ROLES[held.role]), held.platform or _("all platforms")]
    if held.queues:
        told.append(", ".join(titles.get(queue, queue) for queue in held.queues))
    return " · ".join(told)


def _queue_titles(request: HttpRequest) -> dict[str, str]:
    """Return the queues of cases by name, with what they are called."""
    is_korean = language(request) == "ko"
    queues = queues_of(user=person(request))
    return {queue.slug: queue.title_ko if is_korean else queue.title_en for queue in queues}
