"""Pictures in the console: veiled until asked for, for one reader, for five minutes, and kept nowhere."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review.models import Case, Reveal
from sinmungo.apps.staff import services as staff
from sinmungo.apps.staff.models import User
from sinmungo.journeys.picturing import show
from sinmungo.journeys.picturing.values import Treatment
from sinmungo.web.console import media, media_blank, media_tokens
from sinmungo.web.console.media_tokens import Place
from tests.adapters.test_pictures import alike
from tests.adapters.test_webhooks import Speaking
from tests.apps.review import made
from tests.common import drawn
from tests.web.pictured import ADDRESS, OFFER, case_with, pictures
from tests.web.test_console_pages import TIMED_ID, browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(settings: Any) -> Iterator[Speaking]:
    settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS = ("127.0.0.1",)
    with pictures() as serving:
        yield serving


@pytest.fixture
def case(there: Speaking) -> Case:
    return case_with(there.url, there.url)


def addresses(client: Client, case: Case) -> list[str]:
    return ADDRESS.findall(client.get(f"/console/case/{case.code}/").content.decode())


def shown(client: Client, case: Case, **more: str) -> HttpResponse:
    """Ask for the first picture without its veil."""
    offer = OFFER.findall(client.get(f"/console/case/{case.code}/").content.decode())[0]
    return client.post("/console/media/show", {"offer": offer, **more}, headers={"X-Part": "media"})


def is_clear(answer: HttpResponse) -> bool:
    """Whether an answer shows the drawn picture as it is."""
    return alike(drawn.shapes(), drawn.read(answer.content)) > 0.98


def test_a_case_shows_its_pictures_veiled(case: Case) -> None:
    """Each has a number, says that it is blurred, and nothing in it can be recognised."""
    client = browser(made.member())
    html = client.get(f"/console/case/{case.code}/").content.decode()
    assert 'alt="Picture 1 of 2, blurred"' in html
    assert 'alt="Picture 2 of 2, blurred"' in html
    answer = client.get(ADDRESS.findall(html)[0])
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert not is_clear(answer)
    assert max(drawn.read(answer.content).size) <= 320


def test_a_picture_comes_with_headers_that_keep_it_harmless(case: Case) -> None:
    """Not stored, not sniffed, in a sandbox, for our own pages only; a type of ours."""
    client = browser(made.member())
    answer = client.get(addresses(client, case)[0])
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_lists_and_search_show_no_picture(case: Case) -> None:
    """Pictures are on a case's page only."""
    client = browser(made.member())
    for page in ("/console/", "/console/queue/threats/"):
        assert "/console/media/" not in client.get(page).content.decode()


def test_lifting_the_veil_is_written_down_first(case: Case) -> None:
    """The clear picture's address exists only after the act, which names who, what and when."""
    user = made.member()
    client = browser(user)
    part = shown(client, case).content.decode()
    (row,) = Reveal.objects.all()
    assert (row.user, row.item, row.version, row.place) == (user, case.item, case.version, 0)
    assert Entry.objects.filter(kind="review.picture.revealed").count() == 1
    answer = client.get(ADDRESS.findall(part)[0])
    assert is_clear(answer)
    assert drawn.read(answer.content).mode == "L"


def test_colour_is_a_further_step(case: Case) -> None:
    """First without colour; asked again, in colour, and that is written down as well."""
    client = browser(made.member())
    assert "without colour" in shown(client, case).content.decode()
    part = shown(client, case, treatment="colour").content.decode()
    assert "in colour" in part
    assert drawn.read(client.get(ADDRESS.findall(part)[0]).content).mode == "RGB"
    assert Reveal.objects.count() == 2


def prefer(user: User, **values: bool) -> None:
    wanted: dict[str, Any] = {"blur": True, "greyscale": True, **values}
    staff.set_preference(
        user=user, break_after_minutes=50, refused_queues=(), at=clock.now(), actor=SYSTEM, **wanted
    )


def test_a_reader_who_prefers_colour_gets_it_at_once(case: Case) -> None:
    """The preference skips a step and not the record."""
    user = made.member()
    prefer(user, greyscale=False)
    assert "in colour" in shown(browser(user), case).content.decode()
    assert Reveal.objects.count() == 1


def test_a_reader_who_wants_no_veil_still_gets_none_unrecorded(case: Case) -> None:
    """The page asks for each picture by itself then; what stands in it is veiled all the same."""
    user = made.member()
    prefer(user, blur=False)
    client = browser(user)
    assert "data-at-once" in client.get(f"/console/case/{case.code}/").content.decode()
    assert not is_clear(client.get(addresses(client, case)[0]))
    assert not Reveal.objects.exists()


def test_without_a_script_a_page_of_its_own_shows_it(case: Case) -> None:
    """The form leads to a page with the picture and the way back to the case."""
    client = browser(made.member())
    offer = OFFER.findall(client.get(f"/console/case/{case.code}/").content.decode())[0]
    html = client.post("/console/media/show", {"offer": offer}).content.decode()
    assert "<html" in html
    assert f'href="/console/case/{case.code}/"' in html
    assert is_clear(client.get(ADDRESS.findall(html)[0]))


def place(case: Case, number: int = 0) -> Place:
    assert case.version is not None
    return Place(case.code, case.version.pk, number)


def refused(client: Client, token: str) -> str:
    """Return what stands in place of a picture that is not given."""
    answer = client.get(f"/console/media/{token}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "image/svg+xml")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    return answer.content.decode()


def test_a_pass_is_its_readers_alone(case: Case) -> None:
    """Nobody else can use it, in an address or in a form, whatever they may see themselves."""
    mine, other = made.member(), made.member("lead")
    token = media_tokens.make_pass(place(case), Treatment.GREY, user=mine)
    assert browser(mine).get(f"/console/media/{token}").status_code == 200
    assert "nothing to see" in refused(browser(other), token)
    offer = media_tokens.make_offer(place(case), user=mine)
    assert browser(other).post("/console/media/show", {"offer": offer}).status_code == 404
    assert not Reveal.objects.exists()


def test_a_pass_dies_after_five_minutes(case: Case) -> None:
    """At its edge it holds, a moment later it says that the page must be opened again."""
    user, now = made.member(), clock.now().timestamp()
    with mock.patch("time.time", return_value=now - media_tokens.PASS_SECONDS + 5):
        fresh = media_tokens.make_pass(place(case), Treatment.VEILED, user=user)
    with mock.patch("time.time", return_value=now - media_tokens.PASS_SECONDS - 5):
        old = media_tokens.make_pass(place(case), Treatment.VEILED, user=user)
        offer = media_tokens.make_offer(place(case), user=user)
    client = browser(user)
    assert client.get(f"/console/media/{fresh}").status_code == 200
    assert "Open the page again" in refused(client, old)
    assert client.post("/console/media/show", {"offer": offer}).status_code == 200


def test_a_pass_for_the_veil_lifts_nothing(case: Case) -> None:
    """Changed, cut, swapped for an offer, or with another's name: it opens nothing and clears nothing."""
    user = made.member()
    client = browser(user)
    veiled = media_tokens.make_pass(place(case), Treatment.VEILED, user=user)
    clear = media_tokens.make_pass(place(case), Treatment.COLOUR, user=user)
    offer = media_tokens.make_offer(place(case), user=user)
    _body, stamp, signature = veiled.split(":")
    swapped = ":".join((clear.split(":")[0], stamp, signature))
    for token in (swapped, veiled[:-1], "x" + veiled, offer, veiled + "x", "a" * 5_000, "%00", "::", "x"):
        assert "nothing to see" in refused(client, token)
    for token in (veiled, clear, "", "x", offer[:-2]):
        assert client.post("/console/media/show", {"offer": token}).status_code == 404
    assert not Reveal.objects.exists()


@pytest.mark.parametrize("treatment", ["veiled", "grey", "COLOUR", "x"])
def test_a_form_offers_no_other_treatment(case: Case, treatment: str) -> None:
    """What the page never offered is refused, and not written down."""
    assert shown(browser(made.member()), case, treatment=treatment).status_code == 422
    assert not Reveal.objects.exists()


def test_rights_are_looked_at_each_time(case: Case) -> None:
    """Who lost the right to see the case sees no picture of it, with whatever pass."""
    user = made.member()
    client = browser(user)
    token = media_tokens.make_pass(place(case), Treatment.GREY, user=user)
    offer = media_tokens.make_offer(place(case), user=user)
    user.memberships.all().delete()
    staff.grant(user=user, role="hearer", at=clock.now(), actor=SYSTEM)
    assert "nothing to see" in refused(client, token)
    assert client.post("/console/media/show", {"offer": offer}).status_code == 404


def test_a_picture_is_asked_for_by_get_and_shown_by_post(case: Case) -> None:
    """Other methods are refused; whoever is not signed in is sent to the door."""
    user = made.member()
    token = media_tokens.make_pass(place(case), Treatment.VEILED, user=user)
    client = browser(user)
    assert client.post(f"/console/media/{token}").status_code == 405
    assert client.get("/console/media/show").status_code == 405
    assert Client().get(f"/console/media/{token}")["Location"].startswith("/staff/sign-in")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    assert strict.post("/console/media/show", {"offer": "x"}).status_code == 403


def test_a_case_that_moved_on_shows_no_old_picture(case: Case) -> None:
    """Once the item was changed the page of before shows nothing more."""
    user = made.member()
    token = media_tokens.make_pass(place(case), Treatment.GREY, user=user)
    Case.objects.filter(pk=case.pk).update(version=made.seen(case.item, "다른 글"))
    assert "nothing to see" in refused(browser(user), token)


def test_no_address_tells_a_time_or_the_platforms_address(case: Case, there: Speaking) -> None:
    """Neither ids that tell the time nor where the picture lies stand in a page."""
    client = browser(made.member())
    html = client.get(f"/console/case/{case.code}/").content.decode()
    found = "".join(ADDRESS.findall(html) + OFFER.findall(html))
    assert there.url not in html
    assert not re.search(TIMED_ID, found)


def test_what_fails_says_so_in_the_readers_language(settings: Any, there: Speaking) -> None:
    """A neutral drawing with a sentence of ours; not one word of whoever was asked."""

    def rude(sock: Any) -> None:
        sock.sendall(b"HTTP/1.1 404 RUDE\r\ncontent-type: text/html\r\ncontent-length: 4\r\n\r\nrude")

    user = made.member()
    with Speaking(rude) as elsewhere:
        failing = case_with(elsewhere.url, "https://elsewhere.example.org/a.jpg", "")
        token = media_tokens.make_pass(place(failing), Treatment.GREY, user=user)
        answers = [browser(user, lang).get(f"/console/media/{token}") for lang in ("en", "ko")]
    assert [answer.status_code for answer in answers] == [502, 502]
    assert "did not give it" in answers[0].content.decode()
    assert "사진이 없습니다" in answers[1].content.decode()
    assert all("rude" not in answer.content.decode().lower() for answer in answers)
    unlisted = media_tokens.make_pass(place(failing, 1), Treatment.GREY, user=user)
    assert "may not be asked" in browser(user).get(f"/console/media/{unlisted}").content.decode()
    nowhere = media_tokens.make_pass(place(failing, 2), Treatment.GREY, user=user)
    assert "told no address" in browser(user).get(f"/console/media/{nowhere}").content.decode()


def test_slow_hosts_leave_room_for_others(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pictures are on their way at a time; who comes then is soon told that it may pass."""
    monkeypatch.setattr(show, "TURN_SECONDS", 0.05)
    monkeypatch.setattr(show, "_turns", threading.BoundedSemaphore(1))
    user = made.member()
    token = media_tokens.make_pass(place(case), Treatment.VEILED, user=user)
    client = browser(user)
    assert show._turns.acquire(timeout=1)
    answer = client.get(f"/console/media/{token}")
    assert (answer.status_code, "Too many" in answer.content.decode()) == (503, True)
    show._turns.release()
    assert client.get(f"/console/media/{token}").status_code == 200


def test_every_reason_is_drawn_as_one_svg() -> None:
    """Whatever the code, known or not, a drawing comes of it; nothing of the code stands in it."""
    for code in (*media_blank.REASONS, "status_500", "<script>"):
        drawing = media_blank.blank(code).decode()
        assert drawing.startswith("<svg")
        assert "script" not in drawing
        assert "status_500" not in drawing


def test_without_listed_hosts_nothing_is_offered(there: Speaking) -> None:
    """The page says how many there are and why none can be shown; nobody is asked."""
    quiet = case_with(there.url, hosts=())
    client = browser(made.member())
    html = client.get(f"/console/case/{quiet.code}/").content.decode()
    assert "/console/media/" not in html
    assert "listed" in html
    assert there.heard == b""


def test_many_pictures_are_folded_away(there: Speaking) -> None:
    """The first six stand open; the others are one click away."""
    many = case_with(*[there.url] * (media.SHOWN_FIRST + 2))
    html = browser(made.member()).get(f"/console/case/{many.code}/").content.decode()
    assert len(ADDRESS.findall(html)) == media.SHOWN_FIRST + 2
    assert "2 more" in html


def test_a_picture_is_kept_nowhere(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a table nor the cache, the home folder or a log holds a byte of it, or where it came from."""
    client = browser(made.member())
    with caplog.at_level(logging.DEBUG):
        before = _weight()
        for address in addresses(client, case):
            client.get(address)
        clear = client.get(ADDRESS.findall(shown(client, case).content.decode())[0]).content
    assert is_clear(HttpResponse(clear))
    assert _weight() - before < len(clear)
    assert "/console/media/" not in caplog.text
    assert "127.0.0.1" not in caplog.text
    assert not list(Path(django_settings.HOME).rglob("*.jp*g"))


def _weight() -> int:
    """Return how many bytes all rows of the database hold as text."""
    with connection.cursor() as cursor:
        total = 0
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - our own tables' names
            total += sum(len(str(value)) for row in cursor.fetchall() for value in row)
    return total
