"""Rules evaluated on one core: a pack as one list expression, beside its rules one by one.

From a plain item with its signals to a verdict: building the facts is counted, screening is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from bench.figures import figure, rate
from bench.talk import texts
from sinmungo.core.kernel.values import PlainItem, PlainSignal
from sinmungo.core.kernel.words import ActionKind, DsaCategory, Level
from sinmungo.core.policy import (
    CompiledPack,
    PolicyDocument,
    Severity,
    Shared,
    Words,
    build_facts,
    compile_pack,
)
from sinmungo.core.policy.document import Condition, Guideline, Guidelines, Identifier, Proposes, Rule
from sinmungo.core.policy.expression import holds
from sinmungo.core.policy.pack import TermEntry

COMMAND = "python -m bench rules"
ITEMS = 2_000
LISTS = 20
#: Kinds of condition, and how many of a hundred rules are of each.
MIX: tuple[tuple[str, int, str], ...] = (
    ("a term list", 40, "signals.terms.list{list} >= 0.5"),
    ("two signals and the author's age", 20, "signals.contact.any > 0.0 && author.age_days < {days}.0"),
    ("signals summed", 10, "signals.terms.list{list} + signals.contact.link > 1.2"),
    ("reports", 15, "'harassment' in reports.reasons && reports.clusters >= {few}"),
    ("a word in the text", 10, "item.text.contains('{word}') && item.lang == 'ko'"),
    ("reach and history", 5, "item.reach > {days}000 && author.strikes + author.decided_before > {few}"),
)
_WORDS = ("당첨금", "입금표", "합격증", "가입비", "보증금", "선입금", "환전소", "급등주", "배당표", "추천주")


def run() -> list[dict[str, Any]]:
    """Measure 3 and 100 rules."""
    print("The mix of a hundred rules:", ", ".join(f"{count} {kind}" for kind, count, _ in MIX))
    few = [_condition(MIX[place][2], number) for number, place in enumerate((0, 1, 3))]
    many = [_condition(form, number) for _, count, form in MIX for number in range(count)]
    return [
        *_measured("rules_3", few, target=30_000, osprey=1_200),
        *_measured("rules_100", many, target=4_000, osprey=130),
    ]


def _condition(form: str, number: int) -> str:
    word = _WORDS[number % len(_WORDS)]
    return form.format(list=number % LISTS, days=3 + number, few=2 + number % 4, word=word)


def _measured(name: str, conditions: Sequence[str], *, target: int, osprey: int) -> list[dict[str, Any]]:
    pack = _pack(conditions)
    items = _items()
    verdicts = pack.evaluate([build_facts(item, signals, pack) for item, signals in items])
    matched = sorted(Counter(len(verdict.matched) for verdict in verdicts).items())
    print(f"{name}: {len(pack.reads)} facts read; items by how many rules match: {dict(matched)}")
    as_a_list = rate(partial(_as_a_list, pack, items))
    one_by_one = rate(partial(_one_by_one, pack, items[: ITEMS // 10]))
    return [
        figure(
            name,
            as_a_list,
            "items/s",
            target=target,
            peer="Osprey in process, its best (p)",
            peer_value=osprey,
            command=COMMAND,
        ),
        figure(
            f"{name}_beside_one_by_one",
            as_a_list,
            "items/s",
            peer="the same rules, each evaluated by itself, same run",
            peer_value=round(one_by_one, 1),
            command=COMMAND,
        ),
    ]


def _as_a_list(pack: CompiledPack, items: Sequence[tuple[PlainItem, list[PlainSignal]]]) -> int:
    pack.evaluate([build_facts(item, signals, pack) for item, signals in items])
    return len(items)


def _one_by_one(pack: CompiledPack, items: Sequence[tuple[PlainItem, list[PlainSignal]]]) -> int:
    for item, signals in items:
        facts = build_facts(item, signals, pack)
        needed = {name: facts[name] for name in pack.reads}
        for rule in pack.rules:
            holds(rule.condition, needed)
    return len(items)


def _items() -> list[tuple[PlainItem, list[PlainSignal]]]:
    """Return items of which one in ten has a link, one in fifty a term and one in fifty reports."""
    author: dict[str, float | str] = {
        "age_days": 420.5,
        "strikes": 0,
        "followers": 31,
        "country": "KR",
        "decided_before": 0,
    }
    every: tuple[tuple[int, Callable[[int], PlainSignal]], ...] = (
        (10, lambda _: PlainSignal("contact", "1", "link", 1.0)),
        (10, lambda _: PlainSignal("contact", "1", "any", 1.0)),
        (50, lambda number: PlainSignal("terms", "1", f"list{number // 50 % LISTS}", 0.8)),
    )
    return [
        (
            PlainItem(
                text=text,
                lang="ko",
                reach=number % 900,
                age_hours=1.5,
                author=author,
                reports={"count": 3, "clusters": 3, "reasons": ["harassment"]} if number % 50 == 7 else {},
            ),
            [make(number) for step, make in every if number % step == 0],
        )
        for number, text in enumerate(texts(ITEMS))
    ]


def _pack(conditions: Sequence[str]) -> CompiledPack:
    rules = tuple(
        Rule(Identifier(f"rule{number}"), Condition(condition), Proposes((ActionKind.HIDE,)), Level.ASSIST)
        for number, condition in enumerate(conditions)
    )
    policy = PolicyDocument(
        policy=Identifier("measured"),
        title=Words("측정", "Measured"),
        severity=Severity.LOW,
        category=DsaCategory.VIOLENCE,
        guideline=Guidelines(Guideline("# 측정"), Guideline("# Measured")),
        grounds=(),
        factors=(),
        outcomes=(),
        rules=rules,
    )
    shared = Shared(terms={f"list{number}": (TermEntry((f"낱말{number}",)),) for number in range(LISTS)})
    return compile_pack([policy], shared)
