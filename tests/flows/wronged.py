"""The parts of a great restoration that run in a process of their own, for its test and its measurement.

``python -m tests.flows.wronged`` with ``SINMUNGO_HOME`` set reads ``{"do": NAME, ...}`` a line and answers a
line. ``work`` forks a worker and answers its process id: a fork works at once, so it can be killed often.
``fill`` writes the platform's side, past every door.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sinmungo.site.settings")
    django.setup()

from django.core.management import call_command
from django.db.models import Count, F

SLUG = "madang"
SUSPENDED = json.dumps(
    [{"kind": "suspend", "territory": "everywhere", "begins": "2026-01-01T00:00:00+00:00", "ends": None}]
)
_ACCOUNT = """INSERT INTO platform_account (external_id, handle, display_name, about, locale, country,
    created_at, followers_before, followers_leave, is_paid) VALUES (?, ?, '푸른고래', '', 'ko', 'KR',
    '2025-01-01 00:00:00', 12, 2, 0)"""
_STANDING = """INSERT INTO platform_standing (type, external_id, version, restrictions, public_state,
    statement, shown_at, suspended_since, was_suspended, applied_count)
    VALUES ('account', ?, 1, ?, 'unavailable', NULL, '2026-01-01 00:00:00', '2026-01-01 00:00:00', 1, 1)"""


def names(number: int) -> list[str]:
    """Return what the accounts are called at their platform."""
    return [f"nuri-{place:06}" for place in range(number)]


def fill(path: Path, accounts: Sequence[str]) -> None:
    """Write suspended accounts into the demo platform's database, as if it had been told of each."""
    with closing(sqlite3.connect(path, timeout=30)) as database:
        database.executemany(_ACCOUNT, [(name, name) for name in accounts])
        database.executemany(_STANDING, [(name, SUSPENDED) for name in accounts])
        database.commit()


def held(path: Path) -> dict[str, int]:
    """Return what the platform holds in the end: how many accounts, free ones, and how often each was set."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
        row = database.execute(
            "SELECT count(*), coalesce(sum(restrictions = '[]'), 0), coalesce(min(applied_count), 0),"
            " coalesce(max(applied_count), 0), coalesce(min(version), 0), coalesce(max(version), 0)"
            " FROM platform_standing"
        ).fetchone()
    fields = ("accounts", "free", "least_applied", "most_applied", "least_version", "most_version")
    return dict(zip(fields, row, strict=True))


def prepare(story: dict[str, Any]) -> dict[str, Any]:
    """Suspend so many accounts by a rule alone, as told and confirmed, and open the incident of it."""
    from sinmungo.apps.base import clock
    from sinmungo.apps.enforcement.models import Delivery, ItemState
    from sinmungo.apps.items.models import Version
    from sinmungo.apps.statements.models import Statement
    from tests.common import factories as make
    from tests.journeys import waves

    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    platform = make.platform(slug=SLUG, webhook=(story["url"], story["secret"]))
    policy = make.adopted(platform)
    began = clock.now()
    accounts = names(story["accounts"])
    decisions = []
    for start in range(0, len(accounts), 5000):
        items = make.accounts(platform, accounts[start : start + 5000])
        versions = Version.objects.bulk_create(make.seen(item, text="구름과 낮은 언덕") for item in items)
        decisions += waves.suspended(versions, policy)
    now = clock.now()
    Delivery.objects.update(state=Delivery.State.DONE, done_at=now)
    ItemState.objects.update(confirmed=F("version"), confirmed_at=now)
    Statement.objects.update(told_at=now)
    wave = waves.opened(platform, began, decisions)
    return {"incident": wave.incident.pk.hex, "proposer": wave.proposer.pk.hex}


def begin(story: dict[str, Any]) -> dict[str, Any]:
    """Propose, run dry and confirm the restoration of everybody; returns what the dry run counted.

    ``batch`` makes batches smaller than they are.
    """
    from sinmungo.apps.autonomy.models import Automation, Incident, Restoration
    from sinmungo.apps.autonomy.services import restorations
    from sinmungo.apps.base import clock
    from tests.common import factories as make

    restorations.BATCH = story.get("batch", restorations.BATCH)
    incident = Incident.objects.get()
    proposer = make.member("lead")
    made = restorations.propose(
        incident=incident,
        automations=list(Automation.objects.all()),
        window_from=incident.onset_from,
        window_to=clock.now(),
        user=proposer,
        at=clock.now(),
    )
    counts = restorations.dry_run(restoration=made, user=proposer, at=clock.now())
    digest = Restoration.objects.get().digest
    restorations.confirm(restoration=made, user=make.member("policy"), digest=digest, at=clock.now())
    return {"to_restore": counts.to_restore, "in_all": counts.in_all}


def progress(_: dict[str, Any]) -> dict[str, Any]:
    """Return how far it is."""
    from dataclasses import asdict

    from sinmungo.apps.autonomy.models import Restoration
    from sinmungo.apps.autonomy.queries import restorations
    from sinmungo.apps.base import clock

    return asdict(restorations.progress(Restoration.objects.get(), at=clock.now()))


def let_leases_run_out(_: dict[str, Any]) -> dict[str, Any]:
    """Let whatever killed processes had claimed be due at once; nothing else changes."""
    from sinmungo.apps.autonomy.models import RestorationBatch
    from sinmungo.apps.base import clock
    from sinmungo.apps.enforcement.models import Delivery

    owed = 0
    for model in (RestorationBatch, Delivery):
        owed += model.objects.filter(done_at=None).update(
            claimed_until=None, due_at=clock.now() - timedelta(seconds=1)
        )
    return {"owed": owed}


def check(_: dict[str, Any]) -> dict[str, Any]:
    """Return everything that must be exact in the end, as the database says."""
    from sinmungo.apps.autonomy.models import AccountRecord, Affected, Clearance, Restoration, Shelter
    from sinmungo.apps.base import clock
    from sinmungo.apps.enforcement.models import Decision, Delivery, Restriction, Strike
    from sinmungo.apps.ledger import queries as ledger
    from sinmungo.apps.ledger import services as ledger_services
    from sinmungo.apps.ledger.models import Entry, Unsequenced
    from sinmungo.apps.statements.models import Statement

    while ledger_services.sequence(now=clock.now()):
        pass
    restored = Decision.objects.filter(source="restoration")
    messages = Statement.objects.filter(decision__source="restoration", audience="affected")
    told = Entry.objects.filter(kind="statements.statement.told")
    subjects = told.filter(subject__in=[f"decision:{each}" for each in _few(restored)])
    return {
        "restoration": Restoration.objects.get().state,
        "states": dict(Affected.objects.values_list("state").annotate(Count("pk"))),
        "decisions": restored.count(),
        "superseded": restored.values("supersedes").distinct().count(),
        "standing": Restriction.objects.filter(standing=True).count(),
        "strikes": Strike.objects.filter(removed_at=None).count(),
        "messages": messages.count(),
        "people_told": messages.filter(told_at__isnull=False).values("item").distinct().count(),
        "told_once": subjects.count() == subjects.values("subject").distinct().count() == len(_few(restored)),
        "letters": Clearance.objects.count(),
        "sheltered": Shelter.objects.count(),
        "read_back": AccountRecord.objects.filter(read_at__isnull=False).count(),
        "owed": Delivery.objects.filter(done_at=None).count(),
        "unsequenced": Unsequenced.objects.count(),
        "ledger_faults": len(ledger.verify_all().faults),
    }


def _few(restored: Any) -> list[str]:
    """Return the codes of some of the decisions: a list of all would be too long for one question."""
    return list(restored.order_by("pk").values_list("case_code", flat=True)[:400])


def work(_: dict[str, Any]) -> dict[str, Any]:
    """Fork a worker that keeps promises until it is killed; returns its process id."""
    from sinmungo.apps.base import clock
    from sinmungo.journeys import work as promises

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a worker that was killed
    process = os.fork()
    if process:
        return {"pid": process}
    while os.getppid() != 1:
        if not promises.keep_all(now=clock.now(), limit=200):
            time.sleep(0.05)
    os._exit(0)


DOES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "prepare": prepare,
    "begin": begin,
    "progress": progress,
    "let_leases_run_out": let_leases_run_out,
    "work": work,
    "check": check,
}


def main() -> None:
    """Do what each line asks for."""
    from django.db import connections

    for line in sys.stdin:
        order = json.loads(line)
        answer = DOES[order["do"]](order)
        connections.close_all()  # a fork must not inherit an open database
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
