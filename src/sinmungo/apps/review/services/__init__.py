"""Everything that changes queues, cases and the work on them.

``gathering`` brings what comes in together, ``holding`` says who works on it, ``judging`` writes down
how it was looked at and how it ended. A number ``version`` guards each assignment: whoever acts says
which version they saw, and a second person meets a clear conflict.
"""

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
]
