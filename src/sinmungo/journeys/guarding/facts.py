"""What a rule found, said to the person affected in plain words.

It tells what kind of thing the rule looked at, and what it read of the account. It never tells which
list, bank or model spoke, or how strongly: the words are the same for all of them, so that nobody learns
who registered a picture, or where a threshold lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sinmungo.core.policy import MatchedRule, PolicyDocument

#: What is said of a fact, by the beginning of its name: Korean, English. The first that fits is taken.
_SAID: tuple[tuple[str, str, str], ...] = (
    ("item.text", "글의 내용", "what it says"),
    ("item.reach", "얼마나 널리 보였는지", "how widely it was seen"),
    ("item.", "올린 곳과 때, 언어", "where, when and in what language it was posted"),
    ("author.age_days", "계정을 만든 지 {value:.0f}일 된 것", "an account that is {value:.0f} days old"),
    ("author.strikes", "남아 있는 경고 {value:.0f}점", "strikes in force that weigh {value:.0f}"),
    ("author.decided_before", "전에 있었던 결정", "earlier decisions about the account"),
    ("author.", "계정에 알려진 사실", "what is known of the account"),
    ("reports.", "들어온 신고", "reports that came in"),
    ("signals.", "게시물에서 찾은 표현과 모습", "words and features that were found in it"),
)
_SENTENCE = {
    "ko": "‘{title}’ 규칙에 맞는 게시물로 판단했습니다. 규칙은 다음을 살폈습니다: {read}.",
    "en": "It was found to match the rule “{title}”. The rule looked at: {read}.",
}


def facts(rule: MatchedRule, policy: PolicyDocument, locale: str) -> str:
    """Return the sentences that a decision of ``rule`` states, in Korean or English."""
    language = "ko" if locale.startswith("ko") else "en"
    title = policy.rule(rule.rule).title or policy.title
    read = ", ".join(_said(rule.reads, language))
    return _SENTENCE[language].format(title=title.ko if language == "ko" else title.en, read=read)


def _said(reads: Mapping[str, Any], language: str) -> list[str]:
    said = [_of(name, value, language) for name, value in reads.items()]
    return list(dict.fromkeys(said))


def _of(name: str, value: Any, language: str) -> str:
    ko, en = next((ko, en) for start, ko, en in _SAID if name.startswith(start))
    number = float(value) if isinstance(value, int | float) else 0.0
    return (ko if language == "ko" else en).format(value=number)
