"""Reasons that reviewers use again, in both languages, with blanks to be filled each time."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sinmungo.apps.base import ids
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.ledger.kinds import Body
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.review.errors import (
    BlankLeft,
    BlanksDiffer,
    NoSuchReason,
    ReasonLength,
    TooManyReasons,
)
from sinmungo.apps.review.models import SavedReason
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission

MAX_TITLE = 80
MAX_BODY = 2000
MAX_POLICY = 60
MAX_REASONS = 500
_BLANK = re.compile(r"\{\{([^{}]*)\}\}")
_NAME = re.compile(r"[\w -]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonText:
    """A saved reason as written; ``policy`` empty means that it serves all."""

    title_ko: str
    title_en: str
    body_ko: str
    body_en: str
    policy: str = ""


def blanks(text: str) -> list[str]:
    """Return the blanks that stand in ``text``, each as ``{{name}}``, in order."""
    return [found.group(0) for found in _BLANK.finditer(text)]


def require_filled(facts: str) -> None:
    """Raise BlankLeft while a blank stands in what a person would read."""
    left = blanks(facts)
    if left:
        raise BlankLeft(blank=left[0][:60])


@transaction.atomic
def write_reason(*, text: ReasonText, user: User, at: datetime, actor: Actor) -> SavedReason:
    """Keep a new reason. Raises RoleLacks, ReasonLength, BlanksDiffer, TooManyReasons."""
    staff.require(user, Permission.WRITE_REASONS)
    if SavedReason.objects.filter(retired_at__isnull=True).count() >= MAX_REASONS:
        raise TooManyReasons(limit=MAX_REASONS)
    return _written(text, user, at, actor)


@transaction.atomic
def change_reason(
    *, reason_id: uuid.UUID, text: ReasonText, user: User, at: datetime, actor: Actor
) -> SavedReason:
    """Retire a reason and keep its new text as a row of its own; raises as writing, and NoSuchReason."""
    retire_reason(reason_id=reason_id, user=user, at=at, actor=actor)
    return _written(text, user, at, actor)


@transaction.atomic
def retire_reason(*, reason_id: uuid.UUID, user: User, at: datetime, actor: Actor) -> None:
    """Offer a reason no longer; what was written with it stands. Raises RoleLacks, NoSuchReason."""
    staff.require(user, Permission.WRITE_REASONS)
    if not SavedReason.objects.filter(pk=reason_id, retired_at__isnull=True).update(retired_at=at):
        raise NoSuchReason
    record([NewEntry("review.reason.retired", f"reason:{reason_id.hex}", actor, {})], at=at)


def _written(text: ReasonText, user: User, at: datetime, actor: Actor) -> SavedReason:
    _checked(text)
    reason = SavedReason.objects.create(
        id=ids.new_id(),
        policy=text.policy,
        title_ko=text.title_ko.strip(),
        title_en=text.title_en.strip(),
        body_ko=text.body_ko.strip(),
        body_en=text.body_en.strip(),
        written_by=user,
        written_at=at,
    )
    body: Body = {"policy": text.policy, "blanks": len(blanks(text.body_ko))}
    record([NewEntry("review.reason.written", f"reason:{reason.id.hex}", actor, body)], at=at)
    return reason


def _checked(text: ReasonText) -> None:
    titles, bodies = (text.title_ko, text.title_en), (text.body_ko, text.body_en)
    fits = all(0 < len(title.strip()) <= MAX_TITLE for title in titles)
    fits = fits and all(0 < len(body.strip()) <= MAX_BODY for body in bodies)
    storable = all("\0" not in part for part in (*titles, *bodies))
    if not fits or not storable or len(text.policy) > MAX_POLICY:
        raise ReasonLength(title=MAX_TITLE, body=MAX_BODY)
    names = [sorted(_BLANK.findall(body)) for body in bodies]
    whole = all("{{" not in _BLANK.sub("", body) and "}}" not in _BLANK.sub("", body) for body in bodies)
    if names[0] != names[1] or not whole or not all(_NAME.fullmatch(name) for name in names[0]):
        raise BlanksDiffer
