"""What one browser has opened: kept in its session, on the server, for twelve hours.

Only ids stand here, and a receipt, sealed, for as long as it takes to show it once: sessions are rows
of the database, and a database that is stolen or backed up holds no receipt.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest

from sinmungo.apps.appeals.models import Appeal
from sinmungo.apps.base import clock
from sinmungo.apps.intake.models import Report
from sinmungo.apps.statements import queries as statements
from sinmungo.apps.statements.errors import StatementNotOpen
from sinmungo.apps.statements.models import Statement
from sinmungo.core.sealing import envelope
from sinmungo.web.portal.errors import TooMuchAtOnce

MOST_STATEMENTS = 30
MOST_RECEIPTS = 30
MOST_ACTS = 20
ACTS_WITHIN = timedelta(hours=1)
_RECEIPT_FIELD = "session.receipt"
_STATEMENTS, _REPORTS, _APPEALS, _ACTS = "statements", "reports", "appeals", "acts"


def open_statement(request: HttpRequest, statement: Statement) -> None:
    """Let this browser read a statement; the one opened last comes last.

    From now on under a session id that nobody has set for it before (session fixation).
    """
    request.session.cycle_key()
    _add(request, _STATEMENTS, statement.id, MOST_STATEMENTS)


def opened(request: HttpRequest, audience: str) -> list[Statement]:
    """Return the statements to this audience that this browser has opened, the latest first."""
    found = [statements.by_id(each) for each in reversed(_ids(request, _STATEMENTS))]
    return [statement for statement in found if statement is not None and statement.audience == audience]


def the_statement(request: HttpRequest, audience: str, case_code: str = "") -> Statement:
    """Return the opened statement with this code, or the one opened last; raises StatementNotOpen."""
    for statement in opened(request, audience):
        if not case_code or statement.decision.case_code == case_code:
            return statement
    raise StatementNotOpen


def add_report(request: HttpRequest, report: Report) -> None:
    """Show a report on this browser's board of receipts."""
    _add(request, _REPORTS, report.id, MOST_RECEIPTS)


def add_appeal(request: HttpRequest, appeal: Appeal) -> None:
    """Show an appeal on this browser's board of receipts."""
    _add(request, _APPEALS, appeal.id, MOST_RECEIPTS)


def report_ids(request: HttpRequest) -> list[uuid.UUID]:
    """Return the reports on the board, the latest first."""
    return _ids(request, _REPORTS)[::-1]


def appeal_ids(request: HttpRequest) -> list[uuid.UUID]:
    """Return the appeals on the board, the latest first."""
    return _ids(request, _APPEALS)[::-1]


def forget(request: HttpRequest) -> None:
    """Take everything off this browser, so that the next person at it reads nothing."""
    for key in (_STATEMENTS, _REPORTS, _APPEALS, "receipt-report", "receipt-appeal"):
        request.session.pop(key, None)


def keep_receipt(request: HttpRequest, kind: str, receipt: str) -> None:
    """Keep a receipt until the next page shows it."""
    nonce = secrets.token_bytes(envelope.NONCE_BYTES)
    sealed = envelope.seal(_receipts_key(), receipt.encode(), field=_RECEIPT_FIELD, ref=kind, nonce=nonce)
    request.session[f"receipt-{kind}"] = sealed.hex()


def take_receipt(request: HttpRequest, kind: str) -> str:
    """Return the receipt that waits to be shown, and forget it; empty when there is none."""
    sealed = request.session.pop(f"receipt-{kind}", "")
    if not sealed:
        return ""
    opened = envelope.unseal(_receipts_key(), bytes.fromhex(sealed), field=_RECEIPT_FIELD, ref=kind)
    return opened.decode()


def _receipts_key() -> bytes:
    return hashlib.sha256(b"sinmungo/portal/receipts" + settings.SECRET_KEY.encode()).digest()


def receipt_waits(request: HttpRequest, kind: str) -> bool:
    """Return whether a receipt waits to be shown, also one that came while this request ran.

    Whoever presses twice has two requests at once, each with the session as it was before.
    """
    latest = type(request.session)(request.session.session_key)
    return f"receipt-{kind}" in latest


def require_room(request: HttpRequest) -> None:
    """Raise TooMuchAtOnce after 20 reports and appeals within an hour from one session."""
    if len(_recent(request)) >= MOST_ACTS:
        raise TooMuchAtOnce


def count_act(request: HttpRequest) -> None:
    """Count a report or an appeal that was sent."""
    request.session[_ACTS] = [*_recent(request), clock.now().isoformat()]


def _recent(request: HttpRequest) -> list[str]:
    since = (clock.now() - ACTS_WITHIN).isoformat()
    return [at for at in request.session.get(_ACTS, []) if at > since]


def _add(request: HttpRequest, key: str, new: uuid.UUID, most: int) -> None:
    known = [each for each in request.session.get(key, []) if each != new.hex]
    request.session[key] = [*known, new.hex][-most:]


def _ids(request: HttpRequest, key: str) -> list[uuid.UUID]:
    return [uuid.UUID(hex=each) for each in request.session.get(key, [])]
