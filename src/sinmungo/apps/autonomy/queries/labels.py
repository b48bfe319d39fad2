"""How many labels come, how soon, and of what age: whether evidence still speaks of now."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from sinmungo.apps.autonomy import sources
from sinmungo.apps.autonomy.models import Act, Audit, Epoch, Factor
from sinmungo.apps.autonomy.weighing import AUDIT
from sinmungo.core.trust import levels

#: What is usual now is what was so in the last two hours.
WINDOW = timedelta(hours=2)
#: Whether labels are too few is told by so long.
COUNTED = timedelta(hours=levels.COUNTED_HOURS)
#: An act that is older than this should have its label.
LABELLED_WITHIN = timedelta(hours=1)
#: Where more than this was done in an hour, nobody labels all of it.
MOST_ALL = 200
#: Labels that nobody gives are waited for so long, then the sample has a hole.
_OPEN_FOR = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of an epoch that entered its evidence: so many ``per_hour`` in the last two hours.

    ``recent`` entered in the last twelve; it acted in ``acted_hours`` of these, and would have acted in
    ``looked_hours``. ``age_p95`` is in minutes, from the act (in a burst from its opening) to its label, or
    to now while there is none. ``age_days`` is how old the newest random label is, before the first how old
    the epoch is. ``all_audited`` says that all it did between two hours and one hour ago has its label, and
    ``all_looked_at`` the same of all it would have done.
    """

    per_hour: float
    recent: int
    acted_hours: float
    looked_hours: float
    age_p95: float
    age_days: float
    is_active: bool
    all_audited: bool
    all_looked_at: bool


def labels(epoch: Epoch, at: datetime) -> Labels:
    """Return how labels come in an epoch at a moment."""
    looks = Audit.objects.filter(act__epoch=epoch, look=1)
    every = Act.objects.filter(automation=epoch.automation_id, epoch=epoch, settled_at__lte=at)
    alone = every.filter(state=Act.State.ACTED)
    settled, acted = (acts.filter(settled_at__gt=at - WINDOW) for acts in (every, alone))
    answered = looks.filter(answered_at__gt=at - WINDOW, answered_at__lte=at)
    entered = _entered(epoch).filter(at__gt=at - COUNTED, at__lte=at)
    return Labels(
        per_hour=entered.filter(at__gt=at - WINDOW).count() / (WINDOW / _HOUR),
        recent=entered.count(),
        acted_hours=_hours(alone, at),
        looked_hours=_hours(every, at),
        age_p95=_p95(_ages(looks, answered, at)),
        age_days=_age_days(epoch, at),
        is_active=acted.exists(),
        all_audited=_is_all_labelled(epoch, acted, at),
        all_looked_at=_is_all_labelled(epoch, settled, at),
    )


def audits_an_hour(epoch: Epoch, at: datetime) -> float:
    """Return how many random first looks an hour were answered in the last day, or since the epoch began.

    Those of a burst do not count: they come all at once, and say nothing of the gaps before.
    """
    since = max(at - timedelta(days=1), epoch.began_at)
    hours = max((at - since) / _HOUR, 1.0)
    looks = Audit.objects.filter(act__epoch=epoch, look=1, kind=Audit.Kind.RANDOM)
    return max(looks.filter(answered_at__gt=since, answered_at__lte=at).count(), 1) / hours


def _hours(acts: QuerySet[Act], at: datetime) -> float:
    """Return in how many of the last twelve hours there were any of these acts, at most since the first."""
    recent = acts.filter(settled_at__gt=at - COUNTED)
    first = recent.order_by("settled_at").values_list("settled_at", flat=True).first()
    if first is None:
        return 0.0
    ends = [at - number * _HOUR for number in range(round(COUNTED / _HOUR))]
    filled = sum(recent.filter(settled_at__gt=end - _HOUR, settled_at__lte=end).exists() for end in ends)
    return min(float(filled), (at - first) / _HOUR)


def _is_all_labelled(epoch: Epoch, settled: QuerySet[Act], at: datetime) -> bool:
    """Whether each of these acts that is an hour old has a label that entered; of very many, never."""
    due = list(settled.filter(settled_at__lte=at - LABELLED_WITHIN)[: MOST_ALL + 1])
    if len(due) > MOST_ALL:
        return False
    return _entered(epoch).filter(source__in=[sources.of_audit(act) for act in due]).count() == len(due)


def _entered(epoch: Epoch) -> QuerySet[Factor]:
    return Factor.objects.filter(epoch=epoch, stream=AUDIT, corrects=None)


def _ages(looks: QuerySet[Audit], answered: QuerySet[Audit], at: datetime) -> list[float]:
    """Return the minutes from act to label of those that came, and to now of those that are waited for."""
    waiting = looks.filter(answered_at=None, drawn_at__gt=at - _OPEN_FOR, drawn_at__lte=at)
    columns = ("act__settled_at", "drawn_at", "answered_at", "burst")
    return [
        ((labelled or at) - (drawn if burst is not None or settled is None else settled))
        / timedelta(minutes=1)
        for settled, drawn, labelled, burst in (answered | waiting).values_list(*columns)
    ]


def _p95(ages: list[float]) -> float:
    return sorted(ages)[math.ceil(0.95 * len(ages)) - 1] if ages else 0.0


def _age_days(epoch: Epoch, at: datetime) -> float:
    newest = _entered(epoch).filter(terms__random=1.0).order_by("-seq").values_list("at", flat=True).first()
    return (at - (newest if newest is not None else epoch.began_at)) / timedelta(days=1)
