"""What each letter must say, and must never say."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from sinmungo.apps.statements import letters
from sinmungo.apps.statements.letters import AppealWay
from tests.apps.statements.letters import LETTERS, TOLD_AT, html_of, text_of

GOLDEN = Path(__file__).parents[2] / "golden" / "letters"
LOCALES = ("ko", "en")
EVERY = [(name, locale) for name in LETTERS for locale in LOCALES]
ACTED = ("automated-removal", "human-removal-under-law", "suspension-for-a-time", "warning-with-strike")

#: Nobody affected reads who reported, how many did, who decided, or what was noted inside.
NEVER_TO_AFFECTED = re.compile(
    r"신고자|신고한|신고하신|신고 ?\d|제보|검토자|reporter|reported|\breports?\b|flagged|reviewer|complain",
    re.I,
)
#: Nobody who reported reads what was done to the other person, or anything of their account.
NEVER_TO_REPORTER = re.compile(
    r"정지|숨김|내려졌|내림|제한 중|경고|계정 정지|suspend|taken down|hidden|strike|warning|post-41|가만두지",
    re.I,
)


@pytest.mark.parametrize(("name", "locale"), EVERY)
def test_letter_reads_as_it_was_approved(name: str, locale: str) -> None:
    """A letter says word for word what stands in its golden file."""
    golden = GOLDEN / f"{name}.{locale}.txt"
    assert text_of(name, locale) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "locale"), EVERY)
def test_letter_holds_one_heading_of_the_first_rank(name: str, locale: str) -> None:
    """A letter brings the page's one h1, the policy's own headings stand below."""
    assert html_of(name, locale).count("<h1") == 1


@pytest.mark.parametrize("name", [name for name in LETTERS if not name.startswith("reporter")])
def test_affected_person_never_reads_of_others(name: str) -> None:
    """No letter to the person affected names a reporter, a number of reports or a reviewer."""
    for locale in LOCALES:
        assert not NEVER_TO_AFFECTED.search(text_of(name, locale)), (name, locale)


@pytest.mark.parametrize("name", [name for name in LETTERS if name.startswith("reporter")])
def test_reporter_never_reads_what_was_done_to_whom(name: str) -> None:
    """No letter to a reporter tells the sanction, the item's number or its words."""
    for locale in LOCALES:
        assert not NEVER_TO_REPORTER.search(text_of(name, locale)), (name, locale)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", ACTED)
def test_summary_answers_what_since_where_until_and_what_now(name: str, locale: str) -> None:
    """The first sheet of a letter about an action says what, since when, and how to appeal until when."""
    summary = html_of(name, locale).split("</section>", 1)[0]
    since = (
        "2026년 11월 22일 오후 7시 46분(한국 시간)"
        if locale == "ko"
        else "22 November 2026, 7:46 pm (Korea time)"
    )
    deadline = "2027년 5월 22일(한국 시간)" if locale == "ko" else "22 May 2027 (Korea time)"
    assert since in summary
    assert deadline in summary
    assert 'href="/appeal/7KQ2M-X9D4F/"' in summary


def test_one_territory_is_named_where_the_law_holds() -> None:
    """A decision under a national law names the country, the act and the article."""
    korean, english = text_of("human-removal-under-law", "ko"), text_of("human-removal-under-law", "en")
    assert "대한민국에서 보이지 않게" in korean
    assert "「형법」 제283조" in korean
    assert "can no longer be seen in the Republic of Korea" in english
    assert "Criminal Act, Article 283" in english


@pytest.mark.parametrize("automated", ["fully", "partially", "not"])
def test_no_letter_claims_a_look_that_nobody_took(automated: str) -> None:
    """Without a recorded look no letter says that a person opened the item."""
    for name, content in LETTERS.items():
        unseen = replace(content, looked=False, automated=automated)
        for locale, claim in (("ko", "열어 보았습니다"), ("en", "A person opened")):
            letter = letters.render(
                unseen, locale=locale, policy=None, told_at=TOLD_AT, way=AppealWay("none")
            )
            assert claim not in letter, (name, locale)


def test_automatic_decision_says_so() -> None:
    """A letter about an automatic decision says that no person decided and none looked."""
    assert "사람 없이 자동으로 결정했습니다." in text_of("automated-removal", "ko")
    assert "열어 본 사람은 없습니다" in text_of("automated-removal", "ko")
    assert "Automatically, without a person." in text_of("automated-removal", "en")
    assert "Nobody opened the post" in text_of("automated-removal", "en")


def test_external_decision_claims_no_knowledge_of_our_own() -> None:
    """A letter about another tool's decision says whose it is and that no more is known."""
    assert "다른 도구" in text_of("external", "ko")
    assert "저희가 알지 못합니다" in text_of("external", "ko")
    assert "We do not know whether a person opened" in text_of("external", "en")


def test_reversal_admits_the_mistake() -> None:
    """A reversal says that the decision was wrong and what came back."""
    assert "저희의 잘못된 결정이었습니다" in text_of("reversed", "ko")
    assert "경고는 없어졌습니다" in text_of("reversed", "ko")
    assert "was our mistake" in text_of("reversed", "en")


@pytest.mark.parametrize("locale", LOCALES)
def test_words_of_others_are_never_markup(locale: str) -> None:
    """What a person posted, or a policy's author wrote, cannot become markup of the letter."""
    hostile = replace(LETTERS["automated-removal"], excerpt="<script>x</script>", facts="<b>굵게</b>")
    letter = letters.render(hostile, locale=locale, policy=None, told_at=TOLD_AT, way=AppealWay("open", "/a"))
    assert "<script>" not in letter
    assert "<b>" not in letter
    assert "<img" not in letters.guideline_html("![x](http://example.org/x.png) <i>y</i>\n\n# 제목")
    assert "<h3>" in letters.guideline_html("# 제목")


@pytest.mark.parametrize("state", ["waiting", "heard", "replaced", "closed"])
@pytest.mark.parametrize("locale", LOCALES)
def test_form_is_offered_only_while_it_is_open(state: str, locale: str) -> None:
    """A letter leads to the form only when an appeal can be made now."""
    assert "/appeal/" not in html_of("automated-removal", locale, state)
    assert "/appeal/" in html_of("automated-removal", locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_violation_without_an_action_claims_none(locale: str) -> None:
    """A decision that does nothing is told as such and never as a warning."""
    content = replace(LETTERS["automated-removal"], actions=())
    letter = letters.render(content, locale=locale, policy=None, told_at=TOLD_AT, way=AppealWay("open", "/a"))
    assert ("없음" if locale == "ko" else "Nothing") in letter
    assert ("경고를 드립니다" if locale == "ko" else "This is a warning") not in letter


@pytest.mark.parametrize(("locale", "sorry"), [("ko", "사과드립니다"), ("en", "we are sorry")])
def test_who_was_wronged_by_the_hundred_reads_an_apology(locale: str, sorry: str) -> None:
    """The letter of a restoration names the error, apologises, and lists what was taken back."""
    text = text_of("restored", locale)
    assert sorry in text
    assert LETTERS["restored"].facts in text
    for part in ("정지", "숨김", "2점") if locale == "ko" else ("suspension", "hiding", "2 points"):
        assert part in text


@pytest.mark.parametrize("locale", LOCALES)
def test_a_letter_made_before_there_were_apologies_reads_as_it_did(locale: str) -> None:
    """A letter of version 1 keeps the words it was first read in, whatever later versions say."""
    way = AppealWay("none")
    content = LETTERS["restored"]
    old = letters.render(content, locale=locale, policy=None, told_at=TOLD_AT, way=way, version=1)
    assert ("앞선 결정이 잘못되어 되돌렸습니다" if locale == "ko" else "An earlier decision was wrong") in old
    appealed = replace(content, source="appeal")
    for version in (1, 2):
        now = letters.render(appealed, locale=locale, policy=None, told_at=TOLD_AT, way=way, version=version)
        assert "사과드립니다" not in now and "we are sorry" not in now


@pytest.mark.parametrize("locale", LOCALES)
def test_an_apology_for_what_a_person_decided_does_not_blame_a_machine(locale: str) -> None:
    """Where people had decided, the letter does not say that nobody looked."""
    by_person = letters.render(
        LETTERS["restored"], locale=locale, policy=None, told_at=TOLD_AT, way=AppealWay("none")
    )
    said = "사람이 확인하지 않은 채" if locale == "ko" else "without a person looking"
    assert said not in by_person
    assert said in html_of("restored", locale)
