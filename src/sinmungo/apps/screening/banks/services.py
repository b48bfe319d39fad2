"""Everything that changes a bank and its fingerprints; whoever holds them in memory follows ``change``."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from sinmungo.apps.base import rows as base_rows
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.ledger.kinds import Body
from sinmungo.apps.screening import errors, hunts
from sinmungo.apps.screening.banks import contents, snapshots
from sinmungo.apps.screening.banks.contents import NewFingerprint
from sinmungo.apps.screening.models import Bank, Fingerprint
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import Role
from sinmungo.apps.staff.roles import Permission
from sinmungo.apps.vault import services as vault

__all__ = ["Added", "NewFingerprint", "add", "change", "make", "withdraw"]

#: Fingerprints added or withdrawn in one call, which is one transaction.
MOST_AT_ONCE = 100_000
MAX_NAME, MAX_TITLE, MAX_SOURCE = 60, 120, 80
#: Facts are identifiers, where a hyphen becomes ``_``; so names hold no ``_``, and no two meet in one fact.
_NAME = re.compile("[a-z][a-z0-9-]{0,59}")
#: What a source says of itself when it fails.
_RESERVED = "degraded"
_CHANGEABLE = frozenset({"title_ko", "title_en", "severity", "seen_by", "is_enabled", "expires_at"})
_COLUMNS = ("bank_id", "kind", "content", "digest", "external_id", "change", "added_at", "expires_at")
#: One that is known takes the end it was given last; else it stays as it is.
_KNOWN = (
    "ON CONFLICT (bank_id, digest) DO UPDATE SET expires_at = excluded.expires_at, change = excluded.change "
    "WHERE screening_fingerprint.expires_at <> excluded.expires_at "
    "OR (screening_fingerprint.expires_at IS NULL) <> (excluded.expires_at IS NULL)"
)


@dataclass(frozen=True, slots=True)
class Added:
    """How many of the fingerprints given are new and how many were known; ``hunt`` looks for the new ones."""

    added: int
    known: int
    hunt: UUID | None = None


def make(
    *,
    name: str,
    title_ko: str,
    title_en: str,
    actor: Actor,
    at: datetime,
    source: str = "own",
    severity: str = "medium",
    seen_by: Sequence[str] = (),
    is_sealed: bool = False,
    is_negative: bool = False,
    expires_at: datetime | None = None,
) -> Bank:
    """Make a bank. A sealed one gets a key of its own, under which its fingerprints are sealed.

    Raises BadBankName, BadBankField, SealedNegative, BankKnown, and RoleLacks for staff without KEEP_BANKS.
    """
    staff.require_actor(actor, Permission.KEEP_BANKS)
    if _NAME.fullmatch(name) is None or name == _RESERVED:
        raise errors.BadBankName(limit=MAX_NAME)
    if is_sealed and is_negative:
        raise errors.SealedNegative
    bank = Bank(
        name=name, title_ko=title_ko.strip(), title_en=title_en.strip(), source=source.strip(),
        severity=severity, seen_by=list(dict.fromkeys(seen_by)), is_sealed=is_sealed,
        is_negative=is_negative, expires_at=expires_at, made_at=at,
    )  # fmt: skip
    _check_fields(bank)
    if Bank.objects.filter(pk=name).exists():
        raise errors.BankKnown(name=name)
    _make(bank, actor, at)
    return bank


def _make(bank: Bank, actor: Actor, at: datetime) -> None:
    refs = [contents.key_ref(bank.name)] if bank.is_sealed else []
    vault.ensure(refs)
    body = {"sealed": bank.is_sealed, "negative": bank.is_negative}
    try:
        with transaction.atomic():
            bank.save(force_insert=True)
            vault.register(refs, at=at)
            ledger.record([_entry("screening.bank.made", bank, actor, body)], at=at)
    except IntegrityError:
        raise errors.BankKnown(name=bank.name) from None


@transaction.atomic
def change(*, bank: Bank, actor: Actor, at: datetime, **what: Any) -> Bank:
    """Change titles, severity, who may see it, its end, or whether it is enabled; return the bank as it is.

    Disabled or past its end it matches nothing from then on. Raises BadBankField, and RoleLacks for staff
    without KEEP_BANKS.
    """
    staff.require_actor(actor, Permission.KEEP_BANKS)
    if unknown := what.keys() - _CHANGEABLE:
        raise TypeError(f"a bank's {', '.join(sorted(unknown))} cannot be changed")
    if "seen_by" in what:
        what["seen_by"] = list(dict.fromkeys(what["seen_by"]))
    row = _locked(bank)
    changed = sorted(name for name, value in what.items() if getattr(row, name) != value)
    if not changed:
        return row
    for name in changed:
        setattr(row, name, what[name])
    _check_fields(row)
    row.change += 1
    row.save(update_fields=[*changed, "change"])
    body: Body = {"changed": changed, "enabled": row.is_enabled}
    ledger.record([_entry("screening.bank.changed", row, actor, body)], at=at)
    return row


def add(*, bank: Bank, new: Sequence[NewFingerprint], actor: Actor, at: datetime, hunt: bool = True) -> Added:
    """Add fingerprints to a bank, and with ``hunt`` promise a search for them in everything already seen.

    Of one that is known only its end is written anew. Nothing is looked for that is never a match. Raises
    TooManyFingerprints above 100,000, BadFingerprint by place, NoSealedTexts, and RoleLacks for staff
    without KEEP_BANKS; nothing is written then.
    """
    staff.require_actor(actor, Permission.KEEP_BANKS)
    if len(new) > MOST_AT_ONCE:
        raise errors.TooManyFingerprints(limit=MOST_AT_ONCE)
    contents.check(bank, new)
    digests = contents.digests(bank, [(each.kind, each.content) for each in new])
    # in the order of the index that keeps them apart, which is then walked once
    distinct = dict(sorted(zip(digests, new, strict=True), key=itemgetter(0)))
    kept = contents.stored(bank, [each.content for each in distinct.values()])
    with transaction.atomic():
        row = _locked(bank)
        number, last = row.change + 1, _last_id(row)
        base_rows.insert_values(
            Fingerprint,
            _COLUMNS,
            [
                (row.pk, each.kind, content, digest, each.external_id, number, at, each.expires_at)
                for (digest, each), content in zip(distinct.items(), kept, strict=True)
            ],
            conflict=_KNOWN,
        )
        return _added(row, number, last, len(new), at=at, actor=actor, hunt=hunt)


def _added(
    bank: Bank, number: int, last: int, given: int, *, at: datetime, actor: Actor, hunt: bool
) -> Added:
    written = Fingerprint.objects.filter(bank=bank, change=number)
    added, moved = written.filter(pk__gt=last).count(), written.filter(pk__lte=last).count()
    if not added and not moved:
        return Added(0, given)
    Bank.objects.filter(pk=bank.pk).update(change=number)
    body = {"added": added, "known": given - added}
    ledger.record([_entry("screening.bank.added_to", bank, actor, body)], at=at)
    promised = None
    if hunt and not bank.is_negative:
        promised = hunts.promise_hunt(bank=bank, after_change=number - 1, to_change=number, at=at).pk
    return Added(added, given - added, promised)


def withdraw(
    *,
    bank: Bank,
    actor: Actor,
    at: datetime,
    keys: Sequence[int] = (),
    external_ids: Sequence[str] = (),
    contents: Sequence[tuple[str, bytes]] = (),
) -> int:
    """Take fingerprints out of a bank, named by keys, ids at the exchange or contents; return how many.

    Their rows stay, emptied: what they held, and where it came from, is gone. Raises TooManyFingerprints
    above 100,000, and RoleLacks for staff without KEEP_BANKS.
    """
    staff.require_actor(actor, Permission.KEEP_BANKS)
    if len(keys) + len(external_ids) + len(contents) > MOST_AT_ONCE:
        raise errors.TooManyFingerprints(limit=MOST_AT_ONCE)
    digests = _digests(bank, contents)
    with transaction.atomic():
        row = _locked(bank)
        found = _found(row, keys, external_ids, digests)
        if not found:
            return 0
        number = row.change + 1
        for each in found:
            each.content, each.digest, each.external_id = b"", os.urandom(32), ""
            each.withdrawn_at, each.change = at, number
        base_rows.update(found, columns=["content", "digest", "external_id", "withdrawn_at", "change"])
        Bank.objects.filter(pk=row.pk).update(change=number)
        if not row.is_sealed:
            transaction.on_commit(snapshots.drop)
        body = {"withdrawn": len(found)}
        ledger.record([_entry("screening.bank.withdrawn_from", row, actor, body)], at=at)
    return len(found)


def _digests(bank: Bank, pairs: Sequence[tuple[str, bytes]]) -> list[bytes]:
    """Return the digests that rows of ``bank`` with these kinds and contents have."""
    return contents.digests(bank, pairs) if pairs else []


def _found(
    bank: Bank, keys: Sequence[int], external_ids: Sequence[str], digests: Sequence[bytes]
) -> list[Fingerprint]:
    """Return the rows that are meant and not withdrawn yet, each once; hundreds at a time."""
    live = Fingerprint.objects.filter(bank=bank, withdrawn_at__isnull=True).only("pk")
    found: dict[int, Fingerprint] = {}
    named = [each for each in external_ids if each]
    for field, values in (("pk__in", keys), ("external_id__in", named), ("digest__in", digests)):
        for start in range(0, len(values), base_rows.ROWS_A_STATEMENT):
            some = Q((field, list(values[start : start + base_rows.ROWS_A_STATEMENT])))
            found.update((row.pk, row) for row in live.filter(some))
    return list(found.values())


def _locked(bank: Bank) -> Bank:
    """Return the bank's row, locked: acts on one bank follow one another, so that changes have an order."""
    return Bank.objects.select_for_update().get(pk=bank.pk)


def _last_id(bank: Bank) -> int:
    return Fingerprint.objects.filter(bank=bank).aggregate(last=Max("pk"))["last"] or 0


def _check_fields(bank: Bank) -> None:
    for field, value, most in (
        ("title_ko", bank.title_ko, MAX_TITLE),
        ("title_en", bank.title_en, MAX_TITLE),
        ("source", bank.source, MAX_SOURCE),
    ):
        if not 0 < len(value) <= most:
            raise errors.BadBankField(field=field)
    if bank.severity not in Bank.Severity.values:
        raise errors.BadBankField(field="severity")
    if any(role not in Role.values for role in bank.seen_by):
        raise errors.BadBankField(field="seen_by")


def _entry(kind: str, bank: Bank, actor: Actor, body: Body) -> ledger.NewEntry:
    # which protected banks there are is nobody's to read
    told = ledger.salted(bank.name) if bank.is_sealed else bank.name
    return ledger.NewEntry(kind, f"bank:{told}", actor, body)
