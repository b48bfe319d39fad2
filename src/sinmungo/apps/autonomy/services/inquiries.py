"""Questions of the press, lawmakers and authorities: a register with a clock and the answer given."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from sinmungo.apps.autonomy.errors_incidents import AnsweredInquiry, TooMany
from sinmungo.apps.autonomy.models import Incident, Inquiry
from sinmungo.apps.autonomy.queries.incident_desk import (
    ANSWER_FIELD,
    MOST_INQUIRIES,
    WHO_FIELD,
    WORDS_FIELD,
)
from sinmungo.apps.autonomy.services import timeline
from sinmungo.apps.base import ids
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.vault import services as vault
from sinmungo.core.kernel.calendar import working_days_later

MAX_WHO = 200
MAX_WORDS = 10_000
#: Working days until an answer is due: the house's own promise, where no law or letter names a day.
ANSWER_DAYS: dict[str, int] = {
    Inquiry.Kind.PRESS: 1,
    Inquiry.Kind.LAWMAKER: 3,
    Inquiry.Kind.AUTHORITY: 5,
    Inquiry.Kind.COURT: 5,
    Inquiry.Kind.OTHER: 7,
}


def receive(
    *,
    incident: Incident,
    kind: Inquiry.Kind,
    who: str,
    words: str,
    received_at: datetime,
    user: User,
    at: datetime,
    due_at: datetime | None = None,
) -> Inquiry:
    """Enter an inquiry, with who asks and their words sealed.

    It is due at ``due_at``, or in the working days of its kind. A time of receipt in the future is taken
    as now. Raises RoleLacks, IncidentWords, and TooMany for more than the page can show: none is ever hidden.
    """
    staff.require(user, Permission.RUN_INCIDENTS, incident.platform_id)
    if incident.inquiries.count() >= MOST_INQUIRIES:
        raise TooMany(limit=MOST_INQUIRIES)
    asker, asked = timeline.written(who, MAX_WHO), timeline.written(words, MAX_WORDS)
    received = min(received_at, at)
    ref = incident.key_ref
    inquiry = Inquiry(
        id=ids.new_id(),
        incident=incident,
        platform=incident.platform,
        key_ref=ref,
        kind=kind,
        who=timeline.sealed(ref, WHO_FIELD, asker),
        words=timeline.sealed(ref, WORDS_FIELD, asked),
        received_at=received,
        due_at=due_at or _due(received, kind, incident),
    )
    with transaction.atomic():
        vault.register([ref], at=at)
        inquiry.save(force_insert=True)
        timeline.enter(
            incident=incident,
            kind="inquiry_received",
            actor=staff.actor_of(user),
            at=at,
            facts={"asker": str(kind)},
        )
    return inquiry


def answer(*, inquiry: Inquiry, words: str, user: User, at: datetime) -> Inquiry:
    """Write down the answer that was given, sealed; it stays so.

    Raises RoleLacks, IncidentWords, AnsweredInquiry.
    """
    staff.require(user, Permission.RUN_INCIDENTS, inquiry.platform_id)
    blob = timeline.sealed(inquiry.key_ref, ANSWER_FIELD, timeline.written(words, MAX_WORDS))
    with transaction.atomic():
        vault.register([inquiry.key_ref], at=at)
        row = Inquiry.objects.select_for_update().get(pk=inquiry.pk)
        if row.answered_at is not None:
            raise AnsweredInquiry
        row.answer, row.answered_at, row.answered_by = blob, at, str(staff.actor_of(user))
        row.save(update_fields=["answer", "answered_at", "answered_by"])
        if row.incident is not None:
            timeline.enter(
                incident=row.incident,
                kind="inquiry_answered",
                actor=staff.actor_of(user),
                at=at,
                facts={"asker": str(row.kind), "in_time": at <= row.due_at},
            )
    return row


def _due(received: datetime, kind: Inquiry.Kind, incident: Incident) -> datetime:
    platform = incident.platform
    return working_days_later(
        received, ANSWER_DAYS[kind], zone=platform.time_zone, country=platform.jurisdiction
    )
