"""What evaluation recommends of an item: a verdict has no effect of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sinmungo.core.kernel.words import SEVERITY_OF_ACTION, Level
from sinmungo.core.policy.document import FACTS_SCHEMA, Proposes
from sinmungo.core.policy.plain import to_plain

NONE = "none"


@dataclass(frozen=True, slots=True)
class MatchedRule:
    """A rule that matched, every value it read, and what it proposes."""

    rule: str
    policy: str
    reads: Mapping[str, Any]
    proposes: Proposes
    ceiling: Level


@dataclass(frozen=True, slots=True)
class RuleError:
    """A rule that could not be evaluated on this item: the signal ``policy.error``."""

    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """All rules that matched one item, and the strongest action that they propose.

    A rule with the ceiling *shadow* is listed and proposes nothing. ``proposed`` is an action's
    name or ``none``.
    """

    policy_digest: str
    matched: tuple[MatchedRule, ...] = ()
    errors: tuple[RuleError, ...] = ()
    proposed: str = NONE
    facts_schema: int = FACTS_SCHEMA

    def to_document(self) -> dict[str, Any]:
        """Return the verdict as a JSON-safe mapping."""
        return dict(to_plain(self))


def strongest(matched: Sequence[MatchedRule]) -> str:
    """Return the harshest action that rules above *shadow* propose, or ``none``."""
    proposed = [
        action for rule in matched if rule.ceiling is not Level.SHADOW for action in rule.proposes.actions
    ]
    return str(max(proposed, key=SEVERITY_OF_ACTION.index).value) if proposed else NONE


def with_watching(verdict: Verdict, watched: Verdict) -> Verdict:
    """Return ``verdict`` with the rules that match only in ``watched`` added in the shadow.

    ``watched`` is the verdict on the same item with sources believed that only observe as yet: it
    changes nothing that is proposed.
    """
    known = {(rule.policy, rule.rule) for rule in verdict.matched}
    more = (rule for rule in watched.matched if (rule.policy, rule.rule) not in known)
    shadows = tuple(replace(rule, ceiling=Level.SHADOW) for rule in more)
    return replace(verdict, matched=(*verdict.matched, *shadows)) if shadows else verdict
