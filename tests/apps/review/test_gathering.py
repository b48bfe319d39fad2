"""What comes in on one item comes together."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from sinmungo.apps.base import clock, ids
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.items.models import ReachSample
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review import queries, services
from sinmungo.apps.review.errors import NoSuchWork, UnknownQueue
from sinmungo.apps.review.models import Assignment, Case
from sinmungo.apps.staff.errors import RoleLacks
from tests.apps.review import made

pytestmark = pytest.mark.django_db


def _gather(item, version, queue="threats", **more):  # type: ignore[no-untyped-def]
    values = {"verdict": None, "matched": [], "report_facts": {}, "at": clock.now(), "actor": SYSTEM}
    return services.gather(item=item, version=version, queue=queue, **{**values, **more})


def test_reports_and_signals_on_one_item_are_one_case() -> None:
    """What comes second is added to the case that the first opened."""
    item, version = made.post(made.world().platform)
    first = _gather(item, version, matched=[made.MATCHED])
    second = _gather(item, version, report_facts={"clusters": 4, "reasons": ["harassment"]})
    assert first.pk == second.pk
    assert list(Entry.objects.filter(subject=f"case:{first.code}").values_list("kind", flat=True)) == [
        "review.case.opened",
        "review.case.added_to",
    ]


def test_the_database_allows_one_open_case_an_item() -> None:
    """Whatever races there are, a second open case on an item is refused by the database itself."""
    case = made.waiting_case(made.world().platform)
    work = services.open_assignment(
        kind="case", queue="threats", platform=case.item.platform, at=clock.now(), actor=SYSTEM
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.create(
            id=ids.new_id(),
            code=ids.new_case_code(),
            item=case.item,
            assignment=work,
            opened_at=clock.now(),
        )


def test_the_place_of_a_case_is_explained() -> None:
    """A reviewer can read every reason for a case's place, with what was seen and its points."""
    case = made.waiting_case(made.world().platform)
    parts = {part.label: part for part in queries.explanation(assignment=case.assignment, at=case.opened_at)}
    assert parts["severity"].value == "high"
    assert parts["queue"].points == 60
    assert parts["signal"].value == "terms.threat 0.90"
    assert parts["rule"].points == 5
    assert parts["reports"].value == "2 (1/2)"
    assert parts["waiting"].points == 0


def test_a_fast_spreading_item_comes_first() -> None:
    """Of two like cases the one that more people see stands first, by reach and by speed."""
    world = made.world()
    quiet, _ = made.post(world.platform)
    loud, version = made.post(world.platform)
    now = clock.now()
    ReachSample.objects.create(item=loud, at=now - timedelta(hours=2), views=100)
    ReachSample.objects.create(item=loud, at=now, views=90_100)
    second = _gather(quiet, None)
    first = _gather(loud, version)
    lead = made.member("lead")
    page = queries.waiting_cases(seen_by=lead, filters=queries.Filters(queue="threats"))
    assert [row.case for row in page.rows] == [first, second]
    parts = {part.label: part.value for part in queries.explanation(assignment=first.assignment, at=now)}
    assert (parts["reach"], parts["speed"]) == ("90100", "45000")


def test_the_reach_told_with_the_event_counts_without_samples() -> None:
    """An item whose platform told its reach once is placed by that number."""
    item, version = made.post(made.world().platform, reach=5000)
    case = _gather(item, version)
    assert {"reach": "5000"}.items() <= {
        p["label"]: p["value"] for p in case.assignment.priority_explained
    }.items()


def test_a_case_is_never_lost_to_a_misspelt_queue() -> None:
    """A queue that nobody made means the general queue; open work elsewhere is refused."""
    world = made.world()
    item, version = made.post(world.platform)
    assert _gather(item, version, queue="no-such-queue").assignment.queue_id == "general"
    with pytest.raises(UnknownQueue):
        services.open_assignment(
            kind="case", queue="nowhere", platform=world.platform, at=clock.now(), actor=SYSTEM
        )


def test_a_case_moves_to_a_weightier_queue_and_not_back() -> None:
    """New evidence may move a case to a weightier queue, never to a lighter one."""
    item, version = made.post(made.world().platform)
    assert _gather(item, version, queue="privacy").assignment.queue_id == "privacy"
    assert _gather(item, version, queue="threats").assignment.queue_id == "threats"
    assert _gather(item, version, queue="privacy").assignment.queue_id == "threats"


def test_a_changed_item_makes_a_conflict_for_whoever_is_deciding() -> None:
    """A new version of the item grows the version of the work; more reports alone do not."""
    item, version = made.post(made.world().platform)
    case = _gather(item, version)
    assert _gather(item, version, report_facts={"clusters": 2}).assignment.version == 1
    assert _gather(item, made.seen(item, "고쳐 쓴 글")).assignment.version == 2
    assert Case.objects.get(pk=case.pk).version.text == "고쳐 쓴 글"  # type: ignore[union-attr]


def test_a_decided_case_is_followed_by_a_new_one() -> None:
    """What comes in after a decision opens another case on the same item."""
    item, version = made.post(made.world().platform)
    first = _gather(item, version)
    Case.objects.filter(pk=first.pk).update(state="decided", closed_at=clock.now())
    assert _gather(item, version).pk != first.pk


def test_lists_page_by_key() -> None:
    """Reading page after page shows every case once, in order of priority."""
    world = made.world()
    cases = [made.waiting_case(world.platform) for _ in range(5)]
    lead = made.member("lead")
    seen: list[str] = []
    after = ""
    while True:
        page = queries.waiting_cases(seen_by=lead, limit=2, after=after)
        seen += [row.case.code for row in page.rows]
        after = page.next
        if not after:
            break
    assert sorted(seen) == sorted(case.code for case in cases)
    assert seen == [
        row.case.code for row in Assignment.objects.select_related("case").order_by("-priority", "id")
    ]


def test_a_reviewer_of_another_platform_sees_nothing() -> None:
    """Cases on a platform one does not work on are not listed, not counted and not found."""
    here, there = made.world(), made.world()
    case = made.waiting_case(here.platform)
    other = made.member("reviewer", platform=there.platform.slug)
    assert queries.waiting_cases(seen_by=other).rows == []
    assert sum(count.waiting for count in queries.queue_counts(seen_by=other, at=clock.now())) == 0
    with pytest.raises(NoSuchWork):
        queries.case_by_code(code=case.code, seen_by=other)


def test_counts_tell_what_waits_and_what_is_in_hand() -> None:
    """A queue's count parts what anybody may take from what somebody holds."""
    world = made.world()
    first, _ = made.waiting_case(world.platform), made.waiting_case(world.platform)
    reviewer, now = made.member(), clock.now()
    services.claim(assignment=first.assignment, user=reviewer, expected_version=1, at=now, actor=SYSTEM)
    counts = {count.queue.slug: count for count in queries.queue_counts(seen_by=reviewer, at=now)}
    assert (counts["threats"].waiting, counts["threats"].held) == (1, 1)
    assert (counts["privacy"].waiting, counts["privacy"].oldest) == (0, None)


def test_an_observer_sees_counts_and_no_case() -> None:
    """An observer may read how much waits, and is refused the list of what it is."""
    observer = made.member("observer")
    queries.queue_counts(seen_by=observer, at=clock.now())
    with pytest.raises(RoleLacks):
        queries.waiting_cases(seen_by=observer)
