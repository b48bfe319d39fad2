"""Invented rows that tests of every part need: plain functions, each with a sensible default."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sinmungo.apps.autonomy.models import Automation
from sinmungo.apps.base import clock, ids
from sinmungo.apps.base.actors import SYSTEM, Actor, automation
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.enforcement.proposals import Proposal, ProposedAction
from sinmungo.apps.items import services as items
from sinmungo.apps.items.models import Item, Platform, Version
from sinmungo.apps.policies import queries as policy_queries
from sinmungo.apps.policies import services as policies
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.staff import services as staff
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.ids import derived_id
from sinmungo.core.kernel.words import (
    ActionKind,
    DecisionSource,
    DsaCategory,
    GroundKind,
    Level,
    PlatformMode,
)
from sinmungo.core.policy import Ground, Pack, PolicyDocument, Severity, Shared, Words
from sinmungo.core.policy.document import Guidelines, Ladder, Step, Strikes
from sinmungo.journeys import decide

_numbers = itertools.count(1)
RULE = automation("threat-terms")
FACTS = "특정한 사람을 겁주는 말이 있습니다."
#: A policy with a ground of the terms, one of Korean law, strikes and a ladder.
THREATS = PolicyDocument(
    policy="threats",
    title=Words("위협", "Threats"),
    severity=Severity.HIGH,
    category=DsaCategory.VIOLENCE,
    guideline=Guidelines("# 위협\n\n남을 해치겠다고 말하지 않습니다.", "# Threats\n\nThreaten nobody."),
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
    factors=(),
    outcomes=(),
    strikes=Strikes(1),
    ladder=Ladder(expires_after=90, steps=(Step(3, ActionKind.SUSPEND, 7),)),
)
PACK = Pack(id="threats-only", title=Words("작은 정책", "A small pack"), shared=Shared(), policies=(THREATS,))


def platform(
    mode: PlatformMode = PlatformMode.FULL, *, slug: str = "", webhook: tuple[str, str] | None = None
) -> Platform:
    """Make a platform; ``webhook`` is the (address, secret) at which it is told."""
    made = items.add_platform(
        slug=slug or f"haneul{next(_numbers)}", name="하늘마당", actor=SYSTEM, mode=mode
    )
    if webhook is not None:
        items.set_webhook(platform=made, url=webhook[0], secret=webhook[1], actor=SYSTEM)
    return made


def adopted(on: Platform, pack: Pack = PACK, policy: str = "threats") -> PolicyVersion:
    """Put a pack in force on a platform and return the version of one of its policies."""
    row = policies.load_pack(pack, actor=SYSTEM)
    policies.adopt(platform=on, pack=row, begins=clock.now(), actor=SYSTEM)
    found = policy_queries.in_force(on.slug, clock.now())
    assert found is not None
    return found.versions[policy]


def account(on: Platform, external_id: str = "") -> Item:
    """Make an account of an invented person."""
    return accounts(on, [external_id or f"nuri-{next(_numbers)}"])[0]


def accounts(on: Platform, external_ids: Sequence[str]) -> list[Item]:
    """Make many accounts at once."""
    return Item.objects.bulk_create(_item(on, "account", name) for name in external_ids)


def post(on: Platform, author: Item | None = None, *, external_id: str = "", text: str = "") -> Version:
    """Make a post that was seen once, and return that version; ``.item`` is the post."""
    author = author or account(on)
    return posts(on, [author], [external_id or f"post-{next(_numbers)}"], text=text)[0]


def posts(
    on: Platform, authors: Sequence[Item], external_ids: Sequence[str], *, text: str = ""
) -> list[Version]:
    """Make many posts at once, one an author, and return the version of each."""
    pairs = zip(authors, external_ids, strict=True)
    made = Item.objects.bulk_create(_item(on, "post", name, author=author) for author, name in pairs)
    return Version.objects.bulk_create(seen(item, text=text) for item in made)


def seen(item: Item, *, text: str = "", at: datetime | None = None, **attributes: Any) -> Version:
    """Return an unsaved version of an item, as if it was seen now."""
    at = at or clock.now()
    return Version(
        id=ids.new_id(),
        item=item,
        platform=item.platform,
        event_id=f"event-{next(_numbers)}-{item.external_id}",
        event_digest=bytes(32),
        kind="created",
        occurred_at=at,
        received_at=at,
        text=text or "너 다시 나타나면 가만두지 않겠다",
        attributes=json.dumps(attributes),
    )


def member(role: str = "reviewer", *, on: str = "") -> User:
    """Make a person who works here."""
    number = next(_numbers)
    return staff.add_member(
        username=f"person{number}",
        pseudonym=f"검토자 {number:03}",
        role=role,
        platform=on,
        at=clock.now(),
        actor=SYSTEM,
    )


def action(
    kind: ActionKind = ActionKind.REMOVE, territory: str = "everywhere", days: float = 0
) -> ProposedAction:
    """Return a proposed action; ``days`` 0 means until it is lifted."""
    return ProposedAction(kind, territory, timedelta(days=days) if days else None)


def proposal(
    version: Version, policy_version: PolicyVersion | None = None, *actions: ProposedAction, **more: Any
) -> Proposal:
    """Return a proposal that finds a violation in a version, by a rule that may act alone."""
    kinds = {each.kind for each in actions}
    alone = len(kinds) == 1 and "source" not in more
    wanted: dict[str, Any] = {
        "item": version.item,
        "item_version": version,
        "violation": True,
        "category": DsaCategory.VIOLENCE,
        "facts": FACTS,
        "source": DecisionSource.AUTOMATION if alone else DecisionSource.REVIEW,
        "automation": may_act_alone(version.platform, kinds.pop()) if alone else "",
        "actions": actions,
        "ground": "terms" if policy_version is not None else "",
        "policy_version": policy_version,
    }
    return Proposal(**wanted | more)


def may_act_alone(on: Platform, kind: ActionKind) -> str:
    """Return the id of an automation that may take this action on a platform, made if there is none."""
    key = derived_id("automation", on.pk, "threats", "threat-terms", kind)
    made = Automation(
        id=key,
        platform=on,
        policy="threats",
        rule="threat-terms",
        action=kind,
        ceiling=Level.AUTO,
        level=Level.AUTO,
        level_since=clock.now(),
        target=0.9,
        alpha=0.05,
        hourly_cap=1_000_000,
        made_at=clock.now(),
    )
    Automation.objects.bulk_create([made], ignore_conflicts=True)
    return str(key)


def decision(
    version: Version,
    policy_version: PolicyVersion,
    *actions: ProposedAction,
    actor: Actor = RULE,
    **more: Any,
) -> Decision:
    """Decide through the one door."""
    return decide.one(proposal(version, policy_version, *(actions or (action(),)), **more), actor=actor)


def overturned(old: Decision, *, actor: Actor = RULE, **more: Any) -> Decision:
    """Overturn a decision as an appeal does."""
    wanted: dict[str, Any] = {
        "item": old.item,
        "item_version": old.item_version,
        "violation": False,
        "category": DsaCategory(old.category),
        "facts": "다시 살펴보니 위협이 아니었습니다.",
        "source": DecisionSource.APPEAL,
        "supersedes": old,
    }
    return decide.one(Proposal(**wanted | more), actor=actor)


def _item(on: Platform, kind: str, external_id: str, author: Item | None = None) -> Item:
    return Item(
        id=derived_id(on.slug, kind, external_id),
        platform=on,
        type=kind,
        external_id=external_id,
        author=author,
        first_seen_at=clock.now(),
    )
