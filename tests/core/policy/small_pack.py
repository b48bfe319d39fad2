"""A small, sound pack, written where a test wants it and changed as a test wants it."""

from __future__ import annotations

from pathlib import Path

from sinmungo.core.kernel.values import PlainItem
from sinmungo.core.policy import (
    CompiledPack,
    Fault,
    PolicyFaults,
    Verdict,
    build_facts,
    compile_pack,
    load_pack,
)

PACK = """\
id: small
title: {ko: "작은 꾸러미", en: "A small pack"}
terms:
  insult: [바보, {words: [멍청이], score: 0.8, exceptions: [멍청이꽃]}]
patterns:
  shout: '!{5}'
sources:
  model: [rude]
queues:
  - {id: main, title: {ko: "기본", en: "Main"}, weight: 5}
"""
POLICY = """\
policy: manners
title: {ko: "예의", en: "Manners"}
severity: low
category: STATEMENT_CATEGORY_OTHER_VIOLATION_TC
report_reasons: [harassment]
guideline: {ko: guidelines/manners.ko.md, en: guidelines/manners.en.md}
grounds:
  - {id: terms, kind: terms, section: "1", territory: everywhere}
factors:
  - id: target
    ask: {ko: "사람을 향하나요?", en: "Is it aimed at a person?"}
    answers:
      - {id: yes, ko: "예", en: "Yes"}
      - {id: no, ko: "아니요", en: "No"}
outcomes:
  - {if: {target: yes}, then: {actions: [hide], territory: everywhere, ground: terms, strike: yes}}
  - {if: {target: no}, then: {}}
rules:
"""
RULE = """\
  - id: insult
    when: signals.terms.insult >= 0.5
    propose: {actions: [hide], queue: main, priority: +10}
    ceiling: assist
"""


def write(folder: Path, *, rules: str = RULE, pack: str = PACK, policy: str = POLICY) -> Path:
    """Write the pack and return its folder."""
    (folder / "policies").mkdir(exist_ok=True)
    (folder / "guidelines").mkdir(exist_ok=True)
    (folder / "pack.yaml").write_text(pack, encoding="utf-8")
    (folder / "policies" / "manners.yaml").write_text(policy + rules, encoding="utf-8")
    (folder / "guidelines" / "manners.ko.md").write_text("# 예의\n서로 존중합니다.\n", encoding="utf-8")
    (folder / "guidelines" / "manners.en.md").write_text("# Manners\nBe kind.\n", encoding="utf-8")
    return folder


def rule(name: str, when: str, propose: str = "{actions: [hide]}", ceiling: str = "assist") -> str:
    """Return one rule's YAML; ``when`` must not hold single quotes."""
    return f"  - {{id: {name}, when: '{when}', propose: {propose}, ceiling: {ceiling}}}\n"


def faults_of(folder: Path) -> tuple[Fault, ...]:
    """Return the faults of a pack; none if it is sound."""
    try:
        load_pack(folder)
    except PolicyFaults as refused:
        return refused.faults
    return ()


def compiled(folder: Path, *rules: str) -> CompiledPack:
    """Return the pack with these rules, compiled."""
    return compile_pack(load_pack(write(folder, rules="".join(rules) or RULE)))


def judged(pack: CompiledPack, text: str) -> Verdict:
    """Return the verdict of a text, screened by the pack's own screeners."""
    from_screeners = [screener.screen([PlainItem(text=text)])[0] for screener in pack.screeners()]
    signals = [signal for found in from_screeners for signal in found]
    return pack.evaluate([build_facts(PlainItem(text=text), signals, pack)])[0]
