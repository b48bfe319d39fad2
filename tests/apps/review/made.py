"""Invented rows for tests of review: a platform, a small policy, people, and posts that wait."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sinmungo.apps.base import clock, ids
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement.proposals import ProposedAction
from sinmungo.apps.items.models import Item, Platform, Version
from sinmungo.apps.policies import queries as policy_queries
from sinmungo.apps.policies import services as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Approval, Case
from sinmungo.apps.screening.models import Signal, Verdict
from sinmungo.apps.staff import services as staff
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.ids import derived_id
from sinmungo.core.kernel.words import ActionKind, DsaCategory, GroundKind, Level, PlatformMode, ReportReason
from sinmungo.core.policy import (
    Answer,
    Factor,
    Ground,
    MatchedRule,
    Outcome,
    Pack,
    PolicyDocument,
    Proposes,
    Queue,
    Rule,
    Severity,
    Shared,
    Then,
    Words,
)
from sinmungo.core.policy.document import Guidelines, Ladder, Step, Strikes
from sinmungo.journeys import review as journey

_numbers = itertools.count(1)

WORDS = "너 다시 나타나면 가만두지 않겠다"
YES_NO = (Answer("yes", "예", "Yes"), Answer("no", "아니요", "No"))
THREATS = PolicyDocument(
    policy="threats",
    title=Words("위협", "Threats"),
    severity=Severity.HIGH,
    category=DsaCategory.VIOLENCE,
    guideline=Guidelines(
        "# 위협\n\n남을 해치겠다고 말하지 않습니다.", "# Threats\n\nNobody is threatened here."
    ),
    grounds=(
        Ground(id="terms", kind=GroundKind.TERMS, territory=("everywhere",), section="3.2"),
        Ground(
            id="kr-283",
            kind=GroundKind.LAW,
            territory=("KR",),
            act=Words("형법", "Criminal Act"),
            article="283",
            gist=Words("협박을 처벌한다", "punishes threats"),
        ),
    ),
    factors=(
        Factor(
            id="directed",
            ask=Words("특정한 사람을 향하나요?", "Is it directed at somebody?"),
            answers=YES_NO,
            help=Words("이름이나 호칭을 보세요.", "Look for a name."),
            suggested_by="signals.terms.threat",
        ),
        Factor(
            id="imminent",
            ask=Words("곧 해치겠다는 뜻인가요?", "Is harm announced for soon?"),
            answers=YES_NO,
            urgent_on=("yes",),
        ),
    ),
    outcomes=(
        Outcome(
            {"directed": ("yes",), "imminent": ("yes",)},
            Then(
                (ActionKind.REMOVE, ActionKind.SUSPEND), ("everywhere",), "terms", 30, strike=True, hold=True
            ),
        ),
        Outcome({"directed": ("yes",)}, Then((ActionKind.REMOVE,), ("everywhere",), "terms", strike=True)),
        Outcome(
            {"directed": ("no",), "imminent": ("yes",)},
            Then((ActionKind.HIDE,), ("everywhere",), "terms", refer="privacy"),
        ),
        Outcome(
            {"directed": ("no",)}, Then(), Words("누구를 향한 말이 아닙니다.", "It is directed at nobody.")
        ),
    ),
    report_reasons=(ReportReason.HARASSMENT,),
    rules=(
        Rule(
            id="threat-terms",
            when="signals.terms.threat >= 0.5",
            propose=Proposes((ActionKind.REMOVE,), queue="threats", priority=5),
            ceiling=Level.ASSIST,
        ),
    ),
    strikes=Strikes(1),
    ladder=Ladder(90, (Step(1, ActionKind.WARN), Step(2, ActionKind.SUSPEND, 7))),
)
PACK = Pack(
    id="small",
    title=Words("작은 정책", "A small pack"),
    shared=Shared(
        sources={"terms": ("threat",)},
        queues=(
            Queue("threats", Words("위협", "Threats"), 60),
            Queue("privacy", Words("개인정보", "Privacy"), 40),
        ),
    ),
    policies=(THREATS,),
)
MATCHED = MatchedRule(
    "threat-terms", "threats", {"signals.terms.threat": 0.9}, THREATS.rules[0].propose, Level.ASSIST
)


@dataclass(frozen=True)
class World:
    """A platform with the small pack in force and its queues."""

    platform: Platform
    version: PolicyVersion


def world(mode: PlatformMode = PlatformMode.FULL) -> World:
    """Make a platform on which the small pack is in force."""
    slug = f"haneul{next(_numbers)}"
    platform = Platform.objects.create(slug=slug, name="하늘마당", mode=mode, created_at=clock.now())
    pack = policies.load_pack(PACK, actor=SYSTEM)
    policies.adopt(platform=platform, pack=pack, begins=clock.now(), actor=SYSTEM)
    for queue in PACK.shared.queues:
        review.ensure_queue(
            slug=queue.id, title_ko=queue.title.ko, title_en=queue.title.en, weight=queue.weight
        )
    return World(platform, threats_in_force(platform))


def threats_in_force(platform: Platform) -> PolicyVersion:
    """Return the policy against threats as it is in force on a platform."""
    found = policy_queries.in_force(platform.slug, clock.now())
    assert found is not None
    return found.versions["threats"]


def proposed(case: Case, proposer: User, version: int) -> Approval:
    """Propose to suspend the account behind a case that ``proposer`` holds for a month."""
    result = journey.decide_case(
        case=case,
        user=proposer,
        expected_version=version,
        judgement=journey.Judgement(
            violation=True,
            facts="특정한 사람을 해치겠다고 거듭 말합니다.",
            policy_version=threats_in_force(case.item.platform),
            ground="terms",
            actions=(ProposedAction(ActionKind.SUSPEND, lasts=timedelta(days=30)),),
            answers={"directed": "yes", "imminent": "no"},
            state_version=0,
        ),
    )
    assert isinstance(result, Approval)
    return result


def member(role: str = "reviewer", name: str = "", platform: str = "", queues: Sequence[str] = ()) -> User:
    """Make a person who works here; a vendor reviewer works on threats unless ``queues`` says otherwise."""
    number = next(_numbers)
    return staff.add_member(
        username=f"person{number}",
        pseudonym=name or f"검토자 {number:02}",
        role=role,
        platform=platform,
        queues=queues or (("threats",) if role == "vendor" else ()),
        at=clock.now(),
        actor=SYSTEM,
    )


def post(platform: Platform, text: str = WORDS, **attributes: Any) -> tuple[Item, Version]:
    """Make a post by an invented account, as it was seen once."""
    number = next(_numbers)
    account = _item(platform, "account", f"nuri-{number}")
    room = _item(platform, "room", f"room-{number}")
    item = _item(platform, "post", f"post-{number}", author=account, container=room)
    return item, seen(item, text, **attributes)


def seen(item: Item, text: str, **attributes: Any) -> Version:
    """Make a version of an item."""
    return Version.objects.create(
        id=ids.new_id(),
        item=item,
        platform=item.platform,
        event_id=f"event-{next(_numbers)}",
        event_digest=b"\0" * 32,
        kind="created",
        occurred_at=clock.now(),
        received_at=clock.now(),
        text=text,
        attributes=json.dumps(attributes),
    )


def judged(version: Version, score: float = 0.9, span: tuple[int, int] | None = (2, 9)) -> Verdict:
    """Make a signal of a term list on a version, and the verdict that came of it."""
    at = clock.now()
    start, end = span or (None, None)
    Signal.objects.create(
        version=version,
        source="terms",
        source_version="1",
        name="threat",
        score=score,
        evidence="다시 나타나면",
        span_start=start,
        span_end=end,
        at=at,
    )
    found = policy_queries.in_force(version.platform_id, at)
    assert found is not None
    return Verdict.objects.create(
        id=ids.new_id(),
        version=version,
        pack=found.pack,
        facts_schema=1,
        document=json.dumps({"matched": [{"rule": "threat-terms", "policy": "threats"}]}),
        proposed="remove",
        at=at,
    )


def waiting_case(platform: Platform, text: str = WORDS, at: datetime | None = None) -> Case:
    """Make a post that a rule matched, and the case that waits for a person."""
    item, version = post(platform, text)
    return review.gather(
        item=item,
        version=version,
        verdict=judged(version),
        queue="threats",
        matched=[MATCHED],
        report_facts={"count": 3, "clusters": 2, "reasons": ["harassment"], "right": 1, "answered": 2},
        at=at or clock.now(),
        actor=SYSTEM,
    )


def _item(platform: Platform, kind: str, external_id: str, **links: Item) -> Item:
    return Item.objects.create(
        id=derived_id(platform.slug, kind, external_id),
        platform=platform,
        type=kind,
        external_id=external_id,
        first_seen_at=clock.now(),
        **links,
    )
