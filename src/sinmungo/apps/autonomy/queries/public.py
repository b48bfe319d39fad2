"""What everybody may read of a published incident: what is known, and numbers that point at nobody.

A number from 1 to 9 is told as "fewer than ten" (k at least 10). While one part is hidden so, the others
are rounded to five, or it could be found by subtracting; never in our favour, so that nobody reads that
all are restored while one still waits. The ledger holds the exact numbers in any case;
its entry is opened to the public when it hides nothing, and before that its hash is, so that nobody can
change the numbers afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sinmungo.apps.autonomy.models import Incident, Restoration
from sinmungo.apps.autonomy.queries import incidents, restorations
from sinmungo.apps.autonomy.queries.incidents import Counts
from sinmungo.apps.ledger import queries as ledger
from sinmungo.core import merkle

#: Fewer than so many are not told, and beside them others are rounded to so many.
FEWEST = 10
STEP = 5
PARTS = ("restored", "already", "upheld", "impossible", "left_out", "waiting")
_PUT_RIGHT = frozenset({"restored", "already"})


@dataclass(frozen=True, slots=True)
class Numbers:
    """How many decisions an incident holds and what became of them; None stands for one to nine.

    ``is_rounded`` says that numbers are rounded to five: down for what was put right, up for the others.
    ``oldest_waiting`` is the hour in which the decision that waits longest was made.
    """

    affected: int | None
    parts: Mapping[str, int | None]
    is_rounded: bool
    oldest_waiting: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Sealed:
    """Where the ledger holds the exact numbers; ``proof`` opens the entry when it hides nothing.

    ``leaf`` is the entry's RFC 6962 leaf hash; ``position`` its place in the log whose signed state is
    ``checkpoint``, of ``size`` entries under ``root``.
    """

    leaf: str
    position: int
    size: int
    root: str
    path: tuple[str, ...]
    checkpoint: str
    proof: ledger.Proof | None


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was said in public, and when."""

    ko: str
    en: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """A question people ask, its answer, and when that was last edited."""

    question_ko: str
    question_en: str
    answer_ko: str
    answer_en: str
    edited_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """One published incident. ``restoration`` is the state of the newest one, empty before there is any.

    ``seconds_left`` is how long the restoration that runs will take, None when it cannot be said.
    """

    code: str
    title_ko: str
    title_en: str
    platform_name: str
    time_zone: str
    state: str
    onset_from: datetime
    onset_to: datetime
    stopped_at: datetime
    published_at: datetime
    closed_at: datetime | None
    notes: tuple[Note, ...]
    questions: tuple[Question, ...]
    numbers: Numbers
    sealed: Sealed | None
    restoration: str
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A published incident as a list has it, without its numbers, which may be many to count."""

    code: str
    title_ko: str
    title_en: str
    platform_name: str
    time_zone: str
    state: str
    published_at: datetime
    is_over: bool


def listed(limit: int) -> tuple[Listed, ...]:
    """Return the published incidents, the newest first, at most ``limit``."""
    rows = Incident.objects.filter(published_at__isnull=False).order_by("-published_at", "-pk")
    columns = ("code", "title_ko", "title_en", "platform__name", "platform__time_zone", "state")
    found = rows.values_list(*columns, "published_at", "closed_at")[:limit]
    return tuple(
        Listed(code, ko, en, name, zone, state, published_at=published, is_over=closed is not None)
        for code, ko, en, name, zone, state, published, closed in found
        if published is not None
    )


def told(code: str, *, at: datetime) -> Told | None:
    """Return a published incident by its code; None alike for one that is unknown and not published."""
    rows = Incident.objects.select_related("platform")
    incident = rows.filter(code=code, published_at__isnull=False).first()
    if incident is None or incident.published_at is None:
        return None
    newest = next(iter(restorations.of_incident(incident)), None)
    return Told(
        code=incident.code,
        title_ko=incident.title_ko,
        title_en=incident.title_en,
        platform_name=incident.platform.name,
        time_zone=incident.platform.time_zone,
        state=incident.state,
        onset_from=incident.onset_from,
        onset_to=incident.onset_to,
        stopped_at=incident.tripped_at,
        published_at=incident.published_at,
        closed_at=incident.closed_at,
        notes=_notes(incident),
        questions=_questions(incident),
        numbers=shown(incidents.counts(incident)),
        sealed=_sealed(incident),
        restoration=newest.state if newest is not None else "",
        seconds_left=_seconds_left(newest, at),
    )


def shown(counts: Counts) -> Numbers:
    """Return numbers as everybody may read them."""
    exact = {name: int(getattr(counts, name)) for name in PARTS}
    is_rounded = _hides(exact.values())
    return Numbers(
        affected=_told("affected", counts.affected, is_rounded=is_rounded),
        parts={name: _told(name, number, is_rounded=is_rounded) for name, number in exact.items()},
        is_rounded=is_rounded,
        oldest_waiting=incidents.to_the_hour(counts.oldest_waiting),
        at=counts.at,
    )


def _told(name: str, number: int, *, is_rounded: bool) -> int | None:
    if 0 < number < FEWEST:
        return None
    if not is_rounded:
        return number
    return number // STEP * STEP if name in _PUT_RIGHT else -(-number // STEP) * STEP


def _hides(numbers: Iterable[int]) -> bool:
    return any(0 < number < FEWEST for number in numbers)


def _notes(incident: Incident) -> tuple[Note, ...]:
    rows = incident.notes.order_by("-at", "-pk").values_list("ko", "en", "at")
    return tuple(Note(*row) for row in rows)


def _questions(incident: Incident) -> tuple[Question, ...]:
    rows = incident.questions.filter(retired_at__isnull=True).order_by("place", "pk")
    columns = ("question_ko", "question_en", "answer_ko", "answer_en", "edited_at")
    return tuple(Question(*row) for row in rows.values_list(*columns))


def _sealed(incident: Incident) -> Sealed | None:
    found = incidents.proof(incident)
    if found is None:
        return None
    body = json.loads(found.entry_document)["body"]
    hides = _hides(int(body.get(name, 0)) for name in PARTS)
    return Sealed(
        leaf=merkle.leaf_hash(found.entry_document.encode()).hex(),
        position=found.position,
        size=found.size,
        root=found.root_hex,
        path=tuple(found.path),
        checkpoint=found.checkpoint_note,
        proof=None if hides else found,
    )


def _seconds_left(newest: Restoration | None, at: datetime) -> float | None:
    if newest is None or newest.state != Restoration.State.RUNNING:
        return None
    return restorations.progress(newest, at=at).seconds_left
