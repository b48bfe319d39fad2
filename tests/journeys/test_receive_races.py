"""Two writers at once, each with a connection of its own. SQLite has one writer, so this is PostgreSQL's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.intake.models import Report
from sinmungo.apps.items.models import Version
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening.models import Verdict
from sinmungo.journeys import adopt, receive, report
from tests.apps.items import made
from tests.journeys.packs import MATCHING, THREAT

pytestmark = pytest.mark.django_db(transaction=True)


def _at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Run ``acts`` in threads that begin together; returns what each gave, or its error."""
    gate = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int) -> None:
        gate.wait(timeout=10)
        try:
            results[place] = acts[place]()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


@pytest.fixture(autouse=True)
def _two_connections() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs a database that takes several writers")


def test_the_same_events_from_two_senders_count_once():
    """However two requests with the same events interleave, each event is kept once."""
    platform = made.platform()
    events = [made.event(f"e{n}", external_id=f"p{n % 7}", text=f"글 {n}") for n in range(60)]
    results = _at_once(
        [lambda: receive.take(platform=platform, raw=events, actor=SYSTEM)] * 2
        + [lambda: receive.take(platform=platform, raw=list(reversed(events)), actor=SYSTEM)] * 2
    )

    assert sum(taken.accepted for taken in results) == 60
    assert sum(taken.duplicates for taken in results) == 180
    assert Version.objects.count() == 60


def test_one_person_reporting_twice_at_once_counts_once():
    """Two clicks make one report, one receipt and one case."""
    platform = made.platform()
    adopt.adopt(platform=platform, source=MATCHING, actor=SYSTEM)

    def file() -> report.FiledReport:
        return report.file(
            platform=platform,
            item_type="post",
            external_id="p1",
            reason="harassment",
            reporter_external_id="u8",
            actor=SYSTEM,
        )

    results = _at_once([file] * 4)

    assert sorted(filed.already_received for filed in results) == [False, True, True, True]
    assert Report.objects.count() == 1
    assert Case.objects.count() == 1


def test_two_workers_judge_each_promise_once():
    """Workers that claim at once share the work and write each verdict once."""
    platform = made.platform()
    adopt.adopt(platform=platform, source=MATCHING, actor=SYSTEM)
    for number in range(8):
        events = [made.event(f"e{number}", external_id=f"p{number}", text=THREAT)]
        receive.take(platform=platform, raw=events, actor=SYSTEM)
    now = clock.now()
    kept = _at_once([lambda: receive.keep(now, 3)] * 4)

    assert sum(kept) == 8
    assert Verdict.objects.count() == 8
    assert Case.objects.count() == 8
