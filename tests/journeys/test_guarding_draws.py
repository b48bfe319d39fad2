"""Which acts are audited: known chances, no wave of one kind, and nothing that people decide instead."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from sinmungo.apps.autonomy.models import Act, Automation, HourCount, Shift
from sinmungo.apps.autonomy.queries import acting as queries
from sinmungo.apps.base import clock
from sinmungo.apps.items.queries import VersionSeen
from sinmungo.core.kernel.words import Level
from sinmungo.journeys import guard
from sinmungo.journeys.guarding import drawing
from sinmungo.journeys.receiving import likeness
from tests.apps.autonomy import made


def seen(text: str, attributes: str = "{}") -> VersionSeen:
    """Return a version as judging sees it."""
    at = clock.now()
    nobody = made.ids.new_id()
    return VersionSeen(nobody, nobody, "post", text, attributes, "e", at, at, None)


def words(luck: random.Random, count: int = 60) -> str:
    """Return letters at random."""
    return "".join(chr(luck.randrange(0xAC00, 0xD7A4)) for _ in range(count))


def usual(automation: Automation, at: datetime, wanted: int) -> None:
    """Let an automation have wanted so much in every hour of the last day."""
    for back in range(1, 25):
        hour = queries.hour_of(at) - timedelta(hours=back)
        HourCount.objects.create(automation=automation, hour=hour, wanted=wanted)
    Automation.objects.filter(pk=automation.pk).update(made_at=at - timedelta(hours=24))
    automation.refresh_from_db()


def test_texts_of_one_template_fall_mostly_into_one_cluster_and_others_do_not():
    """Posts of one template with a few letters changed are taken together; unlike posts are not."""
    luck = random.Random(1)
    template = words(luck, 120)
    wave = [seen(template[:-4] + words(luck, 4)) for _ in range(100)]
    largest = max(map(likeness.clusters(wave).count, likeness.clusters(wave)))
    assert largest >= 80
    unlike = likeness.clusters([seen(words(luck)) for _ in range(100)])
    assert len(set(unlike)) >= 95
    assert likeness.clusters([seen("  ")]) == [""]
    assert template[:8] not in "".join(unlike), "a cluster is a keyed digest"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("{}", "other/unknown"),
        ('{"lang": "ko", "author": {"created_at": "2026-02-28T00:00:00+00:00"}}', "ko/new"),
        ('{"lang": "en-GB", "author": {"created_at": "2026-01-01T00:00:00+00:00"}}', "en/young"),
        ('{"lang": "vi", "author": {"created_at": "2020-01-01T00:00:00+00:00"}}', "other/old"),
    ],
)
def test_a_stratum_tells_language_and_the_age_of_the_account(attributes, expected):
    """Language and age of the account make the stratum; what is unknown is one of its own."""
    at = datetime.fromisoformat("2026-03-02T00:00:00+00:00")
    assert likeness.stratum(seen("글", attributes), at=at) == expected


@pytest.mark.django_db
def test_where_little_happens_all_of_it_is_audited():
    """Below the audits an hour that it gets, every act is drawn, each with probability 1."""
    world = made.world()
    automation = made.automation(world)
    made.act(world, automation)
    guard.keep(now=clock.now(), limit=10)
    act = Act.objects.get()
    assert (act.propensity, act.drawn) == (1.0, True)


@pytest.mark.django_db
def test_where_much_happens_the_chance_makes_the_audits_that_people_have_time_for():
    """Of a thousand acts an hour so many are drawn as people can look at: one auditor shares out twelve."""
    world = made.world()
    at = queries.hour_of(clock.now()) + timedelta(minutes=30)
    both = [made.automation(world, rule) for rule in (made.HIDES, made.SUSPENDS)]
    for automation in both:
        usual(automation, at, 1000)
        assert drawing.audits_per_hour(automation, at=at) == pytest.approx(6.0)
        assert drawing.share_of(automation, at=at) == pytest.approx(0.006)


@pytest.mark.django_db
def test_one_budget_is_shared_and_what_acts_keeps_its_floor():
    """More people give ten at most; few people leave five to what acts and one to what is only watched."""
    world = made.world()
    at = clock.now()
    acts, watched = (
        made.automation(world, made.HIDES),
        made.automation(world, made.SUSPENDS, level=Level.SHADOW),
    )
    usual(watched, at, 100)
    Shift.objects.bulk_create(
        Shift(
            platform=world.platform,
            weekday=day,
            begins="00:00",
            ends="00:00",
            auditors=1,
            audits_per_hour=1.0,
        )
        for day in range(7)
    )
    assert drawing.audits_per_hour(acts, at=at) == 5.0
    assert drawing.audits_per_hour(watched, at=at) == 1.0
    Shift.objects.update(auditors=3, audits_per_hour=20.0)
    assert drawing.audits_per_hour(acts, at=at) == 10.0
    assert drawing.audits_per_hour(watched, at=at) == 10.0


@pytest.mark.django_db
def test_what_comes_first_in_an_hour_is_audited_until_the_floor_is_reached():
    """Though a surge lets few be drawn, five of what acts are; after them the plan draws."""
    world = made.world()
    automation = made.automation(world)
    at = clock.now()
    usual(automation, at, 100_000)
    acts = [made.act(world, automation) for _ in range(8)]
    for act in acts:
        act.state = "acted"
    drawing.draw(automation, acts, at=at)
    assert [act.propensity for act in acts[:5]] == [1.0] * 5
    assert all(0 < act.propensity < 0.01 for act in acts[5:])


@pytest.mark.django_db
def test_a_surge_is_not_audited_more_thinly_than_it_comes():
    """The rate of this hour so far counts at once, though the days before were calm."""
    world = made.world()
    automation = made.automation(world)
    at = queries.hour_of(clock.now()) + timedelta(minutes=30)
    usual(automation, at, 10)
    assert queries.acts_per_hour(automation, at=at) == pytest.approx(10)
    HourCount.objects.create(automation=automation, hour=queries.hour_of(at), wanted=600)
    assert queries.acts_per_hour(automation, at=at) == pytest.approx(1200)


@pytest.mark.django_db
def test_one_cluster_does_not_fill_the_audits():
    """Of a day in which one template made nine acts of ten, the others are drawn more often each."""
    world = made.world()
    automation = made.automation(world, level=Level.SHADOW)
    at = clock.now()
    usual(automation, at, 1000)
    for number in range(60):
        cluster = f"other-{number}" if number % 10 == 0 else "wave"
        made.act(world, automation, cluster=cluster, state="watched", settled_at=at, done_at=at, drawn=True)
    wave = made.act(world, automation, cluster="wave")
    other = made.act(world, automation, cluster="somebody")
    for act in (wave, other):
        act.why = "level"
    drawing.draw(automation, [wave, other], at=at)
    assert 0 < wave.propensity < other.propensity
    assert other.propensity / wave.propensity == pytest.approx(5.0), "and never more than five times"


@pytest.mark.django_db
def test_the_draw_is_the_same_however_often_it_is_made():
    """The draw is a keyed hash of the act: a guard that was killed draws the same again."""
    world = made.world()
    automation = made.automation(world, level=Level.SHADOW)
    at = clock.now()
    usual(automation, at, 24)
    acts = [made.act(world, automation, why="level") for _ in range(40)]
    drawing.draw(automation, acts, at=at)
    first = [(act.propensity, act.drawn) for act in acts]
    drawing.draw(automation, acts, at=at)
    assert first == [(act.propensity, act.drawn) for act in acts]
    assert 0 < sum(drawn for _, drawn in first) < 40
