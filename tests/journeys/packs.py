"""Small packs whose rules really match, for journeys."""

from __future__ import annotations

from dataclasses import replace

from sinmungo.core.kernel.words import ActionKind, Level
from sinmungo.core.policy import Pack, Proposes, Rule, Shared, TermEntry, Words
from tests.apps.review.made import PACK, THREATS

THREAT = "내일 다시 오면 가만두지 않겠다고 적었습니다."
QUIET = "오늘은 강가를 천천히 걸었습니다."
WATCHED = "이 낱말은 지켜보기만 합니다: 파랑새"

WATCH = Rule(
    id="watched",
    when="signals.terms.watched > 0.0",
    propose=Proposes((ActionKind.HIDE,), queue="threats"),
    ceiling=Level.SHADOW,
)
REPORTED = Rule(
    id="reported-often",
    when="reports.clusters >= 2",
    propose=Proposes(queue="privacy", priority=10),
    ceiling=Level.ASSIST,
)
MATCHING: Pack = replace(
    PACK,
    id="matching",
    shared=Shared(
        terms={"threat": (TermEntry(("가만두지 않",), 0.9),), "watched": (TermEntry(("파랑새",)),)},
        queues=PACK.shared.queues,
    ),
    policies=(replace(THREATS, rules=(*THREATS.rules, WATCH, REPORTED)),),
)
STRICTER: Pack = replace(
    MATCHING,
    title=Words("더 엄한 정책", "A stricter pack"),
    shared=replace(MATCHING.shared, terms={**MATCHING.shared.terms, "threat": (TermEntry(("강가",), 0.8),)}),
)
KNOWN = Rule(
    id="known-file",
    when="signals.match.known_files >= 0.878",
    propose=Proposes(queue="threats"),
    ceiling=Level.ASSIST,
)
KNOWING: Pack = replace(
    MATCHING,
    id="knowing",
    shared=replace(MATCHING.shared, sources={"match": ("known_files",)}),
    policies=(replace(THREATS, rules=(*THREATS.rules, KNOWN)),),
)
