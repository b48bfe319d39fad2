"""Invented rows for tests of autonomy: a platform whose rules may act alone, automations, acts, audits."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sinmungo.apps.autonomy.models import Act, Audit, Automation, Epoch, LevelChange
from sinmungo.apps.base import clock, ids
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.base.actors import automation as actor_of
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.enforcement.proposals import Proposal, ProposedAction
from sinmungo.apps.items.models import Item, Platform, Version
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Assignment
from sinmungo.apps.screening.models import Verdict
from sinmungo.core.kernel.ids import derived_id
from sinmungo.core.kernel.words import (
    ACCOUNT_ACTIONS,
    ActionKind,
    DecisionSource,
    DsaCategory,
    GroundKind,
    Level,
    PlatformMode,
)
from sinmungo.core.policy import (
    Ground,
    Pack,
    PolicyDocument,
    Proposes,
    Queue,
    Rule,
    Severity,
    Shared,
    TermEntry,
    Words,
)
from sinmungo.core.policy.document import Guidelines, Ladder, Step, Strikes
from sinmungo.journeys import adopt, decide
from tests.common import factories

_numbers = itertools.count(1)

#: A text that every rule of the pack matches; nothing else does.
GIFTS = "선물폭탄 보내 드려요, 지금 눌러 보세요"
#: The rules of the pack: what each proposes, and that all may come to act alone but the last.
SUSPENDS, HIDES, ASSISTS = "gifts-suspend", "gifts-hide", "gifts-assist"
SPAM = PolicyDocument(
    policy="spam",
    title=Words("도배와 속임수", "Spam"),
    severity=Severity.MEDIUM,
    category=DsaCategory.SCAMS,
    guideline=Guidelines("# 도배\n\n거짓 선물로 꾀지 않습니다.", "# Spam\n\nLure nobody with false gifts."),
    grounds=(
        Ground(id="terms", kind=GroundKind.TERMS, territory=("everywhere",), section="4.1"),
        Ground(
            id="kr-act",
            kind=GroundKind.LAW,
            territory=("KR",),
            act=Words("형법", "Criminal Act"),
            article="347",
            gist=Words("속임수를 처벌한다", "punishes fraud"),
        ),
    ),
    factors=(),
    outcomes=(),
    rules=(
        Rule(
            SUSPENDS,
            "signals.terms.gifts >= 0.5",
            Proposes((ActionKind.SUSPEND,), queue="spam", priority=5, ground="terms", days=3),
            Level.AUTO,
            Words("거짓 선물 글을 올린 계정", "Accounts that post false gifts"),
        ),
        Rule(
            HIDES,
            "signals.terms.gifts >= 0.6",
            Proposes((ActionKind.HIDE,), queue="spam", ground="terms"),
            Level.AUTO,
            Words("거짓 선물 글", "False gifts"),
        ),
        Rule(
            ASSISTS, "signals.terms.gifts >= 0.7", Proposes((ActionKind.REMOVE,), queue="spam"), Level.ASSIST
        ),
    ),
    strikes=Strikes(1),
    ladder=Ladder(90, (Step(3, ActionKind.SUSPEND, 7),)),
)
PACK = Pack(
    id="spam-only",
    title=Words("작은 정책", "A small pack"),
    shared=Shared(
        terms={"gifts": (TermEntry(("선물폭탄",)),)},
        queues=(Queue("spam", Words("도배", "Spam"), 40),),
    ),
    policies=(SPAM,),
)


@dataclass(frozen=True)
class World:
    """A platform on which the pack is in force."""

    platform: Platform
    pack: policies.PackVersion
    version: PolicyVersion


def world(mode: PlatformMode = PlatformMode.FULL, *, slug: str = "", pack: Pack = PACK) -> World:
    """Make a platform whose rules may act alone once they have earned it."""
    platform = factories.platform(mode, slug=slug)
    adopt.adopt(platform=platform, source=pack, actor=SYSTEM)
    found = policies.in_force(platform.slug, clock.now())
    assert found is not None
    return World(platform, found, found.versions["spam"])


def automation(
    world: World, rule: str = SUSPENDS, *, level: Level = Level.AUTO, at: datetime | None = None
) -> Automation:
    """Return the automation of a rule and the first action it proposes, at a level, earned or not."""
    proposed = SPAM.rule(rule).propose.actions[0]
    wanted = derived_id("automation", world.platform.pk, SPAM.policy, rule, str(proposed))
    found = Automation.objects.filter(pk=wanted).first() or _automation(world, wanted, rule, proposed, at)
    if found.hourly_cap is None:
        found.hourly_cap = 100_000
        found.save(update_fields=["hourly_cap"])
    if found.level != level:
        before, found.level, found.level_since = found.level, level, at or clock.now()
        found.reason = "earned"
        found.save(update_fields=["level", "level_since", "reason"])
        LevelChange.objects.create(
            automation=found,
            epoch=epoch(found),
            before=before,
            after=level,
            reason="earned",
            by=str(SYSTEM),
            at=found.level_since,
        )
    return found


def epoch(automation: Automation) -> Epoch:
    """Return the epoch that an automation is in."""
    return Epoch.objects.get(automation=automation, ended_at=None)


def post(world: World, author: Item | None = None, text: str = GIFTS, **attributes: object) -> Version:
    """Make a post that was seen once."""
    seen = factories.post(world.platform, author, text=text)
    if attributes:
        Version.objects.filter(pk=seen.pk).update(attributes=json.dumps(attributes))
        seen.refresh_from_db()
    return seen


def event(number: int, *, author: str = "", text: str = GIFTS) -> dict[str, object]:
    """Return an event of a new post, by an author of its own unless one is named."""
    return {
        "event_id": f"event-{number}",
        "kind": "created",
        "occurred_at": clock.now().isoformat(),
        "item": {
            "type": "post",
            "external_id": f"post-{number}",
            "author": {
                "external_id": author or f"nuri-{number}",
                "locale": "ko",
                "created_at": "2020-01-01T00:00:00Z",
            },
            "text": text,
            "lang": "ko",
        },
    }


def verdict(world: World, version: Version, *rules: str) -> Verdict:
    """Make the verdict that ``rules`` (all, if none is named) gave of a version."""
    matched = [
        {
            "rule": rule.id,
            "policy": SPAM.policy,
            "reads": {"signals.terms.gifts": 1.0},
            "proposes": {"actions": [str(kind) for kind in rule.propose.actions]},
            "ceiling": str(rule.ceiling),
        }
        for rule in SPAM.rules
        if not rules or rule.id in rules
    ]
    return Verdict.objects.create(
        id=ids.new_id(),
        version=version,
        pack=world.pack.pack,
        facts_schema=1,
        document=json.dumps({"policy_digest": world.pack.pack.digest, "matched": matched, "facts": {}}),
        proposed=matched[0]["proposes"]["actions"][0],  # type: ignore[index]
        at=clock.now(),
    )


def act(
    world: World,
    automation: Automation,
    version: Version | None = None,
    *,
    at: datetime | None = None,
    **more: object,
) -> Act:
    """Make an act that waits, of an automation on a version (of a new post, if none is given)."""
    seen = version or post(world)
    made = at or clock.now()
    judged = verdict(world, seen, automation.rule)
    return Act.objects.create(
        **{
            "id": derived_id("act", judged.id.hex, automation.id.hex),
            "automation": automation,
            "epoch": epoch(automation),
            "version": seen,
            "item": seen.item,
            "account": seen.item.author,
            "verdict": judged,
            "cluster": "",
            "stratum": "ko/old",
            "asked_at": made,
            "due_at": made,
        }
        | more
    )


def acted(
    world: World,
    automation: Automation,
    version: Version | None = None,
    *,
    at: datetime | None = None,
    drawn: bool = True,
    propensity: float = 1.0,
    **more: object,
) -> Act:
    """Make an act that was done, with its decision; the automation must stand at canary or auto."""
    waiting = act(world, automation, version, at=at, **more)
    kind = ActionKind(automation.action)
    lasts = timedelta(days=3) if kind in ACCOUNT_ACTIONS else None
    decision = decide.one(
        Proposal(
            item=waiting.item,
            item_version=waiting.version,
            violation=True,
            category=SPAM.category,
            facts="거짓 선물 글이 있습니다.",
            source=DecisionSource.AUTOMATION,
            actions=(ProposedAction(kind, lasts=lasts),),
            ground="terms",
            policy_version=world.version,
            automation=str(automation.id),
            verdict=waiting.verdict,
        ),
        actor=actor_of(automation.rule),
    )
    return settled(waiting, decision, drawn=drawn, propensity=propensity, level=automation.level)


def settled(act: Act, decision: Decision, *, drawn: bool, propensity: float, level: str) -> Act:
    """Write down that an act was done by a decision."""
    act.state, act.decision, act.level = Act.State.ACTED, decision, level
    act.drawn, act.propensity = drawn, propensity
    act.settled_at = act.done_at = decision.made_at
    act.save()
    return act


def audit(world: World, act: Act, *, at: datetime | None = None, **more: object) -> Audit:
    """Lay an audit of an act, as it waits for anybody who audits."""
    drawn = at or clock.now()
    assignment = review.open_assignment(
        kind=Assignment.Kind.AUDIT,
        queue="spam",
        platform=world.platform,
        at=drawn,
        actor=SYSTEM,
        due_at=drawn + timedelta(minutes=60),
    )
    return Audit.objects.create(
        **{
            "id": ids.new_id(),
            "act": act,
            "platform": world.platform,
            "assignment": assignment,
            "version": act.version,
            "policy_version": world.version,
            "kind": Audit.Kind.RANDOM,
            "drawn_at": drawn,
        }
        | more
    )


def _automation(
    world: World, wanted: object, rule: str, action: ActionKind, at: datetime | None
) -> Automation:
    began = at or clock.now()
    harms = action in (ActionKind.SUSPEND, ActionKind.LIMIT_INTERACTION)
    made = Automation.objects.create(
        id=wanted,
        platform=world.platform,
        policy=SPAM.policy,
        rule=rule,
        action=action,
        ceiling=SPAM.rule(rule).ceiling,
        level=Level.SHADOW,
        level_since=began,
        target=0.95 if harms else 0.90,
        alpha=0.01 if harms else 0.05,
        hourly_cap=100_000,
        made_at=began,
    )
    Epoch.objects.create(
        id=ids.new_id(), automation=made, number=1, digest="0" * 64, executes="{}", began_at=began
    )
    return made
