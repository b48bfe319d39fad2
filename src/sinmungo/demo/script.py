"""What the people of the demonstration find, say and object to. Everybody in it is invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sinmungo.core.kernel.words import ActionKind, ReportReason
from sinmungo.demo.sayings import Kind

PLATFORM: Final = "madang"
PLATFORM_NAME: Final = "동네마당"
KEY_FILE: Final = "madang.key"
SECRET_FILE: Final = "madang.secret"  # noqa: S105 - a name

#: Seed, accounts and posts of the story that both the platform and the play build.
STORY: Final = (7, 60, 240)

REVIEWER: Final = "demo-reviewer-2"
APPROVER: Final = "demo-reviewer-3"
HEARER: Final = "demo-hearer-2"
#: Who decided in the weeks before, beside the two above.
MORE_REVIEWERS: Final = ("demo-reviewer-4", "demo-reviewer-5")
#: Whom a visitor steps into.
VISITOR: Final = "demo-reviewer"
LEAD: Final = "demo-lead"
POLICY: Final = "demo-policy"
VENDOR_QUEUES: Final = ("commercial-sexual", "spam")


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence in both languages; which one is said depends on whom it is said to."""

    ko: str
    en: str

    def to(self, locale: str) -> str:
        """Return the sentence for somebody who reads ``locale``."""
        return self.en if locale == "en" else self.ko


@dataclass(frozen=True, slots=True)
class Finding:
    """What the reviewer answers to a policy's questions, and the facts the person is told.

    It fits a text in which one of ``words`` stands; without words, any. Ground, actions, territory and
    time follow from the policy's own outcome for these answers, unless ``instead`` names other actions,
    as a reviewer may; those on the account then end after ``days``.
    """

    policy: str
    answers: Mapping[str, str]
    facts: Line
    words: tuple[str, ...] = ()
    instead: tuple[ActionKind, ...] = ()
    ground: str = "terms"
    days: int = 0


@dataclass(frozen=True, slots=True)
class LivePost:
    """A post that a neighbour writes while the play runs, so that its policy was in force by then."""

    text: str
    reason: ReportReason
    words: str
    finding: Finding


NO_VIOLATION: Final = Line(
    "글을 앞뒤와 함께 읽어 보았고, 운영 정책에 어긋나는 점을 찾지 못했습니다.",
    "The post was read with what stands around it, and nothing in it breaks the policies.",
)

_OPEN_ADVERT = Finding(
    "commercial-sexual-services",
    {"offer": "yes", "contact": "yes", "coercion_or_minor": "no", "expression": "no"},
    Line(
        "성적 서비스를 알선하면서 연락할 메신저 아이디를 함께 적은 글입니다.",
        "The post offers paid companionship and gives a messenger name to arrange it.",
    ),
)
_VEILED_ADVERT = Finding(
    "commercial-sexual-services",
    {"offer": "implied", "contact": "yes", "coercion_or_minor": "no", "expression": "no"},
    Line(
        "은어로 성적 서비스를 알선하고 메신저 아이디를 적은 글입니다.",
        "In veiled words the post arranges a paid service and gives a messenger name.",
    ),
    words=("출장", "companionship"),
)
_EXPOSED = Finding(
    "personal-information",
    {"kind": "whereabouts", "whose": "minor", "intent": "expose"},
    Line(
        "학생으로 보이는 다른 사람의 이름과 학교, 연락처를 동의 없이 공개하는 글입니다.",
        "The post gives the name, school and contact of somebody who seems to be a pupil, without consent.",
    ),
)
_RUDE = Finding(
    "harassment-and-threats",
    {"threat": "no", "target": "private", "repeated": "no", "expression": "no"},
    Line(
        "이웃 한 사람의 이름을 들어 모욕하는 글입니다. 되풀이된 일은 아닙니다.",
        "The post insults a neighbour by name. It has not been repeated.",
    ),
)
_HOUNDING = Finding(
    "harassment-and-threats",
    {"threat": "no", "target": "private", "repeated": "yes", "expression": "no"},
    Line(
        "이웃 한 사람의 이름을 들어 모욕하는 글입니다. 같은 사람을 모욕한 글이 앞서도 있었습니다.",
        "The post insults a neighbour by name. The same person had been insulted before.",
    ),
    words=("쓰레기", "moron"),
)
_EXCLUDING = Finding(
    "hateful-conduct",
    {"target": "group", "attack": "exclude", "expression": "no"},
    Line(
        "한 집단의 사람들을 모두 깎아내리며 동네에서 내보내자고 하는 글입니다.",
        "The post demeans everybody of one group and wants them driven out.",
    ),
)
_ASKING = Finding(
    "non-consensual-intimate-imagery",
    {"act": "asks", "consent": "unsure", "minor": "no", "expression": "no"},
    Line(
        "아는 사람의 사진을 그 사람의 동의 없이 합성해 달라고 구하는 글입니다.",
        "The post asks for altered pictures of somebody without that person's consent.",
    ),
)
_OFFERING = Finding(
    "non-consensual-intimate-imagery",
    {"act": "sells", "consent": "unsure", "minor": "no", "expression": "no"},
    Line(
        "다른 사람의 사진을 받아 동의 없이 합성해 주겠다고 하는 글입니다.",
        "The post offers to alter pictures of other people without their consent.",
    ),
    words=("의뢰 받습니다", "I will make"),
)
_LURING = Finding(
    "spam-and-fraud",
    {"kind": "fraud", "loss": "unsure", "taken_over": "no"},
    Line(
        "당첨이나 수익을 내세워 의심스러운 주소로 들어가게 하는 글입니다.",
        "With a prize or a profit the post leads people to a suspicious address.",
    ),
)
#: What is found of posts of a kind: the first that fits the text.
FINDINGS: Final[Mapping[Kind, tuple[Finding, ...]]] = {
    Kind.ADVERT: (_VEILED_ADVERT, _OPEN_ADVERT),
    Kind.EXPOSURE: (_EXPOSED,),
    Kind.INSULT: (_HOUNDING, _RUDE),
    Kind.HATE: (_EXCLUDING,),
    Kind.PICTURES: (_OFFERING, _ASKING),
    Kind.SPAM: (_LURING,),
}

#: Decided for three days: a reviewer may choose less than the policy's thirty. Whether to appeal is left
#: to the visitor.
LOCKED_OUT: Final = LivePost(
    "축하합니다! 동네마당 회원 무료 상품권 당첨! 지금 바로 확인 http://gift.example/w77",
    ReportReason.SPAM,
    "눌러 보니 개인정보를 적으라고 합니다. 다른 분들이 속을까 걱정됩니다.",
    Finding(
        "spam-and-fraud",
        {"kind": "fraud", "loss": "no", "taken_over": "no"},
        Line(
            "상품권에 당첨되었다고 속여 의심스러운 주소로 들어가게 하는 글입니다.",
            "With an invented prize the post leads people to a suspicious address.",
        ),
        instead=(ActionKind.REMOVE, ActionKind.SUSPEND),
        days=3,
    ),
)
#: A mistake: the word is spoken of, not used. The appeal puts it right.
MISTAKEN: Final = LivePost(
    "오늘 도서관에서 아이들과 '멍청이', '바보' 같은 말이 왜 상처가 되는지 이야기했습니다. "
    "다음 주에도 모입니다.",
    ReportReason.HARASSMENT,
    "욕설이 들어 있습니다.",
    Finding(
        "harassment-and-threats",
        {"threat": "no", "target": "private", "repeated": "yes", "expression": "no"},
        Line(
            "이웃을 낮추어 부르는 말이 여러 차례 나오는 글입니다.",
            "Words that demean neighbours stand in the post several times.",
        ),
        instead=(ActionKind.REMOVE, ActionKind.LIMIT_INTERACTION),
        days=7,
    ),
)
#: Written while the play runs, in this order.
LIVE: Final[Mapping[str, LivePost]] = {"locked_out": LOCKED_OUT, "mistaken": MISTAKEN}

SAID_BY_THE_MISTAKEN: Final = (
    "저는 아무도 욕하지 않았습니다. 아이들과 나눈 이야기를 적으면서 그 말을 인용했을 뿐입니다. "
    "글을 끝까지 읽어 주시기 바랍니다."
)
PUT_RIGHT: Final = (
    "글 전체를 다시 읽었습니다. 그 말들은 왜 상처가 되는지 설명하려고 인용한 것이고, 누구도 향하지 않습니다. "
    "앞선 결정이 잘못되었으므로 모두 되돌립니다. 불편을 드려 죄송합니다."
)

#: What others write who object, in turn; the first of them is heard and answered with ``UPHELD``.
APPEALS: Final = (
    Line(
        "화가 나서 쓴 글이고 곧 지우려고 했습니다. 다시 봐 주시면 좋겠습니다.",
        "I was angry when I wrote it and meant to delete it. Please look again.",
    ),
    Line(
        "광고인 줄 모르고 남의 글을 옮겼습니다. 계정을 돌려주십시오.",
        "I passed on somebody else's post and did not know it was an advertisement. Please undo this.",
    ),
    Line(
        "무엇이 문제인지 잘 모르겠습니다. 어느 부분이 정책에 어긋나는지 알려 주십시오.",
        "I do not see what is wrong. Please tell me which part breaks which policy.",
    ),
    Line(
        "가족이 제 전화기로 올렸습니다. 비밀번호를 바꾸었습니다.",
        "Somebody in my family posted it from my phone. I have changed the password.",
    ),
)
UPHELD: Final = Line(
    "글과 신고를 다시 살펴보았습니다. 다른 사람에게 실제로 해가 될 수 있는 내용이고, "
    "정책이 정한 가장 좁은 조치였습니다. 결정은 그대로 둡니다.",
    "The post and the reports were read again. It can do real harm to another person, and what was done is "
    "the narrowest measure in the policy. The decision stays.",
)
#: What a person writes whose report was answered with "no violation".
STILL_TROUBLED: Final = Line(
    "저에게는 여전히 불편한 글입니다. 다른 분이 한 번 더 읽어 주셨으면 합니다.",
    "It still troubles me. I would like somebody else to read it once more.",
)
#: What people without an account write when they report.
FROM_OUTSIDE: Final = Line(
    "회원은 아니지만 이 글을 보고 걱정이 되어 알려 드립니다.",
    "I am not a member, but this post worries me.",
)
