"""Everything that changes queues, cases and the work on them.

``gathering`` brings what comes in together, ``holding`` says who works on it, ``judging`` writes down
how it was looked at and how it ended. ``desk``, ``notes`` and ``reasons`` hold what colleagues do around
it, ``pending`` a decision that may still be taken back. A number ``version`` guards each assignment:
whoever acts says which version they saw, and a second person meets a clear conflict.
"""

from sinmungo.apps.review.services.desk import (
    ESCALATED_TO,
    LONGEST_SNOOZE,
    assign,
    can_take,
    escalate,
    snooze,
)
from sinmungo.apps.review.services.gathering import ensure_queue, gather, open_assignment
from sinmungo.apps.review.services.holding import HELD_FOR, bar, claim, complete, refer, release, require_held
from sinmungo.apps.review.services.judging import (
    answer_factors,
    close,
    record_seconds,
    record_viewing,
    request_approval,
    settle_approval,
)
from sinmungo.apps.review.services.notes import MAX_NOTE, add_note
from sinmungo.apps.review.services.pending import keep_back, lock_owed, refuse, withdraw
from sinmungo.apps.review.services.reasons import (
    ReasonText,
    blanks,
    change_reason,
    require_filled,
    retire_reason,
    write_reason,
)

__all__ = [
    "ensure_queue",
    "gather",
    "open_assignment",
    "HELD_FOR",
    "bar",
    "claim",
    "release",
    "refer",
    "require_held",
    "complete",
    "record_viewing",
    "record_seconds",
    "answer_factors",
    "request_approval",
    "settle_approval",
    "close",
    "assign",
    "can_take",
    "snooze",
    "LONGEST_SNOOZE",
    "escalate",
    "ESCALATED_TO",
    "add_note",
    "MAX_NOTE",
    "ReasonText",
    "blanks",
    "require_filled",
    "write_reason",
    "change_reason",
    "retire_reason",
    "keep_back",
    "withdraw",
    "lock_owed",
    "refuse",
]
