"""Decisions through the one door in one process: batches of 200, then one by one, then plain rows."""

from __future__ import annotations

import gc
import statistics
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial

from django.db import transaction
from tests.common import factories as make

from sinmungo.apps.base import clock
from sinmungo.apps.enforcement.proposals import Proposal, Refusal
from sinmungo.apps.items.models import Item, ReachSample
from sinmungo.core.kernel.words import ActionKind
from sinmungo.journeys import decide

BATCH, BATCHES, SINGLES = 200, 15, 60
ROWS_A_DECISION = 17


def measure() -> dict[str, float]:
    """Return decisions a second: the median and the best batch of 200, one by one, and plain rows."""
    waiting = _proposals(BATCH * (BATCHES + 1) + SINGLES)
    _decide(waiting[:BATCH])
    gc.collect()
    gc.freeze()  # the proposals that wait are the measurement's own
    batches = [waiting[BATCH * (n + 1) :][:BATCH] for n in range(BATCHES)]
    taken = [_seconds(partial(_decide, batch)) for batch in batches]
    singles = _seconds(partial(_decide_each, waiting[-SINGLES:]))
    plain = [_seconds(_plain_rows) for _ in range(BATCHES)]
    return {
        "many": BATCH / statistics.median(taken),
        "best": BATCH / min(taken),
        "one": SINGLES / singles,
        "plain": BATCH / statistics.median(plain),
    }


def _proposals(number: int) -> list[Proposal]:
    platform = make.platform(slug=f"bench-{uuid.uuid4().hex[:8]}")
    policy = make.adopted(platform)
    names = [f"n{place}" for place in range(number)]
    versions = make.posts(platform, make.accounts(platform, names), names)
    actions = (make.action(ActionKind.HIDE), make.action(ActionKind.LIMIT_INTERACTION, days=3))
    return [make.proposal(version, policy, *actions) for version in versions]


def _decide(batch: Sequence[Proposal]) -> None:
    results = decide.many(batch, actor=make.RULE)
    assert not any(isinstance(made, Refusal) for made in results), "every proposal is good"


def _decide_each(batch: Sequence[Proposal]) -> None:
    for proposal in batch:
        decide.one(proposal, actor=make.RULE)


def _plain_rows() -> None:
    item, now = Item.objects.order_by("pk").first(), clock.now()
    assert item is not None
    rows = (ReachSample(item=item, at=now, views=views) for views in range(BATCH * ROWS_A_DECISION))
    with transaction.atomic():
        ReachSample.objects.bulk_create(rows)


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
