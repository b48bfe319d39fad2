"""The staff's door."""

from __future__ import annotations

import pytest
from django.test import Client

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.staff import services
from sinmungo.apps.staff.models import User
from tests.apps.review import made

pytestmark = pytest.mark.django_db

PASSWORD = "긴 비밀번호 for a test 4711"


@pytest.fixture
def reviewer() -> User:
    user = made.member()
    user.set_password(PASSWORD)
    user.save()
    return user


def enter(client: Client, user: User, password: str = PASSWORD, **more: str):  # type: ignore[no-untyped-def]
    return client.post("/staff/sign-in", {"login": user.username, "password": password, **more})


@pytest.mark.parametrize(("language", "words"), [("ko", "여기서 일합니다"), ("en", "I work here")])
def test_the_door_speaks_the_readers_language(language: str, words: str) -> None:
    """The page has one heading, labelled fields, a passkey button, and no address elsewhere."""
    html = Client(headers={"accept-language": language}).get("/staff/sign-in").content.decode()
    assert words in html
    assert html.count("<h1") == 1
    assert 'for="id_password"' in html
    assert "passkey_login" in html


def test_a_password_signs_in(reviewer: User) -> None:
    """The right password leads to where one wanted to go."""
    client = Client()
    answer = enter(client, reviewer, next="/console/approvals/")
    assert answer["Location"] == "/console/approvals/"
    assert client.get("/console/").status_code == 200


def test_nobody_is_led_elsewhere_after_signing_in(reviewer: User) -> None:
    """An address of another house is not where signing in leads."""
    assert enter(Client(), reviewer, next="https://example.invalid/")["Location"] == "/console/"


def test_a_wrong_password_tells_nothing(reviewer: User) -> None:
    """A wrong password and an unknown name are answered alike."""
    wrong = enter(Client(headers={"accept-language": "en"}), reviewer, "guess")
    unknown = Client(headers={"accept-language": "en"}).post(
        "/staff/sign-in", {"login": "nobody", "password": "guess"}
    )
    assert wrong.status_code == unknown.status_code == 200
    assert "not correct" in wrong.content.decode()
    assert "not correct" in unknown.content.decode()


def test_guessing_is_slowed_down(reviewer: User) -> None:
    """After five wrong tries on a name even the right password waits."""
    client = Client(headers={"accept-language": "en"})
    for _ in range(5):
        enter(client, reviewer, "guess")
    assert "Too many failed" in enter(client, reviewer).content.decode()


def test_looking_at_a_link_uses_nothing_up(reviewer: User) -> None:
    """A GET shows whose link it is and signs nobody in; the button does, once."""
    token = services.make_sign_in_link(user=reviewer, at=clock.now(), actor=SYSTEM)
    client = Client()
    for _ in range(2):
        assert reviewer.pseudonym in client.get(f"/staff/link/{token}").content.decode()
        assert client.get("/console/").status_code == 302
    assert client.post(f"/staff/link/{token}")["Location"] == "/console/"
    assert client.get("/console/").status_code == 200
    assert Client().post(f"/staff/link/{token}").status_code == 404
    assert Client().get(f"/staff/link/{token}").status_code == 404


def test_a_link_lets_its_holder_set_a_password() -> None:
    """Whoever came by a link may set a password at once, without one from before."""
    user = made.member()
    token = services.make_sign_in_link(user=user, at=clock.now(), actor=SYSTEM)
    client = Client()
    client.post(f"/staff/link/{token}")
    answer = client.post("/staff/account/password/set/", {"password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 302
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert client.get("/staff/account/2fa/").status_code == 200


def test_signing_out_is_a_press_and_ends_the_session(reviewer: User) -> None:
    """A mere link cannot sign somebody out; the button ends the session."""
    client = Client()
    enter(client, reviewer)
    assert client.get("/staff/sign-out").status_code == 405
    client.post("/staff/sign-out")
    assert client.get("/console/").status_code == 302


def test_nobody_signs_up() -> None:
    """The address of signing up makes no account."""
    values = {"username": "newcomer", "password1": PASSWORD, "password2": PASSWORD}
    Client().post("/staff/account/signup/", values)
    assert not User.objects.filter(username="newcomer").exists()


def test_roles_without_a_password_exist_in_the_demonstration_only(settings) -> None:  # type: ignore[no-untyped-def]
    """Outside the demonstration there is no such page; in it one press steps into a role."""
    reviewer = made.member()
    assert Client().get("/staff/demo").status_code == 404
    assert Client().post("/staff/demo", {"role": "reviewer"}).status_code == 404
    settings.SINMUNGO_DEMO = True
    client = Client()
    assert reviewer.pseudonym in client.get("/staff/demo").content.decode()
    assert client.post("/staff/demo", {"role": "king"}).status_code == 404
    assert client.post("/staff/demo", {"role": "reviewer"})["Location"] == "/console/"
    assert client.get("/console/").status_code == 200


def test_an_administrator_adds_somebody_who_then_gets_in() -> None:
    """Adding a person shows their link once, and the link lets them in with their role."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(made.member("administrator"))
    values = {"act": "add", "username": "daon", "pseudonym": "검토자 열", "role": "reviewer", "platform": ""}
    html = client.post("/console/people/", values).content.decode()
    token = html.split("/staff/link/")[1].split("<")[0]
    assert token not in client.get("/console/people/").content.decode()
    newcomer = Client()
    newcomer.post(f"/staff/link/{token}")
    assert newcomer.get("/console/approvals/").status_code == 200
    again = client.post("/console/people/", values)
    assert again.status_code == 409
    assert "is taken" in again.content.decode()
    assert 'value="daon"' in again.content.decode()


@pytest.mark.parametrize("role", ["administrator", "lead"])
def test_an_administrator_of_one_platform_makes_nobody_greater(role: str) -> None:
    """They add people on their platform only, and make no link for whoever may act beyond it."""
    world = made.world()
    beyond, within = made.member(role), made.member("reviewer", platform=world.platform.slug)
    client = Client(headers={"accept-language": "en"})
    client.force_login(made.member("administrator", platform=world.platform.slug))
    page = client.get("/console/people/").content.decode()
    assert within.username in page
    assert f'value="{beyond.username}"' not in page
    for who, answer in ((beyond, 404), (within, 200)):
        assert (
            client.post("/console/people/", {"act": "link", "username": who.username}).status_code == answer
        )
    added = {"act": "add", "username": "saebyeok", "pseudonym": "검토자 새벽", "role": role}
    assert client.post("/console/people/", {**added, "platform": ""}).status_code == 403
    assert not User.objects.filter(username="saebyeok").exists()
    assert client.post("/console/people/", {**added, "platform": world.platform.slug}).status_code == 200


@pytest.mark.parametrize("page", ["email", "password/reset"])
def test_pages_about_mail_lead_to_the_door(reviewer: User, page: str) -> None:
    """No mail is sent from here, so whoever asks for one is led to the door and nothing is kept."""
    client = Client()
    client.force_login(reviewer)
    values = {"email": "someone@example.invalid", "action_add": ""}
    for answer in (client.get(f"/staff/account/{page}/"), client.post(f"/staff/account/{page}/", values)):
        assert answer.headers["Location"] == "/staff/sign-in"


@pytest.mark.parametrize("page", ["", "webauthn/", "webauthn/add/", "totp/activate/"])
def test_a_way_to_come_back_can_be_added(page: str) -> None:
    """Whoever came in by a one-time link reaches the pages for passkeys and codes."""
    token = services.make_sign_in_link(user=made.member(), at=clock.now(), actor=SYSTEM)
    client = Client()
    client.post(f"/staff/link/{token}")
    assert client.get(f"/staff/account/2fa/{page}").status_code == 200
