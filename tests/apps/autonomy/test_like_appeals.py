"""Appeals that say the same thing: found by words, rule and days, linked as one, answered one by one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sinmungo.apps.appeals import queries as appeal_queries
from sinmungo.apps.autonomy import errors_incidents as errors
from sinmungo.apps.autonomy.models import Incident, LinkedAppeal
from sinmungo.apps.autonomy.queries import incident_desk as desk
from sinmungo.apps.autonomy.queries import incidents as queries
from sinmungo.apps.autonomy.queries import like_appeals
from sinmungo.apps.autonomy.services import linking
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.vault import services as vault
from sinmungo.core.kernel.words import AppealOutcome
from tests.apps.autonomy import made
from tests.apps.autonomy.incident_made import appeal, ended, opened, wave
from tests.common import factories

pytestmark = pytest.mark.django_db

OTHER_WORDS = "어제 올린 고양이 그림을 왜 지웠는지 궁금합니다. 제가 그린 것이 맞고 원본도 있습니다."


def test_appeals_of_one_rule_in_similar_words_on_the_same_days_are_strong_candidates() -> None:
    """Other words of the same rule are offered too, and not chosen for anybody."""
    found = wave(4)
    alike = [appeal(act, number=number) for number, act in enumerate(found.acts[:3])]
    other = appeal(found.acts[3], OTHER_WORDS)
    candidates = linking.like_appeals(opened(found))
    assert {each.appeal for each in candidates if each.is_strong} == set(alike)
    [weak] = [each for each in candidates if not each.is_strong]
    assert (weak.appeal, weak.is_affected) == (other, True)
    assert weak.likeness < like_appeals.LEAST_LIKENESS


def test_the_same_words_against_another_rule_are_offered_for_a_person_to_judge() -> None:
    """The wave may be wider than one rule; whether it is, a person says."""
    found = wave(2)
    for number, act in enumerate(found.acts):
        appeal(act, number=number)
    hides = made.automation(found.world, made.HIDES)
    outside = appeal(made.acted(found.world, hides), number=7)
    candidate = next(each for each in linking.like_appeals(opened(found)) if each.appeal == outside)
    assert (candidate.is_same_rule, candidate.is_same_days, candidate.is_strong) == (False, True, False)


def test_what_is_linked_already_is_what_others_are_compared_with() -> None:
    """A person who links one appeal says which words are meant."""
    found = wave(4)
    for number, act in enumerate(found.acts[:2]):
        appeal(act, number=number)
    first, second = (appeal(act, OTHER_WORDS) for act in found.acts[2:])
    incident = opened(found)
    linking.link(incident=incident, appeals=[first], user=found.lead, at=clock.now())
    best = linking.like_appeals(incident)[0]
    assert (best.appeal, best.likeness) == (second, 1.0)


def test_appeals_of_another_platform_and_of_another_incident_are_never_offered_or_linked() -> None:
    """One appeal belongs to one incident."""
    found, elsewhere = wave(1), wave(1)
    mine, foreign = appeal(found.acts[0]), appeal(elsewhere.acts[0])
    incident, other = opened(found), opened(found)
    known = {"user": found.lead, "at": clock.now()}
    assert [each.appeal for each in linking.like_appeals(incident)] == [mine]
    with pytest.raises(errors.NotLinkable):
        linking.link(incident=incident, appeals=[foreign], **known)
    assert linking.link(incident=incident, appeals=[mine], **known) == 1
    assert linking.link(incident=incident, appeals=[mine], **known) == 0
    assert linking.like_appeals(other) == []
    with pytest.raises(errors.NotLinkable):
        linking.link(incident=other, appeals=[mine], **known)


def test_a_group_is_seen_as_one_and_answered_one_by_one() -> None:
    """Linking changes no answer; the group counts how far its appeals are."""
    found = wave(3)
    rows = [appeal(act, number=number) for number, act in enumerate(found.acts)]
    incident = opened(found)
    linking.link(incident=incident, appeals=rows, user=found.lead, at=clock.now())
    hearer = factories.member("hearer")
    assert {row.appeal for row in appeal_queries.waiting(seen_by=hearer).rows} == set(rows)
    ended(rows[0], AppealOutcome.OVERTURNED)
    group = desk.group(incident)
    assert (group.total, group.waiting, group.overturned, group.upheld) == (3, 2, 1, 0)
    assert group.oldest_due == rows[1].due_at


def test_an_appeal_can_be_taken_out_again() -> None:
    """It is offered again, and can be linked elsewhere."""
    found = wave(1)
    row, incident = appeal(found.acts[0]), opened(found)
    known = {"incident": incident, "appeals": [row], "user": found.lead, "at": clock.now()}
    linking.link(**known)
    assert linking.unlink(**known) == 1
    assert linking.unlink(**known) == 0
    assert not LinkedAppeal.objects.exists()


def test_a_group_that_nobody_looked_into_opens_an_incident_of_its_own() -> None:
    """Its automation is named, what it did joins, and the appeals are linked."""
    found = wave(3)
    rows = [appeal(act, number=number) for number, act in enumerate(found.acts)]
    [group] = like_appeals.groups(platform=found.world.platform, seen_by=found.lead, at=clock.now())
    assert (set(group.appeals), group.automation) == (set(rows), found.automation.pk)
    incident = opened(
        found, automations=[], appeals=group.appeals, onset_from=group.first, onset_to=clock.now()
    )
    assert incident.cause == Incident.Cause.APPEALS
    assert queries.counts(incident).affected == 3
    assert desk.group(incident).total == 3
    assert like_appeals.groups(platform=found.world.platform, seen_by=found.lead, at=clock.now()) == []


def test_two_appeals_are_no_group_and_old_ones_are_left_alone() -> None:
    """Three in thirty days are the least."""
    found = wave(3)
    platform = found.world.platform
    for act in found.acts[:2]:
        appeal(act)
    assert like_appeals.groups(platform=platform, seen_by=found.lead, at=clock.now()) == []
    appeal(found.acts[2])
    assert len(like_appeals.groups(platform=platform, seen_by=found.lead, at=clock.now())) == 1
    later = clock.now() + timedelta(days=31)
    assert like_appeals.groups(platform=platform, seen_by=found.lead, at=later) == []


def test_words_of_a_group_are_for_those_who_may_hear_appeals() -> None:
    """Policy runs incidents and hears no appeals: it sees how many, not what they say."""
    found = wave(3)
    for act in found.acts:
        appeal(act)
    known = {"platform": found.world.platform, "at": clock.now()}
    [heard] = like_appeals.groups(**known, seen_by=found.lead)
    [counted] = like_appeals.groups(**known, seen_by=factories.member("policy"))
    assert heard.words
    assert counted.words == ""
    with pytest.raises(RoleLacks):
        like_appeals.groups(**known, seen_by=factories.member("hearer"))


def test_an_appeal_whose_words_were_forgotten_is_like_none() -> None:
    """A destroyed key ends the likeness and breaks nothing."""
    found = wave(2)
    rows = [appeal(act) for act in found.acts]
    incident = opened(found)
    vault.destroy([appeal_queries.key_ref(rows[0])], actor=SYSTEM)
    likeness = {each.appeal: each.likeness for each in linking.like_appeals(incident)}
    assert likeness[rows[0]] == 0.0
