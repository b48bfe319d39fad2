"""Policy packs: checked documents in, compiled rules out; facts in, verdicts out."""

from sinmungo.core.policy.alone import ACTING, executes, may_act_alone, suspends_too_long
from sinmungo.core.policy.compiled import CompiledPack, RuleRefused, compile_pack
from sinmungo.core.policy.document import (
    FACTS_SCHEMA,
    Answer,
    Factor,
    Ground,
    Ladder,
    Outcome,
    PolicyDocument,
    Proposes,
    Rule,
    Severity,
    Step,
    Then,
    Words,
)
from sinmungo.core.policy.facts import build_facts, declared_facts
from sinmungo.core.policy.faults import Fault, PolicyFaults, render_fault
from sinmungo.core.policy.load import load_pack
from sinmungo.core.policy.pack import Pack, Queue, Shared, TermEntry
from sinmungo.core.policy.verdict import MatchedRule, RuleError, Verdict, with_watching

__all__ = [
    "load_pack",
    "Pack",
    "Shared",
    "Queue",
    "TermEntry",
    "PolicyDocument",
    "Words",
    "Severity",
    "Ground",
    "Factor",
    "Answer",
    "Outcome",
    "Then",
    "Rule",
    "Proposes",
    "Ladder",
    "Step",
    "Fault",
    "PolicyFaults",
    "render_fault",
    "compile_pack",
    "CompiledPack",
    "RuleRefused",
    "ACTING",
    "may_act_alone",
    "suspends_too_long",
    "executes",
    "FACTS_SCHEMA",
    "declared_facts",
    "build_facts",
    "Verdict",
    "with_watching",
    "MatchedRule",
    "RuleError",
]
