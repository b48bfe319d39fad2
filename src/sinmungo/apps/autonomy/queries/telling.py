"""What the people affected are told: how reliable an automation is, and their place in an incident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sinmungo.apps.autonomy.models import Act, Affected, DetectorState, Incident
from sinmungo.apps.autonomy.queries import clearances
from sinmungo.apps.enforcement.models import Decision


@dataclass(frozen=True, slots=True)
class Measured:
    """What blind audits of an automation come to, as its version that decided now stands.

    ``bound`` is the lower bound on the share that is right, which holds with probability 1 - ``alpha``;
    ``labels`` is how many random audits stand behind it, ``wrong`` how many of them found a mistake, and
    ``as_of`` when the last of them was answered (None before the first).
    """

    target: float
    bound: float
    labels: int
    level: str
    as_of: datetime | None
    wrong: int
    alpha: float


@dataclass(frozen=True, slots=True)
class Place:
    """A decision's place in an incident that was told of in public, or in which it was restored.

    ``waiting_before`` counts those who wait and stand before it; 0 when it waits no longer.
    ``restored_at`` is when the decision was taken back, which the platform may still have to confirm;
    ``letter`` the address of the clearance letter, empty while there is none.
    """

    affected: Affected
    incident_code: str
    title_ko: str
    title_en: str
    is_published: bool
    state: str
    why: str
    place: int
    waiting_before: int
    changed_at: datetime
    restored_at: datetime | None
    letter: str


def measured(decision: Decision) -> Measured | None:
    """Return how an automation that made ``decision`` measures now; None if no automation made it."""
    act = Act.objects.select_related("automation").filter(decision=decision).first()
    if act is None:
        return None
    automation = act.automation
    state = DetectorState.objects.filter(epoch=act.epoch_id).first() or DetectorState(updated_at=act.asked_at)
    return Measured(
        target=automation.target,
        bound=state.bound,
        labels=state.labels,
        level=automation.level,
        as_of=state.updated_at if state.labels else None,
        wrong=state.wrong,
        alpha=automation.alpha,
    )


def place(decision: Decision) -> Place | None:
    """Return where a decision stands, or one that took it back.

    None while nobody was told of its incident and nothing came of it: an alarm that proves false tells
    nobody that they were wronged. Of several incidents the newest counts.
    """
    # by one index: a decision that took another back names it, and so finds the row without a search
    rows = Affected.objects.select_related("incident", "answer", "clearance").filter(
        decision__in=[each for each in (decision.pk, decision.supersedes_id) if each is not None]
    )
    for row in rows.order_by("-incident__opened_at", "-pk"):
        if decision.pk in (row.decision_id, row.answer_id) and _is_told(row):
            return _place(row)
    return None


def _is_told(row: Affected) -> bool:
    if _is_taken_back(row):
        return True
    incident = row.incident
    return incident.published_at is not None and incident.state != Incident.State.FALSE_ALARM


def _is_taken_back(row: Affected) -> bool:
    return row.answer is not None and not row.answer.violation


def _place(row: Affected) -> Place:
    waits = row.state == Affected.State.WAITING and row.answer_id is None
    return Place(
        affected=row,
        incident_code=row.incident.code,
        title_ko=row.incident.title_ko,
        title_en=row.incident.title_en,
        is_published=row.incident.published_at is not None,
        state=row.state,
        why=row.why,
        place=row.place,
        waiting_before=_waiting_before(row) if waits else 0,
        changed_at=row.changed_at,
        restored_at=row.answer.made_at if row.answer is not None and _is_taken_back(row) else None,
        letter=clearances.address(row.clearance) if hasattr(row, "clearance") else "",
    )


def _waiting_before(row: Affected) -> int:
    waiting = Affected.objects.filter(incident=row.incident_id, state=Affected.State.WAITING)
    return waiting.filter(place__lt=row.place, answer__isnull=True).count()
