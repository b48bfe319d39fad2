"""Facts go in, verdicts come out, and an error is never a silent no-match."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.kernel.values import PlainItem, PlainSignal
from sinmungo.core.policy import RuleRefused, Shared, build_facts, compile_pack, load_pack
from tests.core.policy.small_pack import RULE, compiled, judged, rule, write


def signal(source: str, name: str, score: float) -> PlainSignal:
    """Return a signal without evidence."""
    return PlainSignal(source, "1", name, score)


def test_a_match_tells_what_it_read(tmp_path):
    """A verdict holds the rule, its policy, the values read and the strongest action."""
    pack = compiled(tmp_path)
    facts = build_facts(PlainItem(), [signal("terms", "insult", 0.8)], pack)
    (verdict,) = pack.evaluate([facts])
    (matched,) = verdict.matched
    assert (matched.rule, matched.policy) == ("insult", "manners")
    assert matched.reads == {"signals.terms.insult": 0.8}
    assert verdict.proposed == "hide"
    assert verdict.to_document()["matched"][0]["proposes"]["actions"] == ["hide"]


def test_the_pack_screens_with_its_own_terms(tmp_path):
    """The screeners a pack gives find its terms and patterns, and spare its exceptions."""
    pack = compiled(tmp_path, RULE, rule("shout", "signals.patterns.shout > 0.5"))
    assert judged(pack, "이 바보야").proposed == "hide"
    assert judged(pack, "멍청이꽃이 피었다").proposed == "none"
    assert [m.rule for m in judged(pack, "와!!!!!").matched] == ["shout"]


def test_of_one_name_the_highest_score_counts(tmp_path):
    """Several signals of one name are one fact with the highest score."""
    pack = compiled(tmp_path)
    signals = [signal("terms", "insult", score) for score in (0.2, 0.9, 0.4)]
    assert build_facts(PlainItem(), signals, pack)["signals.terms.insult"] == 0.9


def test_facts_are_always_present(tmp_path):
    """An item of which nothing is known has every declared fact at its blank value."""
    pack = compiled(tmp_path)
    facts = build_facts(PlainItem(), [], pack)
    assert set(facts) == set(pack.blank_facts)
    assert facts["signals.model.rude"] == 0.0


def test_degraded_sources_are_a_fact(tmp_path):
    """A source that degraded can be read by a rule."""
    pack = compiled(tmp_path, rule("late", '"model" in signals.degraded', "{queue: main}"))
    facts = build_facts(PlainItem(), [signal("model", "degraded", 1.0)], pack)
    (verdict,) = pack.evaluate([facts])
    assert [matched.rule for matched in verdict.matched] == ["late"]
    assert verdict.proposed == "none"


def test_an_erring_rule_is_told_and_others_go_on(tmp_path):
    """A division by zero stands in the errors, and the other rules match as ever."""
    pack = compiled(tmp_path, RULE, rule("ratio", "100 / reports.count > 3 && item.reach >= 0"))
    signals = [signal("terms", "insult", 0.8)]
    (verdict,) = pack.evaluate([build_facts(PlainItem(), signals, pack)])
    assert [error.rule for error in verdict.errors] == ["ratio"]
    assert "divide by zero" in verdict.errors[0].message
    assert [matched.rule for matched in verdict.matched] == ["insult"]


def test_an_endless_condition_is_stopped(tmp_path):
    """Nested comprehensions meet the iteration budget, and the others go on."""
    numbers = "[" + ",".join(["1"] * 100) + "]"
    nested = f"{numbers}.all(a, {numbers}.all(b, {numbers}.all(c, a + b + c > item.reach)))"
    pack = compiled(tmp_path, RULE, rule("endless", nested))
    (verdict,) = pack.evaluate([build_facts(PlainItem(), [signal("terms", "insult", 1.0)], pack)])
    assert [error.rule for error in verdict.errors] == ["endless"]
    assert verdict.proposed == "hide"


def test_a_fact_of_a_wrong_type_is_an_error(tmp_path):
    """A text where a number belongs is an error of the rule, not a silent no-match."""
    pack = compiled(tmp_path)
    (verdict,) = pack.evaluate([{"signals.terms.insult": "high"}])
    assert verdict.errors


def test_no_text_is_cut_at_nul(tmp_path):
    """A word behind U+0000 is still found by a condition."""
    pack = compiled(tmp_path, rule("word", 'item.text.contains("word")'))
    (verdict,) = pack.evaluate([{"item.text": "before\0word"}])
    assert verdict.proposed == "hide"


def test_the_text_itself_is_not_kept(tmp_path):
    """A verdict outlives the text, so it tells the text's length."""
    pack = compiled(tmp_path, rule("word", 'item.text.contains("word")'))
    (verdict,) = pack.evaluate([{"item.text": "a word"}])
    assert verdict.matched[0].reads == {"item.text": "(6 characters)"}


def test_a_shadow_rule_proposes_nothing(tmp_path):
    """A rule with the ceiling shadow is listed and proposes nothing."""
    shadow = rule("quiet", "signals.terms.insult > 0.5", "{actions: [suspend]}", "shadow")
    pack = compiled(tmp_path, RULE, shadow)
    (verdict,) = pack.evaluate([build_facts(PlainItem(), [signal("terms", "insult", 1.0)], pack)])
    assert [matched.rule for matched in verdict.matched] == ["insult", "quiet"]
    assert verdict.proposed == "hide"


def test_a_comment_does_not_swallow_the_next_rule(tmp_path):
    """A condition that ends in a comment leaves the others whole."""
    commented = rule("commented", "signals.terms.insult > 0.9 // strong")
    pack = compiled(tmp_path, commented, RULE)
    (verdict,) = pack.evaluate([build_facts(PlainItem(), [signal("terms", "insult", 0.7)], pack)])
    assert [matched.rule for matched in verdict.matched] == ["insult"]


def test_more_rules_than_one_expression_holds(tmp_path):
    """Sixty long rules are evaluated as if they were one list."""
    filler = " || signals.model.rude > 0.99" * 100
    rules = [rule(f"r{n}", f"signals.terms.insult > {n / 60:.3f}{filler}") for n in range(60)]
    pack = compiled(tmp_path, *rules)
    (verdict,) = pack.evaluate([build_facts(PlainItem(), [signal("terms", "insult", 0.5)], pack)])
    assert len(verdict.matched) == 30


def test_a_stored_rule_that_no_longer_compiles(tmp_path):
    """A policy compiled without the terms it reads is refused by the rule's name."""
    policies = load_pack(write(tmp_path)).policies
    with pytest.raises(RuleRefused, match="insult"):
        compile_pack(policies, Shared())


def test_policies_one_by_one(tmp_path):
    """Policies with what they share evaluate like the pack they came from."""
    pack = load_pack(write(tmp_path))
    alone = compile_pack(pack.policies, pack.shared)
    assert alone.executable_digest == pack.executable_digest
    assert alone.evaluate([{"signals.terms.insult": 0.8}])[0].proposed == "hide"


@given(
    scores=st.lists(st.floats(0, 1), min_size=2, max_size=2),
    reach=st.integers(0, 2**40),
    clusters=st.integers(0, 100),
)
@settings(deadline=None, max_examples=60)
def test_agrees_with_plain_python(tmp_path_factory, scores, reach, clusters):
    """On any facts the compiled list says what the same conditions say in Python."""
    pack = _three_rules(tmp_path_factory)
    insult, rude = scores
    facts = {
        "signals.terms.insult": insult,
        "signals.model.rude": rude,
        "item.reach": reach,
        "reports.clusters": clusters,
    }
    expected = {
        "both": insult >= 0.5 and rude < 0.3,
        "either": insult > 0.9 or reach > 1000,
        "three": clusters >= 3 and (reach > 10 or rude == 0.0),
    }
    (verdict,) = pack.evaluate([facts])
    assert {matched.rule for matched in verdict.matched} == {name for name in expected if expected[name]}


def _three_rules(factory):
    rules = (
        rule("both", "signals.terms.insult >= 0.5 && signals.model.rude < 0.3"),
        rule("either", "signals.terms.insult > 0.9 || item.reach > 1000"),
        rule("three", "reports.clusters >= 3 && (item.reach > 10 || signals.model.rude == 0.0)"),
    )
    return compiled(factory.mktemp("pack"), *rules)
