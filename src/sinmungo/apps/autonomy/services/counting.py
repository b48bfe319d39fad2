"""An incident's numbers, as the ledger keeps them: how many, and what became of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from statistics import median

from django.db import transaction

from sinmungo.apps.autonomy.models import Affected, Incident
from sinmungo.apps.autonomy.queries import incidents as queries
from sinmungo.apps.autonomy.services import timeline
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.kinds import Plain
from sinmungo.apps.ledger.services import NewEntry, record

#: While the numbers change they are written down at most this often.
EVERY = timedelta(minutes=1)
_STATE = Affected.State


def write_counts(*, incident: Incident, at: datetime, is_last: bool = False) -> bool:
    """Write the numbers of now into the ledger; return whether it did.

    They are written when they differ from those written last, at most once in ``EVERY`` (the last ones
    at once).
    """
    last = queries.written_counts(incident)
    if last is not None and not is_last and timedelta() <= at - last.at < EVERY:
        return False
    body = queries.counts(incident).body()
    if last is not None and last.body == body:
        return False
    with transaction.atomic():
        Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
        if not is_last and queries.written_counts(incident) != last:
            return False  # another worker was first
        record([NewEntry(queries.COUNTS_KIND, timeline.subject(incident), SYSTEM, body)], at=at)
    return True


def closing_numbers(incident: Incident, at: datetime) -> dict[str, Plain]:
    """Return what an incident came to: people, minutes, the share that was wrong (in thousandths).

    ``wrong_per_mille`` counts as wrong what was restored or put right before, of all whose end is known.
    ``median_minutes`` is from the decision to the restoration, -1 when nobody was restored.
    """
    found = queries.counts(incident)
    wrong = found.restored + found.already
    known = wrong + found.upheld
    waited = [
        (changed - made).total_seconds() / 60
        for made, changed in incident.affected.filter(state=_STATE.RESTORED).values_list(
            "decision__made_at", "changed_at"
        )
    ]
    return {
        "affected": found.affected,
        "restored": found.restored,
        "waiting": found.waiting,
        "wrong_per_mille": round(1000 * wrong / known) if known else -1,
        "median_minutes": round(median(waited)) if waited else -1,
        "minutes_to_stop": _minutes(incident.onset_from, incident.tripped_at),
        "minutes_open": _minutes(incident.opened_at, at),
    }


def _minutes(begins: datetime, ends: datetime) -> int:
    return max(round((ends - begins).total_seconds() / 60), 0)
