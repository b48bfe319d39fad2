"""Several worker processes take from one day's money at once."""

from __future__ import annotations

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
_TAKE = """
import datetime, django
django.setup()
from sinmungo.apps.screening import consultations
day = datetime.date(2026, 3, 1)
print(sum(consultations.reserve(day=day, micros=10, limit=100) for _ in range(8)))
"""


def test_workers_at_the_same_time_never_pass_the_limit(tmp_path: Path) -> None:
    """Three processes try to take ten micros eight times each of a hundred: ten times it is given."""
    home = dict(os.environ, SINMUNGO_HOME=str(tmp_path), DJANGO_SETTINGS_MODULE="sinmungo.site.settings")
    home.pop("DATABASE_URL", None)
    subprocess.run([sys.executable, "-c", _PREPARE], env=home, check=True, timeout=120)
    takers = [
        subprocess.Popen([sys.executable, "-c", _TAKE], env=home, stdout=subprocess.PIPE) for _ in range(3)
    ]
    try:
        given = [int(taker.communicate(timeout=60)[0]) for taker in takers]
    finally:
        for taker in takers:
            taker.kill()

    assert sum(given) == 10
