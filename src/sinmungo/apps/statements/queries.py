"""What others read of statements."""

from __future__ import annotations

import uuid

from django.utils.safestring import SafeString

from sinmungo.apps.enforcement.models import Action, Strike
from sinmungo.apps.intake.models import Report
from sinmungo.apps.policies import queries as policies
from sinmungo.apps.statements import letters
from sinmungo.apps.statements.content import ActionTold
from sinmungo.apps.statements.letters import AppealWay, Lifted
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.statements.services import content_of
from sinmungo.core.kernel.words import Automated
from sinmungo.core.policy.document import PolicyDocument

_NEEDED = ("decision__policy_version", "decision__platform", "decision__item", "platform", "item", "report")


def by_id(statement_id: uuid.UUID) -> Statement | None:
    """Return a statement with what its pages need."""
    return Statement.objects.select_related(*_NEEDED).filter(pk=statement_id).first()


def policy_of(statement: Statement) -> PolicyDocument | None:
    """Return the policy as it stood when the statement's decision was made, if it rests on one."""
    version = statement.decision.policy_version
    return policies.document(version) if version is not None else None


def letter(statement: Statement, *, locale: str, way: AppealWay) -> SafeString:
    """Return the statement's letter as HTML; raises the vault's error when its key was destroyed."""
    return letters.render(
        content_of(statement),
        locale=locale,
        policy=policy_of(statement),
        told_at=statement.told_at,
        way=way,
        version=statement.letter_version,
        lifted=_lifted(statement),
    )


def _lifted(statement: Statement) -> Lifted:
    """Return what the decision did that was taken back: its rows never change."""
    old = statement.decision.supersedes
    if old is None:
        return Lifted()
    strike = Strike.objects.filter(decision=old).first()
    return Lifted(
        actions=tuple(_action(each) for each in Action.objects.filter(decision=old).order_by("pk")),
        strike_weight=strike.weight if strike is not None else 0,
        was_automatic=old.automated == Automated.FULLY,
    )


def _action(action: Action) -> ActionTold:
    ends = action.ends.isoformat() if action.ends is not None else None
    return ActionTold(action.kind, action.territory, action.begins.isoformat(), ends)


def later(statement: Statement) -> Statement | None:
    """Return what the same reader was told of the decision that replaced this one, if there is one."""
    rows = Statement.objects.select_related(*_NEEDED)
    if statement.report_id is not None:
        newer = rows.filter(report=statement.report_id, made_at__gt=statement.made_at)
    else:
        newer = rows.filter(
            decision__supersedes=statement.decision_id,
            audience=statement.audience,
            account=statement.account_id,
        )
    return newer.order_by("-made_at", "-pk").first()


def of_decision(decision_id: uuid.UUID, audience: str) -> Statement | None:
    """Return what a decision told the person affected (or, for ``reporter``, the first who reported)."""
    rows = Statement.objects.select_related(*_NEEDED).filter(decision=decision_id, audience=audience)
    return rows.order_by("pk").first()


def of_report(report: Report) -> Statement | None:
    """Return what the person who reported was told last."""
    rows = Statement.objects.select_related(*_NEEDED).filter(report=report)
    return rows.order_by("-made_at", "-pk").first()
