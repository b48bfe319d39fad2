"""What colleagues of the demonstration found, kept and wrote in the two weeks before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from sinmungo.apps.review.services.reasons import ReasonText
from sinmungo.core.kernel.words import ActionKind
from sinmungo.demo.sayings import Kind
from sinmungo.demo.script import FINDINGS, Finding, Line

_REPEATED = Finding(
    "spam-and-fraud",
    {"kind": "bulk", "loss": "no", "taken_over": "no"},
    Line(
        "같은 광고와 주소를 여러 곳에 되풀이해 올린 글입니다.",
        "The post repeats the same advertisement and address that stand in several places.",
    ),
)
_EXPOSED = Finding(
    "personal-information",
    {"kind": "whereabouts", "whose": "other", "intent": "expose"},
    Line(
        "다른 사람의 이름과 다니는 곳을 밝히고 찾아가도록 부추기는 글입니다.",
        "The post tells somebody's name and whereabouts and calls on others to go there.",
    ),
)
#: As in the play, but nobody is kept out for long: the authors of these days write in the play too.
PAST_FINDINGS: Final[Mapping[Kind, tuple[Finding, ...]]] = MappingProxyType(
    {
        **FINDINGS,
        Kind.SPAM: (_REPEATED,),
        Kind.EXPOSURE: (_EXPOSED,),
        Kind.PICTURES: tuple(
            replace(each, instead=(ActionKind.REMOVE,), answers={**each.answers, "minor": "no"})
            for each in FINDINGS[Kind.PICTURES]
        ),
    }
)

#: Whose questions a reviewer asks of what breaks nothing.
ASKED: Final = "harassment-and-threats"
#: Seconds that reviewers had a case before them, in turn.
SECONDS: Final = (24, 41, 33, 75, 52, 18, 96, 38, 61, 29, 140)

REASONS: Final = (
    ReasonText(
        title_ko="되풀이된 광고",
        title_en="Repeated advertisement",
        body_ko="같은 광고가 {{where}}에도 올라와 있습니다. 글에 적힌 주소는 {{address}} 입니다.",
        body_en="The same advertisement also stands at {{where}}. The address in it is {{address}}.",
        policy="spam-and-fraud",
    ),
    ReasonText(
        title_ko="메신저로 이끄는 성매매 광고",
        title_en="Sexual services, arranged by messenger",
        body_ko="글의 {{part}} 부분에서 성적 서비스를 알선하고 메신저 아이디를 적었습니다.",
        body_en="In {{part}} the post offers sexual services and gives a messenger name.",
        policy="commercial-sexual-services",
    ),
    ReasonText(
        title_ko="다른 사람의 정보 공개",
        title_en="Somebody else's information",
        body_ko="본인의 동의 없이 {{what}} 정보를 공개한 글입니다. 그 부분을 가리면 다시 올리실 수 있습니다.",
        body_en="Without consent the post tells {{what}}. With that part hidden it may be posted again.",
        policy="personal-information",
    ),
    ReasonText(
        title_ko="이웃을 모욕하는 말",
        title_en="Words that demean a neighbour",
        body_ko="이웃 한 사람을 두고 “{{quote}}”라고 쓴 글입니다.",
        body_en="Of one neighbour the post says “{{quote}}”.",
        policy="harassment-and-threats",
    ),
    ReasonText(
        title_ko="어긋나는 점 없음",
        title_en="Nothing breaks a policy",
        body_ko="글을 앞뒤와 함께 읽었고, 운영 정책에 어긋나는 점을 찾지 못했습니다.",
        body_en="The post was read with what stands around it, and nothing in it breaks the policies.",
    ),
)
NOTES: Final = (
    "지난주에도 비슷한 글이 있었습니다. 비슷한 심사 건을 먼저 확인해 주세요.",
    "The same address stands in three other posts of this account.",
    "그림 안에 연락처가 적혀 있습니다. 본문에는 없습니다.",
)
SNOOZED_NOTE: Final = "다른 부서에 주소를 확인해 달라고 부탁했습니다. 답이 오면 다시 보겠습니다."
ESCALATED_NOTE: Final = "공익을 위한 고발인지 판단이 어렵습니다. 선임 검토를 부탁드립니다."
GOLD_WHY: Final = "여러 사람이 함께 검토해 정한 보기입니다. 정책의 질문에 나온 뜻 그대로 답하면 됩니다."
SECOND_WORDS: Final = "앞뒤 글을 보면 한 사람을 향한 말이 아니라고 읽었습니다."
OBJECTED: Final = Line(
    "제 글을 다시 읽어 주세요. 누구에게도 해를 끼치려는 뜻이 없었습니다.",
    "Please read my post again. I did not mean to harm anybody.",
)
OVERTURNED: Final = Line(
    "글과 앞뒤 맥락을 다시 살폈습니다. 정책이 말하는 경우에 해당하지 않아 앞선 결정을 되돌립니다.",
    "The post was read again with its context. It is not what the policy means, and the decision is undone.",
)
