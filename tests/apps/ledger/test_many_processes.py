"""Several processes write and sequence at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

_PREPARE = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""
_WRITE = """
import sys, django
django.setup()
from django.db import transaction
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import PUBLIC
from sinmungo.apps.ledger import services
for turn in range(20):
    subjects = [f"case:{sys.argv[1]}-{turn}-{n}" for n in range(5)]
    batch = [services.NewEntry("review.case.opened", subject, PUBLIC) for subject in subjects]
    with transaction.atomic():
        services.record(batch, at=clock.now())
    services.sequence(now=clock.now())
"""
_CHECK = """
import json, django
django.setup()
from sinmungo.apps.base import clock
from sinmungo.apps.ledger import queries, services
from sinmungo.apps.ledger.models import Entry
services.sequence(now=clock.now())
found = queries.verify_all()
own = Entry.objects.filter(kind="ledger.checkpoint").count()
print(json.dumps({"faults": [fault.kind for fault in found.faults], "size": found.size, "own": own}))
"""


def test_sequencers_that_race_give_one_gapless_log(tmp_path: Path) -> None:
    """Three processes that record and sequence at once leave one sound log with every entry in it."""
    home = dict(os.environ, SINMUNGO_HOME=str(tmp_path), DJANGO_SETTINGS_MODULE="sinmungo.site.settings")
    home.pop("DATABASE_URL", None)
    subprocess.run([sys.executable, "-c", _PREPARE], env=home, check=True, timeout=120)
    writers = [subprocess.Popen([sys.executable, "-c", _WRITE, str(n)], env=home) for n in range(3)]
    try:
        assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    finally:
        for writer in writers:
            writer.kill()
    check = subprocess.run(
        [sys.executable, "-c", _CHECK], env=home, check=True, timeout=60, capture_output=True
    )
    found = json.loads(check.stdout)
    assert found["faults"] == []
    assert found["size"] == 300 + found["own"]
