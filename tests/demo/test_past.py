"""The weeks before the demonstration: always the same for a seed, whole, and plainly invented."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from sinmungo.apps.items.events import read_event
from sinmungo.demo import script
from sinmungo.demo.past import DECIDED, FIRST_AUTHOR, OF_ONE, OPEN, build_past
from sinmungo.demo.process import DemoPlatform
from sinmungo.demo.remember import event
from sinmungo.demo.sayings import TROUBLE
from sinmungo.demo.story import STORY_ENDS, Story, build
from tests.demo.driving import Listener


def told() -> Story:
    """Return the story of the demonstration."""
    return build(*script.STORY)


def test_a_seed_has_one_past_whatever_the_day() -> None:
    """Another day moves the times and changes neither ids nor texts nor who reported."""
    story, seed = told(), script.STORY[0]
    later = build_past(story, seed, until=STORY_ENDS + timedelta(days=9, hours=5))
    first = build_past(story, seed)
    assert first == build_past(story, seed)
    assert [(p.post.external_id, p.post.text, p.author) for p in first] == [
        (p.post.external_id, p.post.text, p.author) for p in later
    ]
    assert all(one.post.created_at < other.post.created_at for one, other in zip(first, later, strict=True))


def test_the_past_hangs_together() -> None:
    """Posts stand in order; each is reported by others after it was posted, and decided after that."""
    story = told()
    past = build_past(story, script.STORY[0])
    known = {one.external_id for one in story.accounts}
    assert len({each.post.external_id for each in past}) == len(past) == DECIDED + len(OPEN)
    assert all(one.post.created_at <= other.post.created_at for one, other in pairwise(past))
    for each in past:
        assert each.author in story.accounts[FIRST_AUTHOR:]
        last = each.reports[-1].made_at
        assert each.post.created_at < each.reports[0].made_at <= last < STORY_ENDS
        assert each.decided_at is None or last < each.decided_at < STORY_ENDS
        assert {report.reporter for report in each.reports} <= known - {each.author.external_id}


def test_one_account_has_several_open_posts_and_some_reports_say_the_same() -> None:
    """What stays open has one author with several; some posts are reported in one and the same sentence."""
    past = build_past(told(), script.STORY[0])
    still_open = Counter(each.author.external_id for each in past if each.decided_at is None)
    assert max(still_open.values()) >= OF_ONE
    together = [each for each in past if len(each.reports) > 2]
    assert len(together) >= 5
    assert all(len({report.words for report in each.reports}) == 1 for each in together)
    assert {each.post.kind for each in past} > set(TROUBLE)


def test_too_small_a_community_has_no_past() -> None:
    """Without authors to spare there is none."""
    assert build_past(build(1, FIRST_AUTHOR, 5), 1) == ()


def test_the_past_is_told_in_events_as_the_platform_sends_them(tmp_path: Path) -> None:
    """Each is taken as an event, has the fields that the platform gives, and pictures at its own address."""
    past = build_past(told(), script.STORY[0])
    raw = [event(each, "http://127.0.0.1:8100") for each in past]
    events = [read_event(document, now=STORY_ENDS) for document in raw]
    assert [one.text for one in events] == [each.post.text for each in past]
    assert "http://127.0.0.1:8100/media/" in "".join(one.attributes for one in events)
    with (
        Listener() as listener,
        DemoPlatform.start(tmp_path / "m", listener.url, "k", story=(1, 2, 1)) as running,
    ):
        sent = listener.wait_for("created", build(1, 2, 1).posts[0].external_id)
        assert running.running
    assert set(raw[0]) == set(sent)
    assert set(raw[0]["item"]) == set(sent["item"])
    assert set(raw[0]["item"]["author"]) == set(sent["item"]["author"])


def test_the_platform_has_the_past_and_tells_nothing_of_it_again(tmp_path: Path) -> None:
    """Its posts are shown with their pictures, and no event and no report of them is sent."""
    seed, accounts = script.STORY[:2]
    sizes = (seed, accounts, 10)
    past = build_past(build(*sizes), seed)
    with (
        Listener() as listener,
        DemoPlatform.start(tmp_path / "m", listener.url, "k", story=sizes, past=True) as running,
    ):
        listener.wait_for("created", build(*sizes).messages[-1].external_id)
        page = running.browse().page(f"/posts/{past[0].post.external_id}")
        assert page.status_code == 200
        told_of = {event["item"]["external_id"] for event in listener.events()}
    assert told_of.isdisjoint(each.post.external_id for each in past)
