"""Labels and counts enter the evidence of an epoch, one after another, and can be recomputed from their log.

Every entry locks the automation, so the log has one order. A label counts at the moment it enters: one
that comes late, or by a clock that was set back, counts as if it came then, so the guarantee of the detector
holds. Only a clock that was set back by more than a week is followed, as the detector does: it had been
wrong, and no time would pass until it caught up. The state that is stored is what the log comes to, always.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from sinmungo.apps.autonomy import errors_audits as errors
from sinmungo.apps.autonomy import sources, weighing
from sinmungo.apps.autonomy.models import Act, Audit, Automation, DetectorState, Epoch, Factor
from sinmungo.apps.autonomy.queries import evidence as queries
from sinmungo.apps.autonomy.queries.evidence import Recomputed
from sinmungo.apps.autonomy.weighing import AUDIT, SHARE, Weighed
from sinmungo.apps.enforcement.models import Decision
from sinmungo.core.kernel.words import DecisionSource
from sinmungo.core.trust.detector import MOST_HOURS
from sinmungo.core.trust.sampling import appeal_counts

__all__ = ["Recomputed", "appeal_decided", "audited", "enter", "hold", "recompute"]

#: The labels of one cluster of authors are counted over so long.
_DAY = timedelta(days=1)
#: A clock that was set back by more is followed.
_SET_BACK = timedelta(hours=MOST_HOURS)


def hold(automation: uuid.UUID) -> Automation:
    """Lock an automation until the transaction ends; taken before any other lock around it."""
    return Automation.objects.select_for_update(no_key=True).get(pk=automation)


def enter(
    *,
    epoch: Epoch,
    stream: str,
    x: float,
    terms: Mapping[str, float],
    source: str,
    at: datetime,
    corrects: int | None = None,
) -> DetectorState:
    """Append a factor to the log of an epoch and return the state that the log comes to now.

    A factor of the same stream and source that entered already changes nothing. With ``corrects`` it
    takes the place of the factor of that number, and the whole log is weighed again. Raises EpochEnded.
    """
    with transaction.atomic():
        automation = hold(epoch.automation_id)
        epoch.refresh_from_db(fields=["ended_at"])
        if epoch.ended_at is not None:
            raise errors.EpochEnded
        state = _state(epoch, automation, at)
        known = Factor.objects.filter(epoch=epoch, stream=stream, source=source)
        if known.filter(corrects=corrects).exists():
            return state
        factor = Factor.objects.create(
            epoch=epoch,
            seq=state.seq + 1,
            stream=stream,
            x=x,
            terms=dict(terms),
            source=source,
            corrects=corrects,
            at=_in_order(epoch, at),
        )
        return _kept(state, _weighed(epoch, state, factor), at)


def audited(*, audit: Audit, at: datetime) -> DetectorState | None:
    """Let an answered audit of an act enter; None where it is no evidence.

    It is none when its epoch has ended, or when a second look says the same as the first. A random audit
    speaks for autonomy and against it. One of a burst speaks to the detector alone, because nobody knows how
    likely it was to be asked for; so does one of a cluster that has had its labels today: one crowd cannot
    buy trust, and a wave of one template is still stopped.
    """
    act = audit.act
    if act is None or audit.wrong is None or audit.kind == Audit.Kind.RESTORATION:
        return None
    source = sources.of_audit(act)
    first = Factor.objects.filter(epoch=act.epoch, stream=AUDIT, source=source, corrects=None).first()
    if audit.look > 1 and (first is None or bool(first.x) == audit.wrong):
        return None
    if _has_ended(act.epoch):
        return None
    speaks_for = (
        first.terms["random"] if first else float(act.drawn and not _is_full(act.epoch, AUDIT, source, at))
    )
    return enter(
        epoch=act.epoch,
        stream=AUDIT,
        x=float(audit.wrong),
        terms={"weight": audit.weight, "random": speaks_for, "of": _hours_of(act, at)},
        source=source,
        at=at,
        corrects=first.seq if first is not None and audit.look > 1 else None,
    )


def appeal_decided(*, decision: Decision, overturned: bool, at: datetime) -> DetectorState | None:
    """Let an appeal against a decision that an automation made alone enter the share of overturned.

    It can lower trust and never raises it. None where it is no evidence: a person had decided, the
    epoch has ended, or the author's cluster has had its labels today.
    """
    if decision.source != DecisionSource.AUTOMATION:
        return None
    act = Act.objects.filter(decision=decision).select_related("epoch").first()
    if act is None:
        return None
    hold(act.automation_id)
    source = sources.of_appeal(act)
    if _has_ended(act.epoch) or _is_full(act.epoch, SHARE, source, at):
        return None
    terms = {"of": _hours_of(act, at)}
    return enter(epoch=act.epoch, stream=SHARE, x=float(overturned), terms=terms, source=source, at=at)


def hold_for(decision: Decision) -> None:
    """Lock the automation that made a decision alone, before the door locks anything; others lock nothing."""
    automation = Act.objects.filter(decision=decision).values_list("automation", flat=True).first()
    if automation is not None:
        hold(automation)


def recompute(epoch: Epoch) -> Recomputed:
    """Weigh the whole log of an epoch again and say whether that is what is stored."""
    return queries.recomputed(epoch)


def _state(epoch: Epoch, automation: Automation, at: datetime) -> DetectorState:
    found = DetectorState.objects.filter(pk=epoch.pk).first()
    if found is not None:
        return found
    begun = weighing.begin(queries.settings_for(automation, at))
    return DetectorState.objects.create(epoch=epoch, document=begun.to_document(), updated_at=at)


def _weighed(epoch: Epoch, state: DetectorState, factor: Factor) -> Weighed:
    before = Weighed.from_document(state.document)
    if factor.corrects is not None:
        return weighing.corrected(before, queries.logged(epoch, only_labels=True))
    return before.after(queries.as_logged(epoch, factor))


def _kept(state: DetectorState, weighed: Weighed, at: datetime) -> DetectorState:
    alpha = queries.alpha_of(state.epoch)
    state.seq = weighed.seq
    state.document = weighed.to_document()
    state.r = weighed.breaker.r
    state.bound = weighed.bound(alpha)
    state.labels, state.wrong = weighed.labels, weighed.wrong
    state.updated_at = at
    state.save()
    return state


def _in_order(epoch: Epoch, at: datetime) -> datetime:
    last = Factor.objects.filter(epoch=epoch).order_by("-seq").values_list("at", flat=True).first()
    at = max(at, epoch.began_at)
    return at if last is None or last - at > _SET_BACK else max(at, last)


def _hours_of(act: Act, at: datetime) -> float:
    """Return when an act was settled, in hours since its epoch began; of a moment after ``at``, ``at``."""
    return (min(act.settled_at or act.asked_at, at) - act.epoch.began_at).total_seconds() / 3600


def _has_ended(epoch: Epoch) -> bool:
    return Epoch.objects.filter(pk=epoch.pk, ended_at__isnull=False).exists()


def _is_full(epoch: Epoch, stream: str, source: str, at: datetime) -> bool:
    """Whether the source's cluster has had its labels: five in 24 hours, or a fifth of all if that is more.

    One crowd cannot outshout the rest. It depends on the past alone, so leaving a label out stays fair.
    """
    of_all = Factor.objects.filter(epoch=epoch, stream=stream, corrects=None, at__gt=at - _DAY)
    of_cluster = of_all.filter(source__endswith=source[-sources.WHOSE :])
    return not appeal_counts(of_cluster.count(), of_all.count())
