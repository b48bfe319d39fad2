"""A person looked: what was seen is not what the bank knows. It is never a match again.

What was seen goes into the bank of what is never a match, why goes beside the case, and the case stays
open. A protected bank is not muted here: that takes two people, one of them of the victims' desk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.ledger.kinds import Body
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.review.errors import NoteLength
from sinmungo.apps.review.models import Case, Note
from sinmungo.apps.review.services.notes import write_note
from sinmungo.apps.screening import hunts, seen
from sinmungo.apps.screening import queries as screening
from sinmungo.apps.screening.banks import queries as banks
from sinmungo.apps.screening.banks import services
from sinmungo.apps.screening.banks.services import NewFingerprint
from sinmungo.apps.screening.errors import BankKnown, NoSuchBank
from sinmungo.apps.screening.models import Bank, Signal
from sinmungo.apps.screening.queries_banks import SOURCE
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.staff.models import User
from sinmungo.apps.staff.roles import Permission
from sinmungo.core.kernel.errors import NotAllowed, Refused
from sinmungo.core.matching.explain import Evidence, read_evidence
from sinmungo.core.matching.fingerprints import KitHash, pack, part_name, unpack
from sinmungo.core.matching.screener import signal_name
from sinmungo.core.text.identifiers import mask_identifiers

#: The bank of what is never a match, made when it is first needed.
NEVER = "not-a-match"
MAX_WORDS = 500


class TakesTwo(NotAllowed):
    """A protected match, or one of a bank that the person may not know of; which of them is not told."""

    code = "screening.takes_two"
    message = (
        "This match protects somebody. That it is wrong takes two people, one of them of the victims' desk."
        " Nothing was changed."
    )


class NothingToCompare(Refused):
    """There is no such match, or nothing is remembered of what was seen."""

    code = "screening.nothing_to_compare"
    message = "There is no such match of a picture or clip here, or nothing of it is kept to compare."


class NeverAtRest(Refused):
    """The bank of what is never a match mutes nothing now, or was made to be another one."""

    code = "screening.never_at_rest"
    message = (
        "The bank {name} is disabled, past its end, or not one of what is never a match. Nothing was changed."
    )


@dataclass(frozen=True, slots=True)
class Denied:
    """What became of it: whether it is new that this is never a match."""

    is_new: bool


def deny(*, case: Case, bank: str, place: int, words: str, user: User) -> Denied:
    """Let the ``place``-th picture or clip of a case, counted from 1, never match again as it stands.

    Raises RoleLacks for whoever does not keep banks on every platform, NoteLength, TakesTwo,
    NothingToCompare and NeverAtRest. Said again it changes nothing.
    """
    if staff.platforms_where(user, Permission.KEEP_BANKS) is not None:
        raise RoleLacks
    why = words.strip()
    if not 0 < len(why) <= MAX_WORDS or "\0" in why:
        raise NoteLength(limit=MAX_WORDS)
    _may_be_denied(bank, user)
    new = _fingerprint(case, bank, place)
    return _write(case=case, bank=bank, place=place, why=why, new=new, user=user)


def _may_be_denied(name: str, user: User) -> None:
    """Raise TakesTwo for a bank that is sealed, or that ``user`` may not know of."""
    try:
        known = banks.bank(name, seen_by=user)
    except NoSuchBank as error:
        raise TakesTwo from error
    if known.is_sealed:
        raise TakesTwo


def _fingerprint(case: Case, bank: str, place: int) -> NewFingerprint:
    """Return what of the matched picture or clip is never a match; raises NothingToCompare."""
    version = case.version
    signals = screening.signals_of(version, case.verdict) if version else []
    match = next((each for each in _matches(signals, bank) if each.place == place), None)
    if version is None or match is None:
        raise NothingToCompare
    rows = seen.hashes_of([version.pk]).get(version.pk, [])
    row = next((each for each in rows if each.place == place - 1), None)
    if row is None:
        raise NothingToCompare
    return _of(row, match, case.code)


def _of(row: seen.Remembered, match: Evidence, code: str) -> NewFingerprint:
    hashes = row.hashes
    if match.kind == "clip" and hashes:
        return NewFingerprint("clip", hashes, code)
    if match.kind == "pdq" and hashes and not row.is_clip:
        return NewFingerprint("pdq", pack(_compared(unpack(hashes), match)), code)
    if match.kind in ("sha256", "md5"):
        return NewFingerprint("sha256", row.sha256, code)
    raise NothingToCompare


def _compared(hashes: list[KitHash], match: Evidence) -> list[KitHash]:
    """Return the whole of the picture and the part that matched; another part could mute too much."""
    wanted = {"whole", match.seen}
    return [each for each in hashes if part_name(each.part) in wanted] or hashes[:1]


def _matches(signals: Iterable[Signal], bank: str) -> Iterator[Evidence]:
    for signal in signals:
        if (signal.source, signal.name) == (SOURCE, signal_name(bank)):
            match = read_evidence(signal.evidence)
            if match is not None:
                yield match


def _write(*, case: Case, bank: str, place: int, why: str, new: NewFingerprint, user: User) -> Denied:
    at, actor = clock.now(), staff.actor_of(user)
    never = _never(actor)
    # what goes into another bank would be a match from now on
    if not never.is_negative or hunts.is_silent(never, at):
        raise NeverAtRest(name=NEVER)
    masked = mask_identifiers(f"{place} · {bank}: {why}").text
    with transaction.atomic():
        added = services.add(bank=never, new=[new], actor=actor, at=at, hunt=False)
        if not added.added:
            return Denied(is_new=False)
        write_note(case=case, user=user, words=masked, kind=Note.Kind.NOTE, at=at, actor=actor)
        body: Body = {"bank": bank, "place": place}
        record([NewEntry("screening.match.denied", f"case:{case.code}", actor, body)], at=at)
    return Denied(is_new=True)


def _never(actor: Actor) -> Bank:
    """Return the bank of what is never a match, made now if it is the first time."""
    try:
        return banks.bank(NEVER, seen_by=None)
    except NoSuchBank:
        with suppress(BankKnown):  # a colleague was first
            services.make(
                name=NEVER,
                title_ko="일치로 보지 않는 것",
                title_en="Never a match",
                is_negative=True,
                actor=actor,
                at=clock.now(),
            )
        return banks.bank(NEVER, seen_by=None)
