"""What those who run an incident, or watch one, read of it.

Whoever sees automations sees an incident as numbers. What people wrote about it, and who is part of it, is
for those who run incidents on its platform.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.autonomy.errors_incidents import NoSuchIncident, NoSuchInquiry, NoSuchQuestion
from sinmungo.apps.autonomy.models import (
    Affected,
    Automation,
    Incident,
    IncidentEntry,
    Inquiry,
    LinkedAppeal,
    PlaybookStep,
    PublicQuestion,
)
from sinmungo.apps.base.keyset import Page, page
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission, roles_with
from sinmungo.apps.vault import queries as vault

ENTRY_FIELD = "autonomy_incidententry.words"
WHO_FIELD = "autonomy_inquiry.who"
WORDS_FIELD = "autonomy_inquiry.words"
ANSWER_FIELD = "autonomy_inquiry.answer"
#: Lines of a timeline that are shown, the newest first.
MOST_LINES = 300
MOST_INQUIRIES = 500


@dataclass(frozen=True, slots=True)
class Listed:
    """An incident in the list, with how many it holds and how many of them wait."""

    incident: Incident
    affected: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a timeline; ``words`` are empty for a reader who may not open them. ``by`` names a person."""

    kind: str
    facts: Mapping[str, Any]
    words: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """An inquiry with its seal opened, and who answered it."""

    inquiry: Inquiry
    who: str
    words: str
    answer: str
    answered_by: str


@dataclass(frozen=True, slots=True)
class Group:
    """The appeals of an incident that say the same thing, as one: how many, and how far they are."""

    total: int
    waiting: int
    overturned: int
    upheld: int
    oldest_due: datetime | None


def incidents(*, seen_by: User, after: str = "", limit: int = 25) -> tuple[list[Listed], str]:
    """Return incidents that ``seen_by`` may know of, the newest first, and the cursor of those after them.

    Raises RoleLacks.
    """
    staff.require(seen_by, Permission.SEE_AUTOMATIONS)
    found: Page[Incident] = page(_visible(seen_by), order=("-opened_at", "id"), after=after, limit=limit)
    counted = {
        key: (total, waiting)
        for key, total, waiting in Affected.objects.filter(incident__in=[row.pk for row in found.rows])
        .values_list("incident")
        .annotate(total=Count("pk"), waiting=Count("pk", filter=Q(state=Affected.State.WAITING)))
    }
    return [Listed(row, *counted.get(row.pk, (0, 0))) for row in found.rows], found.next


def by_code(code: str, *, seen_by: User) -> Incident:
    """Return an incident that ``seen_by`` may know of. Raises RoleLacks, NoSuchIncident."""
    staff.require(seen_by, Permission.SEE_AUTOMATIONS)
    found = _visible(seen_by).filter(code=code).first()
    if found is None:
        raise NoSuchIncident
    return found


def runs(user: User, incident: Incident) -> bool:
    """Return whether ``user`` runs incidents on its platform, and so may read what was written."""
    return staff.may(user, Permission.RUN_INCIDENTS, platform=incident.platform_id)


def lists(user: User, incident: Incident) -> bool:
    """Return whether ``user`` may read which decisions are part of it: who runs it, or sees cases there."""
    return runs(user, incident) or staff.may(user, Permission.SEE_CASES, platform=incident.platform_id)


def lines(incident: Incident, *, seen_by: User) -> list[Line]:
    """Return the newest lines of the timeline; for the reader who runs incidents with their words."""
    rows = list(incident.entries.order_by("-at", "-pk")[:MOST_LINES])
    names = staff.pseudonyms(filter(None, (_user_of(row.by) for row in rows)))
    opened = _opened(incident, rows) if runs(seen_by, incident) else {}
    return [Line(row.kind, row.facts, opened.get(row.pk, ""), _name(row.by, names), row.at) for row in rows]


def steps(incident: Incident) -> list[tuple[PlaybookStep, str]]:
    """Return the steps of the playbook in order, each with the name of who did it."""
    rows = list(incident.steps.select_related("assignee").order_by("place"))
    names = staff.pseudonyms(filter(None, (_user_of(row.done_by) for row in rows)))
    return [(row, _name(row.done_by, names)) for row in rows]


def people(incident: Incident) -> list[User]:
    """Return those who may be given the incident or a step of it."""
    found = {
        member.pk: member
        for role in roles_with(Permission.RUN_INCIDENTS)
        for member in staff.with_role(role)
        if staff.may(member, Permission.RUN_INCIDENTS, platform=incident.platform_id)
    }
    return sorted(found.values(), key=str)


def affected(
    incident: Incident, *, seen_by: User, state: str = "", after: str = "", limit: int = 100
) -> Page[Affected]:
    """Return who is part of an incident, in order; ``state`` empty means everybody.

    Raises RoleLacks for a reader who neither runs incidents nor sees cases on its platform.
    """
    if not runs(seen_by, incident):
        staff.require(seen_by, Permission.SEE_CASES, incident.platform_id)
    rows = incident.affected.select_related("decision", "account", "item", "answer")
    if state:
        rows = rows.filter(state=state)
    return page(rows, order=("place",), after=after, limit=limit)


def inquiries(incident: Incident, *, seen_by: User) -> list[Opened]:
    """Return the inquiries of an incident, those without an answer first. Raises RoleLacks."""
    staff.require(seen_by, Permission.RUN_INCIDENTS, incident.platform_id)
    rows = list(incident.inquiries.order_by("due_at", "pk")[:MOST_INQUIRIES])
    names = staff.pseudonyms(filter(None, (_user_of(row.answered_by) for row in rows)))
    opened = [
        Opened(
            row,
            _unsealed(row, WHO_FIELD, row.who),
            _unsealed(row, WORDS_FIELD, row.words),
            _unsealed(row, ANSWER_FIELD, row.answer),
            _name(row.answered_by, names),
        )
        for row in rows
    ]
    return sorted(opened, key=lambda each: each.inquiry.answered_at is not None)


def inquiry(inquiry_id: uuid.UUID, *, seen_by: User) -> Inquiry:
    """Return an inquiry. Raises NoSuchInquiry, also for one that ``seen_by`` may not see."""
    found = Inquiry.objects.select_related("incident__platform").filter(pk=inquiry_id).first()
    if found is None or not staff.may(seen_by, Permission.RUN_INCIDENTS, platform=found.platform_id):
        raise NoSuchInquiry
    return found


def questions(incident: Incident) -> list[PublicQuestion]:
    """Return the questions that the public reads, the pinned first."""
    return list(incident.questions.filter(retired_at__isnull=True).order_by("place", "pk"))


def question(incident: Incident, number: int) -> PublicQuestion:
    """Return a question that stands. Raises NoSuchQuestion."""
    found = incident.questions.filter(pk=number, retired_at__isnull=True).first()
    if found is None:
        raise NoSuchQuestion
    return found


def group(incident: Incident) -> Group:
    """Return the linked appeals of an incident as the one case that they are."""
    waiting = Q(appeal__state="waiting")
    found = incident.linked.aggregate(
        total=Count("pk"),
        waiting=Count("pk", filter=waiting),
        overturned=Count("pk", filter=Q(appeal__outcome__in=["overturned", "partly_overturned"])),
        upheld=Count("pk", filter=Q(appeal__outcome="upheld")),
    )
    due = incident.linked.filter(waiting).order_by("appeal__due_at").values_list("appeal__due_at", flat=True)
    return Group(**found, oldest_due=due.first())


def linked(incident: Incident, *, seen_by: User, after: str = "", limit: int = 100) -> Page[LinkedAppeal]:
    """Return the appeals of an incident's group, the oldest link first. Raises RoleLacks."""
    staff.require(seen_by, Permission.RUN_INCIDENTS, incident.platform_id)
    rows = incident.linked.select_related("appeal__decision")
    return page(rows, order=("id",), after=after, limit=limit)


def linked_appeals(incident: Incident, ids: Collection[uuid.UUID]) -> list[Appeal]:
    """Return those of the appeals with these ids that are linked to an incident."""
    rows = incident.linked.filter(appeal__in=list(ids)).select_related("appeal")
    return [row.appeal for row in rows]


def automations(*, seen_by: User, platform: str) -> list[Automation]:
    """Return the automations of a platform that an incident may be opened about. Raises RoleLacks."""
    staff.require(seen_by, Permission.RUN_INCIDENTS, platform)
    return list(Automation.objects.filter(platform=platform).order_by("policy", "rule", "action"))


def _visible(user: User) -> QuerySet[Incident]:
    rows = Incident.objects.select_related("platform", "automation", "epoch", "lead")
    platforms = staff.platforms_where(user, Permission.SEE_AUTOMATIONS)
    return rows if platforms is None else rows.filter(platform__in=platforms)


def _opened(incident: Incident, rows: list[IncidentEntry]) -> dict[int, str]:
    said = [(row.pk, bytes(row.words)) for row in rows if row.words]
    if not said:
        return {}
    opened = vault.unseal_many(incident.key_ref, ENTRY_FIELD, [blob for _, blob in said])
    return {key: words.decode() for (key, _), words in zip(said, opened, strict=True) if words is not None}


def _unsealed(row: Inquiry, field: str, blob: bytes | memoryview) -> str:
    return vault.unseal(row.key_ref, field, bytes(blob)).reveal() if blob else ""


def _user_of(written: str) -> uuid.UUID | None:
    kind, _, name = written.partition(":")
    try:
        return uuid.UUID(hex=name) if kind == "staff" else None
    except ValueError:
        return None


def _name(written: str, names: Mapping[uuid.UUID, str]) -> str:
    """Return what a person is called; empty for the machinery and for nobody."""
    user = _user_of(written)
    return names.get(user, "") if user else ""
