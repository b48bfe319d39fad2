"""The parts of a story about killed workers that send what nobody took back, in processes of their own.

``python -m tests.journeys.killed_undo prepare|finish`` with ``SINMUNGO_HOME`` set; one JSON document out.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sinmungo.site.settings")
    django.setup()

from django.core.management import call_command
from django.db.models import Count

from sinmungo.apps.base import clock
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review.models import Case, Outcome, PendingDecision
from sinmungo.apps.statements.models import Statement
from sinmungo.core.kernel.words import ActionKind
from sinmungo.journeys import decide
from sinmungo.journeys import review as journey
from sinmungo.journeys.reviewing import send
from tests.apps.review import made

BATCHES, SIZE = 3, 40


def prepare() -> dict[str, Any]:
    """Make a database with 120 decisions in three batches that are due, two of them taken back."""
    call_command("migrate", verbosity=0, interactive=False)
    world = made.world()
    judgement = journey.Judgement(
        violation=True,
        facts="특정한 사람을 해치겠다고 말합니다.",
        policy_version=world.version,
        ground="terms",
        actions=(decide.ProposedAction(ActionKind.REMOVE),),
        answers={"directed": "yes", "imminent": "no"},
        state_version=0,
    )
    for _ in range(BATCHES):
        user = made.member()
        cases = [made.waiting_case(world.platform) for _ in range(SIZE)]
        selected = [journey.Selected(case, case.assignment.version, 0) for case in cases]
        journey.decide_selection(selected=selected, user=user, judgement=judgement)
    for case in (cases[0], cases[-1]):
        journey.take_back(case=case, user=user)
    PendingDecision.objects.update(due_at=clock.now())
    return {"owed": PendingDecision.objects.filter(done_at__isnull=True).count()}


def finish() -> dict[str, Any]:
    """Let every lease run out and everything be sent, then tell what the database holds."""
    before = Decision.objects.count()
    for turn in range(30):
        if send.keep(now=clock.now() + timedelta(hours=2 * turn + 2), limit=200) == 0:
            break
    entries = Entry.objects.filter(kind="enforcement.decision.recorded")
    return {
        "before": before,
        "claimed_again": PendingDecision.objects.filter(attempts__gt=1).count(),
        "decisions": Decision.objects.count(),
        "items": Decision.objects.values("item").distinct().count(),
        "entries": entries.count(),
        "statements": Statement.objects.filter(audience="affected").count(),
        "outcomes": Outcome.objects.count(),
        "states": dict(Case.objects.values_list("state").annotate(Count("pk"))),
        "owed": PendingDecision.objects.filter(done_at__isnull=True).count(),
    }


if __name__ == "__main__":
    print(json.dumps({"prepare": prepare, "finish": finish}[sys.argv[1]]()))
