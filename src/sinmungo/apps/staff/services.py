"""Everything that changes who works here."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.staff import queries
from sinmungo.apps.staff.errors import BadName, LinkNotValid, NameTaken, UnknownRole
from sinmungo.apps.staff.links import GOOD_FOR, digest_of, new_token
from sinmungo.apps.staff.models import Membership, Role, SignInLink, User


@transaction.atomic
def create_first_administrator(*, username: str, at: datetime, actor: Actor) -> User:
    """Return the administrator of this house, made now if there is none; no password is set."""
    return queries.administrator() or add_member(
        username=username, pseudonym=username, role=Role.ADMINISTRATOR, at=at, actor=actor
    )


@transaction.atomic
def add_member(
    *,
    username: str,
    pseudonym: str,
    role: str,
    platform: str = "",
    locale: str = "ko",
    at: datetime,
    actor: Actor,
) -> User:
    """Make a person with one role, who signs in by a one-time link first; raises NameTaken, BadName."""
    user = User(username=username, pseudonym=pseudonym.strip(), locale=locale)
    user.set_unusable_password()
    try:
        user.full_clean(validate_unique=False)
    except ValidationError as error:
        raise BadName from error
    if not user.pseudonym:
        raise BadName
    if User.objects.filter(username=username).exists():
        raise NameTaken(username=username)
    user.save(force_insert=True)
    grant(user=user, role=role, platform=platform, at=at, actor=actor)
    return user


@transaction.atomic
def grant(*, user: User, role: str, platform: str = "", at: datetime, actor: Actor) -> Membership:
    """Give ``user`` a role on ``platform`` (empty: on all); once more changes nothing."""
    if role not in Role.values:
        raise UnknownRole(role=role)
    membership, made = Membership.objects.get_or_create(user=user, role=role, platform=platform)
    if made:
        record([_entry("staff.role.granted", user, actor, role=str(role), platform=platform)], at=at)
    return membership


@transaction.atomic
def revoke(*, user: User, role: str, platform: str = "", at: datetime, actor: Actor) -> None:
    """Take a role from ``user``; one that was not held changes nothing."""
    removed, _ = Membership.objects.filter(user=user, role=role, platform=platform).delete()
    if removed:
        record([_entry("staff.role.revoked", user, actor, role=str(role), platform=platform)], at=at)


@transaction.atomic
def make_sign_in_link(*, user: User, at: datetime, actor: Actor) -> str:
    """Return the token of a link that signs ``user`` in once within 24 hours; it is not kept."""
    token = new_token()
    SignInLink.objects.create(digest=digest_of(token), user=user, expires_at=at + GOOD_FOR)
    record([_entry("staff.link.made", user, actor)], at=at)
    return token


@transaction.atomic
def use_sign_in_link(*, token: str, at: datetime) -> User:
    """Use a link up and return whom it signs in; raises LinkNotValid, also at the second use."""
    user = queries.link_holder(token=token, at=at)
    unused = SignInLink.objects.filter(digest=digest_of(token), used_at__isnull=True)
    if not unused.update(used_at=at):
        raise LinkNotValid
    record([_entry("staff.link.used", user, queries.actor_of(user))], at=at)
    return user


def _entry(kind: str, user: User, actor: Actor, **facts: str) -> NewEntry:
    return NewEntry(kind=kind, subject=f"staff:{user.id.hex}", actor=actor, body=dict(facts))
