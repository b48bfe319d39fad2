"""Before anything is done: what the platform says of the accounts, and whom it had told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sinmungo.apps.autonomy.models import RestorationBatch
from sinmungo.apps.autonomy.services import restoring
from sinmungo.apps.autonomy.services.disclosures import NewDisclosure
from sinmungo.apps.autonomy.services.restoring import NewRecord
from sinmungo.journeys.restoring import members, platforms
from sinmungo.journeys.restoring.members import Member
from sinmungo.journeys.restoring.platforms import AccountState, NotTold

#: A platform that says nothing is asked so often, over a quarter of an hour; then people are restored
#: without its word, for they have waited long enough.
ATTEMPTS = 8
#: One that says when it wants to be asked again is asked so often.
PATIENT_ATTEMPTS = 200


def ask(batch: RestorationBatch, now: datetime) -> None:
    """Keep what the platform says of a batch's accounts; raises NotTold while it may still come to say it."""
    waiting = members.read(members.undecided(batch))
    told: Mapping[str, AccountState] = {}
    try:
        told = states_of(batch, waiting, purpose="before")
    except NotTold as error:
        if may_still_come(error, batch):
            raise
    records, heard = [], []
    for member in waiting:
        state = told.get(member.external_id) if member.account is not None else None
        if state is None:
            continue
        records.append(NewRecord(member.pk, member.key_ref, state.facts, state.purge_at))
        heard += [
            NewDisclosure(member.decision, each.party, each.name, each.reference, member.key_ref, each.at)
            for each in state.told
        ]
    restoring.asked(batch=batch, records=records, told=heard, at=now)


def may_still_come(error: NotTold, batch: RestorationBatch) -> bool:
    """Whether the answer that did not come is waited for."""
    return error.passing and batch.attempts < (PATIENT_ATTEMPTS if error.wait else ATTEMPTS)


def states_of(
    batch: RestorationBatch, asked: Sequence[Member], *, purpose: str
) -> Mapping[str, AccountState]:
    """Return what the platform says of the accounts of some members, by their id there; raises NotTold."""
    accounts = {member.external_id for member in asked if member.account is not None}
    platform = batch.restoration.platform
    said = platforms.states(platform, sorted(accounts), purpose=f"{purpose} {batch.pk}")
    return said if said is not None else {}
