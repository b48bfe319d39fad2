"""The rules of a verdict, read back from what was stored of it."""

from __future__ import annotations

import json

from sinmungo.apps.policies.queries import PackVersion
from sinmungo.apps.screening.models import Verdict
from sinmungo.core.kernel.words import Level
from sinmungo.core.policy import MatchedRule


def matched_rules(verdict: Verdict, pack: PackVersion) -> tuple[MatchedRule, ...]:
    """Return the rules that matched and do more than watch, as they were judged."""
    known = {rule.rule.id: rule for rule in pack.compiled.rules}
    told = json.loads(verdict.document)["matched"]
    found = [(known.get(each["rule"]), each) for each in told if each["ceiling"] != Level.SHADOW]
    return tuple(
        MatchedRule(
            rule.rule.id, rule.policy, each.get("reads", {}), rule.rule.propose, Level(each["ceiling"])
        )
        for rule, each in found
        if rule is not None
    )
