"""The parts of a story about killed workers that run in processes of their own.

``python -m tests.journeys.killed prepare|finish`` with ``SINMUNGO_HOME`` set; one JSON document in on
stdin, one out on stdout.
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
from django.db.models import Count, F

from sinmungo.apps.base import clock
from sinmungo.apps.enforcement.models import Decision, Delivery, ItemState
from sinmungo.apps.items.models import Item
from sinmungo.apps.ledger import queries as ledger
from sinmungo.apps.ledger.models import Entry, Unsequenced
from sinmungo.apps.statements.models import Statement
from sinmungo.core.kernel.words import ActionKind
from sinmungo.journeys import decide, work
from tests.common import factories as make


def prepare(story: dict[str, Any]) -> dict[str, Any]:
    """Make a database with a decision on each post of the demo platform, all still to be delivered."""
    call_command("migrate", verbosity=0, interactive=False)
    platform = make.platform(slug=story["slug"], webhook=(story["url"], story["secret"]))
    policy = make.adopted(platform)
    authors = {name: make.account(platform, name) for name in sorted(set(story["posts"].values()))}
    versions = make.posts(platform, [authors[name] for name in story["posts"].values()], list(story["posts"]))
    proposals = [make.proposal(version, policy, make.action(ActionKind.HIDE)) for version in versions]
    for start in range(0, len(proposals), decide.LARGEST_BATCH):
        decide.many(proposals[start : start + decide.LARGEST_BATCH], actor=make.RULE)
    return {"owed": Delivery.objects.filter(platform=platform, done_at__isnull=True).count()}


def finish(story: dict[str, Any]) -> dict[str, Any]:
    """Let every lease run out and every promise be kept, then tell what the database holds."""
    for turn in range(30):
        if work.keep_all(now=clock.now() + timedelta(hours=2 * turn + 2), limit=200) == 0:
            break
    ours = Item.objects.filter(platform_id=story["slug"])
    deliveries = Delivery.objects.filter(platform_id=story["slug"])
    told = Entry.objects.filter(kind="statements.statement.told")
    return {
        "claimed_again": deliveries.filter(attempts__gt=1).count(),
        "states": dict(deliveries.values_list("state").annotate(Count("pk"))),
        "decisions": Decision.objects.filter(platform_id=story["slug"]).count(),
        "statements_told": Statement.objects.filter(
            platform_id=story["slug"], told_at__isnull=False, told_at__gte=F("made_at")
        ).count(),
        "told_entries": told.count(),
        "told_subjects": told.values("subject").distinct().count(),
        "answered_entries": Entry.objects.filter(kind="enforcement.delivery.answered").count(),
        "decision_entries": Entry.objects.filter(kind="enforcement.decision.recorded").count(),
        "unsequenced": Unsequenced.objects.count(),
        "ledger_faults": len(ledger.verify_all().faults),
        "versions": {
            state.item.external_id: state.version if state.version == state.confirmed else -1
            for state in ItemState.objects.filter(item__in=ours).select_related("item")
        },
    }


if __name__ == "__main__":
    print(json.dumps({"prepare": prepare, "finish": finish}[sys.argv[1]](json.load(sys.stdin))))
