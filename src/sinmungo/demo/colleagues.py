"""Colleagues who sit beside the visitor: they look at the random sample that a restoration begins with.

Twenty looks by other people would take a visitor longer than the whole story. They say of newcomers that
the rule was wrong, which is the truth of the story, and leave everything else to the visitor.
"""

from __future__ import annotations

import logging
import time
from itertools import cycle

from django.db import close_old_connections

from sinmungo.apps.autonomy.models import Audit
from sinmungo.apps.autonomy.services import audits
from sinmungo.apps.base import clock
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.errors import DomainError
from sinmungo.demo import crowd
from sinmungo.demo.stage import Crew

#: So many looks in one turn, and so long between turns: a visitor sees the sample being looked at.
AT_ONCE = 4
PAUSE = 1.0

log = logging.getLogger(__name__)


def main() -> int:
    """Work until the process is ended."""
    crew = Crew.called()
    while True:
        close_old_connections()
        try:
            look(crew, limit=AT_ONCE)
        except Exception:  # the demonstration goes on without them
            log.exception("the colleagues could not look")
        time.sleep(PAUSE)


def look(crew: Crew, *, limit: int) -> int:
    """Answer up to ``limit`` audits of samples, each colleague in turn; return how many were answered."""
    waiting = Audit.objects.filter(
        kind=Audit.Kind.RESTORATION,
        look=1,
        answered_at=None,
        version__item__external_id__startswith=crowd.POST,
    )
    found = waiting.select_related("act", "version__item").order_by("drawn_at", "pk")[:limit]
    return sum(_answered(audit, user) for audit, user in zip(found, cycle(crew.reviewers), strict=False))


def _answered(audit: Audit, user: User) -> bool:
    try:
        audits.answer(audit=audit, user=user, wrong=True, words="", at=clock.now())
    except DomainError:  # the visitor has it in hand
        return False
    return True
