"""What others read of queues, cases and the work on them.

``seeing`` says what of it a person may see, ``waiting`` what waits, ``cases`` what is known of one case,
``finding`` finds cases, ``around`` what else there is of the account behind one.
"""

from sinmungo.apps.review.queries.around import OpenCases, other_open_cases
from sinmungo.apps.review.queries.cases import (
    answered_policies,
    answers,
    approval_of,
    case_by_code,
    explanation,
    has_looked,
    looked_at,
    matched_policies,
    neighbours,
    open_case,
    other_queues,
    queue,
    reported_reasons,
    sent_back,
    viewing_of,
)
from sinmungo.apps.review.queries.finding import BadSearch, Results, is_receipt, search
from sinmungo.apps.review.queries.seeing import APPEALS, may_see, visible, wanted
from sinmungo.apps.review.queries.waiting import (
    Filters,
    QueueCount,
    queue_counts,
    waiting_approvals,
    waiting_cases,
)

__all__ = [
    "APPEALS",
    "BadSearch",
    "OpenCases",
    "Results",
    "is_receipt",
    "other_open_cases",
    "search",
    "Filters",
    "QueueCount",
    "answered_policies",
    "answers",
    "approval_of",
    "case_by_code",
    "explanation",
    "has_looked",
    "looked_at",
    "matched_policies",
    "may_see",
    "neighbours",
    "open_case",
    "other_queues",
    "queue",
    "queue_counts",
    "reported_reasons",
    "sent_back",
    "viewing_of",
    "visible",
    "waiting_approvals",
    "waiting_cases",
    "wanted",
]
