"""What people see: neutral states for everybody else, the way to the statement for the person affected."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sinmungo.demo.process import DemoPlatform, Neighbour
from tests.demo.driving import STATEMENT, restriction, send, send_raw, wanted

Join = Callable[..., Neighbour]
#: None of these may reach anybody but the person affected.
SECRETS = (STATEMENT["url"], STATEMENT["case_code"])


def state_shown(page: str, external_id: str) -> str:
    """Return the state that a page gives an item."""
    found = re.search(rf'data-id="{external_id}" data-state="(\w+)"', page)
    assert found is not None, page
    return found[1]


@pytest.mark.parametrize("kind", ["remove", "hide"])
def test_others_see_a_neutral_state_and_the_author_the_way_to_the_reason(
    platform: DemoPlatform, join: Join, kind: str
) -> None:
    """Withheld: the public reads "unavailable" only; the author reads the text, link and case code."""
    author, other = join(), join()
    post = author.write("도서관 독서 모임 이야기입니다.")
    send(platform, wanted("post", post, 1, restriction(kind)))
    for visitor in (platform.browse(), other):
        for path in ("/", f"/posts/{post}", f"/accounts/{author.account}"):
            page = visitor.page(path).text
            assert state_shown(page, post) == "unavailable"
            assert "지금은 볼 수 없는 글입니다." in page
            assert "독서 모임 이야기" not in page
            assert kind not in page.replace(post, "")
            assert not any(secret in page for secret in SECRETS)
    own = author.page(f"/posts/{post}").text
    assert "독서 모임 이야기" in own
    assert all(secret in own for secret in SECRETS)
    assert all(secret in author.page("/me").text for secret in SECRETS)


@pytest.mark.parametrize(
    ("state", "korean", "english"),
    [
        ("unavailable", "지금은 볼 수 없는 글입니다.", "This is not available right now."),
        ("under_review", "확인하고 있는 글입니다.", "This is under review."),
    ],
)
def test_the_neutral_state_is_the_one_told_in_both_languages(
    platform: DemoPlatform, join: Join, state: str, korean: str, english: str
) -> None:
    """A withheld item shows the neutral words of the state it was told."""
    post = join().write("우산 이야기")
    send(platform, wanted("post", post, 1, restriction("remove"), public_state=state))
    assert korean in platform.browse().page(f"/posts/{post}").text
    assert english in platform.browse(locale="en").page(f"/posts/{post}").text


def test_a_restored_post_says_so_and_shows_its_text(platform: DemoPlatform, join: Join) -> None:
    """After a lifting state the text is back with the word "restored"."""
    post = join().write("돌아온 글입니다.")
    send(platform, wanted("post", post, 1, restriction("remove")))
    send(platform, wanted("post", post, 2, public_state="restored"))
    page = platform.browse().page(f"/posts/{post}").text
    assert "돌아온 글입니다." in page
    assert "다시 볼 수 있게 된 글입니다." in page


@pytest.mark.parametrize(
    ("territory", "country", "shown"),
    [
        ("KR", "KR", "unavailable"),
        ("KR", "DE", "visible"),
        ("EU", "DE", "unavailable"),
        ("EU", "KR", "visible"),
        ("everywhere", "US", "unavailable"),
    ],
)
def test_a_restriction_holds_in_its_territory_only(
    platform: DemoPlatform, join: Join, territory: str, country: str, shown: str
) -> None:
    """Hidden in one territory, a post stays readable everywhere else."""
    post = join().write("나라마다 다른 글")
    send(platform, wanted("post", post, 1, restriction("hide", territory)))
    page = platform.browse().page(f"/posts/{post}", country=country).text
    assert state_shown(page, post) == shown
    assert ("나라마다 다른 글" in page) == (shown == "visible")


def test_a_visitor_without_a_choice_sees_what_their_country_sees(platform: DemoPlatform, join: Join) -> None:
    """Without ``?country=`` a signed-in visitor's own country decides, and Korea for anybody else."""
    post = join().write("사는 곳에 따라 다른 글")
    send(platform, wanted("post", post, 1, restriction("hide", "KR")))
    assert state_shown(join(country="DE").page(f"/posts/{post}").text, post) == "visible"
    assert state_shown(platform.browse().page(f"/posts/{post}").text, post) == "unavailable"


def test_an_ended_restriction_holds_no_longer(platform: DemoPlatform, join: Join) -> None:
    """A restriction past its end is not applied, even before the platform is told."""
    post = join().write("기한이 지난 제한")
    ended = datetime.now(UTC) - timedelta(seconds=1)
    send(platform, wanted("post", post, 1, restriction("remove", ends=ended)))
    assert state_shown(platform.browse().page(f"/posts/{post}").text, post) == "visible"


def test_an_age_gate_asks_before_it_shows(platform: DemoPlatform, join: Join) -> None:
    """Age-gated text is withheld until the visitor says that they are an adult."""
    post = join().write("어른을 위한 글")
    send(platform, wanted("post", post, 1, restriction("age_gate"), public_state="visible"))
    visitor = platform.browse()
    assert "어른을 위한 글" not in visitor.page(f"/posts/{post}").text
    assert "어른을 위한 글" in visitor.page(f"/posts/{post}", show="1").text


def test_a_label_stands_beside_the_text(platform: DemoPlatform, join: Join) -> None:
    """A labelled post stays readable and carries the mark."""
    post = join().write("안내가 필요한 글")
    send(platform, wanted("post", post, 1, restriction("label"), public_state="visible"))
    page = platform.browse().page(f"/posts/{post}").text
    assert "안내가 필요한 글" in page
    assert "안내가 붙은 글" in page


def test_a_demoted_post_comes_last(platform: DemoPlatform, join: Join) -> None:
    """Of an author's posts the demoted one stands below older ones."""
    author = join()
    first, second = author.write("먼저 쓴 글"), author.write("나중에 쓴 글")
    send(platform, wanted("post", second, 1, restriction("demote"), public_state="visible"))
    page = platform.browse().page(f"/accounts/{author.account}").text
    assert page.index(first) < page.index(second)


def test_a_limited_account_reads_and_reports_but_does_not_write(platform: DemoPlatform, join: Join) -> None:
    """Interaction limited: no posting, with the way to the statement; reading and reporting go on."""
    limited, post = join(), join().write("신고할 수 있는 글")
    send(platform, wanted("account", limited.account, 1, restriction("limit_interaction")))
    refused = limited.send("/posts", text="쓰지 못하는 글")
    assert refused.status_code == 403
    assert STATEMENT["url"] in refused.text
    assert limited.page("/").status_code == 200
    assert limited.report("post", post, "spam").startswith("/reports/")


def test_a_warning_is_shown_to_its_account_only(platform: DemoPlatform, join: Join) -> None:
    """A state without restrictions that carries a statement is read on one's own page."""
    warned = join()
    send(platform, wanted("account", warned.account, 1, public_state="visible"))
    assert STATEMENT["url"] in warned.page("/me").text
    assert STATEMENT["url"] not in join().page(f"/accounts/{warned.account}").text


def test_the_lock_screen_shows_the_statement_and_nothing_else_opens(
    platform: DemoPlatform, join: Join
) -> None:
    """Suspended: every page is the lock screen with link and case code; a new sign-in leads there too."""
    suspended = join()
    send(platform, wanted("account", suspended.account, 1, restriction("suspend")))
    for visitor in (suspended, platform.browse(suspended.account)):
        for path in ("/", "/me", "/rooms"):
            page = visitor.page(path)
            assert page.status_code == 403
            assert "이 계정은 지금 이용할 수 없습니다." in page.text
            assert all(secret in page.text for secret in SECRETS)
    assert suspended.send("/posts", text="잠긴 동안 쓴 글").status_code == 403


def test_the_lock_screen_tells_when_it_ends(platform: DemoPlatform, join: Join) -> None:
    """A suspension for a time shows the time in the platform's zone, named."""
    suspended = join(locale="en")
    ends = datetime(2099, 1, 2, 3, 0, tzinfo=UTC)
    send(platform, wanted("account", suspended.account, 1, restriction("suspend", ends=ends)))
    page = suspended.page("/").text
    assert "You can use it again from" in page
    assert "2099-01-02 12:00 (KST)" in page


def test_others_see_a_suspended_account_as_unavailable(platform: DemoPlatform, join: Join) -> None:
    """A suspended account's page and posts are neutral for others, and lifting brings them back."""
    suspended = join()
    post = suspended.write("정지된 사람의 글")
    send(platform, wanted("account", suspended.account, 1, restriction("suspend")))
    visitor = platform.browse()
    assert "정지된 사람의 글" not in visitor.page(f"/posts/{post}").text
    assert "이용할 수 없는 계정입니다." in visitor.page(f"/accounts/{suspended.account}").text
    for path in ("/", f"/posts/{post}", f"/accounts/{suspended.account}"):
        assert not any(secret in visitor.page(path).text for secret in SECRETS)
    send(platform, wanted("account", suspended.account, 2))
    assert "정지된 사람의 글" in visitor.page(f"/posts/{post}").text
    assert suspended.page("/me").status_code == 200


def test_a_restricted_room_is_closed_to_others(platform: DemoPlatform, join: Join) -> None:
    """A removed room shows neither its title nor its messages, and takes no more of them."""
    owner, guest = join(), join()
    room = owner.open_room("비 오는 날 모임")
    said = guest.say(room, "저도 가겠습니다!")
    assert said in guest.page(f"/rooms/{room}").text
    send(platform, wanted("room", room, 1, restriction("remove")))
    page = guest.page(f"/rooms/{room}").text
    assert "비 오는 날 모임" not in page
    assert "저도 가겠습니다!" not in page
    assert guest.send(f"/rooms/{room}", text="또 왔어요").status_code == 422


def test_a_removed_message_leaves_a_neutral_line(platform: DemoPlatform, join: Join) -> None:
    """A message is withheld by itself; the rest of the room stays."""
    room = join().open_room("텃밭 이야기")
    guest = join()
    said, stays = guest.say(room, "가려질 말"), guest.say(room, "남아 있는 말")
    send(platform, wanted("message", said, 1, restriction("remove")))
    page = platform.browse().page(f"/rooms/{room}").text
    assert state_shown(page, said) == "unavailable"
    assert state_shown(page, stays) == "visible"
    assert "가려질 말" not in page


def test_views_are_counted_when_somebody_else_reads(platform: DemoPlatform, join: Join) -> None:
    """Opening counts in its hour, the author's own reading and withheld posts do not."""
    author, reader = join(), join()
    post = author.write("몇 번 읽혔을까요")
    for visitor in (reader, reader, platform.browse(), author):
        visitor.page(f"/posts/{post}")
    send(platform, wanted("post", post, 1, restriction("remove")))
    reader.page(f"/posts/{post}")
    assert re.search(r":00 · 3</li>", author.page(f"/posts/{post}").text)


def test_following_counts_once_and_can_be_undone(platform: DemoPlatform, join: Join) -> None:
    """Following twice means following no longer, and nobody follows themselves."""
    followed, follower = join(), join()
    path = f"/accounts/{followed.account}"
    follower.send(path + "/follow")
    followed.send(path + "/follow")
    assert "소식을 받는 이웃 1" in follower.page(path).text
    follower.send(path + "/follow")
    assert "소식을 받는 이웃 0" in follower.page(path).text


def test_nobody_changes_what_somebody_else_wrote(platform: DemoPlatform, join: Join) -> None:
    """Editing and deleting another's post is answered as if it were not there."""
    post, stranger = join().write("남의 글"), join()
    assert stranger.send(f"/posts/{post}/edit", text="바꾼 글").status_code == 404
    assert stranger.send(f"/posts/{post}/delete").status_code == 404


@pytest.mark.parametrize("text", ["", "   ", "가" * 5001, "a\0b"])
def test_a_text_that_is_empty_too_long_or_broken_is_refused(
    platform: DemoPlatform, join: Join, text: str
) -> None:
    """An unusable text is answered with a page that says what to do."""
    assert join().send("/posts", text=text).status_code == 422


def test_forms_from_elsewhere_are_refused(platform: DemoPlatform, join: Join) -> None:
    """A form without the token of this site changes nothing."""
    answer = join().client.post("/posts", data={"text": "다른 곳에서 온 글"})
    assert answer.status_code == 403


def test_pages_carry_a_strict_policy_and_no_script(platform: DemoPlatform) -> None:
    """Every page forbids scripts and framing, and holds none."""
    for path in ("/", "/session", "/join", "/rooms"):
        page = platform.browse().page(path)
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "<script" not in page.text
        assert " style=" not in page.text


def test_a_code_reaches_the_inbox_and_never_the_caller(platform: DemoPlatform, join: Join) -> None:
    """Sinmungo's signed code is shown to its account, also while suspended, and once however often sent."""
    owner = join()
    send(platform, wanted("account", owner.account, 1, restriction("suspend")))
    path = f"/contacts/{owner.account}/code"
    answers = [
        send_raw(platform, '{"code": "482-119"}', path=path, webhook_id=f"code-{owner.account}")
        for _ in range(2)
    ]
    assert [one.json() for one in answers] == [{"sent": True, "channel": "inbox"}] * 2
    assert owner.page("/").text.count("482-119") == 1
    assert "482-119" not in join().page("/me").text


def test_a_code_needs_a_signature_and_an_account(platform: DemoPlatform, join: Join) -> None:
    """An unsigned code is 401, one for nobody is 404."""
    unsigned = platform.browse().client.post(f"/contacts/{join().account}/code", json={"code": "1"})
    assert unsigned.status_code == 401
    assert send_raw(platform, '{"code": "1"}', path="/contacts/a_nobody/code").status_code == 404
