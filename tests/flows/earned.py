"""The weeks before a story: an automation that people found right in enough blind audits to act alone.

``python -m tests.flows.earned RULE LABELS`` with the home of a deployment set.
"""

from __future__ import annotations

import hashlib
import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sinmungo.site.settings")
    django.setup()

from sinmungo.apps.autonomy.models import Automation, Epoch
from sinmungo.apps.autonomy.services import automations, evidence
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.core.kernel.words import Level


def earn(rule: str, labels: int) -> None:
    """Enter ``labels`` right ones of different authors and raise the automation as they allow."""
    automation = Automation.objects.get(rule=rule)
    epoch = Epoch.objects.get(automation=automation, ended_at=None)
    for number in range(labels):
        evidence.enter(
            epoch=epoch,
            stream="audit",
            x=0.0,
            terms={"weight": 1.0, "random": 1.0},
            source=hashlib.sha256(f"{rule} {number}".encode()).hexdigest(),
            at=clock.now(),
        )
    automations.change_level(
        automation=automation, to=Level.AUTO, reason="earned", evidence={}, actor=SYSTEM, at=clock.now()
    )


if __name__ == "__main__":
    earn(sys.argv[1], int(sys.argv[2]))
