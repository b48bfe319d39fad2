"""What others read of restorations: how far they are, what was left out, what did not return."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from sinmungo.apps.autonomy.errors_restorations import NoSuchRestoration
from sinmungo.apps.autonomy.models import Affected, Incident, Restoration
from sinmungo.apps.autonomy.queries import remaining, restorable, sampled
from sinmungo.apps.autonomy.queries.accounts import Returned, returned
from sinmungo.apps.base.keyset import Page, page
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission

__all__ = ["Progress", "Returned", "accounting", "find", "of_incident", "progress", "returned", "undone"]
__all__ += ["Sample", "sample"]

Sample = sampled.Sample
sample = sampled.sample
_NOT_DONE = (Affected.State.LEFT_OUT, Affected.State.IMPOSSIBLE)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a restoration is. ``total`` are all whom it chose, ``done`` those who wait no longer.

    ``restored + already + left_out + impossible + upheld + waiting`` is ``total``, always. Restored is
    who the platform has confirmed. ``rate_per_second`` is that of the last minute, and ``seconds_left``
    what follows from it and from the next tries that lie ahead (``remaining``); None while it cannot be said.
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
    rows = restorable.taken_by(restoration)
    found = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    counts = {state: found.get(state, 0) for state in Affected.State.values}
    total, waiting = sum(counts.values()), counts[Affected.State.WAITING]
    pace = remaining.pace(restoration, at)
    return Progress(
        total=total,
        done=total - waiting,
        restored=counts[Affected.State.RESTORED],
        already=counts[Affected.State.ALREADY],
        left_out=counts[Affected.State.LEFT_OUT],
        impossible=counts[Affected.State.IMPOSSIBLE],
        rate_per_second=pace,
        seconds_left=remaining.seconds_left(restoration, waiting=waiting, pace=pace, at=at),
        state=restoration.state,
        upheld=counts[Affected.State.UPHELD],
        waiting=waiting,
    )


def undone(restoration: Restoration, *, after: str = "", limit: int = 50) -> Page[Affected]:
    """Return whom it left out or could not restore, by their place; ``why`` is the code of the reason."""
    rows = restorable.taken_by(restoration).filter(state__in=_NOT_DONE)
    return page(
        rows.select_related("item", "account", "decision"), order=("place",), after=after, limit=limit
    )


def accounting(restoration: Restoration, *, at: datetime) -> dict[str, object]:
    """Return the whole accounting as JSON-safe facts: every number, and how many for each reason."""
    told = progress(restoration, at=at)
    rows = restorable.taken_by(restoration).exclude(why="").order_by()
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
