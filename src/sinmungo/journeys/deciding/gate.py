"""What the one door refuses, before anything is written."""

from __future__ import annotations

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement import errors
from sinmungo.apps.enforcement.proposals import MAX_ACTIONS, MAX_FACTS, Proposal, digest
from sinmungo.core.kernel.errors import DomainError
from sinmungo.core.kernel.words import (
    ACCOUNT_ACTIONS,
    EVERYWHERE,
    DecisionSource,
    GroundKind,
    PlatformMode,
)
from sinmungo.core.policy.document import Ground
from sinmungo.journeys.deciding.background import Background
from sinmungo.journeys.deciding.draft import account_of

#: On a platform that decides with its own tool, only these come from here.
_BESIDE = frozenset({DecisionSource.EXTERNAL, DecisionSource.APPEAL, DecisionSource.RESTORATION})
#: These may be harsh without a second person: one was made elsewhere, the others give back.
_SECOND_PERSON_NOT_ASKED = _BESIDE


def objection(proposal: Proposal, *, actor: Actor, background: Background) -> DomainError | None:
    """Return the first reason to refuse a proposal, or None."""
    return (
        _mode(proposal, background)
        or _form(proposal)
        or _ground(proposal, background)
        or _second_person(proposal, actor, background)
    )


def _mode(proposal: Proposal, background: Background) -> DomainError | None:
    mode = background.platform(proposal.item).mode
    if mode == PlatformMode.OBSERVE and not proposal.past:
        return errors.PlatformObserves()
    from_here = proposal.source not in _BESIDE and proposal.supersedes is None
    if mode == PlatformMode.BESIDE and from_here:
        return errors.PlatformDecidesItself()
    return None


def _form(proposal: Proposal) -> DomainError | None:
    if not 0 < len(proposal.facts.strip()) <= MAX_FACTS:
        return errors.NoFacts(limit=MAX_FACTS)
    keys = [(action.kind, action.territory) for action in proposal.actions]
    if len(keys) > MAX_ACTIONS or len(set(keys)) < len(keys):
        return errors.TooManyActions(limit=MAX_ACTIONS)
    if proposal.actions and not proposal.violation:
        return errors.ActionWithoutViolation()
    if ACCOUNT_ACTIONS & {action.kind for action in proposal.actions} and account_of(proposal.item) is None:
        return errors.NoAccount()
    return None


def _ground(proposal: Proposal, background: Background) -> DomainError | None:
    if not proposal.violation or proposal.external is not None:
        return None
    if proposal.policy_version is None:
        # what is left of another tool's decision keeps that tool's ground
        kept = proposal.supersedes is not None and bool(proposal.supersedes.external_id)
        return None if kept else errors.NoPolicyVersion()
    try:
        ground = background.document(proposal.policy_version).ground(proposal.ground)
    except KeyError:
        return errors.NoSuchGround(ground=proposal.ground)
    return _elsewhere(proposal, ground)


def _elsewhere(proposal: Proposal, ground: Ground) -> DomainError | None:
    """A national law reaches no further than its own territory."""
    if ground.kind is not GroundKind.LAW or EVERYWHERE in ground.territory:
        return None
    for action in proposal.actions:
        if action.kind not in ACCOUNT_ACTIONS and action.territory not in ground.territory:
            return errors.GroundElsewhere(ground=ground.id, territory=action.territory)
    return None


def _second_person(proposal: Proposal, actor: Actor, background: Background) -> DomainError | None:
    if not proposal.is_harsh or proposal.past or proposal.source in _SECOND_PERSON_NOT_ASKED:
        return None
    if proposal.approved_by is None:
        return errors.NeedsSecondPerson()
    if proposal.approved_by == actor.user_id:
        return errors.SamePerson()
    agreed = (proposal.approved_by, digest(proposal.to_document())) in background.approved
    return None if agreed else errors.NeedsSecondPerson()
