"""Opening an incident: by a trip, by a person, or from a group of appeals that say the same thing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.autonomy.errors_incidents import NothingNamed, TitlesNeeded, WindowNeeded
from sinmungo.apps.autonomy.models import Automation, Epoch, Incident
from sinmungo.apps.autonomy.services import affected, linking, playbook, timeline
from sinmungo.apps.autonomy.services import automations as levels
from sinmungo.apps.base import ids
from sinmungo.apps.base.actors import SYSTEM, Actor
from sinmungo.apps.items.models import Platform
from sinmungo.apps.ledger.kinds import Plain
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.words import ActionKind, Level
from sinmungo.core.trust.breaker import Breaker

MAX_TITLE = 120
MAX_AUTOMATIONS = 50
MAX_APPEALS = 5_000
#: How far back a person may set the beginning.
MAX_DAYS = 400
#: The account of somebody, or their voice, is gone: every hour counts.
_SEVERE = frozenset({ActionKind.SUSPEND, ActionKind.LIMIT_INTERACTION})
_ACTIONS: dict[str, tuple[str, str]] = {
    ActionKind.REMOVE: ("자동 삭제", "Automated removals"),
    ActionKind.HIDE: ("자동 숨김", "Automated hiding"),
    ActionKind.AGE_GATE: ("자동 연령 제한", "Automated age gates"),
    ActionKind.LABEL: ("자동 표시", "Automated labels"),
    ActionKind.DEMOTE: ("자동 노출 축소", "Automated demotions"),
    ActionKind.LIMIT_INTERACTION: ("자동 활동 제한", "Automated limits"),
    ActionKind.WARN: ("자동 경고", "Automated warnings"),
    ActionKind.SUSPEND: ("자동 계정 정지", "Automated suspensions"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Titles:
    """What an incident is called, in both languages; the public reads it."""

    ko: str
    en: str


def open_for_trip(
    *, automation: Automation, epoch: Epoch, breaker: Breaker, audits_per_hour: float, at: datetime
) -> Incident:
    """Open the incident of a trip, inside the caller's transaction; the open one of this epoch, if there is.

    Up to ``affected.PART`` decisions join at once, the others by :func:`incidents.tend`. The onset and its
    margin are formula 9 (``core.trust.onset``).
    """
    known = Incident.objects.filter(epoch=epoch, cause=Incident.Cause.TRIP)
    known = known.filter(state__in=[Incident.State.OPEN, Incident.State.RESTORING])
    if (found := known.first()) is not None:
        return found
    begins, ends = _window(epoch, breaker, audits_per_hour, at)
    titles = titles_of(automation, at)
    incident = _new(automation.platform, Incident.Cause.TRIP, titles, SYSTEM, at)
    incident.automation, incident.epoch = automation, epoch
    incident.onset_from, incident.onset_to = begins, ends
    incident.is_severe = automation.action in _SEVERE
    incident.evidence = {
        **_about([automation], [epoch]),
        "epoch": epoch.number,
        "r": _finite(breaker.r),
        "threshold": breaker.settings.threshold,
        "target": breaker.settings.target,
        "audits_per_hour": audits_per_hour,
        "state": breaker.to_document(),
    }
    _open(incident, SYSTEM, at, is_stopped=True)
    return incident


def open_by_person(
    *,
    platform: Platform,
    automations: Sequence[Automation] = (),
    title_ko: str,
    title_en: str,
    onset_from: datetime,
    onset_to: datetime,
    is_severe: bool,
    user: User,
    at: datetime,
    appeals: Sequence[Appeal] = (),
    stop: bool = False,
) -> Incident:
    """Open an incident that a person found: about automations, or a group of ``appeals``, or both.

    What the automations did since ``onset_from`` joins, and the decisions appealed. ``stop`` suspends those
    that act alone. Raises RoleLacks, TitlesNeeded, WindowNeeded, NothingNamed, NotLinkable.
    """
    staff.require(user, Permission.RUN_INCIDENTS, platform.pk)
    titles = checked_titles(title_ko, title_en)
    earliest = at - timedelta(days=MAX_DAYS)
    if not earliest <= onset_from <= onset_to <= at:
        raise WindowNeeded(days=MAX_DAYS)
    _check_named(platform, automations, appeals)
    actor = staff.actor_of(user)
    cause = Incident.Cause.APPEALS if appeals else Incident.Cause.PERSON
    incident = _new(platform, cause, titles, actor, at)
    incident.onset_from, incident.onset_to, incident.is_severe = onset_from, onset_to, is_severe
    incident.lead = user
    incident.evidence = _about(automations, _epochs_since(automations, onset_from))
    acting = [each for each in automations if each.level in (Level.CANARY, Level.AUTO)]
    with transaction.atomic():
        for each in acting if stop else ():
            levels.lower(automation=each, to=Level.SUSPENDED, actor=actor, at=at)
        _open(incident, actor, at, is_stopped=bool(automations) and (stop or not acting))
        if appeals:
            affected.add_decisions(incident=incident, decisions=[each.decision_id for each in appeals], at=at)
            linking.link(incident=incident, appeals=appeals, user=user, at=at)
    return incident


def titles_of(automation: Automation, at: datetime) -> Titles:
    """Return what an incident of an automation is called until a person names it better."""
    pack = policies.in_force(automation.platform_id, at)
    version = pack.versions.get(automation.policy) if pack else None
    title = policies.document(version).title if version else None
    ko, en = _ACTIONS[automation.action]
    about_ko, about_en = (title.ko, title.en) if title else (automation.policy, automation.policy)
    return Titles(
        ko=f"‘{about_ko}’ 정책에 따른 {ko}의 오류"[:MAX_TITLE],
        en=f"{en} under “{about_en}” that were wrong"[:MAX_TITLE],
    )


def checked_titles(ko: str, en: str) -> Titles:
    """Return titles as they are kept, of letters that can be drawn. Raises TitlesNeeded."""
    titles = Titles(ko=" ".join(ko.split()), en=" ".join(en.split()))
    if not all(0 < len(each) <= MAX_TITLE and each.isprintable() for each in (titles.ko, titles.en)):
        raise TitlesNeeded(limit=MAX_TITLE)
    return titles


def _new(platform: Platform, cause: Incident.Cause, titles: Titles, by: Actor, at: datetime) -> Incident:
    made = ids.new_id()
    return Incident(
        id=made, code=ids.new_case_code(), platform=platform, cause=cause,
        title_ko=titles.ko, title_en=titles.en, tripped_at=at, key_ref=f"incident:{made.hex}",
        opened_by=str(by), opened_at=at,
    )  # fmt: skip


@transaction.atomic
def _open(incident: Incident, actor: Actor, at: datetime, *, is_stopped: bool) -> None:
    incident.save(force_insert=True)
    joined = affected.add_affected(incident, at) if incident.evidence["automations"] else 0
    playbook.lay(incident=incident, at=at, is_stopped=is_stopped)
    facts: dict[str, Plain] = {"cause": str(incident.cause), "joined": joined}
    facts["severe"] = incident.is_severe
    timeline.enter(incident=incident, kind="opened", actor=actor, at=at, facts=facts)


def _window(
    epoch: Epoch, breaker: Breaker, audits_per_hour: float, at: datetime
) -> tuple[datetime, datetime]:
    """Return the window of the onset, within the epoch: up to ``at``, because it is known no better.

    It begins with the epoch where no label tells of a time before the trouble, or there is no label at all
    (the breaker of the whole platform tripped).
    """
    try:
        onset = breaker.onset(audits_per_hour)
    except ValueError:
        return epoch.began_at, max(epoch.began_at, at)
    begins = epoch.began_at + timedelta(hours=0.0 if onset.since_start else onset.begins)
    return min(max(begins, epoch.began_at), at), at


def _finite(value: float) -> float | str:
    return value if math.isfinite(value) else "inf"


def _about(automations: Sequence[Automation], epochs: Sequence[Epoch]) -> dict[str, Any]:
    return {
        "automations": [each.pk.hex for each in automations],
        "epochs": [each.pk.hex for each in epochs],
    }


def _epochs_since(automations: Sequence[Automation], since: datetime) -> list[Epoch]:
    """Return the epochs of automations that went on at ``since`` or began later."""
    rows = Epoch.objects.filter(automation__in=list(automations))
    return list(rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gte=since)))


def _check_named(platform: Platform, automations: Sequence[Automation], appeals: Sequence[Appeal]) -> None:
    elsewhere = any(each.platform_id != platform.pk for each in automations)
    if elsewhere or not (automations or appeals):
        raise NothingNamed(limit=MAX_AUTOMATIONS)
    if len(automations) > MAX_AUTOMATIONS or len(appeals) > MAX_APPEALS:
        raise NothingNamed(limit=MAX_AUTOMATIONS)
