"""An appeal is heard by somebody else, and what was wrong is put right.

Filing an appeal touches one app and is ``appeals.services.file``. Here an answer is given: upheld
changes nothing but is explained; overturned, in whole or in part, becomes a decision that replaces
the first and so lifts restrictions, removes strikes and tells everybody concerned. A report that was
wrongly rejected is looked at again as a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from sinmungo.apps.appeals import errors
from sinmungo.apps.appeals import queries as appeals_queries
from sinmungo.apps.appeals import services as appeals
from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.autonomy.services import evidence, watching
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement import queries as enforcement
from sinmungo.apps.enforcement.models import Action, Decision
from sinmungo.apps.enforcement.proposals import Proposal, ProposedAction
from sinmungo.apps.intake import queries as intake_queries
from sinmungo.apps.intake import services as intake
from sinmungo.apps.items import queries as items
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.review import services as review
from sinmungo.apps.screening import queries as screening
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.words import AppealOutcome, DecisionSource, DsaCategory, ReportReason
from sinmungo.journeys import decide as door
from sinmungo.journeys.deciding.answers import answer_reports

CAUSE = "appeal"
#: What is kept to its end is named by its length from now, so the two ends may differ a little.
_SAME = timedelta(minutes=1)
#: What a reversal is recorded with; the reasons themselves are sealed with the appeal.
_FOUND_WRONG = {
    "ko": "이의신청을 받아 다른 사람이 다시 살펴보았고, 앞선 결정이 잘못되었음을 확인했습니다.",
    "en": "On appeal somebody else looked again and found that the earlier decision was wrong.",
}


def decide(
    *,
    appeal: Appeal,
    user: User,
    outcome: AppealOutcome,
    reasons: str,
    keep_actions: Sequence[ProposedAction] = (),
    expected_version: int,
) -> Decision | None:
    """Answer an appeal that ``user`` holds; returns the decision that now stands instead, if any.

    ``reasons`` are read by the person who appealed. ``keep_actions`` are what remains when a decision
    is overturned in part: of what was done, nothing new and nothing longer. ``expected_version`` is the
    assignment's. Raises SamePerson for anybody who had a part in the decision, and what
    ``appeals.errors`` and ``review.errors`` name; nothing is written then.
    """
    actor = staff.actor_of(user)
    at = clock.now()
    if user.pk in appeals_queries.involved(appeal.decision):
        raise errors.SamePerson
    proposal = _proposal(appeal, outcome, keep_actions, at)
    sealed = appeals.sealed_reasons(appeal, reasons)
    with transaction.atomic():
        evidence.hold_for(appeal.decision)
        row = appeals.lock_for_hearing(appeal=appeal, user=user, expected_version=expected_version, at=at)
        answer = _answer(row, proposal, at, actor)
        appeals.record_outcome(
            appeal=row,
            user=user,
            outcome=outcome,
            reasons=sealed,
            answer=answer,
            expected_version=expected_version,
            at=at,
            actor=actor,
        )
        if outcome is AppealOutcome.OVERTURNED and row.appellant == Appeal.Appellant.REPORTER:
            _look_again(row, at, actor)
        _speak_of_automation(row, outcome, at)
    return answer


def _speak_of_automation(appeal: Appeal, outcome: AppealOutcome, at: datetime) -> None:
    """Let the outcome be evidence about the automation that decided alone, and stop it if that is enough.

    What is overturned in part was not right either. A reporter objects to what was not done.
    """
    if appeal.appellant == Appeal.Appellant.REPORTER:
        return
    overturned = outcome is not AppealOutcome.UPHELD
    state = evidence.appeal_decided(decision=appeal.decision, overturned=overturned, at=at)
    if state is not None:
        watching.judge(automation=state.epoch.automation, at=at)


def _proposal(
    appeal: Appeal, outcome: AppealOutcome, keep: Sequence[ProposedAction], at: datetime
) -> Proposal | None:
    """Return what goes to the one door: nothing when upheld, or when a report is looked at again."""
    if appeal.appellant == Appeal.Appellant.REPORTER:
        if outcome is AppealOutcome.PARTLY:
            raise errors.NotInPart
        return None
    if outcome is AppealOutcome.UPHELD:
        return None
    if outcome is AppealOutcome.PARTLY:
        return _in_part(appeal, keep, at)
    decision = appeal.decision
    return Proposal(
        item=decision.item,
        item_version=decision.item_version,
        violation=False,
        category=DsaCategory(decision.category),
        facts=_FOUND_WRONG["ko" if decision.platform.locale == "ko" else "en"],
        source=DecisionSource.APPEAL,
        policy_version=decision.policy_version,
        cause_kind=CAUSE,
        cause_id=appeal.id,
        supersedes=decision,
    )


def _in_part(appeal: Appeal, keep: Sequence[ProposedAction], at: datetime) -> Proposal:
    decision = appeal.decision
    done = list(decision.actions.all())
    if not keep or not all(_is_kept(a, done, at) for a in keep) or _is_everything(keep, done, at):
        raise errors.KeepPart
    return Proposal(
        item=decision.item,
        item_version=decision.item_version,
        violation=True,
        category=DsaCategory(decision.category),
        facts=enforcement.facts_of(decision),
        source=DecisionSource.APPEAL,
        actions=tuple(keep),
        ground=decision.ground,
        policy_version=decision.policy_version,
        cause_kind=CAUSE,
        cause_id=appeal.id,
        supersedes=decision,
    )


def _is_kept(action: ProposedAction, done: Iterable[Action], at: datetime) -> bool:
    """Whether ``action`` is one of what was done, and ends no later."""
    for old in done:
        if (old.kind, old.territory) == (action.kind, action.territory):
            return old.ends is None or (action.lasts is not None and at + action.lasts <= old.ends + _SAME)
    return False


def _is_everything(keep: Sequence[ProposedAction], done: Iterable[Action], at: datetime) -> bool:
    ends = {(a.kind.value, a.territory): at + a.lasts if a.lasts is not None else None for a in keep}
    return all(
        (old.kind, old.territory) in ends and _ends_alike(old.ends, ends[old.kind, old.territory])
        for old in done
    )


def _ends_alike(one: datetime | None, other: datetime | None) -> bool:
    return one == other if one is None or other is None else abs(one - other) <= _SAME


def _answer(appeal: Appeal, proposal: Proposal | None, at: datetime, actor: Actor) -> Decision | None:
    if proposal is None:
        return None
    already = Decision.objects.filter(supersedes=appeal.decision_id, violation=False).first()
    if already is not None and not proposal.violation:
        return already  # put right meanwhile, by a restoration or another decision
    answer = door.one(proposal, actor=actor)
    if not answer.violation:
        answer_reports(answer, at=at, actor=actor)
    return answer


def _look_again(appeal: Appeal, at: datetime, actor: Actor) -> None:
    """Open the report and the item's case anew, where the reasons that were reported send it.

    The report is owed an answer again, so that whoever sent it is told of the second one too. Somebody
    else looks: whoever had rejected it cannot take the case.
    """
    item = appeal.decision.item
    report = appeal.statement.report
    if report is not None:
        intake.reopen(report=report, at=at, actor=actor)
    version = items.latest_version(item)
    pack = policies.in_force(item.platform_id, at)
    told = intake_queries.report_facts([item.pk], answered_too=True)
    facts = told.get(item.pk, intake_queries.NO_REPORTS)
    reasons = [ReportReason(reason) for reason in facts["reasons"]]
    case = review.gather(
        item=item,
        version=version,
        verdict=screening.latest_verdict(version) if version is not None else None,
        queue=policies.queue_for_reasons(pack.document, reasons) if pack is not None else "",
        report_facts=facts,
        at=at,
        actor=actor,
    )
    earlier = appeals_queries.involved(appeal.decision)
    review.bar(assignment=case.assignment, users=earlier, at=at, actor=actor)
