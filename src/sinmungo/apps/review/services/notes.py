"""What colleagues write to one another about a case, and never to anybody outside."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.review.errors import NoteLength, TooManyNotes
from sinmungo.apps.review.models import Case, Note
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.statements.services import person_ref
from sinmungo.apps.vault import services as vault
from sinmungo.core.text.identifiers import mask_identifiers

NOTE_FIELD = "review_note.words"
MAX_NOTE = 2000
MAX_NOTES = 200


def add_note(
    *, case: Case, user: User, words: str, at: datetime, actor: Actor, kind: Note.Kind = Note.Kind.NOTE
) -> Note:
    """Write a note beside a case, its identifiers masked, sealed under the key of whom the case is about.

    Raises RoleLacks, NoteLength, TooManyNotes, and ``vault.Destroyed`` when nothing more may be written.
    """
    staff.require(user, Permission.DECIDE_CASES, case.item.platform_id, case.assignment.queue_id)
    written = words.strip()
    if not 0 < len(written) <= MAX_NOTE or "\0" in written:
        raise NoteLength(limit=MAX_NOTE)
    masked = mask_identifiers(written).text
    if Note.objects.filter(case=case).count() >= MAX_NOTES:
        raise TooManyNotes(limit=MAX_NOTES)
    return write_note(case=case, user=user, words=masked, kind=kind, at=at, actor=actor)


def write_note(
    *, case: Case, user: User | None, words: str, kind: Note.Kind, at: datetime, actor: Actor
) -> Note:
    """Seal and keep a note; ``user`` is None for what the machinery has to tell."""
    ref = person_ref(case.item)
    vault.ensure([ref])
    sealed = vault.seal(ref, NOTE_FIELD, words)
    with transaction.atomic():
        vault.register([ref], at=at)
        note = Note.objects.create(case=case, kind=kind, user=user, words=sealed, at=at)
        record([NewEntry("review.case.noted", f"case:{case.code}", actor, {"kind": str(kind)})], at=at)
    return note
