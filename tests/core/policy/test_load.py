"""Packs are read whole, and every fault of every file is told at its place."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.policy import Fault, Pack, PolicyDocument, PolicyFaults, load_pack, render_fault
from tests.core.policy.small_pack import PACK, POLICY, RULE, faults_of, rule, write

GOLDEN = Path(__file__).parents[2] / "golden" / "policy"


def test_all_faults_at_once():
    """A pack with many faults in several files is refused with each at its line, caret and hint."""
    rendered = "\n\n".join(render_fault(fault) for fault in faults_of(GOLDEN / "faulty")) + "\n"
    assert rendered == (GOLDEN / "faulty.txt").read_text(encoding="utf-8")


def test_the_refusal_counts_and_names_the_first():
    """The error of a faulty pack has a stable code and says how many faults there are."""
    with pytest.raises(PolicyFaults, match=r"has \d+ faults; the first is pack.yaml:5:10") as refused:
        load_pack(GOLDEN / "faulty")
    assert refused.value.code == "policy.faults"


def test_a_long_line_is_shown_in_part():
    """Of a line of a hundred thousand characters the part around the fault is shown, caret below it."""
    line = "가" * 50_000 + "x" + "가" * 50_000
    _, shown, caret = render_fault(Fault("f.yaml", 1, 50_001, "wrong", "", line)).splitlines()
    assert len(shown) < 250
    assert caret.index("^") - len("  1 | ") == 2 * (shown.index("x") - len("  1 | "))


def test_a_sound_pack(tmp_path):
    """A sound pack keeps its words, its guideline text, and scalars as the schema types them."""
    pack = load_pack(write(tmp_path))
    policy = pack.policy("manners")
    assert policy.guideline.ko.startswith("# 예의")
    assert policy.rule("insult").propose.priority == 10
    assert [answer.id for answer in policy.factor("target").answers] == ["yes", "no"]
    assert policy.outcomes[0].then.strike is True
    assert pack.shared.terms["insult"][1].exceptions == ("멍청이꽃",)


def test_to_document_and_back(tmp_path):
    """A pack and a policy are the same after a way through their documents."""
    pack = load_pack(write(tmp_path))
    assert Pack.from_document(pack.to_document()) == pack
    policy = pack.policies[0]
    assert PolicyDocument.from_document(policy.to_document()) == policy


def test_outcome_for_answers(tmp_path):
    """The same answers find the same outcome, and unknown answers find none."""
    policy = load_pack(write(tmp_path)).policies[0]
    assert policy.outcome_for({"target": "yes"}) is policy.outcomes[0]
    assert policy.outcome_for({}) is None


def test_prose_keeps_the_executable_digest(tmp_path):
    """A mended sentence changes the digest and not the executable digest."""
    before = load_pack(write(tmp_path))
    (tmp_path / "guidelines" / "manners.en.md").write_text("# Manners\nBe kinder.\n")
    after = load_pack(tmp_path)
    assert before.digest != after.digest
    assert before.executable_digest == after.executable_digest


@pytest.mark.parametrize(
    "change",
    [
        {"rules": RULE.replace("0.5", "0.6")},
        {"rules": RULE.replace("assist", "shadow")},
        {"rules": RULE.replace("[hide]", "[warn]")},
        {"pack": PACK.replace("score: 0.8", "score: 0.9")},
    ],
)
def test_what_executes_changes_the_executable_digest(tmp_path, change):
    """A changed condition, ceiling, proposal or term changes the executable digest."""
    before = load_pack(write(tmp_path)).executable_digest
    assert load_pack(write(tmp_path, **change)).executable_digest != before


def test_terms_that_no_rule_reads_do_not_execute(tmp_path):
    """A term list that no rule reads leaves the executable digest as it is."""
    before = load_pack(write(tmp_path)).executable_digest
    pack = PACK.replace("patterns:", "  other: [구두쇠]\npatterns:")
    assert load_pack(write(tmp_path, pack=pack)).executable_digest == before


def test_a_folder_without_a_pack(tmp_path):
    """An empty folder is told what it lacks."""
    assert {fault.file for fault in faults_of(tmp_path)} == {"pack.yaml", "policies"}


def test_condition_length_at_its_edge(tmp_path):
    """A condition of 4,000 characters is taken and one of 4,001 refused."""
    when = "signals.terms.insult >= 0.5"
    assert not faults_of(write(tmp_path, rules=rule("long", when + " " * (4000 - len(when) - 2) + "//")))
    padded = when + " " * (4001 - len(when) - 2) + "//"
    (fault,) = faults_of(write(tmp_path, rules=rule("long", padded)))
    assert "4001" in fault.message


def test_a_condition_must_be_true_or_false(tmp_path):
    """A condition that is a number is refused."""
    (fault,) = faults_of(write(tmp_path, rules=rule("number", "signals.terms.insult")))
    assert "of type double" in fault.message


@pytest.mark.parametrize(
    ("propose", "refused"),
    [("{actions: [hide]}", True), ("{queue: main, priority: 20}", False)],
)
def test_acting_on_reports_alone(tmp_path, propose, refused):
    """Report counts alone may order a queue and never act."""
    found = faults_of(write(tmp_path, rules=rule("reports", "reports.clusters > 3", propose)))
    assert bool(found) is refused


def test_a_law_needs_its_parts(tmp_path):
    """A ground in law names its act, article, gist and source, and every missing one is told."""
    policy = POLICY.replace("factors:", "  - {id: law, kind: law, territory: [KR]}\nfactors:")
    messages = [fault.message for fault in faults_of(write(tmp_path, policy=policy))]
    assert len(messages) == 4


def test_an_action_stays_where_its_ground_holds(tmp_path):
    """An outcome cannot reach further than the law it rests on."""
    policy = POLICY.replace("territory: everywhere}\nfactors", "territory: [KR]}\nfactors")
    (fault,) = faults_of(write(tmp_path, policy=policy))
    assert "does not hold there" in fault.message
    assert fault.hint == "it holds in KR"


def test_a_guideline_outside_the_pack(tmp_path):
    """A guideline is read from inside the pack's folder only."""
    folder = tmp_path / "pack"
    folder.mkdir()
    (tmp_path / "secret.md").write_text("not yours")
    policy = POLICY.replace("guidelines/manners.ko.md", "../secret.md")
    (fault,) = faults_of(write(folder, policy=policy))
    assert "no file" in fault.message


def test_rule_ids_are_unique_in_a_pack(tmp_path):
    """Two rules of one name are told at the second."""
    (fault,) = faults_of(write(tmp_path, rules=RULE + RULE))
    assert fault.line == POLICY.count("\n") + 5


@given(data=st.data())
@settings(deadline=None, max_examples=150)
def test_any_damage_is_told(tmp_path_factory, data):
    """However a sound pack is damaged, it loads or tells its faults, and nothing else happens."""
    folder = write(tmp_path_factory.mktemp("pack"))
    name = data.draw(st.sampled_from(["pack.yaml", "policies/manners.yaml"]))
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    place = data.draw(st.integers(0, len(lines) - 1))
    key, colon, _ = lines[place].partition(":")
    damage = [
        "",
        key,
        f"{key}{colon} [[x]]",
        f"{key}{colon} {{a: {{b: c}}}}",
        f"{key}{colon} 7",
        f"{key}: ''",
    ]
    lines[place] = data.draw(
        st.sampled_from([*damage, "\t" + lines[place], lines[place] + "\n" + lines[place]])
    )
    (folder / name).write_text("\n".join(lines), encoding="utf-8")
    assert all(fault.message for fault in faults_of(folder))
