"""What others read of appeals: those who hear them, and the person who holds a receipt."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import Count

from sinmungo.apps.appeals import errors
from sinmungo.apps.appeals.models import Appeal, Attachment
from sinmungo.apps.base.keyset import page
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.intake import receipts
from sinmungo.apps.items.models import Platform
from sinmungo.apps.review.models import Assignment, Viewing
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.statements import letters
from sinmungo.apps.statements.content import Content
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.statements.services import content_of
from sinmungo.apps.vault import queries as vault
from sinmungo.core.kernel.errors import DomainError
from sinmungo.core.sealing import Sealed

WORDS_FIELD = "appeals_appeal.words"
REASONS_FIELD = "appeals_appeal.reasons"
NAME_FIELD = "appeals_attachment.name"
BODY_FIELD = "appeals_attachment.body"
#: Fewer endings than this say nothing, and might tell of single people.
LEAST_ENDINGS = 10
READING_CHARACTERS_A_SECOND = 20
LEAST_READING = timedelta(seconds=20)
#: A decision supersedes another, which may supersede another; chains are short.
_LONGEST_CHAIN = 20

State = Literal["open", "waiting", "heard", "replaced", "closed", "none"]
#: What its reader may object to.
_APPEALABLE = {
    Statement.Audience.AFFECTED.value: frozenset({"restricted", "partly_reversed"}),
    Statement.Audience.REPORTER.value: frozenset({"no_violation", "reversed"}),
}
_NEEDED = (
    "statement__item",
    "decision__item",
    "decision__platform",
    "platform",
    "assignment",
    "answer_decision",
)


@dataclass(frozen=True, slots=True)
class WaitingAppeal:
    """An appeal in line, and who holds it until when."""

    appeal: Appeal
    platform: Platform
    holder: User | None
    held_until: datetime | None


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """Some appeals in line, and the cursor of the page after them (empty when there is none)."""

    rows: list[WaitingAppeal]
    next: str


@dataclass(frozen=True, slots=True)
class AttachmentSaid:
    """A file as listed."""

    id: uuid.UUID
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class AppealView:
    """An appeal opened for the one who hears it. ``content`` is what the appellant had been told."""

    appeal: Appeal
    words: str
    reasons: str
    content: Content
    attachments: tuple[AttachmentSaid, ...]


@dataclass(frozen=True, slots=True)
class AttachmentBody:
    """A file opened; it is only ever offered as a download of its own type."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Endings:
    """How appeals of one kind have ended so far."""

    upheld: int
    overturned: int
    partly: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.upheld + self.overturned + self.partly


@dataclass(frozen=True, slots=True)
class ReceiptStatus:
    """Where an appeal stands. ``place`` counts from 1; ``endings`` is None below ten decided."""

    appeal: Appeal
    place: int
    reasons: str
    endings: Endings | None


def key_ref(appeal: Appeal) -> str:
    """Return the name of the key of an appeal's words, reasons and files."""
    return f"appeal:{appeal.id.hex}"


def state(*, statement: Statement, content: Content, at: datetime) -> State:
    """Return whether its reader may appeal now, and if not, why."""
    if content.outcome not in _APPEALABLE[statement.audience]:
        return "none"
    known = set(Appeal.objects.filter(statement=statement).values_list("state", flat=True))
    if known:
        return "waiting" if Appeal.State.WAITING in known else "heard"
    if Decision.objects.filter(supersedes=statement.decision_id).exists():
        return "replaced"
    return "open" if at <= letters.deadline(content, statement.told_at) else "closed"


_WHY_NOT: Mapping[State, type[DomainError]] = {
    "none": errors.NothingToAppeal,
    "waiting": errors.AlreadyWaiting,
    "heard": errors.AlreadyHeard,
    "replaced": errors.DecisionReplaced,
    "closed": errors.WindowClosed,
}


def require_open(*, statement: Statement, content: Content, at: datetime) -> None:
    """Raise the reason why its reader may not appeal now, if there is one."""
    found = state(statement=statement, content=content, at=at)
    if found != "open":
        raise _WHY_NOT[found]


def involved(decision: Decision) -> list[uuid.UUID]:
    """Return the staff who had a part in a decision or in those it replaced, the latest first."""
    found: list[uuid.UUID] = []
    at: Decision | None = decision
    for _ in range(_LONGEST_CHAIN):
        if at is None:
            break
        found += [user for user in map(_staff_id, (at.made_by, at.approved_by)) if user is not None]
        at = at.supersedes
    return list(dict.fromkeys(found))


def _staff_id(written: str) -> uuid.UUID | None:
    kind, _, name = written.partition(":")
    try:
        return uuid.UUID(hex=name) if kind == "staff" else None
    except ValueError:
        return None


def waiting(*, seen_by: User, limit: int = 25, after: str = "") -> WaitingPage:
    """Return appeals that ``seen_by`` may hear, the first to hear first."""
    staff.require(seen_by, Permission.HEAR_APPEALS)
    rows = Assignment.objects.filter(kind=Assignment.Kind.APPEAL, done_at__isnull=True)
    rows = rows.exclude(barred=seen_by).exclude(barred_too=seen_by)
    platforms = staff.platforms_where(seen_by, Permission.HEAR_APPEALS)
    if platforms is not None:
        rows = rows.filter(platform__in=platforms)
    found = page(
        rows.select_related("platform", "holder"), order=("-priority", "id"), after=after, limit=limit
    )
    appeals = Appeal.objects.select_related("decision__item", "statement").filter(assignment__in=found.rows)
    by_work = {appeal.assignment_id: appeal for appeal in appeals}
    return WaitingPage([_waiting(row, by_work[row.pk]) for row in found.rows], found.next)


def _waiting(row: Assignment, appeal: Appeal) -> WaitingAppeal:
    return WaitingAppeal(appeal, row.platform, row.holder, row.held_until)


def view(*, appeal_id: uuid.UUID, seen_by: User) -> AppealView:
    """Return an appeal, opened; raises NoSuchAppeal where ``seen_by`` may not hear appeals."""
    appeal = Appeal.objects.select_related(*_NEEDED).filter(pk=appeal_id).first()
    if appeal is None or not staff.may(seen_by, Permission.HEAR_APPEALS, platform=appeal.platform_id):
        raise errors.NoSuchAppeal
    rows = appeal.attachments.defer("body").order_by("id")
    return AppealView(
        appeal=appeal,
        words=words_of(appeal).reveal(),
        reasons=reasons_of(appeal).reveal(),
        content=content_of(appeal.statement),
        attachments=tuple(
            AttachmentSaid(row.id, _name(appeal, row), row.media_type, row.size) for row in rows
        ),
    )


def attachment(*, attachment_id: uuid.UUID, seen_by: User) -> AttachmentBody:
    """Return a file, opened; raises NoSuchAppeal where ``seen_by`` may not hear appeals."""
    row = Attachment.objects.select_related("appeal").filter(pk=attachment_id).first()
    if row is None or not staff.may(seen_by, Permission.HEAR_APPEALS, platform=row.appeal.platform_id):
        raise errors.NoSuchAppeal
    data = vault.unseal_bytes(key_ref(row.appeal), BODY_FIELD, bytes(row.body)).reveal()
    return AttachmentBody(_name(row.appeal, row), row.media_type, data)


def _name(appeal: Appeal, row: Attachment) -> str:
    return vault.unseal(key_ref(appeal), NAME_FIELD, bytes(row.name)).reveal()


def words_of(appeal: Appeal) -> Sealed[str]:
    """Return what the person wrote."""
    return vault.unseal(key_ref(appeal), WORDS_FIELD, bytes(appeal.words))


def reasons_of(appeal: Appeal) -> Sealed[str]:
    """Return the reasons of the answer; empty while there is none."""
    if not appeal.reasons:
        return Sealed("")
    return vault.unseal(key_ref(appeal), REASONS_FIELD, bytes(appeal.reasons))


def by_receipt(receipt: str) -> Appeal | None:
    """Return the appeal of a receipt, however it is spaced."""
    digest = receipts.digest(receipt)
    rows = Appeal.objects.select_related(*_NEEDED)
    return rows.filter(receipt_digest=digest).first() if digest else None


def by_id(appeal_id: uuid.UUID) -> Appeal | None:
    """Return an appeal with what its pages need; for one whose receipt was shown before."""
    return Appeal.objects.select_related(*_NEEDED).filter(pk=appeal_id).first()


def receipt_status(receipt: str) -> ReceiptStatus:
    """Return where the appeal of a receipt stands; raises NoSuchAppeal."""
    appeal = by_receipt(receipt)
    if appeal is None:
        raise errors.NoSuchAppeal
    return status(appeal)


def status(appeal: Appeal) -> ReceiptStatus:
    """Return where an appeal stands, for the one who filed it."""
    is_waiting = appeal.state == Appeal.State.WAITING
    return ReceiptStatus(
        appeal=appeal,
        place=_place(appeal) if is_waiting else 0,
        reasons=reasons_of(appeal).reveal(),
        endings=endings(platform_id=appeal.platform_id, category=appeal.decision.category),
    )


def _place(appeal: Appeal) -> int:
    """Return the place in the order in which appeals are offered to those who hear them."""
    ahead = Assignment.objects.filter(
        kind=Assignment.Kind.APPEAL, platform=appeal.platform_id, done_at__isnull=True
    )
    mine = appeal.assignment
    first = ahead.filter(priority__gt=mine.priority).count()
    return 1 + first + ahead.filter(priority=mine.priority, id__lt=mine.id).count()


def endings(*, platform_id: str, category: str) -> Endings | None:
    """Return how appeals on a platform in a category have ended; None while fewer than ten have."""
    rows = Appeal.objects.filter(
        platform=platform_id, state=Appeal.State.DECIDED, decision__category=category
    )
    counts = dict(rows.values_list("outcome").annotate(n=Count("pk")))
    found = Endings(
        upheld=counts.get("upheld", 0),
        overturned=counts.get("overturned", 0),
        partly=counts.get("partly_overturned", 0),
    )
    return found if found.total >= LEAST_ENDINGS else None


def is_fast(*, appeal: Appeal, user: User, at: datetime) -> bool:
    """Return whether ``user`` answers sooner than the item and the appeal can be read.

    Reading takes a second for 20 characters and at least 20 s, counted from the first time that the
    item was before them since the appeal came; never opened is fast too.
    """
    viewed = Viewing.objects.filter(user=user, item=appeal.decision.item_id, shown_at__gte=appeal.received_at)
    first = viewed.order_by("shown_at").values_list("shown_at", flat=True).first()
    version = appeal.decision.item_version
    characters = len(words_of(appeal).reveal()) + (len(version.text) if version is not None else 0)
    needed = max(LEAST_READING, timedelta(seconds=characters / READING_CHARACTERS_A_SECOND))
    return first is None or at - first < needed
