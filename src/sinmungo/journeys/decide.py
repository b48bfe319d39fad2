"""The one door: every decision passes here, whoever makes it.

:func:`many` takes proposals of a rule, a reviewer, an appeal, a court order, a restoration or
another tool, at most 200 at once. Bad ones are refused by index before anything is written. The
others become, in one transaction or not at all: decisions with their actions, the wanted state of
every item they touch, strikes, statements, deliveries and ledger entries.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from sinmungo.apps.autonomy.services import acting
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement import services as enforcement
from sinmungo.apps.enforcement.errors import AlreadyRecorded, AlreadySuperseded, BatchTooLarge, StateChanged
from sinmungo.apps.enforcement.models import Decision, ItemState
from sinmungo.apps.enforcement.proposals import ExternalDecision, Proposal, ProposedAction, Refusal
from sinmungo.apps.items.models import Platform
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.statements import services as statements
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.vault import services as vault
from sinmungo.core.kernel.errors import DomainError
from sinmungo.journeys.deciding import draft, gate
from sinmungo.journeys.deciding.background import Background, look_up

__all__ = ["ExternalDecision", "Proposal", "ProposedAction", "Refusal", "many", "one"]

LARGEST_BATCH = 200


@dataclass(slots=True)
class _Batch:
    """Accepted proposals by their index, with everything prepared for the transaction."""

    background: Background
    actor: Actor
    drafts: dict[int, draft.Drafted] = field(default_factory=dict)
    statements: dict[int, Statement] = field(default_factory=dict)


def one(proposal: Proposal, *, actor: Actor) -> Decision:
    """Record one decision; raises the error of its refusal."""
    result = many([proposal], actor=actor)[0]
    if isinstance(result, Refusal):
        raise result.error
    return result


def many(proposals: Sequence[Proposal], *, actor: Actor) -> list[Decision | Refusal]:
    """Record decisions; returns for each proposal, in order, its decision or why it was refused.

    Raises :class:`BatchTooLarge` for more than 200. Two live decisions on one item conflict when the
    second had not seen the first (``Proposal.state_version``).
    """
    if len(proposals) > LARGEST_BATCH:
        raise BatchTooLarge(limit=LARGEST_BATCH)
    if not proposals:
        return []
    background = look_up(proposals, actor=actor, at=clock.now())
    errors: dict[int, DomainError] = {}
    batch = _Batch(background, actor)
    for index, proposal in enumerate(proposals):
        error = gate.objection(proposal, actor=actor, background=background)
        if error is None:
            batch.drafts[index] = draft.drafted(proposal, actor=actor, background=background)
        else:
            errors[index] = error
    vault.ensure(sorted({drafted.key_ref for drafted in batch.drafts.values()}))
    _seal(batch)
    with transaction.atomic():
        errors |= _write(batch)
    return [
        Refusal(index, errors[index]) if index in errors else batch.drafts[index].decision
        for index in range(len(proposals))
    ]


def _seal(batch: _Batch) -> None:
    """Seal the facts and the letters before the transaction: nothing is computed inside it."""
    sealed = vault.seal_many(
        [(d.key_ref, draft.FACTS_FIELD, d.proposal.facts.encode()) for d in batch.drafts.values()]
    )
    for drafted, facts in zip(batch.drafts.values(), sealed, strict=True):
        drafted.decision.facts = facts
    told = {index: d.statement for index, d in batch.drafts.items() if d.statement is not None}
    batch.statements = dict(
        zip(told, statements.seal(list(told.values()), at=batch.background.at), strict=True)
    )


def _write(batch: _Batch) -> dict[int, DomainError]:
    """Lock, refuse what has changed meanwhile or may not be decided alone, then write everything."""
    at = batch.background.at
    _take_turns(batch)
    errors = acting.objections({i: d.proposal for i, d in batch.drafts.items()}, at=at)
    _leave_out(batch, errors)
    states = enforcement.lock_states(
        item_id for drafted in batch.drafts.values() for item_id in drafted.touches
    )
    conflicts = _conflicts(batch, states)
    _leave_out(batch, conflicts)
    errors |= conflicts
    drafts = list(batch.drafts.values())
    if not drafts:
        return errors
    vault.register(sorted({drafted.key_ref for drafted in drafts}), at=at)
    enforcement.record(
        [drafted.decision for drafted in drafts],
        [action for drafted in drafts for action in drafted.actions],
        [drafted.strike for drafted in drafts if drafted.strike is not None],
    )
    superseded = [d.decision.supersedes_id for d in drafts if d.decision.supersedes_id is not None]
    enforcement.remove_strikes(superseded, at=at)
    statements.record(list(batch.statements.values()))
    moved = enforcement.recompute(
        {item_id: states[item_id] for item_id in sorted({i for d in drafts for i in d.touches})},
        at=at,
        tell=frozenset(item_id for d in drafts for item_id in d.told_on),
        decided=frozenset(d.proposal.item.id for d in drafts),
        deliver=frozenset(item_id for d in drafts if d.deliver for item_id in d.touches),
    )
    ledger.record(_entries(batch, moved), at=at)
    return errors


def _leave_out(batch: _Batch, refused: Iterable[int]) -> None:
    for index in refused:
        batch.drafts.pop(index)
        batch.statements.pop(index, None)


def _take_turns(batch: _Batch) -> None:
    """Let one writer at a time take another tool's decisions on a platform, so each counts once."""
    slugs = {d.proposal.item.platform_id for d in batch.drafts.values() if d.proposal.external is not None}
    if slugs:
        list(Platform.objects.select_for_update(no_key=True).filter(pk__in=slugs).order_by("pk"))


def _conflicts(batch: _Batch, states: Mapping[uuid.UUID, ItemState]) -> dict[int, DomainError]:
    """Return what stopped being possible between preparing and locking, by index."""
    proposals = {index: drafted.proposal for index, drafted in batch.drafts.items()}
    wanted = [p.supersedes.id for p in proposals.values() if p.supersedes is not None]
    taken = _superseded(wanted)
    known = _known_numbers(proposals.values())
    decided: set[uuid.UUID] = set()
    errors: dict[int, DomainError] = {}
    for index, proposal in proposals.items():
        seen = proposal.state_version
        if proposal.supersedes is not None and proposal.supersedes.id in taken:
            errors[index] = AlreadySuperseded()
        elif proposal.external and (proposal.item.platform_id, proposal.external.external_id) in known:
            errors[index] = AlreadyRecorded()
        elif seen is not None and (states[proposal.item.id].version != seen or proposal.item.id in decided):
            errors[index] = StateChanged()
        else:  # within one batch the first of two takes the place
            _take_place(proposal, taken, known, decided)
    return errors


def _take_place(
    proposal: Proposal, taken: set[uuid.UUID], known: set[tuple[str, str]], decided: set[uuid.UUID]
) -> None:
    decided.add(proposal.item.id)
    if proposal.supersedes is not None:
        taken.add(proposal.supersedes.id)
    if proposal.external is not None:
        known.add((proposal.item.platform_id, proposal.external.external_id))


def _superseded(decisions: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    if not decisions:
        return set()
    rows = Decision.objects.filter(supersedes_id__in=decisions)
    return {found for found in rows.values_list("supersedes_id", flat=True) if found is not None}


def _known_numbers(proposals: Iterable[Proposal]) -> set[tuple[str, str]]:
    told = {(p.item.platform_id, p.external.external_id) for p in proposals if p.external is not None}
    if not told:
        return set()
    slugs, numbers = {slug for slug, _ in told}, {number for _, number in told}
    # said as the unique index says it, or the index would not be used
    rows = Decision.objects.filter(platform_id__in=slugs, external_id__in=numbers).exclude(external_id="")
    return set(rows.values_list("platform_id", "external_id"))


def _entries(batch: _Batch, moved: Sequence[ItemState]) -> list[ledger.NewEntry]:
    entries = [
        ledger.NewEntry(
            "enforcement.decision.recorded",
            f"decision:{drafted.decision.case_code}",
            batch.actor,
            draft.ledger_body(drafted),
        )
        for drafted in batch.drafts.values()
    ]
    entries.extend(
        ledger.NewEntry(
            "enforcement.state.changed",
            f"item:{state.item_id.hex}",
            batch.actor,
            {"version": state.version, "public_state": str(state.public_state)},
        )
        for state in moved
    )
    return entries
