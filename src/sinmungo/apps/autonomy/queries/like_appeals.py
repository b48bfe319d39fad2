"""Appeals that say the same thing: similar words, the same rule, the same days.

Likeness is the Jaccard index of three letters in a row, estimated from MinHash signatures
(``core.matching.near``; standard error at most .045). Words are opened in memory and kept nowhere.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from sinmungo.apps.appeals import queries as appeals
from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.autonomy.models import Act, Affected, Incident, LinkedAppeal
from sinmungo.apps.autonomy.queries.incidents import automations_of
from sinmungo.apps.items.models import Platform
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.vault.errors import Destroyed
from sinmungo.core.matching import near

#: The newest appeals that are compared, and how far back a group is sought.
MOST = 5_000
GROUPS_BACK = timedelta(days=30)
#: From here on two appeals are taken to say the same; texts of a form letter lie far above.
LEAST_LIKENESS = 0.5
LEAST_GROUP = 3
#: Members of a group with which others are compared.
_COMPARED = 40
#: Somebody may be touched a little before the onset that was found.
_MARGIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An appeal that may belong to an incident, and what speaks for it."""

    appeal: Appeal
    likeness: float
    is_same_rule: bool
    is_same_days: bool
    is_affected: bool

    @property
    def is_strong(self) -> bool:
        """Whether words, rule and days all agree."""
        return self.likeness >= LEAST_LIKENESS and self.is_same_rule and self.is_same_days


@dataclass(frozen=True, slots=True)
class LikeGroup:
    """Appeals of one rule (or policy) that say the same thing and belong to no incident yet."""

    appeals: tuple[Appeal, ...]
    automation: uuid.UUID | None
    words: str

    @property
    def first(self) -> datetime:
        """When the first decision was made that they are about."""
        return min(each.decision.made_at for each in self.appeals)


def like_appeals(incident: Incident) -> list[Candidate]:
    """Return the appeals that at least two of words, rule and days speak for, the likest first.

    They are compared with those linked already, or, while none is, with the largest group among those of
    the same rule and days.
    """
    rows = _unlinked(incident.platform, since=incident.onset_from - _MARGIN)
    rules = _automations([each.decision_id for each in rows])
    mine = set(automations_of(incident))
    policies = _policies(incident)
    until = (incident.closed_at or incident.opened_at + _MARGIN) + _MARGIN
    inside = set(
        Affected.objects.filter(
            incident=incident, decision__in=[each.decision_id for each in rows]
        ).values_list("decision", flat=True)
    )
    same_rule = [
        each.decision_id in inside
        or rules.get(each.decision_id) in mine
        or bool(not mine and _policy(each) in policies)
        for each in rows
    ]
    same_days = [incident.onset_from - _MARGIN <= each.decision.made_at <= until for each in rows]
    fitting = [rule and days for rule, days in zip(same_rule, same_days, strict=True)]
    likeness = _likeness(incident, rows, fitting)
    found = [
        Candidate(each, like, rule, days, each.decision_id in inside)
        for each, like, rule, days in zip(rows, likeness, same_rule, same_days, strict=True)
        if (like >= LEAST_LIKENESS) + rule + days >= 2
    ]
    return sorted(found, key=lambda each: (not each.is_strong, -each.likeness))


def groups(*, platform: Platform, seen_by: User, at: datetime) -> list[LikeGroup]:
    """Return the groups among the appeals of the last 30 days that belong to no incident, the largest first.

    ``words`` are those of the first of each, for a reader who may hear appeals, else empty. Raises
    RoleLacks.
    """
    staff.require(seen_by, Permission.RUN_INCIDENTS, platform.pk)
    rows = _unlinked(platform, since=at - GROUPS_BACK)
    rules = _automations([each.decision_id for each in rows])
    by_rule: dict[tuple[uuid.UUID | None, str], list[Appeal]] = defaultdict(list)
    for each in rows:
        by_rule[rules.get(each.decision_id), _policy(each)].append(each)
    hears = staff.may(seen_by, Permission.HEAR_APPEALS, platform=platform.pk)
    found = [each for (rule, _), some in by_rule.items() for each in _groups(some, rule, hears=hears)]
    return sorted(found, key=lambda group: -len(group.appeals))


def _groups(rows: Sequence[Appeal], rule: uuid.UUID | None, *, hears: bool) -> list[LikeGroup]:
    texts = [_words(each) for each in rows]
    members: dict[int, list[int]] = defaultdict(list)
    for place, first in enumerate(near.groups(texts, LEAST_LIKENESS)):
        members[first].append(place)
    return [
        LikeGroup(tuple(rows[place] for place in places), rule, texts[places[0]] if hears else "")
        for places in members.values()
        if len(places) >= LEAST_GROUP and texts[places[0]]
    ]


def _unlinked(platform: Platform, *, since: datetime) -> list[Appeal]:
    rows = Appeal.objects.filter(
        platform=platform, appellant=Appeal.Appellant.AFFECTED, received_at__gte=since
    ).exclude(pk__in=LinkedAppeal.objects.values("appeal"))
    rows = rows.select_related("decision__policy_version", "platform")
    return list(rows.order_by("-received_at", "pk")[:MOST])


def _automations(decisions: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Return which automation made each decision, where one did."""
    rows = Act.objects.filter(decision__in=decisions).values_list("decision", "automation")
    return {decision: automation for decision, automation in rows if decision is not None}


def _policies(incident: Incident) -> set[str]:
    """Return the policies of the decisions that an incident holds: its rule, where no automation is named."""
    rows = incident.affected.values_list("decision__policy_version__policy", flat=True)
    return {str(each) for each in rows.distinct() if each}


def _policy(appeal: Appeal) -> str:
    version = appeal.decision.policy_version
    return version.policy_id if version else ""


def _likeness(incident: Incident, rows: Sequence[Appeal], fitting: Sequence[bool]) -> list[float]:
    """Return how like each appeal's words are to those of the likest one of the reference."""
    texts = [_words(each) for each in rows]
    matrix = near.signatures(texts)
    linked = incident.linked.select_related("appeal").order_by("-likeness", "pk")[:_COMPARED]
    known = [text for each in linked if (text := _words(each.appeal))]
    if known:
        return _nearest(matrix, near.signatures(known), texts, own=None)
    places = _largest(texts, fitting)
    return _nearest(matrix, matrix[places], texts, own=places) if places else [0.0] * len(rows)


def _nearest(
    matrix: near.Signatures, reference: near.Signatures, texts: Sequence[str], own: Sequence[int] | None
) -> list[float]:
    """Return each row's likeness to the likest of ``reference``, ``own`` being where those stand in it."""
    best = np.zeros(len(matrix))
    for number, signature in enumerate(reference):
        found = near.similar(signature, matrix)
        if own is not None:
            found[own[number]] = 0.0  # nothing is compared with itself
        best = np.maximum(best, found)
    return [float(like) if text else 0.0 for like, text in zip(best, texts, strict=True)]


def _largest(texts: Sequence[str], fitting: Sequence[bool]) -> list[int]:
    """Return the places of the largest group among the texts that fit, the first of them."""
    places = [place for place, fits in enumerate(fitting) if fits and texts[place]]
    members: dict[int, list[int]] = defaultdict(list)
    for place, first in zip(
        places, near.groups([texts[place] for place in places], LEAST_LIKENESS), strict=True
    ):
        members[first].append(place)
    largest = max(members.values(), key=len, default=[])
    return largest[:_COMPARED] if len(largest) > 1 else []


def _words(appeal: Appeal) -> str:
    try:
        return appeals.words_of(appeal).reveal()
    except Destroyed:  # the person asked to be forgotten
        return ""
