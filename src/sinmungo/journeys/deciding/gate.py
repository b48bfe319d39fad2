"""What the one door refuses, before anything is written."""

from __future__ import annotations

import re
from datetime import timedelta

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement import errors
from sinmungo.apps.enforcement.proposals import MAX_ACTIONS, MAX_FACTS, Proposal, digest
from sinmungo.apps.statements.services import person_ref
from sinmungo.apps.vault.errors import Destroyed
from sinmungo.core.kernel.errors import DomainError
from sinmungo.core.kernel.words import (
    ACCOUNT_ACTIONS,
    EVERYWHERE,
    WITHOUT_RESTRICTION,
    DecisionSource,
    GroundKind,
    PlatformMode,
)
from sinmungo.core.policy.document import Ground
from sinmungo.journeys.deciding.background import Background
from sinmungo.journeys.deciding.draft import account_of

#: On a platform that decides with its own tool, only these come from here.
_BESIDE = frozenset({DecisionSource.EXTERNAL, DecisionSource.APPEAL, DecisionSource.RESTORATION})
#: What is kept to its end is named by its length from now, so the two ends may differ a little.
_SAME = timedelta(minutes=1)
_LONGEST = timedelta(days=3650)
_SHORTEST = timedelta(seconds=1)
_COUNTRY = re.compile(r"[A-Z]{2}")
_MAX_EXTERNAL_ID = 200
_MAX_GROUND_TEXT = 500


def objection(proposal: Proposal, *, actor: Actor, background: Background) -> DomainError | None:
    """Return the first reason to refuse a proposal, or None."""
    return (
        _mode(proposal, background)
        or _form(proposal)
        or _actions(proposal)
        or _belongs(proposal)
        or _forgotten(proposal, background)
        or _ground(proposal, background)
        or _second_person(proposal, actor, background)
    )


def _mode(proposal: Proposal, background: Background) -> DomainError | None:
    mode = background.platform(proposal.item).mode
    if proposal.past or proposal.supersedes is not None:
        return None  # what was once done can always be put right
    if mode == PlatformMode.OBSERVE:
        return errors.PlatformObserves()
    if mode == PlatformMode.BESIDE and proposal.violation and proposal.source not in _BESIDE:
        return errors.PlatformDecidesItself()
    return None


def _form(proposal: Proposal) -> DomainError | None:
    if not 0 < len(proposal.facts.strip()) <= MAX_FACTS:
        return errors.NoFacts(limit=MAX_FACTS)
    external = proposal.external
    texts = [(proposal.facts, MAX_FACTS)]
    if external is not None:
        texts += [(external.external_id, _MAX_EXTERNAL_ID), (external.ground_text or "-", _MAX_GROUND_TEXT)]
    return None if all(_is_storable(text, limit) for text, limit in texts) else errors.NotStorable()


def _is_storable(text: str, limit: int) -> bool:
    """Whether every database takes the text: no U+0000 and no lone surrogate."""
    surrogate = any("\ud800" <= letter <= "\udfff" for letter in text) if not text.isascii() else False
    return 0 < len(text) <= limit and "\0" not in text and not surrogate


def _actions(proposal: Proposal) -> DomainError | None:
    keys = [(action.kind, action.territory) for action in proposal.actions]
    if len(keys) > MAX_ACTIONS or len(set(keys)) < len(keys):
        return errors.TooManyActions(limit=MAX_ACTIONS)
    if proposal.actions and not proposal.violation:
        return errors.ActionWithoutViolation()
    if ACCOUNT_ACTIONS & {action.kind for action in proposal.actions} and account_of(proposal.item) is None:
        return errors.NoAccount()
    for action in proposal.actions:
        if action.territory != EVERYWHERE and not _COUNTRY.fullmatch(action.territory):
            return errors.UnknownTerritory()
        if action.lasts is not None and not _SHORTEST <= action.lasts <= _LONGEST:
            return errors.BadDuration(days=_LONGEST.days)
    return None


def _belongs(proposal: Proposal) -> DomainError | None:
    """The version and the decision that is replaced must be this item's own."""
    item_id = proposal.item.id
    version, old = proposal.item_version, proposal.supersedes
    foreign = (version is not None and version.item_id != item_id) or (
        old is not None and old.item_id != item_id
    )
    return errors.NotThisItem() if foreign else None


def _forgotten(proposal: Proposal, background: Background) -> DomainError | None:
    """Nothing can be written about a person whose key was destroyed."""
    return Destroyed() if person_ref(proposal.item) in background.forgotten else None


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
        if action.kind not in WITHOUT_RESTRICTION and action.territory not in ground.territory:
            return errors.GroundElsewhere(ground=ground.id, territory=action.territory)
    return None


def _second_person(proposal: Proposal, actor: Actor, background: Background) -> DomainError | None:
    """Harsh acts wait, unless they were done elsewhere already or are what remains of what was done."""
    if proposal.past or proposal.external is not None or not _is_harsher(proposal, background):
        return None
    if proposal.approved_by is None:
        return errors.NeedsSecondPerson()
    if proposal.approved_by == actor.user_id:
        return errors.SamePerson()
    agreed = (proposal.approved_by, digest(proposal.to_document())) in background.approved
    return None if agreed else errors.NeedsSecondPerson()


def _is_harsher(proposal: Proposal, background: Background) -> bool:
    """Whether a harsh action is not in the decision that is replaced, or would end later than there."""
    ends = {(a.kind, a.territory): a.ends for a in background.replaced(proposal)}
    for action in (action for action in proposal.actions if action.is_harsh):
        key = (action.kind, action.territory)
        if key not in ends:
            return True
        end = ends[key]
        if end is not None and (action.lasts is None or background.at + action.lasts > end + _SAME):
            return True
    return False
