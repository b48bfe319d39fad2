"""A policy pack comes into force on a platform, and what is open is judged again under it.

Old verdicts stay beside the new ones; nothing that was decided changes. Automations whose rules execute
something else begin anew, in shadow.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path

from django.db import transaction

from sinmungo.apps.autonomy.services import automations
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import Actor
from sinmungo.apps.intake import services as intake
from sinmungo.apps.intake.models import EventBatch
from sinmungo.apps.items.models import Platform
from sinmungo.apps.policies import queries as policy_queries
from sinmungo.apps.policies import services as policies
from sinmungo.apps.policies.models import Adoption
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Case
from sinmungo.core.policy import Pack, load_pack


def adopt(
    *, platform: Platform, source: Path | str | Pack, actor: Actor, begins: datetime | None = None
) -> Adoption:
    """Put a pack in force on a platform from ``begins`` (now, if it is not given).

    Makes the pack's queues and promises that versions of open cases are judged again from then on. The
    pack that is in force already stays and nothing is promised. Raises ``core.policy.PolicyFaults`` and
    ``policies.errors.AdoptionInThePast``.
    """
    pack = source if isinstance(source, Pack) else load_pack(source)
    now = clock.now()
    starts = begins or now
    with transaction.atomic():
        adoption = policies.adopt(
            platform=platform, pack=policies.load_pack(pack, actor=actor), begins=starts, actor=actor
        )
        for queue in pack.shared.queues:
            review.ensure_queue(
                slug=queue.id,
                title_ko=queue.title.ko,
                title_en=queue.title.en,
                weight=queue.weight,
                hours=queue.hours,
            )
        in_force = policy_queries.in_force(platform.pk, now)
        if in_force is not None:
            automations.sync(platform=platform, pack=in_force, at=now, actor=actor)
        if adoption.begins == starts:
            _judge_open_cases_again(platform, now, starts, actor)
    return adoption


def _judge_open_cases_again(platform: Platform, now: datetime, starts: datetime, actor: Actor) -> None:
    versions = _open_versions(platform)
    for start in range(0, len(versions), intake.MAX_BATCH):
        intake.store_batch(
            platform_id=platform.pk,
            cause=EventBatch.Cause.POLICY,
            version_ids=versions[start : start + intake.MAX_BATCH],
            at=now,
            due_at=starts,
            actor=actor,
        )


def _open_versions(platform: Platform) -> list[uuid.UUID]:
    rows = Case.objects.filter(item__platform=platform, version__isnull=False)
    rows = rows.exclude(state=Case.State.DECIDED).order_by("id")
    return list(rows.values_list("version_id", flat=True))
