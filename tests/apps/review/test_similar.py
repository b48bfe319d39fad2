"""Decided cases like one that waits, and what else is open about its account."""

from __future__ import annotations

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.review import queries, services
from sinmungo.apps.review.models import Case
from sinmungo.apps.review.similar import SHOWN, similar_cases
from sinmungo.apps.staff import services as staff
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.staff.models import User
from sinmungo.journeys import decide
from tests.apps.review import made
from tests.common import factories

pytestmark = pytest.mark.django_db

SAID = "내일 저녁에 학교 앞으로 찾아가서 가만두지 않겠다"
NEARLY = "내일 저녁에 학교 앞으로 찾아가서 가만 안 두겠다"
OTHER = "중고 자전거를 싸게 팝니다 연락 주세요"


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def lead() -> User:
    return made.member("lead")


def _decided(world: made.World, text: str) -> tuple[Case, Decision]:
    case = made.waiting_case(world.platform, text)
    assert case.version is not None
    decision = factories.decision(case.version, world.version)
    services.close(case=case, decision=decision, at=clock.now(), actor=SYSTEM)
    return case, decision


def test_like_cases_are_shown_the_likest_first(world: made.World, lead: User) -> None:
    """The same words come before nearly the same ones, and other words do not come at all."""
    near, _ = _decided(world, NEARLY)
    same, decision = _decided(world, SAID)
    _decided(world, OTHER)
    waiting = made.waiting_case(world.platform, SAID)
    found = similar_cases(case=waiting, seen_by=lead)
    assert [each.case for each in found] == [same, near]
    assert found[0].likeness == 1.0
    assert 0.3 <= found[1].likeness < 1.0
    assert (found[0].decision, found[0].changed_by) == (decision, None)


def test_an_overturned_one_stands_last_and_says_so(world: made.World, lead: User) -> None:
    """However like it is: what an appeal overturned is no example to follow."""
    wrong, decision = _decided(world, SAID)
    right, _ = _decided(world, NEARLY)
    later = factories.overturned(decision)
    found = similar_cases(case=made.waiting_case(world.platform, SAID), seen_by=lead)
    assert [(each.case, each.changed_by) for each in found] == [(right, None), (wrong, later)]


def test_five_are_shown_at_most_and_the_case_itself_never(world: made.World, lead: User) -> None:
    """A case that ended is among the decided ones and is not like itself."""
    ended = [_decided(world, SAID)[0] for _ in range(SHOWN + 2)]
    assert len(similar_cases(case=made.waiting_case(world.platform, SAID), seen_by=lead)) == SHOWN
    assert ended[-1] not in [each.case for each in similar_cases(case=ended[-1], seen_by=lead)]


def test_nothing_is_like_a_text_without_letters(world: made.World, lead: User) -> None:
    """Two texts that say nothing are not alike by that."""
    _decided(world, "!!! …")
    assert similar_cases(case=made.waiting_case(world.platform, "…"), seen_by=lead) == []


def test_cases_that_wait_are_no_examples(world: made.World, lead: User) -> None:
    """Only what was decided counts, from the moment it is."""
    other = made.waiting_case(world.platform, SAID)
    waiting = made.waiting_case(world.platform, SAID)
    assert similar_cases(case=waiting, seen_by=lead) == []
    assert other.version is not None
    decision = decide.one(factories.proposal(other.version, None, violation=False), actor=factories.RULE)
    services.close(case=other, decision=decision, at=clock.now(), actor=SYSTEM)
    assert [each.case for each in similar_cases(case=waiting, seen_by=lead)] == [other]


def test_what_one_may_not_see_is_like_nothing(world: made.World, lead: User) -> None:
    """Other platforms' cases and those of refused queues are left out; vendors are refused the look."""
    there = made.world()
    _decided(there, SAID)
    waiting = made.waiting_case(world.platform, SAID)
    local = made.member("lead", platform=world.platform.slug)
    assert similar_cases(case=waiting, seen_by=local) == []
    assert len(similar_cases(case=waiting, seen_by=lead)) == 1
    staff.refuse_queue(user=lead, queue="threats", at=clock.now(), actor=SYSTEM)
    assert similar_cases(case=waiting, seen_by=lead) == []
    with pytest.raises(RoleLacks):
        similar_cases(case=waiting, seen_by=made.member("hearer"))


def test_what_else_is_open_about_the_account_is_counted(world: made.World, lead: User) -> None:
    """Other open cases of the same author, not ended ones, not the case itself, not other people's."""
    case = made.waiting_case(world.platform)
    author = case.item.author
    assert author is not None
    others = []
    for version in factories.posts(world.platform, [author] * 3, ["a-1", "a-2", "a-3"]):
        gathered = services.gather(
            item=version.item, version=version, verdict=None, queue="privacy", at=clock.now(), actor=SYSTEM
        )
        others.append(gathered)
    Case.objects.filter(pk=others[0].pk).update(state="decided", closed_at=clock.now())
    made.waiting_case(world.platform)
    found = queries.other_open_cases(account=author, besides=case, seen_by=lead, limit=1)
    assert (found.count, len(found.shown)) == (2, 1)
    assert found.shown[0] in others[1:]
    with pytest.raises(RoleLacks):
        queries.other_open_cases(account=author, besides=case, seen_by=made.member("observer"))
