"""What is known of an automation's precision: its log, its state, and whether the two agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sinmungo.apps.autonomy import weighing
from sinmungo.apps.autonomy.models import Automation, DetectorState, Epoch, Factor, LevelChange
from sinmungo.apps.autonomy.queries import gold
from sinmungo.apps.autonomy.weighing import RATE, Weighed
from sinmungo.core.kernel.words import Level
from sinmungo.core.trust.auditor import after_second_look
from sinmungo.core.trust.breaker import Breaker, Settings
from sinmungo.core.trust.replay import LoggedFactor

#: Fewer gold items than this say too little of how auditors err.
LEAST_GOLD = 20
#: Auditors who err more often than this are no measure, and no detector is loosened further for them.
MOST_ERROR = 0.05
#: A trip makes it harder to earn autonomy again for so long.
REMEMBERED = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What the log of an epoch comes to, and whether that ``equal``\\ s what is stored."""

    seq: int
    r: float
    bound: float
    labels: int
    wrong: int
    equal: bool


def epoch_now(automation: Automation) -> Epoch | None:
    """Return the epoch that an automation is in."""
    return Epoch.objects.filter(automation=automation, ended_at=None).first()


def state_of(epoch: Epoch) -> DetectorState | None:
    """Return the stored state of an epoch; None before its first factor."""
    return DetectorState.objects.filter(pk=epoch.pk).first()


def weighed(epoch: Epoch, automation: Automation, at: datetime) -> Weighed:
    """Return the state of an epoch ready to be asked, also before its first factor."""
    found = state_of(epoch)
    if found is not None:
        return Weighed.from_document(found.document)
    return weighing.begin(settings_for(automation, at))


def breaker_of(epoch: Epoch) -> Breaker | None:
    """Return the breaker of an epoch; None before its first factor."""
    found = state_of(epoch)
    return Weighed.from_document(found.document).breaker if found is not None else None


def settings_for(automation: Automation, at: datetime) -> Settings:
    """Return what the breaker of an epoch that begins now is set to: fixed from its first factor on.

    Where enough gold was answered, what remains after a second look of the rate at which auditors wrongly
    say "wrong" is allowed for (formula 12 of B3).
    """
    measured = gold.auditor_error(platform=automation.platform_id, at=at)
    if measured.violations < LEAST_GOLD:
        return Settings(target=automation.target)
    remains = after_second_look(measured.wrongly_wrong / measured.violations)
    return Settings(target=automation.target, auditor_error=min(remains, MOST_ERROR))


def alpha_of(epoch: Epoch) -> float:
    """Return the risk that an epoch's bound may take.

    It is the automation's, divided by how many epochs it has had since it first tripped in the year
    before this one began: whoever tries a bad rule again and again would otherwise be lucky once.
    """
    automation = epoch.automation
    trips = LevelChange.objects.filter(
        automation=automation,
        reason="tripped",
        at__gt=epoch.began_at - REMEMBERED,
        at__lte=epoch.began_at,
    )
    first = trips.order_by("at").select_related("epoch").first()
    tries = 1 if first is None else epoch.number - first.epoch.number + 1
    return automation.alpha / max(tries, 1)


def as_logged(epoch: Epoch, factor: Factor) -> LoggedFactor:
    """Return a factor as it is weighed: its time in hours since the epoch began."""
    hours = (factor.at - epoch.began_at).total_seconds() / 3600
    terms = {name: float(value) for name, value in factor.terms.items()}
    return LoggedFactor(factor.seq, factor.stream, factor.x, hours, terms, factor.corrects)


def logged(epoch: Epoch, *, only_labels: bool = False) -> Iterator[LoggedFactor]:
    """Yield the log of an epoch in its order; without counts of acts if only labels are wanted."""
    rows = Factor.objects.filter(epoch=epoch).order_by("seq")
    for factor in (rows.exclude(stream=RATE) if only_labels else rows).iterator():
        yield as_logged(epoch, factor)


def recomputed(epoch: Epoch) -> Recomputed:
    """Weigh the whole log of an epoch again and compare it with what is stored."""
    stored = state_of(epoch)
    if stored is None:
        has_log = Factor.objects.filter(epoch=epoch).exists()
        return Recomputed(0, 0.0, 0.0, 0, 0, not has_log)
    kept = Weighed.from_document(stored.document)
    found = weighing.replayed(kept.breaker.settings, logged(epoch))
    bound = found.bound(alpha_of(epoch))
    shown = (stored.seq, stored.r, stored.bound, stored.labels, stored.wrong)
    equal = found == kept and shown == (found.seq, found.breaker.r, bound, found.labels, found.wrong)
    return Recomputed(found.seq, found.breaker.r, bound, found.labels, found.wrong, equal)


def automations(*, platform: str = "") -> list[Automation]:
    """Return the automations of a platform (of all, if none is named), those that may act alone first."""
    rows = Automation.objects.select_related("platform").order_by("platform", "policy", "rule", "action")
    found = list(rows.filter(platform=platform) if platform else rows)
    may_act = (Level.AUTO, Level.CANARY)
    return sorted(found, key=lambda automation: automation.level not in may_act)


def running(*, only_alone: bool = False) -> list[Automation]:
    """Return the automations that are not stopped and are in an epoch; or only those that act alone."""
    rows = Automation.objects.exclude(level=Level.SUSPENDED).filter(epochs__ended_at=None)
    if only_alone:
        rows = rows.filter(level__in=(Level.AUTO, Level.CANARY))
    return list(rows.distinct().order_by("pk"))


def platforms_with_trips() -> set[str]:
    """Return the platforms on which an automation stands stopped."""
    return set(Automation.objects.filter(level=Level.SUSPENDED).values_list("platform_id", flat=True))
