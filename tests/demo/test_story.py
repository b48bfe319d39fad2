"""The invented community: always the same for a seed, plainly invented, and loadable."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.demo.process import DemoPlatform
from sinmungo.demo.sayings import TROUBLE, Kind
from sinmungo.demo.story import STORY_DAYS, STORY_ENDS, Story, build
from tests.demo.driving import Listener


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32), accounts=st.integers(2, 40), posts=st.integers(0, 60))
def test_a_seed_tells_one_story(seed: int, accounts: int, posts: int) -> None:
    """The same seed and sizes give equal stories whose every reference is there and in order."""
    story = build(seed, accounts, posts)
    assert story == build(seed, accounts, posts)
    assert (len(story.accounts), len(story.posts)) == (accounts, posts)
    assert_it_hangs_together(story)


def assert_it_hangs_together(story: Story) -> None:
    """Check ids, references and times of a story."""
    born = {one.external_id: one.created_at for one in story.accounts}
    posts = {one.external_id: one for one in story.posts}
    rooms = {one.external_id: one for one in story.rooms}
    begins = STORY_ENDS - timedelta(days=STORY_DAYS)
    assert len(born) == len(story.accounts) == len({one.handle for one in story.accounts})
    assert all(born[one.author] <= begins <= one.created_at <= STORY_ENDS for one in story.posts)
    assert all(rooms[one.room].created_at <= one.created_at for one in story.messages)
    assert all(one != other and one in born and other in born for one, other in story.follows)
    for report in story.reports:
        assert posts[report.post].created_at <= report.made_at
        assert posts[report.post].author != report.reporter


def test_another_seed_tells_another_story() -> None:
    """Two seeds differ."""
    assert build(1, 20, 50).posts != build(2, 20, 50).posts


def test_every_kind_occurs_and_most_is_plain() -> None:
    """A middling story holds every kind of trouble and look-alikes, and most of it is ordinary life."""
    kinds = Counter(post.kind for post in build(7, 120, 1500).posts)
    assert set(kinds) == set(Kind)
    assert kinds[Kind.PLAIN] > 1500 / 2
    assert 1500 * 0.05 < sum(kinds[kind] for kind in TROUBLE) < 1500 * 0.2


def test_nothing_in_it_is_real() -> None:
    """Links end in ``.example``, telephone numbers in zeros, no number has the shape of a resident number."""
    texts = "\n".join(post.text for post in build(3, 120, 3000).posts)
    assert all(host.endswith(".example") for host in re.findall(r"https?://([^/\s]+)", texts))
    assert all(re.fullmatch(r"010-0000-00\d\d", number) for number in re.findall(r"\b01\d-[\d-]+", texts))
    assert not re.search(r"\d{6}-?[1-8]\d{6}", texts)
    assert "{" not in texts


@pytest.mark.parametrize(("accounts", "posts"), [(1, 0), (0, 5), (2, -1), (100_001, 1), (2, 1_000_001)])
def test_a_size_out_of_bounds_is_refused(accounts: int, posts: int) -> None:
    """Fewer than two accounts, fewer than no posts, and more than the bound are ValueErrors."""
    with pytest.raises(ValueError, match="a story has"):
        build(1, accounts, posts)


def test_a_loaded_story_is_shown_and_told(tmp_path: Path) -> None:
    """The platform shows the story's people and sends every item and report of it, once."""
    expected = build(5, 12, 40)
    with (
        Listener() as listener,
        DemoPlatform.start(tmp_path / "m", listener.url, "k", story=(5, 12, 40)) as running,
    ):
        listener.wait_for("created", expected.posts[-1].external_id)
        listener.wait_for("created", expected.messages[-1].external_id)
        assert expected.accounts[0].handle in running.browse().page("/session").text
        items = [one["item"]["external_id"] for one in listener.events()]
        with listener.arrived:
            reported = lambda: sum(path == "/api/v1/reports" for path, _, _ in listener.requests)  # noqa: E731
            assert listener.arrived.wait_for(lambda: reported() == len(expected.reports), timeout=10)
        running.restart()
        assert running.health()["owed_events"] == 0
    told = (*expected.accounts, *expected.rooms, *expected.posts, *expected.messages)
    assert sorted(items) == sorted(one.external_id for one in told)
