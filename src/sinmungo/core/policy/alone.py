"""What a rule may come to do by itself, and what exactly executes when it does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sinmungo.core.kernel.words import ActionKind, Level
from sinmungo.core.policy.compiled import CompiledRule
from sinmungo.core.policy.document import FACTS_SCHEMA, Rule
from sinmungo.core.policy.pack import Shared
from sinmungo.core.policy.plain import to_plain

#: Levels at which an automation acts by itself.
ACTING = frozenset({Level.CANARY, Level.AUTO})
#: A suspension that is longer, or has no end, waits for a second person: no rule makes it by itself.
LONGEST_SUSPENSION = timedelta(days=7)


def may_act_alone(rule: Rule) -> bool:
    """Whether a rule may ever earn to act: by its ceiling, with an action and a ground to say."""
    return rule.ceiling in ACTING and bool(rule.propose.actions) and bool(rule.propose.ground)


def suspends_too_long(rule: Rule) -> bool:
    """Whether a rule proposes a suspension that always waits for a second person."""
    days = rule.propose.days_of(ActionKind.SUSPEND)
    suspends = ActionKind.SUSPEND in rule.propose.actions
    return suspends and not 0 < days <= LONGEST_SUSPENSION.days


def executes(
    rule: CompiledRule, action: ActionKind, shared: Shared, versions: Mapping[str, str]
) -> dict[str, Any]:
    """Return, JSON-safe, what of a pack executes when a rule takes one of its actions; no prose.

    That is the condition, what it reads of the pack's terms and patterns, the version of every source it
    reads (``versions`` by source, or by ``source.name`` where a source has one a signal), the ceiling and
    what is proposed. How the case would be queued is not part of it.
    """
    read = sorted(_signals(rule.condition.reads))
    told = rule.rule.propose
    return {
        "facts_schema": FACTS_SCHEMA,
        "rule": rule.rule.id,
        "when": rule.rule.when,
        "ceiling": rule.rule.ceiling.value,
        "action": action.value,
        "territory": sorted(told.territory),
        "ground": told.ground,
        "days": told.days_of(action),
        "terms": {name: to_plain(shared.terms.get(name, ())) for source, name in read if source == "terms"},
        "patterns": {name: shared.patterns.get(name, "") for source, name in read if source == "patterns"},
        "versions": _versions(read, versions),
    }


def _signals(reads: Iterable[str]) -> Iterable[tuple[str, str]]:
    for fact in reads:
        kind, _, rest = fact.partition(".")
        source, _, name = rest.partition(".")
        if kind == "signals" and name:
            yield source, name


def _versions(read: Iterable[tuple[str, str]], versions: Mapping[str, str]) -> dict[str, str]:
    """Terms and patterns stand in the document word for word, and need no version of their whole list."""
    asked = [(source, f"{source}.{name}") for source, name in read if source not in ("terms", "patterns")]
    return {name: versions.get(name, versions.get(source, "")) for source, name in asked}
