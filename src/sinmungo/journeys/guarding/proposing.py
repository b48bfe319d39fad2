"""From an act to the proposal that passes the one door, and to what is proposed to people instead."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sinmungo.apps.autonomy.models import Act, Automation
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement.proposals import Proposal, ProposedAction
from sinmungo.apps.intake import queries as intake
from sinmungo.apps.policies import queries as policies
from sinmungo.core.kernel.words import ActionKind, DecisionSource, PlatformMode
from sinmungo.core.policy import MatchedRule
from sinmungo.journeys.guarding.facts import facts
from sinmungo.journeys.guarding.fates import Why
from sinmungo.journeys.guarding.look import with_people
from sinmungo.journeys.guarding.matched import matched_rules
from sinmungo.journeys.receiving import cases


def proposal(act: Act, automation: Automation) -> Proposal:
    """Return the decision that an automation would make; raises KeyError for a rule that is not there."""
    pack = policies.pack_version(act.verdict.pack_id)
    matched = next(each for each in matched_rules(act.verdict, pack) if each.rule == automation.rule)
    document = pack.document.policy(matched.policy)
    kind = ActionKind(automation.action)
    days = matched.proposes.days_of(kind)
    lasts = timedelta(days=days) if days else None
    return Proposal(
        item=act.item,
        item_version=act.version,
        violation=True,
        category=document.category,
        facts=facts(matched, document, _locale(act)),
        source=DecisionSource.AUTOMATION,
        actions=tuple(ProposedAction(kind, place, lasts) for place in matched.proposes.territory),
        ground=matched.proposes.ground,
        policy_version=pack.versions[matched.policy],
        automation=str(automation.pk),
        verdict=act.verdict,
    )


def show_to_people(acts: Sequence[Act], *, mode: PlatformMode, at: datetime, actor: Actor) -> int:
    """Bring the items of acts that were settled just now into cases where people have to see them.

    They do where a rule that asks for more than watching did not act: because its act was proposed or
    watched, or because it may never act alone. While another act of the same verdict waits its turn nothing
    is gathered yet: the last one does, and the caller has locked them all. What people have seen already
    stays as it is. Returns how many cases were gathered.
    """
    if mode is PlatformMode.OBSERVE:
        return 0
    asking = {act.item_id: act for act in acts}
    seen = with_people(list(asking.values()))
    waiting = [act for act in asking.values() if act.item_id not in seen]
    beside = _beside(waiting, acts)
    reports = intake.report_facts([act.item_id for act in waiting])
    gathered = 0
    for act in waiting:
        pack = policies.pack_version(act.verdict.pack_id)
        matched = matched_rules(act.verdict, pack)
        own = beside.get(act.verdict_id, {})
        left = [rule for rule in matched if _is_left(rule, own)]
        if left and not _waits(own):
            cases.gather(
                item=act.item,
                version=act.version,
                verdict=act.verdict,
                matched=left,
                report_facts=reports.get(act.item_id, {}),
                pack=pack,
                at=at,
                actor=actor,
            )
            gathered += 1
    return gathered


def _beside(waiting: Sequence[Act], settled: Sequence[Act]) -> dict[uuid.UUID, dict[str, list[Act]]]:
    """Return all acts of the verdicts of ``waiting`` by rule; those settled just now as they are now."""
    rows = Act.objects.filter(verdict__in=[act.verdict_id for act in waiting]).select_related("automation")
    now = {act.pk: act for act in settled}
    found: dict[uuid.UUID, dict[str, list[Act]]] = {}
    for row in rows:
        current = now.get(row.pk, row)
        found.setdefault(row.verdict_id, {}).setdefault(row.automation.rule, []).append(current)
    return found


def _waits(acts: Mapping[str, list[Act]]) -> bool:
    return any(act.state == Act.State.WAITING for of_rule in acts.values() for act in of_rule)


def _is_left(rule: MatchedRule, acts: Mapping[str, list[Act]]) -> bool:
    """Whether a rule's proposal is still to be shown: one that is held may act yet."""
    own = acts.get(rule.rule)
    return own is None or any(
        act.state == Act.State.PROPOSED or (act.state == Act.State.WATCHED and act.why != Why.ALREADY)
        for act in own
    )


def _locale(act: Act) -> str:
    asked = str(json.loads(act.version.attributes).get("author", {}).get("locale", ""))[:2].lower()
    return asked if asked in ("ko", "en") else act.version.platform.locale
