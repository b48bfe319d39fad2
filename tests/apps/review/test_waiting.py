"""What waits, filtered: every filter, what is put off, and what a person does not see."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import PUBLIC, SYSTEM
from sinmungo.apps.intake import services as intake
from sinmungo.apps.items.models import Item
from sinmungo.apps.review import queries, services
from sinmungo.apps.review.errors import NoSuchWork
from sinmungo.apps.review.models import Assignment, Case, FactorAnswer, Queue
from sinmungo.apps.review.queries import Filters
from sinmungo.apps.staff import services as staff
from sinmungo.apps.staff.models import User
from tests.apps.review import made

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def lead() -> User:
    return made.member("lead")


def _gathered(world: made.World, queue: str = "threats", at: datetime | None = None, **told: object) -> Case:
    item, version = made.post(world.platform, **told)
    return services.gather(
        item=item, version=version, verdict=None, queue=queue, at=at or clock.now(), actor=SYSTEM
    )


def _seen(user: User, at: datetime | None = None, **asked: object) -> set[str]:
    rows = queries.waiting_cases(seen_by=user, filters=Filters(**asked), at=at).rows  # type: ignore[arg-type]
    return {row.case.code for row in rows}


def _changed(case: Case, **values: object) -> None:
    Assignment.objects.filter(pk=case.assignment_id).update(**values)


def _reported(item: Item) -> None:
    draft = intake.draft_report(
        platform_id=item.platform_id,
        item_id=item.id,
        reason="spam",
        words="",
        contact="",
        locale="ko",
        reporter_external_id="u1",
        at=clock.now(),
    )
    intake.file_report(draft=draft, version=None, actor=PUBLIC)


def test_a_queue_and_a_platform_are_asked_for(world: made.World, lead: User) -> None:
    """Each leaves out what waits elsewhere, and together they leave what fits both."""
    there = made.world()
    here, moved, far = _gathered(world), _gathered(world, "privacy"), _gathered(there)
    assert _seen(lead, queue="threats") == {here.code, far.code}
    assert _seen(lead, platform=world.platform.slug) == {here.code, moved.code}
    assert _seen(lead, queue="threats", platform=there.platform.slug) == {far.code}
    assert _seen(lead, queue="no-such-queue") == set()


def test_a_policy_is_one_that_matched_or_was_answered(world: made.World, lead: User) -> None:
    """A case is of a policy when one of its rules matched, or somebody answered its questions."""
    matched, answered, _other = made.waiting_case(world.platform), _gathered(world), _gathered(world)
    FactorAnswer.objects.create(
        case=answered, policy="threats", factor="directed", answer="yes", user=lead, at=clock.now()
    )
    assert _seen(lead, policy="threats") == {matched.code, answered.code}
    assert _seen(lead, policy="threat") == set()
    assert _seen(lead, policy='threats"%') == set()


def test_a_language_is_what_the_platform_told_of_the_text(world: made.World, lead: User) -> None:
    """Told inside anything else, or not told, it is no language of the text."""
    korean = _gathered(world, lang="ko")
    _gathered(world, lang="en")
    _gathered(world, attributes={"lang": "ko"})
    _gathered(world)
    assert _seen(lead, language="ko") == {korean.code}


def test_pictures_and_reports_are_asked_for(world: made.World, lead: User) -> None:
    """A picture that belongs to the item, and a report that nothing has answered."""
    pictured = _gathered(world, media=[{"kind": "image", "sha256": "", "url": ""}])
    _gathered(world, media=[])
    reported = _gathered(world)
    _reported(reported.item)
    assert _seen(lead, picture=True) == {pictured.code}
    assert _seen(lead, reported=True) == {reported.code}


def test_mine_is_what_i_was_given_or_have_in_hand(world: made.World, lead: User) -> None:
    """What a colleague has, or what I had and let go by, is not mine."""
    now = clock.now()
    given, in_hand, lapsed, free = (_gathered(world) for _ in range(4))
    other = made.member()
    _changed(given, assignee=lead)
    _changed(in_hand, holder=lead, held_until=now + timedelta(minutes=5))
    _changed(lapsed, holder=lead, held_until=now - timedelta(minutes=5))
    assert _seen(lead, mine=True) == {given.code, in_hand.code}
    assert _seen(other, mine=True) == set()
    assert _seen(other, unassigned=True) == {lapsed.code, free.code}


def test_what_is_put_off_is_left_out_until_its_moment(world: made.World, lead: User) -> None:
    """Work put off is in no list and no count, unless it is asked for, until it comes up again."""
    now = clock.now()
    later, ready = _gathered(world), _gathered(world)
    _changed(later, snoozed_until=now + timedelta(hours=1))
    assert _seen(lead, now) == {ready.code}
    assert _seen(lead, now, snoozed=True) == {later.code}
    assert _seen(lead, now + timedelta(hours=1)) == {later.code, ready.code}
    counts = {count.queue.slug: count.waiting for count in queries.queue_counts(seen_by=lead, at=now)}
    assert counts["threats"] == 1


def test_what_is_overdue_and_what_is_old_is_asked_for(world: made.World, lead: User) -> None:
    """Overdue is past its due moment; age counts from when the case was opened, its edge included."""
    now = clock.now()
    old, new = _gathered(world, at=now - timedelta(hours=5)), _gathered(world, at=now)
    _changed(old, due_at=now - timedelta(seconds=1))
    _changed(new, due_at=now + timedelta(hours=1))
    assert _seen(lead, now, overdue=True) == {old.code}
    assert _seen(lead, now, older_than=timedelta(hours=5)) == {old.code}
    assert _seen(lead, now, older_than=timedelta(hours=5, seconds=1)) == set()


def test_a_refused_queue_is_neither_listed_nor_counted(world: made.World, lead: User) -> None:
    """Whoever asked not to see a queue meets nothing of it in lists; a link still leads to its case."""
    case = _gathered(world)
    staff.refuse_queue(user=lead, queue="threats", at=clock.now(), actor=SYSTEM)
    assert _seen(lead) == set()
    assert "threats" not in {count.queue.slug for count in queries.queue_counts(seen_by=lead, at=clock.now())}
    assert queries.case_by_code(code=case.code, seen_by=lead) == case


def test_a_vendor_reviewer_sees_the_named_queues_only(world: made.World) -> None:
    """Cases of other queues are not listed, not counted, and not told from ones that do not exist."""
    vendor = made.member("reviewer", platform="nowhere")
    staff.grant(user=vendor, role="vendor", queues=["privacy"], at=clock.now(), actor=SYSTEM)
    shut, open_to_them = _gathered(world), _gathered(world, "privacy")
    assert _seen(vendor) == {open_to_them.code}
    counts = queries.queue_counts(seen_by=vendor, at=clock.now())
    assert [count.queue.slug for count in counts if count.waiting] == ["privacy"]
    with pytest.raises(NoSuchWork):
        queries.case_by_code(code=shut.code, seen_by=vendor)


def test_a_case_is_due_when_its_queue_promises(world: made.World) -> None:
    """Opened hours before its queue's service time; moved to another queue it keeps the earlier moment."""
    Queue.objects.filter(slug="privacy").update(hours=24)
    Queue.objects.filter(slug="threats").update(hours=48)
    now = clock.now()
    item, version = made.post(world.platform)
    gathered = {"item": item, "version": version, "verdict": None, "actor": SYSTEM}
    case = services.gather(queue="privacy", at=now, **gathered)
    assert case.assignment.due_at == now + timedelta(hours=24)
    moved = services.gather(queue="threats", at=now + timedelta(hours=1), **gathered)
    assert (moved.assignment.queue_id, moved.assignment.due_at) == ("threats", now + timedelta(hours=24))
    Queue.objects.filter(slug="threats").update(weight=1, hours=0)
    other = _gathered(world, "threats", at=now)
    assert other.assignment.due_at is None


def test_a_graver_queue_brings_the_due_moment_forward(world: made.World) -> None:
    """The service time counts from when the case was opened, whichever queue it waits in now."""
    Queue.objects.filter(slug="threats").update(hours=8)
    now = clock.now()
    item, version = made.post(world.platform)
    gathered = {"item": item, "version": version, "verdict": None, "actor": SYSTEM}
    assert services.gather(queue="privacy", at=now, **gathered).assignment.due_at is None
    moved = services.gather(queue="threats", at=now + timedelta(hours=2), **gathered)
    assert moved.assignment.due_at == now + timedelta(hours=8)


def test_growth_is_told_by_how_fast_it_doubles(world: made.World) -> None:
    """From a hundred views to eight hundred in six hours is a doubling every two hours."""
    item, version = made.post(world.platform)
    now = clock.now()
    item.reach.create(at=now - timedelta(hours=6), views=100)
    item.reach.create(at=now, views=800)
    case = services.gather(item=item, version=version, verdict=None, queue="threats", at=now, actor=SYSTEM)
    parts = {part.label: part for part in queries.explanation(assignment=case.assignment, at=now)}
    assert parts["speed"].facts == {"doubles_in": 2.0}
    assert parts["speed"].value == "117"


def test_work_that_is_referred_keeps_the_earlier_moment(world: made.World, lead: User) -> None:
    """Sent to another queue by hand, a case is due by whichever promise comes first."""
    Queue.objects.filter(slug="privacy").update(hours=24)
    Queue.objects.filter(slug="threats").update(hours=8)
    now = clock.now()
    case = _gathered(world, "privacy", at=now)
    held = services.claim(assignment=case.assignment, user=lead, expected_version=1, at=now, actor=SYSTEM)
    referred = services.refer(
        assignment=held, user=lead, queue="threats", expected_version=held.version, at=now, actor=SYSTEM
    )
    assert referred.due_at == now + timedelta(hours=8)
