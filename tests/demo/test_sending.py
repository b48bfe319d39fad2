"""What the platform tells Sinmungo: events in order with retry, and its people's reports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sinmungo.demo.process import DemoPlatform
from tests.demo.driving import Listener

KEY = "invented-key"


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Somebody who takes events and reports."""
    with Listener() as listening:
        yield listening


@pytest.fixture
def telling(tmp_path: Path, listener: Listener) -> Iterator[DemoPlatform]:
    """A platform that sends what happens to the listener."""
    with DemoPlatform.start(tmp_path / "madang", listener.url, KEY) as running:
        yield running


def test_writing_editing_and_deleting_are_told(telling: DemoPlatform, listener: Listener) -> None:
    """Each change of a post is one event with its own id, the key, the author and the text."""
    neighbour = telling.join("씩씩한달팽이_04", country="DE")
    post = neighbour.write("처음 쓴 글")
    created = listener.wait_for("created", post)
    neighbour.send(f"/posts/{post}/edit", text="고친 글")
    changed = listener.wait_for("changed", post)
    neighbour.send(f"/posts/{post}/delete")
    deleted = listener.wait_for("deleted", post)
    assert len({created["event_id"], changed["event_id"], deleted["event_id"]}) == 3
    item = created["item"]
    assert (item["type"], item["text"], item["lang"], item["container"]) == ("post", "처음 쓴 글", "ko", "")
    assert changed["item"]["text"] == "고친 글"
    author = item["author"]
    assert (author["external_id"], author["locale"], author["country"]) == (neighbour.account, "ko", "DE")
    assert set(author) == {"external_id", "locale", "country", "created_at", "followers"}
    assert set(item) == set(
        "type external_id author container text lang reach attributes media".split()  # noqa: SIM905
    )
    assert {key for _, key, _ in listener.requests} == {f"Bearer {KEY}"}


def test_accounts_rooms_and_messages_are_told(telling: DemoPlatform, listener: Listener) -> None:
    """A new account, a room, and a message with the room it stands in are events too."""
    neighbour = telling.join("SleepyKettle_05", locale="en")
    room = neighbour.open_room("Umbrella corner")
    said = neighbour.say(room, "Count me in!")
    assert listener.wait_for("created", neighbour.account)["item"]["type"] == "account"
    assert listener.wait_for("created", room)["item"]["text"] == "Umbrella corner"
    message = listener.wait_for("created", said)["item"]
    assert (message["container"], message["lang"]) == (room, "en")


def test_events_are_kept_while_sinmungo_is_away(telling: DemoPlatform, listener: Listener) -> None:
    """A refused batch is sent again with the same event id until it is taken, in the order of writing."""
    listener.status = 503
    neighbour = telling.join("반짝찐빵_06")
    first = neighbour.write("첫째 소식")
    failed = listener.wait_for("created", first)
    second = neighbour.write("둘째 소식")
    listener.status = 202
    listener.wait_for("created", second)
    taken = listener.wait_for("created", first, times=2)
    assert taken["event_id"] == failed["event_id"]
    order = [one["item"]["external_id"] for one in listener.events()]
    assert order.index(first) < order.index(second)


@pytest.mark.kills
def test_an_event_owed_at_a_kill_is_sent_after_the_restart(telling: DemoPlatform, listener: Listener) -> None:
    """An event written before the process was killed arrives once it runs again."""
    listener.status = 503
    post = telling.join("보리주전자_08").write("꺼지기 전에 쓴 글")
    before = listener.wait_for("created", post)
    telling.kill()
    listener.status = 202
    telling.restart()
    after = listener.wait_for("created", post, times=2)
    assert after["event_id"] == before["event_id"]


def test_a_report_goes_out_and_its_receipt_is_shown_to_the_reporter_only(
    telling: DemoPlatform, listener: Listener
) -> None:
    """The report carries item, reason, words, locale and reporter; its receipt is for that person."""
    author, reporter = telling.join("둥근솔방울_09"), telling.join("가나다우산_10")
    post = author.write("신고된 글")
    page = reporter.report("post", post, "harassment", "확인 부탁드립니다.")
    shown = reporter.page(page).text
    assert "R-INVENTED-0001" in shown
    assert listener.url + "/receipts" in shown
    assert author.page(page).status_code == 404
    sent = [body for path, _, body in listener.requests if path == "/api/v1/reports"]
    assert sent == [
        {
            "item": {"type": "post", "external_id": post},
            "reason": "harassment",
            "words": "확인 부탁드립니다.",
            "locale": "ko",
            "reporter": {"external_id": reporter.account},
        }
    ]


def test_a_report_that_cannot_be_sent_waits_and_says_so(telling: DemoPlatform, listener: Listener) -> None:
    """While Sinmungo is away the page says that the report is on its way, and it is sent later."""
    author, reporter = telling.join("느긋한고래_11"), telling.join("구름도토리_12")
    post = author.write("나중에 전해질 신고")
    listener.status = 503
    page = reporter.report("post", post, "spam")
    assert "신고를 보내는 중입니다." in reporter.page(page).text
    listener.status = 202
    with listener.arrived:
        tried = lambda: sum(path == "/api/v1/reports" for path, _, _ in listener.requests)  # noqa: E731
        assert listener.arrived.wait_for(lambda: tried() >= 2, timeout=10)


@pytest.mark.parametrize("reason", ["", "because"])
def test_a_report_without_a_known_reason_is_refused(telling: DemoPlatform, reason: str) -> None:
    """A reason outside the list is 422 and nothing is sent."""
    post = telling.join("푸른연필_13").write("이유 없는 신고")
    reporter = telling.join("하얀찐빵_14")
    assert reporter.send(f"/report/post/{post}", reason=reason).status_code == 422


def test_nothing_can_be_reported_that_is_not_there(telling: DemoPlatform) -> None:
    """An unknown item or type is 404."""
    reporter = telling.join("졸린우산_15")
    assert reporter.send("/report/post/p_never", reason="spam").status_code == 404
    assert reporter.send("/report/planet/p_never", reason="spam").status_code == 404
