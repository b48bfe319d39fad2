"""Invented people whom an automation wronged: an incident, their places in it, and putting it right."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sinmungo.apps.autonomy.models import AccountRecord, Act, Affected, Automation, Incident, PublicNote
from sinmungo.apps.autonomy.queries.accounts import AFTER_FIELD, BEFORE_FIELD
from sinmungo.apps.autonomy.services import clearances
from sinmungo.apps.base import clock, ids
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.enforcement.proposals import Proposal
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.statements.services import person_ref
from sinmungo.apps.vault import services as vault
from sinmungo.core.kernel.words import DecisionSource, DsaCategory
from sinmungo.journeys import decide
from tests.apps.autonomy import made
from tests.apps.autonomy.made import World

_numbers = itertools.count(1)
WHY = "도배를 찾는 자동 규칙이 평범한 선물 이야기를 거짓 선물로 잘못 보았습니다."
HAD: dict[str, Any] = {
    "state": "there",
    "handle": "@nuri",
    "followers": 120,
    "memberships": ["그림 동아리", "동네 장터"],
    "roles": ["장터 지기"],
    "payouts": True,
    "linked": [],
    "told": [],
}


@dataclass(frozen=True)
class Wave:
    """A published incident of one automation, and those affected in the order of their places."""

    world: World
    automation: Automation
    incident: Incident
    affected: list[Affected]

    def statement(self, place: int = 0) -> Statement:
        """Return what one of them was told of the decision."""
        return told(self.affected[place].decision)


def wave(people: int = 3, *, published: bool = True) -> Wave:
    """Make an incident in which an automation suspended ``people``, none of them put right yet."""
    world = made.world()
    automation = made.automation(world)
    acts = [made.acted(world, automation) for _ in range(people)]
    incident = opened(automation, published=published)
    return Wave(world, automation, incident, [_affected(incident, act, n) for n, act in enumerate(acts, 1)])


def opened(
    automation: Automation, *, published: bool = True, cause: Incident.Cause = Incident.Cause.TRIP
) -> Incident:
    """Make an incident by itself."""
    now = clock.now()
    return Incident.objects.create(
        id=ids.new_id(),
        code=ids.new_case_code(),
        platform=automation.platform,
        automation=automation,
        epoch=made.epoch(automation),
        cause=cause,
        title_ko="거짓 선물 규칙의 잘못된 정지",
        title_en="Wrong suspensions by the rule on false gifts",
        onset_from=now - timedelta(hours=3),
        onset_to=now - timedelta(hours=2),
        tripped_at=now,
        key_ref=f"incident:{next(_numbers)}",
        opened_by=str(SYSTEM),
        opened_at=now,
        published_at=now if published else None,
    )


def noted(
    incident: Incident, ko: str = "원인을 찾고 있습니다.", en: str = "We are looking for the cause."
) -> None:
    """Say something in public about an incident."""
    PublicNote.objects.create(incident=incident, ko=ko, en=en, by=str(SYSTEM), at=clock.now())


def put_right(affected: Affected, *, letter: bool = True, confirmed: bool = True) -> Decision:
    """Take a decision back as a restoration does, and write the letter."""
    old = affected.decision
    answer = decide.one(
        Proposal(
            item=old.item,
            item_version=old.item_version,
            violation=False,
            category=DsaCategory(old.category),
            facts=WHY,
            source=DecisionSource.RESTORATION,
            supersedes=old,
            cause_kind="incident",
            cause_id=affected.incident_id,
        ),
        actor=SYSTEM,
    )
    affected.answer, affected.changed_at = answer, answer.made_at
    affected.state = Affected.State.RESTORED if confirmed else Affected.State.WAITING
    affected.save()
    if letter:
        clearances.write(affected=[affected], at=answer.made_at)
    return answer


def recorded(affected: Affected, *, after: dict[str, Any] | None = None, **before: Any) -> AccountRecord:
    """Write down what the platform said of an account, ``after`` once it was read back."""
    ref, now = person_ref(affected.item), clock.now()
    vault.ensure([ref])
    vault.register([ref], at=now)
    record = AccountRecord(affected=affected, key_ref=ref, asked_at=now)
    record.before = vault.seal(ref, BEFORE_FIELD, json.dumps(HAD | before, ensure_ascii=False))
    if after is not None:
        record.after = vault.seal(ref, AFTER_FIELD, json.dumps(HAD | after, ensure_ascii=False))
        record.read_at = now
    record.save()
    return record


def told(decision: Decision) -> Statement:
    """Return what the person affected was told of a decision."""
    needed = ("decision__platform", "decision__item", "platform", "item", "account")
    return Statement.objects.select_related(*needed).get(decision=decision, audience="affected")


def _affected(incident: Incident, act: Act, place: int) -> Affected:
    return Affected.objects.create(
        incident=incident,
        decision=act.decision,
        item=act.item,
        account=act.account,
        act=act,
        place=place,
        changed_at=clock.now(),
    )


def overtaken(answer: Decision) -> Decision:
    """Decide once more on what a restoration decided."""
    return decide.one(
        Proposal(
            item=answer.item,
            item_version=answer.item_version,
            violation=False,
            category=DsaCategory(answer.category),
            facts="다시 살펴보았습니다.",
            source=DecisionSource.RESTORATION,
            supersedes=answer,
        ),
        actor=SYSTEM,
    )
