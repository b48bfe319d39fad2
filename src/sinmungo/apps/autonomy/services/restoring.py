"""The batches of a restoration: each stage is written down once, however often it is tried.

``ASK`` keeps what the platform said, ``RESTORE`` the decisions that take errors back, ``READ_BACK`` what
the platform confirmed and what returned. A stage that another process has left behind changes nothing.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from sinmungo.apps.autonomy.models import AccountRecord, Affected, Restoration, RestorationBatch, Shelter
from sinmungo.apps.autonomy.queries.accounts import AFTER_FIELD, BEFORE_FIELD, Returned
from sinmungo.apps.autonomy.services import clearances, disclosures, restorations
from sinmungo.apps.autonomy.services.affected import Change, set_states
from sinmungo.apps.autonomy.services.disclosures import NewDisclosure
from sinmungo.apps.base import promise, rows
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.vault import queries as vault_queries
from sinmungo.apps.vault import services as vault

#: So long automation only proposes about an account that was wronged.
SHELTERED = timedelta(days=14)
#: A purge that comes sooner than this lets its batch go before all others.
URGENT = timedelta(days=3)
_FIRST = timedelta(minutes=1)

Stage = RestorationBatch.Stage
_SHELTER_CONFLICT = """ON CONFLICT (account_id) DO UPDATE SET incident_id = excluded.incident_id,
    until = CASE WHEN excluded.until > autonomy_shelter.until THEN excluded.until
                 ELSE autonomy_shelter.until END"""


@dataclass(frozen=True, slots=True)
class NewRecord:
    """What a platform said of an affected row's account; ``key_ref`` names the person's key."""

    affected_id: int
    key_ref: str
    facts: Mapping[str, Any]
    purge_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What a platform says of an account afterwards, and how it compares."""

    affected_id: int
    key_ref: str
    facts: Mapping[str, Any]
    compared: Returned


def asked(
    *,
    batch: RestorationBatch,
    records: Sequence[NewRecord],
    told: Sequence[NewDisclosure],
    at: datetime,
) -> bool:
    """Keep what the platform said before anything is done; False when the stage is over already.

    Records of people whose key was destroyed are not kept.
    """
    destroyed = vault_queries.destroyed(sorted({each.key_ref for each in records}))
    kept = [each for each in records if each.key_ref not in destroyed]
    refs = sorted({each.key_ref for each in kept})
    vault.ensure(refs)
    sealed = vault.seal_many([(each.key_ref, BEFORE_FIELD, _plain(each.facts)) for each in kept])
    heard = disclosures.sealed([each for each in told if each.key_ref not in destroyed])
    with transaction.atomic():
        row = _locked(batch, Stage.ASK)
        if row is None:
            return False
        vault.register(refs, at=at)
        made = [
            AccountRecord(
                affected_id=each.affected_id,
                key_ref=each.key_ref,
                before=before,
                purge_at=each.purge_at,
                asked_at=at,
            )
            for each, before in zip(kept, sealed, strict=True)
        ]
        rows.insert(made, conflict="ON CONFLICT (affected_id) DO NOTHING")
        disclosures.record(heard)
        _move(row, Stage.RESTORE, due_at=_due(row, [each.purge_at for each in kept], at))
    return True


@transaction.atomic
def shelter(*, batch: RestorationBatch, accounts: Collection[uuid.UUID], at: datetime) -> None:
    """Let automation only propose about these accounts from now on; an earlier, longer shelter stays."""
    until, incident = at + SHELTERED, batch.restoration.incident_id
    sheltered = [Shelter(account_id=each, incident_id=incident, until=until) for each in sorted(accounts)]
    rows.insert(sheltered, conflict=_SHELTER_CONFLICT)


def decided(
    *,
    batch: RestorationBatch,
    changes: Sequence[Change],
    decisions: Collection[uuid.UUID],
    at: datetime,
) -> bool:
    """Write down what the one door made of a batch; call inside a transaction. False when it was before.

    ``changes`` hold the answer of whoever waits for the platform now, and why another is done with.
    Whoever had been told of ``decisions`` is owed the correction from now on.
    """
    row = _locked(batch, Stage.RESTORE, also_ended=True)  # whoever cancelled it meanwhile came too late
    if row is None:
        return False
    set_states(rows=changes, at=at)
    disclosures.owe(decisions=decisions, at=at)
    _move(row, Stage.READ_BACK, due_at=at)
    return True


@transaction.atomic
def confirmed(*, changes: Sequence[Change], at: datetime) -> None:
    """Write down what the platform confirmed and what it could not undo; clearance letters go with it.

    Whose account the platform has purged needs the letter most.
    """
    if not changes:
        return
    set_states(rows=changes, at=at)
    clearances.write(affected=[Affected(pk=each.affected_id) for each in changes], at=at)


def read(*, batch: RestorationBatch, found: Sequence[ReadBack], at: datetime) -> bool:
    """Keep what returned and end the batch, and with the last batch the restoration; False if it was."""
    destroyed = vault_queries.destroyed(sorted({each.key_ref for each in found}))
    kept = [each for each in found if each.key_ref not in destroyed]
    sealed = vault.seal_many([(each.key_ref, AFTER_FIELD, _plain(each.facts)) for each in kept])
    with transaction.atomic():
        restoration = Restoration.objects.select_for_update().get(pk=batch.restoration_id)
        row = _locked(batch, Stage.READ_BACK)
        if row is None:
            return False
        records = [
            AccountRecord(affected_id=each.affected_id, after=after, missing=_missing(each), read_at=at)
            for each, after in zip(kept, sealed, strict=True)
        ]
        rows.update(records, columns=["after", "missing", "read_at"])
        _move(row, Stage.DONE, due_at=row.due_at)
        promise.kept([row], now=at)
        under_way = (Restoration.State.RUNNING, Restoration.State.PAUSED)
        owed = restoration.batches.filter(done_at__isnull=True)
        if restoration.state in under_way and not owed.exists():
            restorations.end(restoration, actor=SYSTEM, at=at)
    return True


def wait(*, batch: RestorationBatch, until: datetime, why: str = "") -> None:
    """Give a batch back until a moment; with ``why`` it was a try, else nobody failed and none is counted."""
    attempts = batch.attempts if why else 0
    row = RestorationBatch.objects.filter(pk=batch.pk, done_at__isnull=True, stage=batch.stage)
    error = why[: promise.MAX_ERROR_LETTERS]
    row.update(due_at=until, claimed_until=None, last_error=error, attempts=attempts)


def _locked(batch: RestorationBatch, stage: str, *, also_ended: bool = False) -> RestorationBatch | None:
    """Return the row under its lock while it is still in ``stage`` and, unless said so, still owed."""
    found = RestorationBatch.objects.select_for_update(of=("self",)).select_related("restoration")
    row = found.filter(pk=batch.pk, stage=stage).first()
    return row if row is not None and (also_ended or row.done_at is None) else None


def _move(row: RestorationBatch, stage: str, *, due_at: datetime) -> None:
    row.stage, row.due_at, row.claimed_until, row.attempts, row.last_error = stage, due_at, None, 0, ""
    row.done_at = None
    row.save(update_fields=["stage", "due_at", "claimed_until", "attempts", "last_error", "done_at"])


def _due(row: RestorationBatch, purges: Sequence[datetime | None], at: datetime) -> datetime:
    """Return when a batch is due: behind those still to be asked about, or before all if a purge is near.

    The sooner the purge, the earlier the batch; it is never more than a minute before the confirmation.
    """
    soonest = min((each for each in purges if each is not None), default=None)
    confirmed_at = row.restoration.confirmed_at
    if soonest is None or confirmed_at is None or soonest - at > URGENT:
        return at
    share = max(0.0, (soonest - at) / URGENT)
    return confirmed_at - _FIRST * (1.0 - share) - timedelta(milliseconds=1)


def _missing(each: ReadBack) -> int:
    """Count what did not return: each membership, role and linked account, followers and payouts once."""
    lost = sum(len(names) for names in each.compared.missing.values())
    return min(lost + bool(each.compared.followers) + (not each.compared.payouts), 30_000)


def _plain(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
