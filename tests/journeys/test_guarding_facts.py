"""What a decision that a rule made alone says of what it found."""

from __future__ import annotations

import pytest

from sinmungo.core.kernel.words import Level
from sinmungo.core.policy import MatchedRule
from sinmungo.journeys.guarding.facts import facts
from tests.apps.autonomy import made


def said(reads: dict[str, object], locale: str = "ko") -> str:
    """Return what is said of a rule that read so much."""
    rule = MatchedRule(made.SUSPENDS, "spam", reads, made.SPAM.rules[0].propose, Level.AUTO)
    return facts(rule, made.SPAM, locale)


def test_it_names_the_rule_and_what_it_looked_at_in_the_readers_language():
    """Title and what was read stand there in Korean or English; any other language gets English."""
    reads = {"signals.terms.gifts": 0.93, "author.age_days": 3.2, "item.text": "(20 characters)"}
    assert said(reads) == (
        "‘거짓 선물 글을 올린 계정’ 규칙에 맞는 게시물로 판단했습니다. 규칙은 다음을 살폈습니다: "
        "게시물에서 찾은 표현과 모습, 계정을 만든 지 3일 된 것, 글의 내용."
    )
    english = said(reads, "en")
    assert "Accounts that post false gifts" in english
    assert "an account that is 3 days old" in english
    assert said(reads, "vi") == english


@pytest.mark.parametrize("locale", ["ko", "en"])
def test_a_bank_a_model_and_a_list_are_told_in_the_same_words(locale):
    """Nobody learns from a statement whether a picture was registered, or how near a threshold lies."""
    told = {
        said({name: value}, locale)
        for name, value in (
            ("signals.match.protected", 0.99),
            ("signals.learned.spam", 0.71),
            ("signals.terms.gifts", 1.0),
            ("signals.patterns.lure", 0.6),
        )
    }
    assert len(told) == 1


def test_what_was_read_twice_is_said_once():
    """Two lists make one phrase."""
    reads = {"signals.terms.gifts": 1.0, "signals.contact.any": 0.9}
    assert said(reads).count("표현과 모습") == 1
