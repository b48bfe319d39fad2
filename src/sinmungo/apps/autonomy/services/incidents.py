"""What is done in an incident, from its opening to its end.

Every act takes the incident's lock, moves its version, and stands in its timeline and in the ledger.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from sinmungo.apps.autonomy import errors_incidents as errors
from sinmungo.apps.autonomy.errors_restorations import RestoringAlready
from sinmungo.apps.autonomy.models import Affected, Incident, IncidentEntry, PlaybookStep, Restoration
from sinmungo.apps.autonomy.queries.incident_desk import ENTRY_FIELD
from sinmungo.apps.autonomy.services import counting, playbook, telling, timeline
from sinmungo.apps.autonomy.services.affected import (
    PART,
    Change,
    add_affected,
    add_decisions,
    set_states,
    settle,
)
from sinmungo.apps.autonomy.services.opening import Titles, checked_titles, open_by_person, open_for_trip
from sinmungo.apps.base.actors import SYSTEM, Actor
from sinmungo.apps.ledger.kinds import Plain
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.vault import services as vault

__all__ = ["PART", "Change", "Titles", "add_affected", "add_decisions", "assign", "close"]
__all__ += ["declare_false_alarm", "keep", "note", "open_by_person", "open_for_trip", "publish", "rename"]
__all__ += ["restoring", "set_states", "settle", "step_done", "tend"]

MAX_NOTES = 2_000
#: Open incidents that are tended in one call of the worker.
_MOST_TENDED = 50
#: Looking for what changed reads everybody who waits, so each process does it no more often than this.
EVERY = timedelta(seconds=10)
_tended_at: datetime | None = None


def note(*, incident: Incident, words: str, user: User, at: datetime) -> IncidentEntry:
    """Write down what colleagues should know, sealed, also after the end. Raises RoleLacks, IncidentWords."""
    _require(incident, user)
    if IncidentEntry.objects.filter(incident=incident, kind="noted").count() >= MAX_NOTES:
        raise errors.TooMany(limit=MAX_NOTES)
    return _said(incident, "noted", words, staff.actor_of(user), at)


def publish(
    *,
    incident: Incident,
    user: User,
    at: datetime,
    version: int | None = None,
    ko: str = "",
    en: str = "",
) -> Incident:
    """Make an incident public, with a first note if one is given.

    Raises RoleLacks, IncidentChanged, IncidentOver, PublishedAlready, BothLanguages, NothingSaidYet.
    """
    _require(incident, user)
    with transaction.atomic():
        row = timeline.locked(incident, version)
        if row.published_at is not None:
            raise errors.PublishedAlready
        if ko.strip() or en.strip():
            telling.say(incident=row, ko=ko, en=en, user=user, at=at)
        elif not row.notes.exists():
            raise errors.NothingSaidYet
        _enter(row, "published", user, at)
        playbook.mark(incident=row, step="tell_public", by=str(staff.actor_of(user)), at=at)
        counting.write_counts(incident=row, at=at)
        return timeline.moved(row, published_at=at)


def rename(
    *, incident: Incident, title_ko: str, title_en: str, user: User, at: datetime, version: int | None = None
) -> Incident:
    """Call an incident something else. Raises RoleLacks, TitlesNeeded, IncidentChanged, IncidentOver."""
    _require(incident, user)
    titles = checked_titles(title_ko, title_en)
    with transaction.atomic():
        row = timeline.locked(incident, version)
        _enter(row, "renamed", user, at)
        return timeline.moved(row, title_ko=titles.ko, title_en=titles.en)


def assign(
    *,
    incident: Incident,
    to: User | None,
    user: User,
    at: datetime,
    step: str = "",
    version: int | None = None,
) -> Incident:
    """Give the incident, or one step of its playbook, to somebody who may run it, or to nobody.

    Raises RoleLacks, NotAbleTo, NoSuchStep, IncidentChanged, IncidentOver.
    """
    _require(incident, user)
    if to is not None and not staff.may(to, Permission.RUN_INCIDENTS, platform=incident.platform_id):
        raise errors.NotAbleTo(username=str(to))
    with transaction.atomic():
        row = timeline.locked(incident, version)
        if step:
            _step(row, step)
            PlaybookStep.objects.filter(incident=row, step=step).update(assignee=to)
        facts: dict[str, Plain] = {"step": step, "given": to is not None}
        if to is not None:
            facts["to"] = staff.actor_of(to).name
        _enter(row, "assigned", user, at, facts)
        return timeline.moved(row, **({} if step else {"lead": to}))


def step_done(
    *, incident: Incident, step: str, user: User, at: datetime, version: int | None = None
) -> Incident:
    """Mark a step of the playbook as done. Raises RoleLacks, NoSuchStep, StepDone, and as :func:`assign`."""
    _require(incident, user)
    with transaction.atomic():
        row = timeline.locked(incident, version)
        _step(row, step)
        if not playbook.mark(incident=row, step=step, by=str(staff.actor_of(user)), at=at):
            raise errors.StepDone
        _enter(row, "step", user, at, {"step": step})
        return timeline.moved(row)


def restoring(*, incident: Incident, actor: Actor, at: datetime) -> Incident:
    """Say that a restoration of the incident goes on, inside the caller's transaction; twice changes nothing.

    No permission is asked: whoever confirms a restoration has shown theirs.
    """
    row = timeline.locked(incident)
    if row.state == Incident.State.RESTORING:
        return row
    timeline.enter(incident=row, kind="restoring", actor=actor, at=at)
    return timeline.moved(row, state=Incident.State.RESTORING)


def declare_false_alarm(
    *, incident: Incident, words: str, user: User, at: datetime, version: int | None = None
) -> Incident:
    """End an incident that was none, with the reason; what the automation did stands.

    The automation stays suspended: only a new epoch in shadow brings it back. Raises RoleLacks,
    IncidentWords, IncidentNotEmpty where people were restored, RestoringAlready while they are,
    IncidentChanged, IncidentOver.
    """
    _require(incident, user)
    with transaction.atomic():
        row = timeline.locked(incident, version)
        _require_at_rest(row)
        restored = row.affected.filter(state=Affected.State.RESTORED).count()
        if restored:
            raise errors.IncidentNotEmpty(count=restored)
        _said(row, "false_alarm", words, staff.actor_of(user), at)
        counting.write_counts(incident=row, at=at, is_last=True)
        return timeline.moved(row, state=Incident.State.FALSE_ALARM, closed_at=at)


def close(
    *, incident: Incident, user: User, at: datetime, words: str = "", version: int | None = None
) -> Incident:
    """Close an incident; its numbers of this moment stand in the timeline and the ledger.

    While people wait it is closed only with ``words`` that say why. Raises RoleLacks, PeopleWait,
    IncidentWords, RestoringAlready, IncidentChanged, IncidentOver.
    """
    _require(incident, user)
    with transaction.atomic():
        row = timeline.locked(incident, version)
        _require_at_rest(row)
        settle(incident=row, at=at)
        waiting = row.affected.filter(state=Affected.State.WAITING).count()
        if waiting and not words.strip():
            raise errors.PeopleWait(count=waiting)
        counting.write_counts(incident=row, at=at, is_last=True)
        facts = counting.closing_numbers(row, at)
        actor = staff.actor_of(user)
        if words.strip():
            _said(row, "closed", words, actor, at, facts)
        else:
            timeline.enter(incident=row, kind="closed", actor=actor, at=at, facts=facts)
        playbook.mark(incident=row, step="close", by=str(actor), at=at)
        return timeline.moved(row, state=Incident.State.CLOSED, closed_at=at)


def tend(*, incident: Incident, at: datetime) -> int:
    """Bring an open incident up to date: who joined since, who was answered elsewhere, its numbers.

    The keepers of watching and restoring call it as often as they like. Returns how many rows changed.
    """
    if incident.state in timeline.OVER:
        return 0
    changed = 0
    while (joined := add_affected(incident, at)) > 0:
        changed += joined
    changed += settle(incident=incident, at=at)
    for step, by in playbook.what_was_done(incident).items():
        with transaction.atomic():
            if playbook.mark(incident=incident, step=step, by=by, at=at):
                timeline.enter(incident=incident, kind="step", actor=SYSTEM, at=at, facts={"step": step})
    counting.write_counts(incident=incident, at=at)
    return changed


def keep(now: datetime, limit: int) -> int:
    """Tend open incidents, every ten seconds; the worker calls this all the time."""
    global _tended_at
    if _tended_at is not None and timedelta() <= now - _tended_at < EVERY:
        return 0
    _tended_at = now
    rows = Incident.objects.exclude(state__in=timeline.OVER).order_by("opened_at")
    return sum(tend(incident=row, at=now) for row in rows[: min(limit, _MOST_TENDED)])


def _require_at_rest(incident: Incident) -> None:
    """Refuse to end an incident while people are being restored: its last numbers would be no end."""
    under_way = (Restoration.State.RUNNING, Restoration.State.PAUSED)
    if incident.restorations.filter(state__in=under_way).exists():
        raise RestoringAlready


def _require(incident: Incident, user: User) -> None:
    staff.require(user, Permission.RUN_INCIDENTS, incident.platform_id)


def _step(incident: Incident, step: str) -> PlaybookStep:
    found = incident.steps.filter(step=step).first()
    if found is None:
        raise errors.NoSuchStep
    return found


def _enter(
    incident: Incident, kind: str, user: User, at: datetime, facts: dict[str, Plain] | None = None
) -> None:
    timeline.enter(incident=incident, kind=kind, actor=staff.actor_of(user), at=at, facts=facts)


def _said(
    incident: Incident,
    kind: str,
    words: str,
    actor: Actor,
    at: datetime,
    facts: dict[str, Plain] | None = None,
) -> IncidentEntry:
    """Write a line of the timeline with words, sealed under the incident's key."""
    blob = timeline.sealed(incident.key_ref, ENTRY_FIELD, timeline.written(words))
    with transaction.atomic():
        vault.register([incident.key_ref], at=at)
        return timeline.enter(incident=incident, kind=kind, actor=actor, at=at, facts=facts, words=blob)
