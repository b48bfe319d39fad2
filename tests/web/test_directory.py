"""Signing in by OpenID Connect, against a provider on loopback."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.staff import services
from sinmungo.apps.staff.models import User
from sinmungo.web import directory_settings
from tests.apps.review import made
from tests.web import oidc_provider
from tests.web.oidc_provider import CLIENT, SECRET, Provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    with Provider() as running:
        settings.SOCIALACCOUNT_PROVIDERS = directory_settings.providers(
            {
                "SINMUNGO_OIDC_URL": running.url,
                "SINMUNGO_OIDC_CLIENT_ID": CLIENT,
                "SINMUNGO_OIDC_CLIENT_SECRET": SECRET,
                "SINMUNGO_OIDC_NAME": "Haneul House",
            }
        )
        yield running


@pytest.fixture
def nuri() -> User:
    return services.add_member(
        username="nuri", pseudonym="검토자 하늘", role="reviewer", at=clock.now(), actor=SYSTEM
    )


def browser() -> Client:
    return Client(headers={"accept-language": "en"})


def login_url(provider: Provider) -> str:
    return f"/staff/account/oidc/{directory_settings.provider_id(provider.url)}/login/"


def led_to(client: Client, provider: Provider, query: str = "") -> str:
    """Press the button and return the address at the provider that the page leads to."""
    page = client.post(login_url(provider) + query)
    assert page.status_code == 200, page.content.decode()
    found = re.search(r'<a class="button" href="([^"]+)"', page.content.decode())
    assert found
    return html.unescape(found[1])


def answered(address: str) -> str:
    """Agree at the provider and return our address, with its code and state, that it sends back to."""
    sent_back = httpx.get(address, trust_env=False).headers["location"]
    return sent_back.split("testserver", 1)[1]


def sign_in(client: Client, provider: Provider, query: str = ""):  # type: ignore[no-untyped-def]
    return client.get(answered(led_to(client, provider, query)))


def is_in(client: Client) -> bool:
    return client.get("/console/").status_code == 200


def bound(user: User, provider: Provider) -> Client:
    """Connect a person's account at the provider as they do themselves: signed in by a one-time link."""
    client = browser()
    token = services.make_sign_in_link(user=user, at=clock.now(), actor=SYSTEM)
    client.post(f"/staff/link/{token}")
    assert sign_in(client, provider, "?process=connect").status_code == 302
    return client


def test_a_person_binds_their_account_and_signs_in_with_it(provider: Provider, nuri: User) -> None:
    """After connecting once, the account at the directory opens the door; the ledger knows of it."""
    bound(nuri, provider)
    client = browser()
    assert sign_in(client, provider)["Location"] == "/console/"
    assert is_in(client)
    assert Entry.objects.get(kind="staff.directory.bound").subject == f"staff:{nuri.id.hex}"
    assert provider.faults == []


def test_nothing_of_a_person_is_kept_but_the_subject(provider: Provider, nuri: User) -> None:
    """Names and addresses that the directory tells are not stored."""
    provider.person |= {"name": "Nuri Haneul", "email": "nuri@example.invalid", "email_verified": True}
    bound(nuri, provider)
    kept = SocialAccount.objects.get()
    assert (kept.uid, kept.extra_data) == ("subject-1", {})
    nuri.refresh_from_db()
    assert nuri.email == "" and nuri.first_name == ""


def test_the_request_carries_state_nonce_and_a_pkce_challenge(provider: Provider) -> None:
    """What OAuth 2.0 Security Best Current Practice asks for stands in the address, fresh each time."""
    client = browser()
    first, second = (httpx.URL(led_to(client, provider)).params for _ in range(2))
    assert first["response_type"] == "code" and first["code_challenge_method"] == "S256"
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 16 and first[name] != second[name]


def test_a_stranger_is_not_let_in_and_nobody_is_made(provider: Provider, nuri: User) -> None:
    """Somebody whom the directory knows and nobody added here is refused, whatever they are called."""
    client = browser()
    answer = sign_in(client, provider)
    assert answer.status_code == 403 and "Nobody who works here" in answer.content.decode()
    assert not is_in(client)
    assert User.objects.count() == 1 and not SocialAccount.objects.exists()


def test_a_name_is_believed_only_where_the_house_says_so(
    provider: Provider, nuri: User, settings: Any
) -> None:
    """With the setting, the name finds the person the first time; afterwards the subject counts."""
    settings.SINMUNGO_OIDC_MATCH = "preferred_username"
    client = browser()
    assert sign_in(client, provider).status_code == 302 and is_in(client)
    provider.person["preferred_username"] = "renamed"
    again = browser()
    assert sign_in(again, provider).status_code == 302 and is_in(again)


def test_a_name_taken_over_by_another_opens_nothing(provider: Provider, nuri: User, settings: Any) -> None:
    """Once a person is bound, another subject of the same name is a stranger."""
    settings.SINMUNGO_OIDC_MATCH = "preferred_username"
    sign_in(browser(), provider)
    provider.person["sub"] = "subject-2"
    client = browser()
    assert sign_in(client, provider).status_code == 403
    assert not is_in(client)


def test_a_deactivated_person_stays_outside(provider: Provider, nuri: User, settings: Any) -> None:
    """Somebody who left is refused as a stranger is, bound or found by name."""
    bound(nuri, provider)
    User.objects.filter(pk=nuri.pk).update(is_active=False)
    client = browser()
    assert "Nobody who works here" in sign_in(client, provider).content.decode()
    assert not is_in(client)
    SocialAccount.objects.all().delete()
    settings.SINMUNGO_OIDC_MATCH = "preferred_username"
    assert sign_in(client, provider).status_code == 403
    assert not is_in(client)


def test_an_account_of_a_colleague_is_not_taken_over(provider: Provider, nuri: User) -> None:
    """Connecting an account that is somebody else's changes nothing."""
    bound(nuri, provider)
    other = made.member()
    bound(other, provider)
    assert SocialAccount.objects.get().user == nuri


def _changed(**claims: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda given: {name: value for name, value in {**given, **claims}.items() if value is not None}


FAULTS: dict[str, Callable[[Provider], None]] = {
    "another key's signature": lambda p: setattr(
        p, "sign", lambda claims: p.signed(claims, key=oidc_provider.new_key())
    ),
    "no algorithm": lambda p: setattr(
        p, "sign", lambda claims: jwt.encode(claims, None, algorithm="none", headers={"kid": "one"})
    ),
    "a shared secret's signature": lambda p: setattr(
        p, "sign", lambda claims: p.signed(claims, key=SECRET * 3, alg="HS256")
    ),
    "an unknown key": lambda p: setattr(p, "sign", lambda claims: p.signed(claims, kid="two")),
    "no token": lambda p: setattr(p, "sign", lambda claims: ""),
    "no token at all": lambda p: setattr(p, "sign", lambda claims: "not.a.token"),
    "another audience": lambda p: setattr(p, "change", _changed(aud="somebody-else")),
    "several audiences without a party": lambda p: setattr(p, "change", _changed(aud=[CLIENT, "other"])),
    "another party": lambda p: setattr(p, "change", _changed(aud=[CLIENT, "other"], azp="other")),
    "another issuer": lambda p: setattr(p, "change", _changed(iss="https://other.invalid")),
    "expired": lambda p: setattr(p, "change", _changed(exp=1_600_000_000)),
    "from the future": lambda p: setattr(p, "change", _changed(iat=4_000_000_000)),
    "no end": lambda p: setattr(p, "change", _changed(exp=None)),
    "no subject": lambda p: setattr(p, "change", _changed(sub=None)),
    "no nonce": lambda p: setattr(p, "change", _changed(nonce=None)),
    "another nonce": lambda p: setattr(p, "change", _changed(nonce="guessed")),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_token_with_a_fault_opens_nothing(provider: Provider, nuri: User, fault: str) -> None:
    """Whatever is wrong with the ID token, a bound person is told the same and stays outside."""
    bound(nuri, provider)
    FAULTS[fault](provider)
    client = browser()
    answer = sign_in(client, provider)
    assert answer.status_code == 403, fault
    assert "did not work" in answer.content.decode()
    assert not is_in(client)


def test_a_state_works_once_and_in_its_own_session(provider: Provider, nuri: User) -> None:
    """An answer sent again, or to another browser, is refused."""
    bound(nuri, provider)
    client, other = browser(), browser()
    answer = answered(led_to(client, provider))
    assert other.get(answer).status_code == 403 and not is_in(other)
    assert client.get(answer).status_code == 302 and is_in(client)
    client.post("/staff/sign-out")
    assert client.get(answer).status_code == 403 and not is_in(client)


def test_turning_back_at_the_directory_leads_to_a_page_of_ours(provider: Provider, nuri: User) -> None:
    """A refusal at the directory is told in plain words; its own words are not repeated."""
    client = browser()
    state = httpx.URL(led_to(client, provider)).params["state"]
    answer = client.get(
        f"{login_url(provider)}callback/?error=access_denied&error_description=%3Cb%3E&state={state}"
    )
    assert answer.status_code == 403 and "did not work" in answer.content.decode()
    assert "<b>" not in answer.content.decode()


@pytest.mark.parametrize(
    "change",
    [
        _changed(issuer="https://other.invalid"),
        _changed(token_endpoint="http://other.invalid/token"),
        _changed(jwks_uri=None),
    ],
)
def test_a_directory_that_describes_itself_wrongly_is_not_followed(
    provider: Provider, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """Another issuer's name, or an address without TLS, ends before anybody is led anywhere."""
    provider.describe = change
    answer = browser().post(login_url(provider))
    assert answer.status_code == 503 and "does not answer" in answer.content.decode()


def test_a_directory_that_is_down_is_told_calmly(provider: Provider) -> None:
    """Without the directory the page says so, and the other ways in remain."""
    provider.server.shutdown()
    provider.server.server_close()
    client = browser()
    assert client.post(login_url(provider)).status_code == 503
    assert "Haneul House" in client.get("/staff/sign-in").content.decode()


def test_signing_out_says_that_the_directory_goes_on(provider: Provider, nuri: User) -> None:
    """Whoever came through the directory can end its session too; others are just signed out."""
    bound(nuri, provider)
    client = browser()
    sign_in(client, provider)
    page = client.post("/staff/sign-out").content.decode()
    end = re.search(r'href="(/staff/account/oidc/[^"]+/end/)"', page)
    assert end
    assert client.get(end[1])["Location"].startswith(f"{provider.url}/end?client_id={CLIENT}")
    assert not is_in(client)


def test_an_unknown_directory_is_no_address(provider: Provider) -> None:
    """Only the directory that is set up has pages."""
    client = browser()
    for path in ("login/", "login/callback/", "end/"):
        assert client.get(f"/staff/account/oidc/openid_connect/{path}").status_code == 404


def test_looking_at_the_door_of_the_directory_starts_nothing(provider: Provider) -> None:
    """A GET shows a page with a button; only the button asks the directory."""
    client = browser()
    assert "Continue" in client.get(login_url(provider)).content.decode()
    assert "directory_nonces" not in client.session


@pytest.mark.parametrize(
    "environment",
    [
        {"SINMUNGO_OIDC_URL": "http://directory.example.invalid", "SINMUNGO_OIDC_CLIENT_ID": "x"},
        {"SINMUNGO_OIDC_URL": "https://directory.example.invalid"},
        {"SINMUNGO_OIDC_URL": "https://[", "SINMUNGO_OIDC_CLIENT_ID": "x"},
    ],
)
def test_settings_that_cannot_work_stop_the_start(environment: dict[str, str]) -> None:
    """An address without TLS, or no client, is told when the program starts."""
    with pytest.raises(ImproperlyConfigured):
        directory_settings.providers(environment)


def test_a_claim_that_anybody_may_change_is_no_match() -> None:
    """Nothing but the name can be matched on, and by itself nothing is."""
    assert directory_settings.match({}) == ""
    with pytest.raises(ImproperlyConfigured):
        directory_settings.match({"SINMUNGO_OIDC_MATCH": "email"})


def test_the_secret_may_stand_in_a_file(tmp_path: Any) -> None:
    """A file keeps the secret out of the environment."""
    (tmp_path / "secret").write_text("from-a-file\n")
    made_of = directory_settings.providers(
        {
            "SINMUNGO_OIDC_URL": "https://directory.example.invalid/",
            "SINMUNGO_OIDC_CLIENT_ID": "x",
            "SINMUNGO_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
        }
    )
    app = made_of["openid_connect"]["APPS"][0]
    assert app["secret"] == "from-a-file" and app["settings"]["oauth_pkce_enabled"]
