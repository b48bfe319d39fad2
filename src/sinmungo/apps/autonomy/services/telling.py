"""What the public is told of an incident: notes of what is known, and questions with their answers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from sinmungo.apps.autonomy.errors_incidents import BothLanguages, NoSuchQuestion, TooMany
from sinmungo.apps.autonomy.models import Incident, PublicNote, PublicQuestion
from sinmungo.apps.autonomy.services import timeline
from sinmungo.apps.ledger.kinds import Plain
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.text.identifiers import mask_identifiers

MAX_TOLD = 2000
MAX_QUESTION = 200
MAX_NOTES = 500
MAX_QUESTIONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question that people ask and its answer, in both languages."""

    question_ko: str
    question_en: str
    answer_ko: str
    answer_en: str


@transaction.atomic
def say(*, incident: Incident, ko: str, en: str, user: User, at: datetime) -> PublicNote:
    """Tell the public what is known; the newest note stands first, and none is ever edited.

    The public sees it once the incident is published. The ledger keeps the SHA-256 of both texts with an
    empty line between. Raises RoleLacks, BothLanguages, TooMany.
    """
    _require(incident, user)
    said = _both(ko, en, MAX_TOLD)
    if incident.notes.count() >= MAX_NOTES:
        raise TooMany(limit=MAX_NOTES)
    note = PublicNote.objects.create(
        incident=incident, ko=said[0], en=said[1], by=str(staff.actor_of(user)), at=at
    )
    digest = hashlib.sha256("\n\n".join(said).encode()).hexdigest()
    _enter(incident, "told", user, at, {"digest": digest})
    return note


@transaction.atomic
def answer_question(*, incident: Incident, text: Answered, user: User, at: datetime) -> PublicQuestion:
    """Add a question with its answer, below the others. Raises RoleLacks, BothLanguages, TooMany."""
    _require(incident, user)
    row = Incident.objects.select_for_update().get(pk=incident.pk)
    standing = row.questions.filter(retired_at__isnull=True)
    if standing.count() >= MAX_QUESTIONS:
        raise TooMany(limit=MAX_QUESTIONS)
    last = standing.aggregate(last=Max("place"))["last"] or 0
    question = PublicQuestion(incident=row, place=last + 1)
    return _written(question, text, "asked", user, at)


@transaction.atomic
def edit_question(*, question: PublicQuestion, text: Answered, user: User, at: datetime) -> PublicQuestion:
    """Write a question or its answer anew; the page says when. Raises as :func:`answer_question`."""
    return _written(_standing(question, user), text, "answer_edited", user, at)


@transaction.atomic
def pin_question(*, question: PublicQuestion, user: User, at: datetime) -> PublicQuestion:
    """Put a question first. Raises RoleLacks, NoSuchQuestion."""
    row = _standing(question, user)
    others = row.incident.questions.filter(retired_at__isnull=True).exclude(pk=row.pk).order_by("place", "pk")
    for place, other in enumerate(others, 2):
        PublicQuestion.objects.filter(pk=other.pk).update(place=place)
    row.place = 1
    row.save(update_fields=["place"])
    _enter(row.incident, "question_pinned", user, at)
    return row


@transaction.atomic
def retire_question(*, question: PublicQuestion, user: User, at: datetime) -> None:
    """Show a question no more. Raises RoleLacks, NoSuchQuestion."""
    row = _standing(question, user)
    row.retired_at = at
    row.save(update_fields=["retired_at"])
    _enter(row.incident, "question_retired", user, at)


def _standing(question: PublicQuestion, user: User) -> PublicQuestion:
    rows = PublicQuestion.objects.select_for_update(of=("self",)).select_related("incident")
    row = rows.filter(pk=question.pk, retired_at__isnull=True).first()
    if row is None:
        raise NoSuchQuestion
    _require(row.incident, user)
    return row


def _written(question: PublicQuestion, text: Answered, kind: str, user: User, at: datetime) -> PublicQuestion:
    question.question_ko, question.question_en = _both(text.question_ko, text.question_en, MAX_QUESTION)
    question.answer_ko, question.answer_en = _both(text.answer_ko, text.answer_en, MAX_TOLD)
    question.edited_at, question.edited_by = at, str(staff.actor_of(user))
    question.save()
    _enter(question.incident, kind, user, at)
    return question


def _both(ko: str, en: str, limit: int) -> tuple[str, str]:
    said = [each.replace("\r\n", "\n").strip() for each in (ko, en)]
    if not all(0 < len(each) <= limit and "\0" not in each for each in said):
        raise BothLanguages(limit=limit)
    return mask_identifiers(said[0]).text, mask_identifiers(said[1]).text


def _require(incident: Incident, user: User) -> None:
    staff.require(user, Permission.RUN_INCIDENTS, incident.platform_id)


def _enter(
    incident: Incident, kind: str, user: User, at: datetime, facts: dict[str, Plain] | None = None
) -> None:
    timeline.enter(incident=incident, kind=kind, actor=staff.actor_of(user), at=at, facts=facts)
