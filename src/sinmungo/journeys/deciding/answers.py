"""Telling those who reported what a decision answered."""

from __future__ import annotations

from datetime import datetime

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.intake import services as intake
from sinmungo.apps.intake.models import Report
from sinmungo.apps.statements import services as statements


def answer_reports(decision: Decision, *, at: datetime, actor: Actor) -> None:
    """Close the reports on the item that ``decision`` answers, and write to each who sent one.

    A decision that takes another back answers those who were told that something was done, and those
    who never heard.
    """
    if decision.violation:
        outcome = Report.Outcome.ACTED
    elif decision.supersedes_id is not None:
        outcome = Report.Outcome.REVERSED
    else:
        outcome = Report.Outcome.NO_VIOLATION
    answered = intake.close_reports(
        item=decision.item, outcome=outcome, decision_id=decision.id, at=at, actor=actor
    )
    for told in sorted({report.outcome for report in answered}):
        reports = [report for report in answered if report.outcome == told]
        statements.tell_reporters(decision=decision, reports=reports, outcome=told, actor=actor)
