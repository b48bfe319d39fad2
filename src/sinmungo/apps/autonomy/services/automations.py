"""Automations as packs make them, and their levels: earned by evidence, lowered by anybody in charge."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from sinmungo.apps.autonomy.errors import BadCap, NotLower
from sinmungo.apps.autonomy.executing import Wanted, wanted_of
from sinmungo.apps.autonomy.models import Automation, Epoch, LevelChange
from sinmungo.apps.base import ids
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.items.models import Platform
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.policies.queries import PackVersion
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.words import ActionKind, Level

#: Actions that lock a person out or silence them, with the precision they need and the risk of believing
#: it wrongly (dueprocess B6: .95 at .01); all others reach no further than a piece of content (.90 at .05).
HARSH = frozenset({ActionKind.SUSPEND, ActionKind.LIMIT_INTERACTION})
_HARSH_NEED = (0.95, 0.01)
_CONTENT_NEED = (0.90, 0.05)
MOST_AN_HOUR = 1_000_000
#: From least to most; *suspended* is below all that acts.
_RANK = {Level.SUSPENDED: 0, Level.SHADOW: 1, Level.ASSIST: 2, Level.CANARY: 3, Level.AUTO: 4}


@transaction.atomic
def sync(*, platform: Platform, pack: PackVersion, at: datetime, actor: Actor) -> list[Automation]:
    """Bring a platform's automations in line with what a pack executes; return those it has now.

    A missing one is made, in shadow. Where something else executes than before, the epoch ends and a new
    one begins in shadow: evidence of one says nothing of the other. What the pack does not want any more
    ends too. Once more changes nothing.
    """
    Platform.objects.select_for_update(no_key=True).get(pk=platform.pk)
    wanted = {each.id_on(platform.pk): each for each in wanted_of(pack).values()}
    known = {row.pk: row for row in _locked(platform)}
    epochs = {row.automation_id: row for row in _epochs_now(list(known))}
    for key, row in known.items():
        if key not in wanted and key in epochs:
            _retired(row, epochs[key], at, actor)
    return [
        _synced(platform, key, each, known.get(key), epochs.get(key), at, actor)
        for key, each in wanted.items()
    ]


@transaction.atomic
def change_level(
    *,
    automation: Automation,
    to: Level,
    reason: str,
    evidence: Mapping[str, Any],
    actor: Actor,
    at: datetime,
) -> Automation:
    """Move an automation to a level and write down why; the level it has already changes nothing.

    ``reason`` is a code, ``evidence`` numbers as JSON. Whoever acts alone meets this lock, so nothing is
    decided alone once a lower level is committed. Asks for no permission: services do.
    """
    row = Automation.objects.select_for_update(no_key=True).get(pk=automation.pk)
    epoch = Epoch.objects.filter(automation=row).order_by("-number").first()
    if row.level == to or epoch is None:
        return row
    return _moved(row, epoch, to, reason, evidence, actor, at)


@transaction.atomic
def lower(*, automation: Automation, to: Level, actor: Actor, at: datetime) -> Automation:
    """Lower a level by hand. Raises RoleLacks, and NotLower for one that is not lower."""
    staff.require_actor(actor, Permission.SET_AUTOMATIONS, automation.platform_id)
    row = Automation.objects.select_for_update(no_key=True).get(pk=automation.pk)
    if _RANK[to] >= _RANK[Level(row.level)]:
        raise NotLower
    return change_level(automation=row, to=to, reason="by_person", evidence={}, actor=actor, at=at)


@transaction.atomic
def set_cap(*, automation: Automation, per_hour: int | None, actor: Actor, at: datetime) -> Automation:
    """Set how much an automation does in an hour; None means as much as is usual, and half more.

    Raises RoleLacks and BadCap.
    """
    staff.require_actor(actor, Permission.SET_AUTOMATIONS, automation.platform_id)
    if per_hour is not None and not 1 <= per_hour <= MOST_AN_HOUR:
        raise BadCap(most=MOST_AN_HOUR)
    row = Automation.objects.select_for_update(no_key=True).get(pk=automation.pk)
    row.hourly_cap = per_hour
    row.save(update_fields=["hourly_cap"])
    _enter("autonomy.cap.set", row, actor, {"per_hour": per_hour or 0}, at)
    return row


def _synced(
    platform: Platform,
    key: uuid.UUID,
    wanted: Wanted,
    row: Automation | None,
    epoch: Epoch | None,
    at: datetime,
    actor: Actor,
) -> Automation:
    row = row or _made(platform, key, wanted, at)
    if epoch is not None and epoch.digest == wanted.digest:
        return row
    if row.ceiling != wanted.ceiling:
        row.ceiling = wanted.ceiling
        row.save(update_fields=["ceiling"])
    if epoch is not None:
        _ended(epoch, at)
    began = _begun(row, wanted, at, actor)
    if row.level != Level.SHADOW:
        _moved(row, began, Level.SHADOW, "new_epoch", {}, actor, at)
    return row


def _made(platform: Platform, key: uuid.UUID, wanted: Wanted, at: datetime) -> Automation:
    target, alpha = _HARSH_NEED if wanted.action in HARSH else _CONTENT_NEED
    return Automation.objects.create(
        id=key,
        platform=platform,
        policy=wanted.policy,
        rule=wanted.rule,
        action=wanted.action,
        ceiling=wanted.ceiling,
        level=Level.SHADOW,
        level_since=at,
        reason="new_epoch",
        target=target,
        alpha=alpha,
        made_at=at,
    )


def _begun(row: Automation, wanted: Wanted, at: datetime, actor: Actor) -> Epoch:
    last = Epoch.objects.filter(automation=row).order_by("-number").first()
    epoch = Epoch.objects.create(
        id=ids.new_id(),
        automation=row,
        number=last.number + 1 if last else 1,
        digest=wanted.digest,
        executes=wanted.document,
        began_at=at,
    )
    _enter("autonomy.epoch.began", row, actor, {"epoch": epoch.number, "digest": epoch.digest}, at)
    return epoch


def _retired(row: Automation, epoch: Epoch, at: datetime, actor: Actor) -> None:
    """The pack has no such rule any more, or one that may never act alone."""
    _ended(epoch, at)
    if row.level != Level.SHADOW:
        _moved(row, epoch, Level.SHADOW, "ceiling", {}, actor, at)


def _ended(epoch: Epoch, at: datetime) -> None:
    epoch.ended_at = at
    epoch.save(update_fields=["ended_at"])


def _moved(
    row: Automation,
    epoch: Epoch,
    to: Level,
    reason: str,
    evidence: Mapping[str, Any],
    actor: Actor,
    at: datetime,
) -> Automation:
    before, row.level, row.level_since, row.reason = row.level, to, at, reason
    row.save(update_fields=["level", "level_since", "reason"])
    LevelChange.objects.create(
        automation=row,
        epoch=epoch,
        before=before,
        after=to,
        reason=reason,
        evidence=dict(evidence),
        by=str(actor),
        at=at,
    )
    body = {"before": str(before), "after": str(to), "reason": reason, "epoch": epoch.number}
    _enter("autonomy.level.changed", row, actor, body, at)
    return row


def _enter(kind: str, row: Automation, actor: Actor, body: dict[str, Any], at: datetime) -> None:
    told = {"rule": row.rule, "action": str(row.action), "platform": row.platform_id, **body}
    ledger.record([ledger.NewEntry(kind, f"automation:{row.pk.hex}", actor, told)], at=at)


def _locked(platform: Platform) -> list[Automation]:
    rows = Automation.objects.select_for_update(no_key=True).filter(platform=platform)
    return list(rows.order_by("pk"))


def _epochs_now(automations: list[uuid.UUID]) -> list[Epoch]:
    return list(Epoch.objects.filter(automation__in=automations, ended_at__isnull=True))
