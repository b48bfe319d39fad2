"""What must be done in an incident, by when, and who does it.

The order and the times are those of the anchor incident turned round (June 2025: six to nineteen days until
anybody was told): the public hears within two hours, and nobody waits longer than a day for the first
restored account.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sinmungo.apps.autonomy.models import Disclosure, Incident, PlaybookStep, Restoration

#: Each step and how long after the opening it is due.
STEPS: tuple[tuple[str, timedelta], ...] = (
    ("stop", timedelta(minutes=30)),
    ("sample", timedelta(hours=1)),
    ("tell_public", timedelta(hours=2)),
    ("ask_restoration", timedelta(hours=3)),
    ("second_person", timedelta(hours=4)),
    ("tell_reporters", timedelta(hours=24)),
    ("correct_others", timedelta(hours=24)),
    ("answer_inquiries", timedelta(hours=48)),
    ("publish_numbers", timedelta(hours=48)),
    ("close", timedelta(days=7)),
)


def lay(*, incident: Incident, at: datetime, is_stopped: bool) -> None:
    """Write the steps of a new incident; ``is_stopped`` says that the automation does not act any more."""
    rows = [
        PlaybookStep(incident=incident, step=step, place=place, due_at=at + within)
        for place, (step, within) in enumerate(STEPS, 1)
    ]
    if is_stopped:
        rows[0].done_at, rows[0].done_by = at, incident.opened_by
    PlaybookStep.objects.bulk_create(rows)


def mark(*, incident: Incident, step: str, by: str, at: datetime) -> bool:
    """Mark a step as done unless it is; return whether this did it."""
    rows = PlaybookStep.objects.filter(incident=incident, step=step, done_at__isnull=True)
    return bool(rows.update(done_at=at, done_by=by))


def what_was_done(incident: Incident) -> dict[str, str]:
    """Return the steps not marked yet whose doing can be seen in the rows, and who did each."""
    restorations = Restoration.objects.filter(incident=incident).exclude(state=Restoration.State.CANCELLED)
    asked = restorations.order_by("proposed_at").values_list("proposed_by", "confirmed_by").first()
    seen: dict[str, str] = {}
    if asked is not None:
        seen["ask_restoration"] = f"staff:{asked[0].hex}"
        if asked[1] is not None:
            seen["second_person"] = f"staff:{asked[1].hex}"
    if _others_are_corrected(incident):
        seen["correct_others"] = "system:sinmungo"
    waiting = set(incident.steps.filter(done_at__isnull=True).values_list("step", flat=True))
    return {step: by for step, by in seen.items() if step in waiting}


def _others_are_corrected(incident: Incident) -> bool:
    told = Disclosure.objects.filter(decision__in=incident.affected.values("decision"))
    return told.exists() and not told.filter(corrected_at__isnull=True).exists()
