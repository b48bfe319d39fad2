"""What others read of restorations: how far they are, what was left out, what did not return."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min

from sinmungo.apps.autonomy.errors_restorations import NoSuchRestoration
from sinmungo.apps.autonomy.models import Affected, Incident, Restoration, RestorationBatch
from sinmungo.apps.autonomy.queries import restorable, sampled
from sinmungo.apps.autonomy.queries.accounts import Returned, returned
from sinmungo.apps.base.keyset import Page, page
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission

__all__ = ["Progress", "Returned", "accounting", "find", "of_incident", "progress", "returned", "undone"]
__all__ += ["Sample", "sample"]

Sample = sampled.Sample
sample = sampled.sample
#: The rate is that of the last minute: what is slow now is not made up for by a fast beginning.
RATE_OVER = timedelta(seconds=60)
_NOT_DONE = (Affected.State.LEFT_OUT, Affected.State.IMPOSSIBLE)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a restoration is. ``total`` are all whom it chose, ``done`` those who wait no longer.

    ``restored + already + left_out + impossible + upheld + waiting`` is ``total``, always. Restored is
    who the platform has confirmed. ``rate_per_second`` is that of the last minute, and ``seconds_left``
    what follows from it and from the next tries that lie ahead; None while it cannot be said.
    """

    total: int
    done: int
    restored: int
    already: int
    left_out: int
    impossible: int
    rate_per_second: float
    seconds_left: float | None
    state: str
    upheld: int = 0
    waiting: int = 0


def find(restoration_id: uuid.UUID, *, seen_by: User) -> Restoration:
    """Return a restoration that ``seen_by`` may see; raises NoSuchRestoration."""
    found = Restoration.objects.filter(pk=restoration_id).select_related("incident", "platform").first()
    if found is None or not staff.may(seen_by, Permission.SEE_AUTOMATIONS, platform=found.platform_id):
        raise NoSuchRestoration
    return found


def of_incident(incident: Incident) -> list[Restoration]:
    """Return the restorations of an incident, newest first."""
    rows = incident.restorations.select_related("proposed_by", "confirmed_by", "platform")
    return list(rows.order_by("-proposed_at"))


def progress(restoration: Restoration, *, at: datetime) -> Progress:
    """Return how far a restoration is at ``at``."""
    rows = restorable.chosen_by(restoration)
    if "last_place" in restoration.counts:  # who joined the incident later is for another restoration
        rows = rows.filter(place__lte=restoration.counts["last_place"])
    found = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    counts = {state: found.get(state, 0) for state in Affected.State.values}
    total, waiting = sum(counts.values()), counts[Affected.State.WAITING]
    rate = _rate(restoration, at)
    return Progress(
        total=total,
        done=total - waiting,
        restored=counts[Affected.State.RESTORED],
        already=counts[Affected.State.ALREADY],
        left_out=counts[Affected.State.LEFT_OUT],
        impossible=counts[Affected.State.IMPOSSIBLE],
        rate_per_second=rate,
        seconds_left=_left(restoration, waiting, rate, at),
        state=restoration.state,
        upheld=counts[Affected.State.UPHELD],
        waiting=waiting,
    )


def undone(restoration: Restoration, *, after: str = "", limit: int = 50) -> Page[Affected]:
    """Return whom it left out or could not restore, by their place; ``why`` is the code of the reason."""
    rows = restorable.chosen_by(restoration).filter(state__in=_NOT_DONE)
    return page(
        rows.select_related("item", "account", "decision"), order=("place",), after=after, limit=limit
    )


def accounting(restoration: Restoration, *, at: datetime) -> dict[str, object]:
    """Return the whole accounting as JSON-safe facts: every number, and how many for each reason."""
    told = progress(restoration, at=at)
    rows = restorable.chosen_by(restoration).exclude(why="").order_by()
    reasons: dict[str, dict[str, int]] = {}
    for state, why, count in rows.values_list("state", "why").annotate(Count("pk")):
        reasons.setdefault(state, {})[why] = count
    names = ("total", "restored", "already", "left_out", "impossible", "upheld", "waiting")
    return {
        "incident": restoration.incident.code,
        "state": restoration.state,
        "digest": restoration.digest,
        "window_from": restoration.window_from.isoformat(),
        "window_to": restoration.window_to.isoformat(),
        **{name: getattr(told, name) for name in names},
        "reasons": reasons,
        "at": at.isoformat(),
    }


def _rate(restoration: Restoration, at: datetime) -> float:
    """Return how many a second the platform confirmed in the last minute, or since the first of them."""
    if restoration.confirmed_at is None:
        return 0.0
    since = max(at - RATE_OVER, restoration.confirmed_at)
    recent = Affected.objects.filter(incident=restoration.incident_id, changed_at__gt=since)
    told = recent.filter(answer__isnull=False).exclude(state=Affected.State.WAITING)
    found = told.aggregate(count=Count("pk"), first=Min("changed_at"))
    if not found["count"]:
        return 0.0
    began = found["first"] if found["first"] - since > RATE_OVER / 6 else since
    return float(found["count"]) / max((at - began).total_seconds(), 1.0)


def _left(restoration: Restoration, waiting: int, rate: float, at: datetime) -> float | None:
    if restoration.state == Restoration.State.DONE or not waiting:
        return 0.0
    if restoration.state != Restoration.State.RUNNING or rate <= 0.0:
        return None
    owed = RestorationBatch.objects.filter(restoration=restoration, done_at__isnull=True)
    last = owed.aggregate(last=Max("due_at"))["last"]
    put_off = (last - at).total_seconds() if last is not None else 0.0
    return max(waiting / rate, put_off)
