"""Decisions that take errors back, for a whole batch through the one door."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from sinmungo.apps.autonomy.models import Affected, Restoration, RestorationBatch
from sinmungo.apps.autonomy.queries import restorable
from sinmungo.apps.autonomy.services import restoring
from sinmungo.apps.autonomy.services.affected import Change
from sinmungo.apps.enforcement.errors import AlreadySuperseded
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.enforcement.proposals import Proposal
from sinmungo.apps.intake.models import Report
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.staff import queries as staff
from sinmungo.core.kernel.words import DecisionSource, DsaCategory
from sinmungo.journeys import decide as door
from sinmungo.journeys.deciding.answers import answer_reports
from sinmungo.journeys.deciding.draft import locale_told
from sinmungo.journeys.restoring import members

CAUSE = "incident"
_FOUND_WRONG = {
    "ko": "자동 판정이 잘못된 사고({code})로 내려진 결정입니다. 결정이 잘못되었음을 확인하고 되돌립니다.",
    "en": "An automated rule went wrong (incident {code}) and made this decision in error. It is taken back.",
}


@dataclass(slots=True)
class _Outcome:
    """What became of a batch's members: a decision of ours, or the change that says why not."""

    answers: dict[int, Decision] = field(default_factory=dict)
    others: list[Change] = field(default_factory=list)


def put_right(batch: RestorationBatch, now: datetime) -> None:
    """Decide for everybody of the batch who still may be restored, and write down what became of all.

    Once it was cancelled nothing more is decided: what a killed try had decided is written down.
    """
    restoration = batch.restoration
    outcome = _settled(batch, now)
    done = {change.affected_id for change in outcome.others} | set(outcome.answers)
    if restoration.state == Restoration.State.CANCELLED:
        _write(batch, outcome, now)
        return
    to_do = members.read(members.undecided(batch).exclude(pk__in=done))
    # before the decisions: nobody is suspended again by a machine because this process was killed after them
    restoring.shelter(batch=batch, accounts={each.account or each.item for each in to_do}, at=now)
    _decide({each.decision: each.pk for each in to_do}, restoration, outcome)
    _write(batch, outcome, now)


def _settled(batch: RestorationBatch, now: datetime) -> _Outcome:
    """Sort the members again: much may have happened since the confirmation, and a killed try may have
    decided for some of them already."""
    restoration = batch.restoration
    found = restorable.sort_out(members.rows(batch), beside=restorable.taken_by(restoration), at=now)
    before = Decision.objects.in_bulk([answer for _, answer in found.already.values()])
    outcome = _Outcome()
    for pk, (_, answer) in found.already.items():
        _answered(pk, before[answer], restoration, outcome)
    outcome.others += [Change(pk, Affected.State.LEFT_OUT, why) for pk, why in found.left_out.items()]
    return outcome


def _answered(pk: int, answer: Decision, restoration: Restoration, outcome: _Outcome) -> None:
    """Note what took a decision back: another try of this restoration, or somebody else, who was first."""
    if (answer.cause_kind, answer.cause_id) == (CAUSE, restoration.incident_id):
        outcome.answers[pk] = answer
    else:
        why = restorable.REPLACED if answer.violation else restorable.OVERTURNED
        outcome.others.append(Change(pk, Affected.State.ALREADY, why, answer.pk))


def _decide(to_do: Mapping[uuid.UUID, int], restoration: Restoration, outcome: _Outcome) -> None:
    """Decide as the person who proposed it, with the second person beside them; refusals keep their code.

    ``to_do`` maps decisions to the affected rows, in their order. Whose decision was taken back in between is
    not refused: they are right already.
    """
    decisions = _decisions(list(to_do), restoration)
    proposals = [_proposal(decision, restoration) for decision in decisions]
    actor = staff.actor_of(restoration.proposed_by)
    overtaken: list[uuid.UUID] = []
    for decision, made in zip(decisions, door.many(proposals, actor=actor), strict=True):
        if isinstance(made, Decision):
            outcome.answers[to_do[decision.pk]] = made
        elif isinstance(made.error, AlreadySuperseded):
            overtaken.append(decision.pk)
        else:
            outcome.others.append(Change(to_do[decision.pk], Affected.State.IMPOSSIBLE, made.error.code[:40]))
    for answer in Decision.objects.filter(supersedes__in=overtaken):
        if answer.supersedes_id is not None:
            _answered(to_do[answer.supersedes_id], answer, restoration, outcome)


def _decisions(wanted: Sequence[uuid.UUID], restoration: Restoration) -> list[Decision]:
    """Return decisions in order, with what a proposal needs of each: what all share is read once."""
    rows = Decision.objects.select_related("item__author", "item_version").in_bulk(wanted)
    found = [rows[each] for each in wanted]
    policies = PolicyVersion.objects.in_bulk({each.policy_version_id for each in found} - {None})
    for decision in found:
        decision.platform = decision.item.platform = restoration.platform
        if decision.policy_version_id is not None:
            decision.policy_version = policies[decision.policy_version_id]
    return found


def _proposal(decision: Decision, restoration: Restoration) -> Proposal:
    told = json.loads(decision.item_version.attributes) if decision.item_version else {}
    language = "ko" if locale_told(told, decision.platform.locale) == "ko" else "en"
    return Proposal(
        item=decision.item,
        item_version=decision.item_version,
        violation=False,
        category=DsaCategory(decision.category),
        facts=_FOUND_WRONG[language].format(code=restoration.incident.code),
        source=DecisionSource.RESTORATION,
        policy_version=decision.policy_version,
        cause_kind=CAUSE,
        cause_id=restoration.incident_id,
        supersedes=decision,
        approved_by=restoration.confirmed_by_id,
    )


def _write(batch: RestorationBatch, outcome: _Outcome, now: datetime) -> None:
    changes = [Change(pk, Affected.State.WAITING, "", made.pk) for pk, made in outcome.answers.items()]
    right = [each.affected_id for each in outcome.others if each.why == restorable.OVERTURNED]
    rows = members.rows(batch).filter(pk__in=[*outcome.answers, *right])
    old = list(rows.values_list("decision_id", flat=True))
    reported = _reported([made.item_id for made in outcome.answers.values()])
    with transaction.atomic():
        is_first = restoring.decided(batch=batch, changes=changes + outcome.others, decisions=old, at=now)
        if is_first:
            _tell_reporters(outcome.answers, reported, batch.restoration, now)


def _reported(item_ids: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    rows = Report.objects.filter(item__in=list(item_ids)).order_by()
    return frozenset(rows.values_list("item_id", flat=True).distinct())


def _tell_reporters(
    answers: Mapping[int, Decision], reported: Collection[uuid.UUID], restoration: Restoration, at: datetime
) -> None:
    actor = staff.actor_of(restoration.proposed_by)
    for made in answers.values():
        if made.item_id in reported:
            answer_reports(made, at=at, actor=actor)
