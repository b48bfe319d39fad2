"""Everything that changes who works here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.ledger.kinds import Body
from sinmungo.apps.ledger.services import NewEntry, record
from sinmungo.apps.staff import queries
from sinmungo.apps.staff.errors import (
    BadName,
    BadPreference,
    LinkNotValid,
    NameTaken,
    QueuesNeeded,
    UnknownRole,
)
from sinmungo.apps.staff.links import GOOD_FOR, digest_of, new_token
from sinmungo.apps.staff.models import Membership, Preference, Role, SignInLink, User

#: Queues that a role may be bound to, or that a person may refuse.
MAX_QUEUES = 50
#: A break is proposed after so many minutes at the earliest and at the latest.
BREAK_AFTER = (20, 120)


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
    queues: Collection[str] = (),
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
    grant(user=user, role=role, platform=platform, queues=queues, at=at, actor=actor)
    return user


@transaction.atomic
def grant(
    *,
    user: User,
    role: str,
    platform: str = "",
    queues: Collection[str] = (),
    at: datetime,
    actor: Actor,
) -> Membership:
    """Give ``user`` a role on ``platform`` (empty: on all) in ``queues`` (none: in all).

    Once more with other queues changes them, and with the same ones nothing. Raises UnknownRole, and
    QueuesNeeded for a vendor reviewer without queues, or for more than 50 of them.
    """
    if role not in Role.values:
        raise UnknownRole(role=role)
    named = sorted(set(queues))
    if len(named) > MAX_QUEUES or (role == Role.VENDOR and not named):
        raise QueuesNeeded(limit=MAX_QUEUES)
    membership, made = Membership.objects.get_or_create(
        user=user, role=role, platform=platform, defaults={"queues": named}
    )
    if made or membership.queues != named:
        membership.queues = named
        membership.save(update_fields=["queues"])
        facts: Body = {"role": str(role), "platform": platform, "queues": named}
        record([_entry("staff.role.granted", user, actor, facts)], at=at)
    return membership


@transaction.atomic
def revoke(*, user: User, role: str, platform: str = "", at: datetime, actor: Actor) -> None:
    """Take a role from ``user``; one that was not held changes nothing."""
    removed, _ = Membership.objects.filter(user=user, role=role, platform=platform).delete()
    if removed:
        facts: Body = {"role": str(role), "platform": platform}
        record([_entry("staff.role.revoked", user, actor, facts)], at=at)


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


@transaction.atomic
def set_preference(
    *,
    user: User,
    blur: bool,
    greyscale: bool,
    break_after_minutes: int,
    refused_queues: Collection[str],
    at: datetime,
    actor: Actor,
) -> Preference:
    """Keep how ``user`` wants to meet what they review; the ledger is told that it changed, not how.

    Raises BadPreference for a break after fewer than 20 or more than 120 minutes, or over 50 queues.
    """
    first, last = BREAK_AFTER
    refused = sorted(set(refused_queues))
    if not first <= break_after_minutes <= last or len(refused) > MAX_QUEUES:
        raise BadPreference(first=first, last=last)
    values = {
        "blur": blur,
        "greyscale": greyscale,
        "break_after_minutes": break_after_minutes,
        "refused_queues": refused,
    }
    kept, _made = Preference.objects.update_or_create(user=user, defaults=values)
    record([_entry("staff.preference.changed", user, actor)], at=at)
    return kept


@transaction.atomic
def refuse_queue(*, user: User, queue: str, at: datetime, actor: Actor) -> Preference:
    """Add a queue to those that ``user`` does not want to see; no reason is asked.

    Once more changes nothing. Raises BadPreference as :func:`set_preference`.
    """
    known = queries.preference(user)
    if queue in known.refused_queues:
        return known
    return set_preference(
        user=user,
        blur=known.blur,
        greyscale=known.greyscale,
        break_after_minutes=known.break_after_minutes,
        refused_queues=[*known.refused_queues, queue],
        at=at,
        actor=actor,
    )


@transaction.atomic
def record_vendor_view(*, user: User, page: str, subject: str, at: datetime) -> None:
    """Write down that a vendor reviewer was shown a page; ``subject`` is a case, a queue, or themselves."""
    entry = NewEntry("staff.vendor.viewed", subject, queries.actor_of(user), {"page": page})
    record([entry], at=at)


@transaction.atomic
def record_binding(*, user: User, at: datetime) -> None:
    """Write down that ``user`` signs in through the house's own directory from now on; not as whom."""
    record([_entry("staff.directory.bound", user, queries.actor_of(user))], at=at)


def _entry(kind: str, user: User, actor: Actor, facts: Body | None = None) -> NewEntry:
    return NewEntry(kind=kind, subject=f"staff:{user.id.hex}", actor=actor, body=facts or {})
