"""Audits are laid before people: what was drawn, what a burst looks at, gold among them."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from sinmungo.apps.appeals import queries as appeals
from sinmungo.apps.autonomy import errors_audits as errors
from sinmungo.apps.autonomy.models import Act, Audit, Automation, Burst
from sinmungo.apps.autonomy.queries import gold as gold_queries
from sinmungo.apps.base import ids
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.items.models import Version
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Assignment, GoldItem
from sinmungo.apps.staff.models import User

#: By when an audit is to be answered: for 19 of 20 an hour passes at most.
SERVICE_TIME = timedelta(minutes=30)
BURST_TIME = timedelta(minutes=15)
#: Of what is laid out by chance, so much is gold.
GOLD_SHARE = 0.1
#: What goes first: a burst holds everything else up.
_PRIORITY = {Audit.Kind.BURST: 90.0, Audit.Kind.RESTORATION: 50.0}
GENERAL = "general"


@transaction.atomic
def lay(*, acts: Sequence[Act], kind: Audit.Kind, at: datetime, burst: Burst | None = None) -> list[Audit]:
    """Lay acts before auditors, blind; returns one first look an act, in their order.

    An act that is laid out already keeps its audit; a burst moves it to the front if nobody has answered.
    Whoever decided about the item is barred. Among what was drawn by chance gold is laid, so that it is a
    tenth of all. Raises NotInSample for an act that was not drawn and belongs to no burst or incident.
    """
    if kind is Audit.Kind.RANDOM and not all(act.drawn for act in acts):
        raise errors.NotInSample
    _hold({act.automation_id for act in acts})
    known = {row.act_id: row for row in Audit.objects.filter(act__in=acts, look=1)}
    laid = []
    for act in acts:
        found = known.get(act.pk)
        if found is not None:
            laid.append(_hurried(found, burst, at) if burst is not None else found)
            continue
        laid.append(_laid(act, kind, at, burst))
        if kind is Audit.Kind.RANDOM:
            _lay_gold(act, at)
    return laid


def lay_second(*, first: Audit, at: datetime) -> Audit:
    """Lay a second blind look at what was found wrong, for somebody else than found it."""
    if first.act is None:
        raise errors.NotInSample
    barred = [first.auditor_id] if first.auditor_id else []
    return _made(
        version=first.version,
        policy_version=first.policy_version,
        queue=first.assignment.queue_id,
        kind=Audit.Kind(first.kind),
        barred=[*barred, *_who_knows(first.act)],
        at=at,
        act=first.act,
        burst=first.burst,
        look=2,
        weight=first.weight,
    )


def chance(act: uuid.UUID, what: str) -> float:
    """Return a number from 0 to 1 that only this deployment's key can foresee, the same every time."""
    key = hashlib.sha256(b"sinmungo/audit/" + settings.SECRET_KEY.encode()).digest()
    digest = hmac.new(key, what.encode() + act.bytes, hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _hold(automations: set[uuid.UUID]) -> None:
    """Lock automations, so that nobody else lays the same act meanwhile."""
    list(Automation.objects.select_for_update(no_key=True).filter(pk__in=automations).order_by("pk"))


def _laid(act: Act, kind: Audit.Kind, at: datetime, burst: Burst | None) -> Audit:
    policy_version, queue = _policy(act)
    return _made(
        version=act.version,
        policy_version=policy_version,
        queue=queue,
        kind=kind,
        barred=_who_knows(act),
        at=at,
        act=act,
        burst=burst,
        weight=act.weight if act.drawn else 1.0,
    )


def _made(
    *,
    version: Version,
    policy_version: PolicyVersion,
    queue: str,
    kind: Audit.Kind,
    barred: Sequence[uuid.UUID],
    at: datetime,
    act: Act | None = None,
    gold: GoldItem | None = None,
    burst: Burst | None = None,
    look: int = 1,
    weight: float = 1.0,
) -> Audit:
    users = {user.pk: user for user in User.objects.filter(pk__in=list(barred))}
    kept = [users[key] for key in dict.fromkeys(barred) if key in users][:2]
    assignment = review.open_assignment(
        kind=Assignment.Kind.AUDIT,
        queue=queue,
        platform=version.platform,
        at=at,
        actor=SYSTEM,
        barred=kept[0] if kept else None,
        barred_too=kept[1] if len(kept) > 1 else None,
        due_at=at + (SERVICE_TIME if burst is None else BURST_TIME),
        priority=_PRIORITY.get(kind, 0.0),
    )
    return Audit.objects.create(
        id=ids.new_id(),
        act=act,
        gold=gold,
        burst=burst,
        platform=version.platform,
        assignment=assignment,
        version=version,
        policy_version=policy_version,
        kind=kind,
        look=look,
        weight=weight,
        drawn_at=at,
    )


def _hurried(audit: Audit, burst: Burst, at: datetime) -> Audit:
    """Take an audit that waits into a burst; one that was answered is what the burst wants to know."""
    audit.burst = burst
    audit.save(update_fields=["burst"])
    if audit.answered_at is None:
        waiting = Assignment.objects.filter(pk=audit.assignment_id, done_at__isnull=True)
        waiting.update(due_at=at + BURST_TIME, priority=F("priority") + _PRIORITY[Audit.Kind.BURST])
    return audit


def _policy(act: Act) -> tuple[PolicyVersion, str]:
    """Return the version of the policy that judged, and the queue its rule names."""
    pack = policies.pack_version(act.verdict.pack_id)
    version = pack.versions[act.automation.policy]
    return version, _queue(version, act.automation.rule)


def _queue(version: PolicyVersion, rule: str = "") -> str:
    """Return the queue that a rule of a policy names, or without a rule the first that any of them does."""
    rules = policies.document(version).rules
    named = [each.propose.queue for each in rules if each.propose.queue and rule in ("", each.id)]
    return named[0] if named else GENERAL


def _who_knows(act: Act) -> list[uuid.UUID]:
    """Return the staff who had a part in any decision on the item, the latest first."""
    decided = Decision.objects.filter(item=act.item_id).order_by("-made_at", "-id")[:20]
    return list(dict.fromkeys(user for decision in decided for user in appeals.involved(decision)))


def _lay_gold(act: Act, at: datetime) -> None:
    """Lay a gold item beside what was drawn, so often that gold has its share of all.

    One of the same policy where there is one, and in the queue of its own: nothing on the page sets it apart.
    """
    if chance(act.pk, "gold") >= GOLD_SHARE / (1 - GOLD_SHARE):
        return
    waiting = gold_queries.to_lay(platform=act.automation.platform_id)
    if not waiting:
        return
    alike = [gold for gold in waiting if gold.policy_version.policy_id == act.automation.policy] or waiting
    gold = alike[int(chance(act.pk, "which") * len(alike))]
    _made(
        version=gold.version,
        policy_version=gold.policy_version,
        queue=_queue(gold.policy_version),
        kind=Audit.Kind.GOLD,
        barred=[gold.made_by_id],
        at=at,
        gold=gold,
    )
