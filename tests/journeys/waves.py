"""A wave of wrong suspensions, ready to be put right: accounts, decisions, an incident, two people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sinmungo.apps.autonomy.models import Affected, Automation, Incident, Restoration
from sinmungo.apps.autonomy.services import affected, restorations
from sinmungo.apps.base import clock, ids
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.enforcement.proposals import Proposal, Refusal
from sinmungo.apps.items.models import Item, Platform, Version
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.words import ActionKind, DecisionSource
from sinmungo.journeys import decide, deliver, restore
from tests.common import factories as make


@dataclass
class Wave:
    """What happened: ``decisions`` in the order in which they were made, all part of ``incident``."""

    platform: Platform
    incident: Incident
    automation: Automation
    decisions: list[Decision]
    proposer: User
    confirmer: User

    @property
    def accounts(self) -> list[Item]:
        """The accounts that were suspended, in the order of the decisions."""
        return [each.item.author or each.item for each in self.decisions]

    def propose(self) -> Restoration:
        """Propose to take back everything that was decided."""
        return restorations.propose(
            incident=self.incident,
            automations=[self.automation],
            window_from=self.incident.onset_from,
            window_to=clock.now(),
            user=self.proposer,
            at=clock.now(),
        )

    def confirmed(self) -> Restoration:
        """Propose, run dry and confirm."""
        made = self.propose()
        restorations.dry_run(restoration=made, user=self.proposer, at=clock.now())
        made.refresh_from_db()
        return restorations.confirm(restoration=made, user=self.confirmer, digest=made.digest, at=clock.now())

    def states(self) -> dict[str, int]:
        """Return how many there are of each state."""
        found: dict[str, int] = {}
        for state in Affected.objects.filter(incident=self.incident).values_list("state", flat=True):
            found[state] = found.get(state, 0) + 1
        return found


def wave(
    platform: Platform,
    policy: PolicyVersion,
    names: Sequence[str],
    *,
    action: ActionKind = ActionKind.SUSPEND,
) -> Wave:
    """Suspend the author of one post for each name, wrongly, and open the incident of it."""
    began = clock.now()
    versions = make.posts(platform, make.accounts(platform, names), [f"post-{name}" for name in names])
    return opened(platform, began, suspended(versions, policy, action))


def suspended(
    versions: Sequence[Version], policy: PolicyVersion, action: ActionKind = ActionKind.SUSPEND
) -> list[Decision]:
    """Decide by a rule alone, in batches; each is still to be delivered."""
    made: list[Decision] = []
    acts = make.action(action, days=5)
    alone = {
        "source": DecisionSource.AUTOMATION,
        "automation": make.may_act_alone(versions[0].platform, action),
    }
    for start in range(0, len(versions), decide.LARGEST_BATCH):
        part = versions[start : start + decide.LARGEST_BATCH]
        proposals: list[Proposal] = [make.proposal(version, policy, acts, **alone) for version in part]
        for each in decide.many(proposals, actor=make.RULE):
            assert not isinstance(each, Refusal), each
            made.append(each)
    return made


def opened(platform: Platform, began: datetime, decisions: Sequence[Decision]) -> Wave:
    """Open the incident that the decisions are part of, with the two people who put it right."""
    now = clock.now()
    automation = Automation.objects.get(platform=platform, action=ActionKind.SUSPEND)
    incident = Incident.objects.create(
        id=ids.new_id(),
        code=ids.new_case_code(),
        platform=platform,
        cause=Incident.Cause.PERSON,
        title_ko="잘못된 정지",
        title_en="Wrong suspensions",
        onset_from=began - timedelta(seconds=1),
        onset_to=now,
        tripped_at=now,
        key_ref=f"incident:{ids.new_id().hex}",
        opened_by="system:sinmungo",
        opened_at=now,
    )
    affected.add_decisions(incident=incident, decisions=[each.pk for each in decisions], at=now)
    return Wave(platform, incident, automation, list(decisions), make.member("lead"), make.member("policy"))


def work(*, turns: int = 12, after: timedelta = timedelta(0)) -> datetime:
    """Let a worker restore and deliver for a while, each turn a second later; return the time it is then."""
    now = clock.now() + after
    for _ in range(turns):
        restore.keep(now=now, limit=200)
        deliver.keep(now=now, limit=200)
        now += timedelta(seconds=1)
    return now
