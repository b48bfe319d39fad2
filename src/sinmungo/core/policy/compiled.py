"""A pack made ready: one expression for all its rules, and the screeners whose signals they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sinmungo.core.kernel.errors import Refused
from sinmungo.core.kernel.values import Screener
from sinmungo.core.policy.document import PolicyDocument, Rule
from sinmungo.core.policy.expression import Condition, ConditionList, EvaluationError, Language, holds
from sinmungo.core.policy.facts import blank, declared_facts
from sinmungo.core.policy.pack import Pack, Shared, executable_digest
from sinmungo.core.policy.plain import digest_of
from sinmungo.core.policy.quiet import Quiet
from sinmungo.core.policy.sources import screeners_for
from sinmungo.core.policy.verdict import MatchedRule, RuleError, Verdict, strongest

#: What stands in a text for U+0000, at which the engine would stop reading.
_REPLACEMENT = "\ufffd"


class RuleRefused(Refused):
    """A stored rule does not compile against the facts declared now."""

    code = "policy.rule_refused"
    message = "The rule {rule} cannot be used: {reason}"


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule of a policy with its compiled condition."""

    policy: str
    rule: Rule
    condition: Condition


class CompiledPack:
    """Evaluates every rule of a pack on facts; made by :func:`compile_pack`, then never changed.

    ``digest`` names what was compiled; ``executable_digest`` names what of it executes;
    ``reads`` are the facts that any rule reads.
    """

    def __init__(self, policies: Sequence[PolicyDocument], shared: Shared, digest: str) -> None:
        facts = declared_facts(shared)
        language = Language(facts)
        self.digest = digest
        self.executable_digest = executable_digest(policies, shared)
        self.shared = shared
        self.blank_facts: Mapping[str, Any] = blank(facts)
        self.rules = tuple(
            CompiledRule(policy.policy, rule, _compiled(language, rule))
            for policy in policies
            for rule in policy.rules
        )
        self.reads = tuple(sorted({name for rule in self.rules for name in rule.condition.reads}))
        self._texts = tuple(name for name in self.reads if facts[name] == "string")
        self._list: ConditionList = language.join([rule.condition for rule in self.rules])
        self._nothing = Verdict(self.digest)
        self._take = itemgetter(*self.reads) if len(self.reads) > 1 else None
        self._quiet = Quiet(self.reads, facts, self._list)

    def evaluate(self, facts: Sequence[Mapping[str, Any]]) -> list[Verdict]:
        """Return the verdict of each item's facts (see ``facts.build_facts``), in their order.

        A fact that is absent has its blank value. A rule that errs stands in ``errors`` of the
        verdict and the others are evaluated as ever.
        """
        nothing, is_let_alone = self._nothing, self._quiet.is_let_alone
        return [nothing if is_let_alone(item) else self._verdict(self._needed(item)) for item in facts]

    def screeners(self) -> list[Screener]:
        """Return the sources of signals that this pack declares or reads."""
        return screeners_for(self.shared, self.reads)

    def _needed(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        if self._take is not None:
            try:
                needed = dict(zip(self.reads, self._take(facts), strict=True))
            except KeyError:
                needed = self._with_blanks(facts)
        else:
            needed = self._with_blanks(facts)
        for name in self._texts:
            if "\0" in needed[name]:
                needed[name] = needed[name].replace("\0", _REPLACEMENT)
        return needed

    def _with_blanks(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        return {name: facts.get(name, self.blank_facts[name]) for name in self.reads}

    def _verdict(self, facts: dict[str, Any]) -> Verdict:
        try:
            held = self._list.evaluate(facts)
        except EvaluationError:
            return self._one_by_one(facts)
        if True not in held:
            return self._nothing
        return self._made(facts, [rule for rule, yes in zip(self.rules, held, strict=True) if yes], [])

    def _one_by_one(self, facts: dict[str, Any]) -> Verdict:
        matched: list[CompiledRule] = []
        errors: list[RuleError] = []
        for rule in self.rules:
            try:
                if holds(rule.condition, facts):
                    matched.append(rule)
            except EvaluationError as error:
                errors.append(RuleError(rule.rule.id, str(error)))
        return self._made(facts, matched, errors)

    def _made(
        self, facts: Mapping[str, Any], rules: Sequence[CompiledRule], errors: list[RuleError]
    ) -> Verdict:
        matched = tuple(_matched(rule, facts) for rule in rules)
        return Verdict(self.digest, matched, tuple(errors), strongest(matched))


def compile_pack(pack: Pack | Sequence[PolicyDocument], shared: Shared | None = None) -> CompiledPack:
    """Return a pack, or single policies with what they share, ready to evaluate.

    Raises RuleRefused when a rule does not compile, which a pack that was loaded and checked never
    does; policies stored under an older schema may.
    """
    if isinstance(pack, Pack):
        return CompiledPack(pack.policies, pack.shared, pack.digest)
    common = shared or Shared()
    digest = digest_of({"policies": [policy.digest for policy in pack], "shared": common.to_document()})
    return CompiledPack(pack, common, digest)


def _compiled(language: Language, rule: Rule) -> Condition:
    condition = language.compile(rule.when)
    if isinstance(condition, list):
        raise RuleRefused(rule=rule.id, reason=condition[0].message)
    return condition


def _matched(rule: CompiledRule, facts: Mapping[str, Any]) -> MatchedRule:
    reads = {name: _shown(name, facts[name]) for name in rule.condition.reads}
    return MatchedRule(rule.rule.id, rule.policy, reads, rule.rule.propose, rule.rule.ceiling)


def _shown(name: str, value: Any) -> Any:
    """A verdict outlives the item's text, so it tells the text's length instead."""
    return f"({len(value)} characters)" if name == "item.text" else value
