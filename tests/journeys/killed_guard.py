"""The parts of a story about killed guards that run in processes of their own.

``python -m tests.journeys.killed_guard prepare|work|finish`` with ``SINMUNGO_HOME`` set; one JSON document
out on stdout.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from datetime import timedelta
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sinmungo.site.settings")
    django.setup()

from django.core.management import call_command
from django.db.models import Count, Sum

from sinmungo.apps.autonomy.models import Act, HourCount
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement.models import Decision, ItemState
from sinmungo.apps.ledger import queries as ledger
from sinmungo.apps.ledger import services as sequencer
from sinmungo.apps.review.models import Case
from sinmungo.apps.statements.models import Statement
from sinmungo.core.kernel.words import Level
from sinmungo.journeys import guard, receive
from tests.apps.autonomy import made

POSTS = 400
#: Few at a time, so that a guard is killed between and inside transactions.
AT_ONCE = 20


def prepare() -> dict[str, Any]:
    """Make a database with acts that wait: one rule hides alone, another has earned nothing yet."""
    call_command("migrate", verbosity=0, interactive=False)
    world = made.world(slug="haneul")
    made.automation(world, made.HIDES, level=Level.AUTO)
    receive.take(platform=world.platform, raw=[made.event(number) for number in range(POSTS)], actor=SYSTEM)
    receive.keep(now=clock.now(), limit=10)
    return {"acts": Act.objects.count(), "cases": Case.objects.count()}


def work() -> dict[str, Any]:
    """Settle acts until none is due; whoever claimed some before was killed."""
    while guard.keep(now=clock.now() + timedelta(hours=int(sys.argv[2])), limit=AT_ONCE):
        pass
    return {}


def finish() -> dict[str, Any]:
    """Tell what the database holds in the end."""
    work()
    while sequencer.sequence(now=clock.now()):
        pass
    acted = Act.objects.filter(state=Act.State.ACTED)
    return {
        "states": Counter(
            f"{act.automation.rule} {act.state}" for act in Act.objects.select_related("automation")
        ),
        "decisions": Decision.objects.count(),
        "decided_items": Decision.objects.values("item").distinct().count(),
        "acted_decisions": acted.values("decision").distinct().count(),
        "statements": Statement.objects.count(),
        "moved": ItemState.objects.filter(version=1).count(),
        "counted": HourCount.objects.aggregate(all=Sum("acted"))["all"],
        "cases": Case.objects.count(),
        "most_cases": max(
            Case.objects.values_list("item").annotate(n=Count("pk")).values_list("n", flat=True)
        ),
        "claimed_again": Act.objects.filter(attempts__gt=1).count(),
        "ledger_faults": len(ledger.verify_all().faults),
    }


if __name__ == "__main__":
    print(json.dumps({"prepare": prepare, "work": work, "finish": finish}[sys.argv[1]]()))
