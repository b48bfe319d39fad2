"""One case: what is read of it, and what stands around it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from sinmungo.apps.intake.models import Report
from sinmungo.apps.items.models import Item, Version
from sinmungo.apps.review.errors import NoSuchWork
from sinmungo.apps.review.models import Approval, Assignment, Case, FactorAnswer, Queue, Viewing
from sinmungo.apps.review.priority import Part, waiting
from sinmungo.apps.review.queries.seeing import APPEALS, may_see
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission


def case_by_code(*, code: str, seen_by: User) -> Case:
    """Return a case with its item, version, verdict and assignment; raises NoSuchWork.

    A case on a platform or in a queue that ``seen_by`` does not work in is not told from one that does
    not exist.
    """
    rows = Case.objects.select_related(
        "item__platform", "item__author", "item__container", "version", "verdict",
        "assignment__queue", "assignment__holder", "assignment__platform",
    )  # fmt: skip
    case = rows.filter(code=code).first() if "\0" not in code else None
    if case is None or not may_see(case, seen_by):
        raise NoSuchWork
    return case


def open_case(*, item: Item) -> Case | None:
    """Return the case of an item that nobody has ended yet, waiting proposals included."""
    return Case.objects.filter(item=item).exclude(state=Case.State.DECIDED).first()


def approval_of(*, code: str, seen_by: User) -> Approval:
    """Return the approval that the case with ``code`` waits for, or waited for last; raises NoSuchWork."""
    rows = Approval.objects.select_related(
        "case__item__platform", "case__item__author", "case__item__container", "case__version",
        "case__verdict", "case__assignment__queue", "assignment__holder", "assignment__queue", "proposed_by",
    )  # fmt: skip
    approval = rows.filter(case__code=code).order_by("-id").first()
    if approval is None or not may_see(approval.case, seen_by, Permission.APPROVE):
        raise NoSuchWork
    return approval


def sent_back(*, case: Case) -> list[Approval]:
    """Return the proposals on a case that a second person sent back, the latest first."""
    rows = Approval.objects.filter(case=case, state=Approval.State.SENT_BACK)
    return list(rows.select_related("decided_by").order_by("-decided_at"))


def answers(*, case: Case, policy: str) -> dict[str, str]:
    """Return what was answered so far to the questions of ``policy``."""
    return dict(FactorAnswer.objects.filter(case=case, policy=policy).values_list("factor", "answer"))


def answered_policies(*, case: Case) -> list[str]:
    """Return the policies whose questions were answered, the latest first."""
    rows = FactorAnswer.objects.filter(case=case).order_by("-at", "-pk").values_list("policy", flat=True)
    return list(dict.fromkeys(rows))


def looked_at(
    *, users: Iterable[uuid.UUID], versions: Iterable[uuid.UUID]
) -> set[tuple[uuid.UUID, uuid.UUID]]:
    """Return which of the users had which of the versions before them, as pairs of ids."""
    rows = Viewing.objects.filter(user__in=list(users), version__in=list(versions))
    return {(user, version) for user, version in rows.values_list("user_id", "version_id") if version}


def has_looked(*, user: User, item: Item, version: Version | None) -> bool:
    """Return whether ``user`` had this version of the item before them."""
    return Viewing.objects.filter(user=user, item=item, version=version).exists()


def viewing_of(*, user: User, case: Case, since: timedelta, at: datetime) -> Viewing | None:
    """Return the viewing of a case that ``user`` began within ``since``."""
    rows = Viewing.objects.filter(user=user, assignment=case.assignment_id, shown_at__gt=at - since)
    return rows.order_by("-shown_at").first()


def explanation(*, assignment: Assignment, at: datetime) -> list[Part]:
    """Return why the work stands where it stands, the waiting time included."""
    parts = [Part(**part) for part in assignment.priority_explained]
    return [*parts, waiting(assignment.created_at, at)]


def queue(*, slug: str) -> Queue | None:
    """Return a queue by name."""
    return Queue.objects.filter(slug=slug).first()


def other_queues(*, case: Case) -> list[Queue]:
    """Return the queues that a case may be referred to."""
    mine = case.assignment.queue_id
    return list(Queue.objects.exclude(slug__in=(mine, APPEALS)).order_by("-weight", "slug"))


def neighbours(*, item: Item, version: Version | None, limit: int) -> tuple[list[Version], list[Version]]:
    """Return what was said in the same place just before and just after the item, in order of time.

    Each item once, as it was last seen; nothing where the place is not known.
    """
    if item.container_id is None or version is None:
        return [], []
    rows = Version.objects.filter(item__container=item.container_id, item__deleted_at__isnull=True)
    rows = rows.exclude(item=item).select_related("item__author")
    before = rows.filter(occurred_at__lte=version.occurred_at).order_by("-occurred_at", "-id")
    after = rows.filter(occurred_at__gt=version.occurred_at).order_by("occurred_at", "id")
    earlier, later = _once_an_item(before[: limit * 3], limit), _once_an_item(after[: limit * 3], limit)
    return earlier[::-1], later


def _once_an_item(versions: Iterable[Version], limit: int) -> list[Version]:
    seen: dict[uuid.UUID, Version] = {}
    for version in versions:
        seen.setdefault(version.item_id, version)
    return list(seen.values())[:limit]


def matched_policies(*, case: Case) -> list[str]:
    """Return the policies of the rules that matched the item, in the verdict's order."""
    if case.verdict is None:
        return []
    document = json.loads(case.verdict.document)
    return [str(rule["policy"]) for rule in document.get("matched", ())]


def reported_reasons(*, case: Case) -> set[str]:
    """Return the reasons that open reports on the item give."""
    rows = Report.objects.filter(item=case.item_id, outcome=Report.Outcome.OPEN)
    return set(rows.values_list("reason", flat=True))
