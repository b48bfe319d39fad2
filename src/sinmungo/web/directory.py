"""Signing in by OpenID Connect Core 1.0: allauth's flow with PKCE and state, and an ID token checked in full.

allauth skips the signature of a token that came straight from the token endpoint and sends no nonce.
Here the signature, issuer, audience, times and nonce are always checked, and nothing that the
directory tells of a person is kept but its issuer and subject.
"""

from __future__ import annotations

import secrets
from typing import Any

import jwt
import requests
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from sinmungo.core.kernel.errors import Unavailable
from sinmungo.web.directory_settings import is_safe

#: Signatures that only the directory can make; never ``none``, and none that a shared secret makes.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
#: Clocks may differ by so many seconds.
LEEWAY = 30
#: Sign-ins that may be under way in one session.
MOST_AT_ONCE = 5
_NONCES = "directory_nonces"


class DirectoryUnavailable(Unavailable):
    """The directory does not answer, or not as OpenID Connect has it."""

    code = "staff.directory_unavailable"
    message = "The directory you sign in with does not answer just now. Try again, or sign in another way."


class Directory(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    """The house's directory, as it describes itself."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """The directory's description; raises OAuth2Error where it names another issuer or an open way."""
        described: dict[str, Any] = super().openid_config
        expected = self.get_provider().app.settings["server_url"]
        if str(described.get("issuer", "")).rstrip("/") != expected:
            raise OAuth2Error("the directory names another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_safe(str(described.get(name, ""))):
                raise OAuth2Error(f"the directory's {name} is missing or not https")
        return described

    def complete_login(
        self,
        request: HttpRequest,
        app: SocialApp,
        token: SocialToken,  # noqa: ARG002 - allauth's signature
        **kwargs: Any,
    ) -> SocialLogin:
        """Return whose the ID token is, after checking all of it; raises OAuth2Error."""
        claims = self._checked(app, str(kwargs["response"].get("id_token") or ""))
        if not _take_nonce(request, claims["nonce"]):
            raise OAuth2Error("the nonce is not one of this session")
        login = self.get_provider().sociallogin_from_response(request, {"id_token": claims})
        login.account.extra_data = {}
        login.email_addresses = []
        login.directory_name = str(claims.get("preferred_username") or "")
        return login

    def _checked(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        try:
            key = self._key(jwt.get_unverified_header(id_token))
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key,
                algorithms=list(ALGORITHMS),
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                leeway=LEEWAY,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
            )
        except jwt.PyJWTError as error:
            raise OAuth2Error("the ID token is not valid") from error
        # OpenID Connect Core 1.0, 3.1.3.7: a token for several audiences names whom it was made for
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != app.client_id:
            raise OAuth2Error("the ID token was made for somebody else")
        return claims

    def _key(self, header: dict[str, Any]) -> jwt.PyJWK:
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
            keys = jwt.PyJWKSet.from_dict(answer.json()).keys
        named = [key for key in keys if key.key_id == header.get("kid")]
        if len(named) != 1:
            raise OAuth2Error("the ID token names no key of the directory")
        return named[0]


@require_http_methods(["GET", "POST"])
@never_cache
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the directory, by a page of ours: our security policy lets no form lead to another host."""
    directory = _directory(request, provider_id)
    process = (
        "connect" if request.GET.get("process") == "connect" and request.user.is_authenticated else "login"
    )
    if request.method != "POST":
        context = {"name": directory.get_provider().name, "connects": process == "connect"}
        return render(request, "console/directory.html", context)
    nonce = secrets.token_urlsafe(24)
    request.session[_NONCES] = [*request.session.get(_NONCES, ()), nonce][-MOST_AT_ONCE:]
    provider = directory.get_provider()
    provider.get_oauth2_adapter = lambda _request: directory  # allauth would take one that checks less
    _description(directory)
    leads = provider.redirect(
        request, process=process, next_url=get_next_redirect_url(request), auth_params={"nonce": nonce}
    )
    context = {"name": provider.name, "address": leads["Location"]}
    return render(request, "console/directory.html", context)


@require_GET
@never_cache
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take what the directory answered; allauth checks the state, which works once."""
    directory = _directory(request, provider_id)
    _description(directory)
    try:
        answer: HttpResponse = OAuth2CallbackView.adapter_view(directory)(request)
    except (KeyError, ValueError) as error:
        raise DirectoryUnavailable from error
    return answer


@require_GET
@never_cache
def end(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to where the directory's own session ends (OpenID Connect RP-Initiated Logout 1.0)."""
    directory = _directory(request, provider_id)
    address = str(_description(directory).get("end_session_endpoint", ""))
    if not is_safe(address):
        raise DirectoryUnavailable
    query = {
        "client_id": directory.get_provider().app.client_id,
        "post_logout_redirect_uri": f"{settings.SINMUNGO_URL}/",
    }
    return redirect(f"{address}?{urlencode(query)}")


def offered() -> dict[str, str] | None:
    """Return the name and the id of the directory that is set up, if one is."""
    apps = settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", ())
    return {"name": apps[0]["name"], "id": apps[0]["provider_id"]} if apps else None


def _directory(request: HttpRequest, provider_id: str) -> Directory:
    known = offered()
    if known is None or known["id"] != provider_id:
        raise Http404
    return Directory(request, provider_id)


def _description(directory: Directory) -> dict[str, Any]:
    """Return how the directory describes itself; raises DirectoryUnavailable."""
    try:
        return directory.openid_config
    except (OAuth2Error, requests.RequestException, ValueError) as error:
        raise DirectoryUnavailable from error


def _take_nonce(request: HttpRequest, nonce: str) -> bool:
    """Return whether this session asked with this nonce, which is good for one answer."""
    open_ones = list(request.session.get(_NONCES, ()))
    if nonce not in open_ones:
        return False
    open_ones.remove(nonce)
    request.session[_NONCES] = open_ones
    return True
