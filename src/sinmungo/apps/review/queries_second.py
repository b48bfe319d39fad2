"""What others read of second reviews and of gold items; nothing here tells how a decision ended."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from sinmungo.apps.base.keyset import Page, page
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Version
from sinmungo.apps.review.errors import NoSuchWork
from sinmungo.apps.review.models import Assignment, Case, FactorAnswer, GoldItem, SecondReview
from sinmungo.apps.review.queries import visible, wanted
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.ids import uuid7
from sinmungo.core.kernel.words import DecisionSource

_OF_A_SECOND = ("assignment__queue", "assignment__holder", "version__item__platform", "policy_version")


@dataclass(frozen=True, slots=True)
class Made:
    """A decision that may be drawn for a second review."""

    id: uuid.UUID
    platform: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class TwoLooks:
    """A decision and the second look that disagrees with it: what each said, and not who."""

    second: SecondReview
    first_answers: dict[str, str]
    is_looked_at_again: bool


def first_id(at: datetime) -> uuid.UUID:
    """Return the lowest id that a row made at ``at`` can have: ids sort by time, so they bound a search."""
    return uuid7(max(int(at.timestamp() * 1000), 0), bytes(10))


def not_drawn(*, since: datetime, until: datetime) -> Iterator[Made]:
    """Yield what people decided in review between two moments and nobody looks at a second time yet."""
    looked_at = SecondReview.objects.filter(decision=OuterRef("pk"))
    rows = Decision.objects.filter(~Exists(looked_at), id__gte=first_id(since), made_at__lte=until)
    rows = rows.filter(source=DecisionSource.REVIEW, made_by__startswith="staff:", item_version__isnull=False)
    for found in rows.order_by("id").values_list("id", "platform_id", "made_at").iterator():
        yield Made(*found)


def open_seconds(*, platform: str) -> int:
    """Return how many second reviews on a platform nobody has answered."""
    rows = Assignment.objects.filter(kind=Assignment.Kind.SECOND, done_at__isnull=True, platform=platform)
    return rows.count()


def decided_case(*, decision: Decision) -> Case | None:
    """Return the case that a decision ended."""
    rows = Case.objects.select_related("assignment", "item", "version", "verdict")
    return rows.filter(outcome__decision=decision).first()


def gold_to_lay(*, platform: str) -> list[GoldItem]:
    """Return the live gold of a platform that does not wait for an answer already, by age."""
    waits = SecondReview.objects.filter(gold=OuterRef("pk"), answered_at__isnull=True)
    rows = GoldItem.objects.filter(~Exists(waits), retired_at__isnull=True, version__platform=platform)
    return list(rows.select_related("version__item", "policy_version", "made_by").order_by("id"))


def decided_cases_of(*, version: Version) -> QuerySet[Case]:
    """Return the decided cases in which a version was judged, the latest first."""
    rows = Case.objects.filter(version=version, state=Case.State.DECIDED)
    return rows.select_related("assignment", "outcome__decision").order_by("-closed_at")


def waiting_seconds(*, seen_by: User, limit: int = 25, after: str = "") -> Page[Assignment]:
    """Return second reviews that ``seen_by`` may answer, the oldest first; ``.second`` is loaded.

    A gold item that they answered once is not put before them again: they know its answers.
    """
    staff.require(seen_by, Permission.SECOND_REVIEW)
    rows = Assignment.objects.filter(kind=Assignment.Kind.SECOND, done_at__isnull=True)
    rows = rows.exclude(barred=seen_by).exclude(barred_too=seen_by).exclude(second__gold__in=_known(seen_by))
    rows = wanted(visible(rows, seen_by, Permission.SECOND_REVIEW), seen_by)
    rows = rows.select_related("second__version__item", "second__policy_version", "queue", "holder")
    return page(rows, order=("-priority", "id"), after=after, limit=limit)


def second_of(*, work: uuid.UUID, seen_by: User) -> SecondReview:
    """Return a second review that ``seen_by`` may answer, or has answered; raises NoSuchWork."""
    rows = SecondReview.objects.select_related(*_OF_A_SECOND, "version__item__author", "gold")
    rows = rows.filter(Q(answered_at__isnull=True) | Q(reviewer=seen_by), assignment=work)
    found = rows.first()
    if found is None or not _is_for(found, seen_by):
        raise NoSuchWork
    return found


def _is_for(second: SecondReview, user: User) -> bool:
    work = second.assignment
    if not staff.may(user, Permission.SECOND_REVIEW, platform=work.platform_id, queue=work.queue_id):
        return False
    if user.pk in (work.barred_id, work.barred_too_id):
        return False
    return second.reviewer_id == user.pk or second.gold_id not in set(_known(user))


def _known(user: User) -> QuerySet[SecondReview, uuid.UUID | None]:
    rows = SecondReview.objects.filter(reviewer=user, gold__isnull=False)
    return rows.values_list("gold", flat=True)


def around_then(*, version: Version, until: datetime, limit: int) -> tuple[list[Version], list[Version]]:
    """Return what stood around a version at a moment: nothing that came or was changed after it.

    In order of time, each item once. Whether something was deleted since is not told, because that may
    be what the decision did.
    """
    container = version.item.container_id
    if container is None:
        return [], []
    rows = Version.objects.filter(item__container=container, received_at__lte=until)
    rows = rows.exclude(item=version.item_id).exclude(text="").select_related("item__author")
    before = rows.filter(occurred_at__lte=version.occurred_at).order_by("-occurred_at", "-id")
    after = rows.filter(occurred_at__gt=version.occurred_at).order_by("occurred_at", "id")
    return _once(before[: limit * 3], limit)[::-1], _once(after[: limit * 3], limit)


def _once(versions: QuerySet[Version], limit: int) -> list[Version]:
    seen: dict[uuid.UUID, Version] = {}
    for version in versions:
        seen.setdefault(version.item_id, version)
    return list(seen.values())[:limit]


def gold(*, seen_by: User, limit: int = 50, after: str = "") -> Page[GoldItem]:
    """Return the live gold on the platforms where ``seen_by`` keeps it, the newest first."""
    staff.require(seen_by, Permission.KEEP_GOLD)
    rows = GoldItem.objects.filter(retired_at__isnull=True)
    rows = _on_platforms(rows, seen_by, Permission.KEEP_GOLD, platform="version__platform")
    rows = rows.select_related("version__item__platform", "policy_version")
    return page(rows, order=("-id",), after=after, limit=limit)


def gold_item(*, gold_id: uuid.UUID, seen_by: User) -> GoldItem:
    """Return a live gold item that ``seen_by`` keeps; raises NoSuchWork."""
    found = GoldItem.objects.filter(pk=gold_id, retired_at__isnull=True).select_related("version").first()
    if found is None or not staff.may(seen_by, Permission.KEEP_GOLD, platform=found.version.platform_id):
        raise NoSuchWork
    return found


def to_talk_about(*, seen_by: User, since: datetime, limit: int = 20) -> list[TwoLooks]:
    """Return decisions and the second looks that disagree with them, the latest first; of nobody's name."""
    staff.require(seen_by, Permission.SEE_QUALITY)
    rows = SecondReview.objects.filter(answered_at__gte=since, decision__isnull=False)
    rows = rows.exclude(violation=F("decision__violation"))
    rows = visible(rows, seen_by, Permission.SEE_QUALITY, work="assignment__")
    rows = rows.select_related("decision", "version__item__platform", "policy_version", "assignment")
    found = list(rows.order_by("-answered_at")[:limit])
    answers = first_answers(found)
    again = _opened_since(found)
    return [TwoLooks(row, answers.get(row.pk, {}), row.pk in again) for row in found]


def first_answers(seconds: Sequence[SecondReview]) -> dict[int, dict[str, str]]:
    """Return what was first answered to the questions of each second review's policy, by its key."""
    cases = {row.decision.cause_id: row for row in seconds if row.decision and row.decision.cause_id}
    found: dict[int, dict[str, str]] = {}
    given = FactorAnswer.objects.filter(case__in=cases).values_list("case_id", "policy", "factor", "answer")
    for case, policy, factor, answer in given:
        if cases[case].policy_version.policy_id == policy:
            found.setdefault(cases[case].pk, {})[factor] = answer
    return found


def _opened_since(seconds: Sequence[SecondReview]) -> set[int]:
    """Return the keys of those whose item has another case since the second look."""
    items = {row.version.item_id for row in seconds}
    opened = list(Case.objects.filter(item__in=items).values_list("item_id", "opened_at"))
    return {
        row.pk
        for row in seconds
        if any(
            item == row.version.item_id and row.answered_at and at > row.answered_at for item, at in opened
        )
    }


def disagreement(*, work: uuid.UUID, seen_by: User) -> SecondReview:
    """Return a second look that disagrees with its decision; raises NoSuchWork."""
    rows = SecondReview.objects.filter(assignment=work, answered_at__isnull=False, decision__isnull=False)
    rows = visible(rows, seen_by, Permission.SEE_QUALITY, work="assignment__")
    found = rows.select_related("decision__item", "decision__supersedes", "assignment").first()
    if found is None or found.decision is None or found.decision.violation == found.violation:
        raise NoSuchWork
    return found


def was_opened_again(second: SecondReview) -> bool:
    """Return whether the item has another case since the second look."""
    return bool(_opened_since([second]))


def _on_platforms(
    rows: QuerySet[GoldItem], user: User, permission: Permission, *, platform: str
) -> QuerySet[GoldItem]:
    platforms = staff.platforms_where(user, permission)
    return rows if platforms is None else rows.filter(**{f"{platform}__in": platforms})
