"""What a rule may come to do by itself, what it must say for that, and what exactly executes."""

from pathlib import Path

import pytest

from sinmungo.core.kernel.words import ActionKind
from sinmungo.core.policy import CompiledPack, compile_pack, executes, load_pack, may_act_alone
from sinmungo.core.policy.plain import digest_of
from tests.core.policy.small_pack import PACK, POLICY, faults_of, write

ALONE = """\
  - id: insult
    title: {ko: "욕설", en: "Insults"}
    when: signals.terms.insult >= 0.5
    propose: {actions: [hide, suspend], for: 3d, ground: terms, queue: main, priority: 10}
    ceiling: auto
"""
SUSPENDS = "{actions: [suspend], ground: terms, for: 7d}"


def rules(propose: str, ceiling: str = "auto") -> str:
    """Return one rule that proposes so."""
    return f"  - {{id: insult, when: signals.terms.insult >= 0.5, propose: {propose}, ceiling: {ceiling}}}\n"


def digest(folder: Path, action: ActionKind = ActionKind.SUSPEND, *, model: str = "1", **change: str) -> str:
    """Return the digest of what executes for one action of the rule, with the pack changed so."""
    compiled: CompiledPack = compile_pack(load_pack(write(folder, **{"rules": ALONE} | change)))
    return digest_of(executes(compiled.rules[0], action, compiled.shared, {"model.rude": model}))


def test_a_rule_with_an_action_a_ground_and_an_end_may_act_alone(tmp_path):
    """A rule with an action a ground and an end may act alone."""
    pack = load_pack(write(tmp_path, rules=ALONE))
    rule = pack.policies[0].rules[0]
    assert may_act_alone(rule)
    assert rule.propose.days_of(ActionKind.SUSPEND) == 3
    assert rule.propose.days_of(ActionKind.HIDE) == 0, "the item outlasts the account's suspension"
    assert type(pack).from_document(pack.to_document()) == pack


@pytest.mark.parametrize(
    ("propose", "message"),
    [
        ("{actions: [hide]}", "a rule that may act alone needs a ground"),
        ("{queue: main, ground: terms}", "a rule that may act alone needs an action"),
        ("{actions: [hide], ground: term}", "'term' is not a ground of this policy"),
        ("{actions: [suspend], ground: terms}", "needs a second person"),
        ("{actions: [suspend], ground: terms, for: 8d}", "needs a second person"),
    ],
)
def test_a_rule_that_may_not_act_alone_is_told_so_at_its_place(tmp_path, propose, message):
    """A rule that may not act alone is told so at its place."""
    (fault,) = faults_of(write(tmp_path, rules=rules(propose)))
    assert message in fault.message
    assert fault.line > POLICY.count("\n"), "the fault stands at the rule"


@pytest.mark.parametrize("ceiling", ["canary", "auto"])
def test_a_suspension_of_a_week_may_be_earned(tmp_path, ceiling):
    """A suspension of a week may be earned."""
    assert not faults_of(write(tmp_path, rules=rules(SUSPENDS, ceiling)))


def test_a_rule_that_only_proposes_need_say_nothing_of_it(tmp_path):
    """A rule that only proposes need say nothing of it."""
    assert not faults_of(write(tmp_path, rules=rules("{actions: [suspend]}", "assist")))


def test_an_action_alone_stays_where_its_ground_holds(tmp_path):
    """An action alone stays where its ground holds."""
    policy = POLICY.replace("territory: everywhere}\nfactors", "territory: [KR]}\nfactors")
    policy = policy.replace("actions: [hide], territory: everywhere", "actions: [hide], territory: [KR]")
    found = faults_of(write(tmp_path, policy=policy, rules=rules("{actions: [hide], ground: terms}")))
    assert [fault.message for fault in found] == ["the ground 'terms' does not hold there"]
    there = rules("{actions: [hide], ground: terms, territory: [KR]}")
    assert not faults_of(write(tmp_path, policy=policy, rules=there))


@pytest.mark.parametrize(
    "change",
    [
        {"rules": ALONE.replace("욕설", "모욕")},
        {"rules": ALONE.replace("priority: 10", "priority: 20")},
        {"pack": PACK.replace("patterns:", "  other: [구두쇠]\npatterns:")},
        {"policy": POLICY.replace("severity: low", "severity: high")},
    ],
)
def test_prose_order_and_what_it_does_not_read_leave_what_executes(tmp_path, change):
    """Prose order and what it does not read leave what executes."""
    assert digest(tmp_path, **change) == digest(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"rules": ALONE.replace("0.5", "0.6")},
        {"rules": ALONE.replace("3d", "4d")},
        {"rules": ALONE.replace("auto", "canary")},
        {"pack": PACK.replace("score: 0.8", "score: 0.9")},
        {"pack": PACK.replace("[바보,", "[바보, 천치,")},
    ],
)
def test_another_condition_term_length_or_ceiling_executes_something_else(tmp_path, change):
    """Another condition term length or ceiling executes something else."""
    assert digest(tmp_path, **change) != digest(tmp_path)


def test_the_days_of_a_suspension_are_nothing_to_the_hiding(tmp_path):
    """The days of a suspension are nothing to the hiding."""
    change = {"rules": ALONE.replace("3d", "4d")}
    assert digest(tmp_path, ActionKind.HIDE, **change) == digest(tmp_path, ActionKind.HIDE)


def test_another_version_of_a_model_counts_for_the_rules_that_read_it(tmp_path):
    """Another version of a model counts for the rules that read it."""
    reads = {"rules": ALONE.replace("signals.terms.insult >= 0.5", "signals.model.rude >= 0.9")}
    assert digest(tmp_path, model="2", **reads) != digest(tmp_path, model="1", **reads)
    assert digest(tmp_path, model="2") == digest(tmp_path, model="1")


def test_a_pack_that_uses_none_of_it_keeps_its_digest(tmp_path):
    """What was stored before these words existed is known by the same digest after."""
    told = load_pack(write(tmp_path)).to_document()["policies"][0]["rules"][0]["propose"]
    assert set(told) == {"actions", "territory", "queue", "priority"}
