"""What a colleague can do around a case, made ready for its page: notes, reasons, later, elsewhere."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sinmungo.apps.review import queries as review
from sinmungo.apps.review import queries_desk as desk
from sinmungo.apps.review import services
from sinmungo.apps.review.models import Case, Note
from sinmungo.apps.review.services.gathering import OWN_QUEUES
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.statements import said
from sinmungo.apps.vault.errors import Destroyed
from sinmungo.core.kernel.errors import DomainError
from sinmungo.core.kernel.words import EVERYWHERE
from sinmungo.journeys import review as journey
from sinmungo.web.console import casework
from sinmungo.web.console.handles import to_handle
from sinmungo.web.console.pages import BadForm

#: When a case that is put off to tomorrow comes up again, in its platform's zone.
MORNING = time(9)
_NOTES = {
    Note.Kind.NOTE: gettext_lazy("Note"),
    Note.Kind.ESCALATED: gettext_lazy("Escalated"),
    Note.Kind.REFUSED: gettext_lazy("Not sent"),
}


@dataclass(frozen=True, slots=True)
class NoteShown:
    """A note as read."""

    kind: str
    label: str
    who: str
    when: str
    words: str


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose, with what it is called."""

    id: str
    label: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class ReasonOffered:
    """A saved reason, with its text in the language of whoever is told."""

    id: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything around the decision on a case's page."""

    notes: tuple[NoteShown, ...]
    may_note: bool
    reasons: tuple[ReasonOffered, ...]
    later: tuple[Option, ...]
    escalations: tuple[Option, ...]
    colleagues: tuple[Option, ...]
    assigned_to: str
    is_on_my_list: bool
    may_list: bool


def around(case: Case, user: User, *, policy: str, language: str, at: datetime) -> Desk:
    """Return what ``user`` may read and do around a case."""
    work, place = case.assignment, case.item.platform_id
    decides = staff.may(user, Permission.DECIDE_CASES, platform=place, queue=work.queue_id)
    assigns = staff.may(user, Permission.ASSIGN_WORK, platform=place, queue=work.queue_id)
    people = desk.could_take(assignment=work, seen_by=user) if assigns else []
    return Desk(
        notes=tuple(notes(case, user, language)),
        may_note=decides,
        reasons=tuple(reasons(case, user, policy, language)) if decides else (),
        later=tuple(later(case, language, at)),
        escalations=tuple(escalations(case, language)),
        colleagues=tuple(Option(to_handle(p.pk), str(p), p.pk == work.assignee_id) for p in people),
        assigned_to=str(work.assignee) if work.assignee else "",
        is_on_my_list=work.assignee_id == user.pk,
        may_list=decides and work.assignee_id in (None, user.pk),
    )


def notes(case: Case, user: User, language: str) -> list[NoteShown]:
    """Return the notes on a case as read, the latest first."""
    zone, veil = case.item.platform.time_zone, casework.veil_of(case, user)
    return [
        NoteShown(
            kind=note.kind,
            label=str(_NOTES[Note.Kind(note.kind)]),
            who=note.who,
            when=said.moment(note.at, zone, language),
            words=veil.text(_told(note)),
        )
        for note in desk.notes_of(case=case, seen_by=user)
    ]


def reasons(case: Case, user: User, policy: str, language: str) -> list[ReasonOffered]:
    """Return the saved reasons for a policy, titled for the reader and worded for whoever is told."""
    told_in = person_language(case)
    return [
        ReasonOffered(
            to_handle(row.pk),
            row.title_ko if language == "ko" else row.title_en,
            row.body_ko if told_in == "ko" else row.body_en,
        )
        for row in desk.saved_reasons(seen_by=user, policy=policy)
    ]


def with_reason(posted: QueryDict, offered: list[ReasonOffered]) -> QueryDict:
    """Return a form with the saved reason that it names added to its facts."""
    body = next((each.body for each in offered if each.id == posted.get("reason")), "")
    typed = posted.copy()
    typed["facts"] = "\n".join(part for part in (typed.get("facts", "").strip(), body) if part)
    return typed


def person_language(case: Case) -> str:
    """Return the language in which the person concerned is told, as the statement will."""
    author = casework.attributes_of(case.version).get("author")
    asked = str(author.get("locale", ""))[:2].lower() if isinstance(author, dict) else ""
    return asked if asked in ("ko", "en") else case.item.platform.locale


def later(case: Case, language: str, at: datetime) -> list[Option]:
    """Return the moments to which a case may be put off; none past its due time."""
    due, zone = case.assignment.due_at, case.item.platform.time_zone
    labels = {"hour": _("In an hour"), "tomorrow": _("Tomorrow morning"), "days": _("In three days")}
    moments = {choice: moment(choice, zone, at) for choice in labels}
    return [
        Option(choice, f"{labels[choice]} · {said.moment(then, zone, language)}")
        for choice, then in moments.items()
        if due is None or then <= due
    ]


def moment(choice: str, zone: str, at: datetime) -> datetime:
    """Return when a choice of :func:`later` is; raises BadForm."""
    here = at.astimezone(ZoneInfo(zone))
    if choice == "hour":
        return at + timedelta(hours=1)
    if choice == "tomorrow":
        return datetime.combine(here.date() + timedelta(days=1), MORNING, here.tzinfo)
    if choice == "days":
        return at + timedelta(days=3)
    raise BadForm


def escalations(case: Case, language: str) -> list[Option]:
    """Return the desks that know more, but for the one where the case is."""
    offered = []
    for slug in services.ESCALATED_TO:
        queue = review.queue(slug=slug)
        if queue is None and slug not in OWN_QUEUES:
            continue
        titles = (queue.title_ko, queue.title_en) if queue else OWN_QUEUES[slug][:2]
        if slug != case.assignment.queue_id:
            offered.append(Option(slug, titles[0] if language == "ko" else titles[1]))
    return offered


def typed_again(case: Case, user: User) -> QueryDict | None:
    """Return what ``user`` had typed into a case's form, when their decision came back; else None."""
    pending = desk.last_chosen(case=case, user=user)
    if pending is None:
        return None
    try:
        proposal = journey.read_chosen(pending)
    except (Destroyed, DomainError):
        return None
    typed = QueryDict(mutable=True)
    typed["facts"] = proposal.facts
    if proposal.policy_version is None:
        return typed
    policy = proposal.policy_version.policy_id
    typed["policy"] = policy
    for factor, answer in review.answers(case=case, policy=policy).items():
        typed[f"factor-{factor}"] = answer
    if proposal.violation:
        typed["ground"] = proposal.ground
        for action in proposal.actions:
            _type_action(typed, action.kind, action.territory, action.lasts)
    return typed


def _type_action(typed: QueryDict, kind: str, territory: str, lasts: timedelta | None) -> None:
    if kind not in typed.getlist("action"):
        typed.appendlist("action", kind)
        typed[f"territory-{kind}"] = territory
    elif territory != EVERYWHERE:
        typed[f"territory-{kind}"] = f"{typed[f'territory-{kind}']} {territory}"
    typed[f"days-{kind}"] = str(lasts.days if lasts else 0)


def _told(note: desk.NoteRead) -> str:
    """Return a note's words; what the machinery tells is said in the reader's language."""
    if note.words is None:
        return _("This note can no longer be read: the key of the person it is about was destroyed.")
    if note.kind != Note.Kind.REFUSED:
        return note.words
    kept = json.loads(note.words)
    reason = _(kept["message"]).format_map(kept["facts"])
    return _("The decision could not be recorded, and nobody was told anything. %(reason)s") % {
        "reason": reason
    }
