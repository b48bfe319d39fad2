"""Invented letters of every kind, as the golden files keep them."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime

from sinmungo.apps.statements import letters
from sinmungo.apps.statements.content import ActionTold, Content, GroundTold
from sinmungo.apps.statements.letters import AppealWay, Lifted
from sinmungo.core.policy import PolicyDocument
from tests.apps.review.made import THREATS

TOLD_AT = datetime(2026, 11, 22, 10, 46, 5, tzinfo=UTC)
MADE_AT = "2026-11-22T10:46:00+00:00"
TERMS = GroundTold(
    kind="terms",
    section="3.2",
    gist_ko="남을 해치겠다고 말하는 글을 금지합니다",
    gist_en="forbids saying that one will harm another",
)
LAW = GroundTold(
    kind="law",
    jurisdiction="KR",
    act_ko="형법",
    act_en="Criminal Act",
    article="283",
    gist_ko="사람을 협박한 행위를 처벌한다",
    gist_en="punishes threatening a person",
)
BASE = Content(
    audience="affected",
    outcome="restricted",
    case_code="7KQ2M-X9D4F",
    platform_name="하늘마당",
    time_zone="Asia/Seoul",
    made_at=MADE_AT,
    item_type="post",
    item_external_id="post-41",
    excerpt="너 다시 나타나면 가만두지 않겠다",
    posted_at="2026-11-21T02:05:00+00:00",
    facts="다른 이용자에게 해를 끼치겠다는 뜻으로 읽히는 문장이 있습니다.",
    ground=TERMS,
    policy_digest="0" * 64,
    policy_slug="threats",
    policy_in_force_since="2026-10-01T00:00:00+00:00",
    category="STATEMENT_CATEGORY_VIOLENCE",
)


def _action(kind: str, territory: str = "everywhere", ends: str | None = None) -> ActionTold:
    return ActionTold(kind, territory, MADE_AT, ends)


_REPORTER = replace(
    BASE,
    audience="reporter",
    excerpt="",
    posted_at="",
    facts="",
    ground=None,
    looked=True,
    report_reason="harassment",
    report_day="2026-11-20",
)
LETTERS = {
    "automated-removal": replace(
        BASE,
        actions=(_action("remove"),),
        automated="fully",
        detected_automatically=True,
        source="automation",
    ),
    "human-removal-under-law": replace(BASE, actions=(_action("hide", "KR"),), ground=LAW, looked=True),
    "suspension-for-a-time": replace(
        BASE,
        actions=(_action("remove"), _action("suspend", ends="2026-11-29T10:46:00+00:00")),
        looked=True,
        strike_weight=2,
    ),
    "warning-with-strike": replace(BASE, actions=(_action("warn"),), automated="partially", strike_weight=1),
    "no-violation": replace(BASE, outcome="no_violation", facts="", ground=None, looked=True),
    "reversed": replace(
        BASE,
        outcome="reversed",
        ground=None,
        looked=True,
        source="appeal",
        supersedes_case_code="2ABCD-3EFGH",
    ),
    "restored": replace(
        BASE,
        outcome="reversed",
        item_type="account",
        excerpt="",
        posted_at="",
        facts="도배를 찾는 자동 규칙이 평범한 글을 도배로 잘못 보았습니다.",
        ground=None,
        automated="fully",
        source="restoration",
        supersedes_case_code="2ABCD-3EFGH",
    ),
    "partly-reversed": replace(
        BASE,
        outcome="partly_reversed",
        actions=(_action("remove"),),
        looked=True,
        source="appeal",
        supersedes_case_code="2ABCD-3EFGH",
    ),
    "external": replace(
        BASE,
        actions=(_action("suspend"),),
        item_type="account",
        excerpt="",
        posted_at="",
        ground=GroundTold(kind="terms", text="운영 규칙 7조, 반복 도배"),
        policy_digest="",
        policy_slug="",
        policy_in_force_since="",
        automated="fully",
        detected_automatically=True,
        source="external",
    ),
    "reporter-acted": replace(_REPORTER, outcome="acted"),
    "reporter-no-violation": replace(_REPORTER, outcome="no_violation"),
    "reporter-reversed": replace(_REPORTER, outcome="reversed", source="appeal"),
}
LIFTED = Lifted(actions=(_action("suspend"), _action("hide", "KR")), strike_weight=2, was_automatic=True)
_WITHOUT_APPEAL = frozenset({"no-violation", "reversed", "restored", "reporter-acted"})


def html_of(name: str, locale: str, state: str = "") -> str:
    """Return an invented letter as HTML."""
    content = LETTERS[name]
    policy: PolicyDocument | None = THREATS if content.policy_digest else None
    found = state or ("none" if name in _WITHOUT_APPEAL else "open")
    way = AppealWay(found, "/appeal/7KQ2M-X9D4F/")  # type: ignore[arg-type]
    lifted = LIFTED if name == "restored" else Lifted()
    return letters.render(content, locale=locale, policy=policy, told_at=TOLD_AT, way=way, lifted=lifted)


def text_of(name: str, locale: str, state: str = "") -> str:
    """Return the words of an invented letter, one block a line."""
    marked = re.sub(r"<(dt|dd|p|h\d|li|summary|blockquote)\b", r"\n<\1", html_of(name, locale, state))
    words = html.unescape(re.sub(r"<[^>]+>", "", marked))
    lines = (" ".join(line.split()) for line in words.splitlines())
    return "\n".join(line for line in lines if line) + "\n"
