"""Searches of everything already seen for what a bank has learned: what is owed, and how far it came.

A search is a promise that is kept in steps. Each step writes what it found together with how far it
came, so that killed at any moment it goes on where it was, and nothing is found twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from sinmungo.apps.base import ids, promise
from sinmungo.apps.base import rows as base_rows
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.screening.errors import NothingToHunt
from sinmungo.apps.screening.models import Bank, Hunt, HuntFind
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission

#: How long a search waits before it looks again whether its bank is enabled.
UNTIL_ENABLED = timedelta(minutes=10)
DISABLED = "hunt.bank_disabled"
#: Searches of one bank that are shown, the latest.
MOST_SHOWN = 50
#: The place of a find that is a text.
TEXT = -1
_FIND = ("hunt_id", "version_id", "place", "fingerprint_id", "evidence", "at")
_ONCE = "ON CONFLICT (hunt_id, version_id, place, fingerprint_id) DO NOTHING"


class Find(NamedTuple):
    """Something that matches: which of a version's media (or its text), and which fingerprint."""

    version_id: uuid.UUID
    place: int
    fingerprint_id: int
    evidence: str


class Step(NamedTuple):
    """How far a search comes by one step, and what it found on the way."""

    stage: str
    media_cursor: int
    text_cursor: uuid.UUID | None
    looked: int
    finds: Sequence[Find] = ()


class Asked(NamedTuple):
    """A search of a whole bank, and whether it was promised now or was under way before."""

    hunt: Hunt
    is_new: bool


@dataclass(frozen=True, slots=True)
class HuntProgress:
    """How far a search came. ``total``, ``looked`` and ``found`` count media and texts.

    ``share`` lies in 0..1; ``rate`` counts media and texts a second; ``seconds_left`` is None before
    anything was looked at. ``waits`` is the code of what it waits for, empty while it goes on.
    """

    id: uuid.UUID
    bank: str
    stage: str
    total: int
    looked: int
    found: int
    share: float
    rate: float
    seconds_left: float | None
    asked_at: datetime
    done_at: datetime | None
    waits: str


@transaction.atomic
def promise_hunt(*, bank: Bank, after_change: int, to_change: int, at: datetime) -> Hunt:
    """Promise that fingerprints are looked for in everything already seen.

    They are those of ``bank`` whose change lies above ``after_change`` and at most at ``to_change``. A search
    of the bank that nobody has begun takes them along, so that a hundred acts do not become a hundred
    searches.
    """
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=at)
    waiting = Hunt.objects.select_for_update().filter(
        free, bank=bank, done_at__isnull=True, looked=0, total=0, after_change__lte=after_change
    )
    hunt = waiting.order_by("-to_change").first()
    if hunt is None:
        return Hunt.objects.create(
            id=ids.new_id(),
            bank=bank,
            after_change=after_change,
            to_change=to_change,
            due_at=at,
            asked_at=at,
        )
    hunt.to_change = max(hunt.to_change, to_change)
    hunt.save(update_fields=["to_change"])
    return hunt


@transaction.atomic
def ask(*, bank: Bank, actor: Actor, at: datetime) -> Asked:
    """Promise a search for everything a bank holds, unless one is under way that covers it.

    Raises NothingToHunt for a bank that matches nothing, and RoleLacks for staff without KEEP_BANKS.
    """
    staff.require_actor(actor, Permission.KEEP_BANKS)
    row = Bank.objects.select_for_update().get(pk=bank.pk)
    if row.is_negative or is_silent(row, at):
        raise NothingToHunt(name=row.name)
    whole = Hunt.objects.filter(bank=row, done_at__isnull=True, after_change=0, to_change__gte=row.change)
    known = whole.order_by("asked_at").first()
    if known is not None:
        return Asked(known, is_new=False)
    hunt = promise_hunt(bank=row, after_change=0, to_change=row.change, at=at)
    _enter("screening.hunt.asked", hunt, actor, at)
    return Asked(hunt, is_new=True)


def is_silent(bank: Bank, at: datetime) -> bool:
    """Whether a bank matches nothing now: it is disabled or past its end."""
    return not bank.is_enabled or (bank.expires_at is not None and bank.expires_at <= at)


def begin(*, hunt: Hunt, total: int) -> None:
    """Say how much there is to look at."""
    hunt.total = total
    Hunt.objects.filter(pk=hunt.pk, done_at__isnull=True).update(total=total)


def advance(*, hunt: Hunt, step: Step, at: datetime, actor: Actor) -> bool:
    """Write a step and what it found, in the caller's transaction; whether nobody went on meanwhile.

    ``hunt`` is as its step began, and afterwards as the step ends. Where somebody else went on (a lease may
    run out) nothing is written.
    """
    rows = Hunt.objects.select_for_update().filter(
        pk=hunt.pk, stage=hunt.stage, media_cursor=hunt.media_cursor, text_cursor=hunt.text_cursor
    )
    if rows.filter(done_at__isnull=True).first() is None:
        return False
    finds = [(hunt.pk, *find, at) for find in step.finds]
    base_rows.insert_values(HuntFind, _FIND, finds, conflict=_ONCE)
    hunt.stage, hunt.media_cursor, hunt.text_cursor = step.stage, step.media_cursor, step.text_cursor
    hunt.looked, hunt.found = hunt.looked + step.looked, hunt.found + len(finds)
    hunt.due_at = at  # it is owed anew: what goes on is never late
    hunt.save(update_fields=["stage", "media_cursor", "text_cursor", "looked", "found", "due_at"])
    if step.stage == Hunt.Stage.DONE:
        promise.kept([hunt], now=at)
        _enter("screening.hunt.ended", hunt, actor, at)
    return True


def pause(*, hunt: Hunt, until: datetime, waits: str = "") -> None:
    """Give a search back until then: its step is over, or (``waits``) its bank is disabled."""
    Hunt.objects.filter(pk=hunt.pk, done_at__isnull=True).update(
        due_at=until, claimed_until=None, attempts=0, last_error=waits
    )


def progress(bank: Bank, *, seen_by: User | None) -> list[HuntProgress]:
    """Return the searches of a bank, the latest first; None stands for an operator, who sees all.

    Raises RoleLacks for staff without SEE_BANKS. What a sealed bank found is counted for nobody.
    """
    if seen_by is not None:
        staff.require(seen_by, Permission.SEE_BANKS)
    rows = Hunt.objects.filter(bank=bank).order_by("-asked_at", "-id")
    return [_progress(row) for row in rows.select_related("bank")[:MOST_SHOWN]]


def progress_of(hunt_id: uuid.UUID) -> HuntProgress:
    """Return how far one search came, for whoever asked for it."""
    return _progress(Hunt.objects.select_related("bank").get(pk=hunt_id))


def _progress(row: Hunt) -> HuntProgress:
    seconds = max(((row.done_at or row.due_at) - row.asked_at).total_seconds(), 0.0)
    rate = row.looked / seconds if seconds and row.looked else 0.0
    left = max(row.total - row.looked, 0)
    is_done = row.done_at is not None
    return HuntProgress(
        id=row.id,
        bank=row.bank_id,
        stage=row.stage,
        total=max(row.total, row.looked),
        looked=row.looked,
        found=0 if row.bank.is_sealed else row.found,
        share=1.0 if is_done else min(row.looked / row.total, 1.0) if row.total else 0.0,
        rate=rate,
        seconds_left=0.0 if is_done else left / rate if rate else None,
        asked_at=row.asked_at,
        done_at=row.done_at,
        waits="" if is_done else row.last_error,
    )


def _enter(kind: str, hunt: Hunt, actor: Actor, at: datetime) -> None:
    told = ledger.salted(hunt.bank_id) if hunt.bank.is_sealed else hunt.bank_id
    ledger.record([ledger.NewEntry(kind, f"bank:{told}", actor)], at=at)
