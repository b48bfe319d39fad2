"""Who of an incident may be put right together with all the others, and who needs a person.

Nobody with another ground against them, in a decided network or with an open takedown is ever restored
by the hundred, and no removed intimate image is. What is left out waits for a person, with the code of why.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.module_loading import import_string

from sinmungo.apps.autonomy.models import Affected, Incident, Restoration
from sinmungo.apps.enforcement.models import Action
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.core.kernel.words import ACCOUNT_ACTIONS, WITHOUT_RESTRICTION, ReportReason
from sinmungo.core.policy.document import Severity

OVERTURNED, REPLACED = "overturned", "replaced"
ANOTHER_GROUND, INTIMATE_IMAGE = "another_ground", "intimate_image"
#: Items in one question to those who may object.
PART = 500
_WHO = (
    "pk", "place", "item_id", "account_id", "decision_id",
    "decision__superseded_by__id", "decision__superseded_by__violation",
)  # fmt: skip


class Objector(Protocol):
    """Knows a reason why an item or account is never restored together with others.

    ``settings.SINMUNGO_RESTORATION_OBJECTORS`` names them by dotted path.
    """

    def objections(self, item_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        """Return a code (``decided_network``, ``open_takedown``) for each of the items with a reason."""
        ...


@dataclass(slots=True)
class Sorted:
    """Affected rows by what will become of them: ids to restore in their order, and the others with why.

    ``already`` maps to (why, the decision that put it right). ``last_place`` is the highest place of all.
    """

    to_restore: list[int] = field(default_factory=list)
    already: dict[int, tuple[str, uuid.UUID]] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)
    last_place: int = 0


def chosen(
    incident: Incident, automations: Collection[uuid.UUID], window_from: datetime, window_to: datetime
) -> QuerySet[Affected]:
    """Return the rows whose decision was made in the window by one of the automations.

    Rows without an act joined by a person's word and belong to every window that holds their decision.
    """
    by_them = Q(act__automation_id__in=automations) | Q(act__isnull=True)
    made = Q(decision__made_at__gte=window_from, decision__made_at__lte=window_to)
    return Affected.objects.filter(by_them & made, incident=incident)


def chosen_by(restoration: Restoration) -> QuerySet[Affected]:
    """Return the rows that a restoration chooses, whatever became of them."""
    automations = [uuid.UUID(each) for each in restoration.automations]
    return chosen(restoration.incident, automations, restoration.window_from, restoration.window_to)


def taken_by(restoration: Restoration) -> QuerySet[Affected]:
    """Return those of them that its dry run counted: who joined the incident later is for another one."""
    rows = chosen_by(restoration)
    last = restoration.counts.get("last_place")
    return rows if last is None else rows.filter(place__lte=last)


def is_severe(rows: QuerySet[Affected], incident: Incident) -> bool:
    """Whether harm may be severe: the incident says so, or a policy of the gravest kind was applied."""
    return incident.is_severe or any(
        policies.document(version).severity is Severity.CRITICAL for version in _policies(rows)
    )


def sort_out(rows: QuerySet[Affected], *, beside: QuerySet[Affected], at: datetime) -> Sorted:
    """Sort the rows that still wait: first those whose platform purges soonest, then by their place.

    ``beside`` are all whose decisions are taken back together with these: no other ground against them.
    """
    waiting = rows.filter(state=Affected.State.WAITING, answer__isnull=True)
    kept_apart = {**_intimate(waiting), **_otherwise_restricted(waiting, beside, at)}
    found = list(waiting.order_by(F("record__purge_at").asc(nulls_last=True), "place").values_list(*_WHO))
    objected = _objected({each for _, _, item, account, *_ in found for each in (item, account) if each})
    result = Sorted()
    for pk, place, item, account, _, answer, violation in found:
        result.last_place = max(result.last_place, place)
        why = next(
            (each[key] for each in (kept_apart, objected) for key in (item, account) if key in each), ""
        )
        if answer is not None:
            result.already[pk] = (REPLACED if violation else OVERTURNED, answer)
        elif why:
            result.left_out[pk] = why
        else:
            result.to_restore.append(pk)
    return result


def _policies(rows: QuerySet[Affected]) -> list[PolicyVersion]:
    used = rows.order_by().values_list("decision__policy_version", flat=True).distinct()
    return list(PolicyVersion.objects.filter(pk__in=[each for each in used if each is not None]))


def _intimate(rows: QuerySet[Affected]) -> dict[uuid.UUID, str]:
    """Return what was taken down as an intimate image; accounts that were closed for it are none."""
    applied = [
        version.pk
        for version in _policies(rows)
        if ReportReason.INTIMATE_IMAGE in policies.document(version).report_reasons
    ]
    if not applied:
        return {}
    decisions = rows.filter(decision__policy_version__in=applied).values("decision")
    actions = Action.objects.filter(decision__in=decisions).exclude(kind__in=ACCOUNT_ACTIONS)
    return dict.fromkeys(actions.values_list("item_id", flat=True), INTIMATE_IMAGE)


def _otherwise_restricted(
    rows: QuerySet[Affected], beside: QuerySet[Affected], at: datetime
) -> dict[uuid.UUID, str]:
    """Return the items and accounts that something else restricts now: a decision that is not to go."""
    to_go = beside.filter(state=Affected.State.WAITING, decision=OuterRef("decision"))
    touched = Q(item__in=rows.values("item")) | Q(item__in=rows.values("account"))
    others = Action.objects.filter(touched, decision__superseded_by__isnull=True, decision__violation=True)
    others = others.filter(Q(ends__isnull=True) | Q(ends__gt=at)).exclude(kind__in=WITHOUT_RESTRICTION)
    found = others.exclude(Exists(to_go)).values_list("item_id", flat=True)
    return dict.fromkeys(found, ANOTHER_GROUND)


def _objected(item_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    found: dict[uuid.UUID, str] = {}
    objectors: list[Objector] = [import_string(path)() for path in settings.SINMUNGO_RESTORATION_OBJECTORS]
    for objector in objectors:
        for part in _parts(sorted(item_ids)):
            found |= objector.objections(part)
    return found


def _parts(item_ids: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    return (item_ids[start : start + PART] for start in range(0, len(item_ids), PART))
