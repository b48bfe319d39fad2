"""An audit made ready for its page: the item as it was, the policy, and nothing of what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sinmungo.apps.autonomy.models import Audit
from sinmungo.apps.autonomy.queries.audits import AuditPage, holds_acts
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review.models import Assignment
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.core.policy import Severity
from sinmungo.web.console import lead_charts, lists, media, second_page, words
from sinmungo.web.console.handles import to_handle
from sinmungo.web.console.lists import Mark


@dataclass(frozen=True, slots=True)
class Row:
    """An audit in the list of what waits; no text of any item."""

    handle: str
    title: str
    policy: str
    queue: str
    is_urgent: bool
    marks: tuple[Mark, ...]
    waited: str
    held_by: str
    is_mine: bool


def rows(found: Sequence[Audit], user: User, lang: str, at: datetime) -> list[Row]:
    """Return what waits, what holds acts up first."""
    return [_row(each, user, lang, at) for each in found]


def _row(audit: Audit, user: User, lang: str, at: datetime) -> Row:
    work = audit.assignment
    return Row(
        handle=to_handle(work.pk),
        title=second_page.thing_of(audit.version, lang),
        policy=words.said(policies.document(audit.policy_version).title, lang),
        queue=lead_charts.queue_title(work.queue, lang),
        is_urgent=holds_acts(audit),
        marks=lists.marks(work, at),
        waited=words.ago(audit.drawn_at, at),
        held_by=str(work.holder) if is_held(work, at) and work.holder_id != user.pk else "",
        is_mine=is_held(work, at) and work.holder_id == user.pk,
    )


def is_held(work: Assignment, at: datetime) -> bool:
    """Return whether somebody holds a piece of work."""
    return work.holder_id is not None and work.held_until is not None and work.held_until > at


def shown(audit: Audit, found: AuditPage, user: User, lang: str, at: datetime) -> dict[str, Any]:
    """Return what the page of one audit says; ``found`` is all that may be known of it."""
    work = audit.assignment
    document = policies.document(found.policy_version)
    asks = [(words.said(f.ask, lang), words.said(f.help, lang)) for f in found.factors]
    return {
        "title": second_page.thing_of(found.version, lang),
        "queue": lead_charts.queue_title(work.queue, lang),
        "platform": found.version.item.platform.name,
        "thread": _undated(second_page.thread_of(found.version, until=found.until, language=lang)),
        "is_veiled": document.severity is Severity.CRITICAL and staff.preference(user).blur,
        "media": media.of(media.about_audit(to_handle(work.pk), found.version), user=user),
        "asks": asks,
        "version": found.work_version,
        "is_urgent": found.is_urgent and not found.is_answered,
        "is_done": found.is_answered,
        "is_mine": is_held(work, at) and work.holder_id == user.pk,
        "held_by": str(work.holder) if is_held(work, at) and work.holder_id != user.pk else "",
        "due": [] if found.is_answered else lists.marks(work, at),
        **second_page.policy_of(found.policy_version, lang),
    }


def _undated(thread: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what was said, in order but without times: acts are of today, and gold is older."""
    return [{**said, "when": ""} for said in thread]
