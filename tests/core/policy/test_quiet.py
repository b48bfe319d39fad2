"""Items of which no source says anything are evaluated together, with the same result as alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.kernel.values import PlainItem, PlainSignal
from sinmungo.core.policy import CompiledPack, build_facts
from sinmungo.core.policy.expression import EvaluationError, holds
from tests.core.policy.small_pack import RULE, compiled, rule

WHEN = {
    "never-quiet": "signals.terms.insult >= 0.5 && item.reach > 10",
    "no-signal": 'signals.terms.insult == 0.0 && item.lang == "en"',
    "by-number": "item.reach > 100 || author.age_days > 5.0",
    "by-text": 'item.text.contains("가") && item.type == "room"',
    "divides": "signals.model.rude > 0.5 && 10 / item.reach > 1",
    "divides-always": '10 / item.reach > 9 && item.type == "message"',
    "late": '"model" in signals.degraded',
    "reported": '"spam" in reports.reasons',
    "country": 'item.country == "KR" ? author.followers > 3 : false',
}
ITEMS = st.builds(
    PlainItem,
    type=st.sampled_from(["post", "room", "message"]),
    text=st.sampled_from(["", "가", "나\0가"]),
    lang=st.sampled_from(["", "en"]),
    country=st.sampled_from(["", "KR"]),
    reach=st.sampled_from([0, 1, 50, 500]),
    author=st.sampled_from([{}, {"age_days": 9.0}, {"followers": 5}]),
    reports=st.sampled_from([{}, {"reasons": ["spam"]}]),
)
SIGNALS = st.lists(
    st.sampled_from(
        [
            PlainSignal("terms", "1", "insult", 0.8),
            PlainSignal("model", "1", "rude", 0.7),
            PlainSignal("model", "1", "degraded", 1.0),
        ]
    ),
    max_size=1,
)


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> list[CompiledPack]:
    """Packs of one rule each, and one of those that say nothing of a quiet item."""
    made = [
        compiled(tmp_path_factory.mktemp(name), rule(name, when, "{queue: main}"))
        for name, when in WHEN.items()
    ]
    quiet = [rule(name, WHEN[name], "{queue: main}") for name in ("never-quiet", "divides", "late")]
    return [*made, compiled(tmp_path_factory.mktemp("quiet"), RULE, *quiet)]


def one_by_one(pack: CompiledPack, facts: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return the rules that match and those that err, each evaluated alone on all facts."""
    plain = {**facts, "item.text": facts["item.text"].replace("\0", "\ufffd")}
    matched, errors = [], []
    for each in pack.rules:
        try:
            if holds(each.condition, plain):
                matched.append(str(each.rule.id))
        except EvaluationError:
            errors.append(str(each.rule.id))
    return matched, errors


@settings(deadline=None)
@given(st.lists(st.tuples(ITEMS, SIGNALS), min_size=1, max_size=6))
def test_a_verdict_does_not_depend_on_what_came_before(
    packs: list[CompiledPack], batch: list[tuple[PlainItem, list[PlainSignal]]]
) -> None:
    """Whatever numbers, texts and signals come in whatever order, each item has the verdict it has alone."""
    for pack in packs:
        facts = [build_facts(item, signals, pack) for item, signals in batch]
        for verdict, own in zip(pack.evaluate(facts), facts, strict=True):
            told = [match.rule for match in verdict.matched], [error.rule for error in verdict.errors]
            assert told == one_by_one(pack, own)


def test_the_kinds_remembered_are_bounded(tmp_path: Path) -> None:
    """A platform that sends ever new words for the language gets its verdicts all the same."""
    pack = compiled(tmp_path, rule("english", WHEN["no-signal"], "{queue: main}"))
    facts = [build_facts(PlainItem(lang=f"x-{place}"), [], pack) for place in range(1_100)]
    facts.append(build_facts(PlainItem(lang="en"), [], pack))
    assert [len(verdict.matched) for verdict in pack.evaluate(facts)] == [0] * 1_100 + [1]
