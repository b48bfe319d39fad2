"""Pictures on the platform: told with their posts, served by their digest, hidden with the text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sinmungo.demo import drawings
from sinmungo.demo.process import DemoPlatform
from sinmungo.demo.story import StoryPost, build
from tests.demo.driving import Listener, restriction, results, send, wanted

STORY = (7, 20, 60)


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    """Somebody who takes events."""
    with Listener() as listening:
        yield listening


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, listener: Listener) -> Iterator[DemoPlatform]:
    """A platform with a story, some of whose posts carry pictures."""
    folder: Path = tmp_path_factory.mktemp("pictures")
    with DemoPlatform.start(folder, listener.url, "k", story=STORY) as running:
        yield running


def pictured(number: int) -> StoryPost:
    """Return a post of the story that carries a picture."""
    posts = [p for p in build(*STORY).posts if drawings.carried_by(p.external_id, p.kind)]
    return posts[number]


def test_an_event_names_each_picture_by_digest_kind_and_address(
    told: DemoPlatform, listener: Listener
) -> None:
    """What stands at the address has the digest that was told, and is a PNG."""
    post = pictured(0)
    media = listener.wait_for("created", post.external_id)["item"]["media"]
    names = drawings.carried_by(post.external_id, post.kind)
    assert [each["sha256"] for each in media] == [drawings.digest(name) for name in names]
    for each in media:
        answer = httpx.get(each["url"], trust_env=False)
        assert each["kind"] == "image"
        assert each["url"].startswith(f"{told.url}/media/")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        assert hashlib.sha256(answer.content).hexdigest() == each["sha256"]


def test_a_post_shows_its_picture_until_it_is_withheld(told: DemoPlatform) -> None:
    """The page holds the picture with a description; with the post's text the picture goes too."""
    post = pictured(1)
    name = drawings.carried_by(post.external_id, post.kind)[0]
    page = told.browse().page(f"/posts/{post.external_id}").text
    assert f'src="/media/{drawings.digest(name)}.png" alt="{drawings.DRAWINGS[name].alt}"' in page
    assert results(send(told, wanted("post", post.external_id, 1, restriction("remove")))) == ["done"]
    assert "/media/" not in told.browse().page(f"/posts/{post.external_id}").text


def test_a_picture_that_nobody_drew_is_not_found(told: DemoPlatform) -> None:
    """An unknown digest is 404."""
    assert httpx.get(f"{told.url}/media/{'0' * 64}.png", trust_env=False).status_code == 404


def test_what_neighbours_write_themselves_carries_none(told: DemoPlatform, listener: Listener) -> None:
    """A new post is told without pictures."""
    written = told.join("구름우산_88").write("그림 없는 글")
    assert listener.wait_for("created", written)["item"]["media"] == []
