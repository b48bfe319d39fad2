"""After the decisions: what the platform confirmed, what it could not undo, and what returned."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sinmungo.apps.autonomy.models import AccountRecord, Affected, RestorationBatch
from sinmungo.apps.autonomy.queries import accounts
from sinmungo.apps.autonomy.services import restoring
from sinmungo.apps.autonomy.services.affected import Change
from sinmungo.apps.autonomy.services.restoring import ReadBack
from sinmungo.apps.enforcement.models import Action, Delivery
from sinmungo.journeys.restoring import members
from sinmungo.journeys.restoring.asking import may_still_come, states_of
from sinmungo.journeys.restoring.members import Member
from sinmungo.journeys.restoring.platforms import NotTold

_GIVEN_UP = (Delivery.State.GONE, Delivery.State.REFUSED, Delivery.State.DEAD)
_SOONEST, _LATEST = timedelta(seconds=0.5), timedelta(minutes=1)
GONE, REFUSED = "gone", "refused"


def read_back(batch: RestorationBatch, now: datetime) -> None:
    """Write down who is restored; when nobody of the batch waits any more, ask what returned and end it.

    Raises NotTold while the platform may still come to say what returned.
    """
    pending = members.read(members.unconfirmed(batch))
    changes = outcomes(pending)
    restoring.confirmed(changes=changes, at=now)
    if len(changes) < len(pending):
        restoring.wait(batch=batch, until=now + _patience(pending, now))
        return
    restoring.read(batch=batch, found=_returned(batch), at=now)


def outcomes(pending: Sequence[Member]) -> list[Change]:
    """Return what became of those whose deliveries have all ended: restored, or impossible and why."""
    touched = _touched([member.decision for member in pending])
    items = {item for member in pending for item in touched.get(member.decision, {member.item})}
    last = _last_deliveries(items)
    found = []
    for member in pending:
        ends = [last[item] for item in touched.get(member.decision, {member.item}) if item in last]
        if any(state == Delivery.State.WAITING for state, _ in ends):
            continue
        failed = next((end for end in ends if end[0] in _GIVEN_UP), None)
        state = Affected.State.RESTORED if failed is None else Affected.State.IMPOSSIBLE
        found.append(Change(member.pk, state, _why(*failed) if failed else "", member.answer))
    return found


def _touched(decisions: Sequence[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Return which items the decisions that were taken back had restricted."""
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    for decision, item in Action.objects.filter(decision__in=decisions).values_list("decision_id", "item_id"):
        found.setdefault(decision, set()).add(item)
    return found


def _last_deliveries(items: Collection[uuid.UUID]) -> dict[uuid.UUID, tuple[str, str]]:
    """Return state and error of the newest delivery of each item: it carries the whole state."""
    rows = Delivery.objects.filter(item__in=items).order_by("item_id", "version")
    return {item: (state, error) for item, state, error in rows.values_list("item_id", "state", "last_error")}


def _why(state: str, error: str) -> str:
    if state == Delivery.State.DEAD:
        return error[:40] or "dead"
    return GONE if state == Delivery.State.GONE else REFUSED


def _patience(pending: Sequence[Member], now: datetime) -> timedelta:
    """Return when to look again: soon at first, then less and less often."""
    since = min((each.answered_at for each in pending if each.answered_at is not None), default=now)
    return min(max((now - since) / 4, _SOONEST), _LATEST)


def _returned(batch: RestorationBatch) -> list[ReadBack]:
    done = members.rows(batch).filter(state=Affected.State.RESTORED)
    records = AccountRecord.objects.filter(affected__in=done, read_at__isnull=True).in_bulk()
    asked = members.read(done.filter(pk__in=list(records)))
    try:
        told = states_of(batch, asked, purpose="after")
    except NotTold as error:
        if may_still_come(error, batch):
            raise
        return []
    found = []
    for member in asked:
        state, had = told.get(member.external_id), accounts.before(records[member.pk])
        if state is not None and had is not None:
            compared = accounts.compared(had, state.facts)
            found.append(ReadBack(member.pk, member.key_ref, state.facts, compared))
    return found
