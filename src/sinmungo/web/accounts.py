"""Staff accounts are made by an administrator; nobody signs up, by whichever door they come."""

from __future__ import annotations

from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from sinmungo.apps.base import clock
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff import services
from sinmungo.apps.staff.errors import NoSuchMember, NotKnownHere
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.errors import DomainError, NotAllowed
from sinmungo.web.errors import told


class DirectoryFailed(NotAllowed):
    """The directory's answer did not pass a check, or the person turned back there."""

    code = "staff.directory_failed"
    message = "Signing in with the directory did not work, and nothing has changed. Start it again from here."


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth with its door for newcomers closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        return False

    def send_notification_mail(self, *_args: Any, **_kwargs: Any) -> None:
        """Send nothing: no mail leaves this house."""


class DirectoryAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Only whom somebody added here signs in through a directory.

    A person who is signed in binds their account there to themselves, by issuer and subject. Where the
    house says so, one who was never bound is found once by the name that the directory gives them.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002 - allauth's signature
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Bind, let in, or refuse everybody else alike."""
        connects = sociallogin.state.get("process") == "connect"
        if sociallogin.is_existing:
            if not connects and not sociallogin.user.is_active:
                _refuse(request, NotKnownHere())
            return
        user = _signed_in(request) if connects else _named(sociallogin)
        if user is None:
            _refuse(request, NotKnownHere())
        with transaction.atomic():
            sociallogin.connect(request, user)
            services.record_binding(user=user, at=clock.now())

    def on_authentication_error(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> None:
        """Tell it on a page of ours, whatever it was: a stranger learns nothing from the difference."""
        _refuse(request, DirectoryFailed())


def _signed_in(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _named(sociallogin: SocialLogin) -> User | None:
    """Return the unbound member who goes by the directory's name, where the house allows that."""
    if settings.SINMUNGO_OIDC_MATCH != "preferred_username" or not sociallogin.directory_name:
        return None
    try:
        user = staff.by_username(sociallogin.directory_name)
    except NoSuchMember:
        return None
    bound = SocialAccount.objects.filter(user=user, provider=sociallogin.account.provider)
    return None if bound.exists() else user


def _refuse(request: HttpRequest, error: DomainError) -> NoReturn:
    raise ImmediateHttpResponse(told(request, error))
