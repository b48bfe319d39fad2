"""What others read of the staff."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.staff.errors import LinkNotValid, NoSuchMember, RoleLacks
from sinmungo.apps.staff.links import digest_of
from sinmungo.apps.staff.models import Membership, Preference, Role, SignInLink, User
from sinmungo.apps.staff.roles import MATRIX, Permission, roles_with


def actor_of(user: User) -> Actor:
    """Return the actor that a member of staff is; its name is the id in hexadecimal digits."""
    return Actor("staff", user.id.hex, user.id)


def platforms_where(user: User | AnonymousUser, permission: Permission) -> frozenset[str] | None:
    """Return the ids of the platforms where ``user`` holds ``permission``; None means every one."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    held = Membership.objects.filter(user=user, role__in=roles_with(permission))
    platforms = frozenset(held.values_list("platform", flat=True))
    return None if "" in platforms else platforms


def reach(user: User | AnonymousUser, permission: Permission) -> list[tuple[str, frozenset[str] | None]]:
    """Return where ``user`` holds ``permission``: pairs of a platform and the queues in it.

    An empty platform means every one, None every queue. A vendor reviewer for whom no queue is named
    reaches none.
    """
    if not isinstance(user, User) or not user.is_active:
        return []
    held = Membership.objects.filter(user=user, role__in=roles_with(permission))
    return [
        (platform, frozenset(queues) if queues or role == Role.VENDOR else None)
        for platform, role, queues in held.values_list("platform", "role", "queues")
    ]


def queues_where(
    user: User | AnonymousUser, permission: Permission, platform: str = ""
) -> frozenset[str] | None:
    """Return the queues in which ``user`` holds ``permission`` on ``platform``; None means every one.

    Without a platform: those of all platforms together.
    """
    found: set[str] = set()
    for place, queues in reach(user, permission):
        if platform and place not in ("", platform):
            continue
        if queues is None:
            return None
        found |= queues
    return frozenset(found)


def may(user: User | AnonymousUser, permission: Permission, *, platform: str = "", queue: str = "") -> bool:
    """Return whether ``user`` holds ``permission`` on ``platform`` in ``queue``; left out: in any."""
    for place, queues in reach(user, permission):
        is_there = not platform or place in ("", platform)
        if is_there and (queues is None or (queue in queues if queue else bool(queues))):
            return True
    return False


def require(user: User | AnonymousUser, permission: Permission, platform: str = "", queue: str = "") -> None:
    """Raise RoleLacks (``staff.not_allowed``) unless :func:`may`."""
    if not may(user, permission, platform=platform, queue=queue):
        raise RoleLacks


def require_actor(actor: Actor, permission: Permission, platform: str = "") -> None:
    """Raise RoleLacks where a member of staff acts who lacks ``permission``; others hold their own keys."""
    if actor.kind == "staff":
        member = User.objects.filter(pk=actor.user_id).first() if actor.user_id else None
        require(member or AnonymousUser(), permission, platform)


def is_vendor(user: User | AnonymousUser) -> bool:
    """Return whether ``user`` works here for another company, whatever other roles they hold."""
    return isinstance(user, User) and Membership.objects.filter(user=user, role=Role.VENDOR).exists()


def preference(user: User) -> Preference:
    """Return how ``user`` wants to meet what they review; as careful as it gets until they change it."""
    return Preference.objects.filter(pk=user.pk).first() or Preference(user=user)


def refused_queues(user: User | AnonymousUser) -> frozenset[str]:
    """Return the queues that ``user`` does not want to see."""
    return frozenset(preference(user).refused_queues) if isinstance(user, User) else frozenset()


def permissions_of(user: User | AnonymousUser) -> frozenset[Permission]:
    """Return everything that ``user`` may do somewhere."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    return frozenset().union(
        *(MATRIX[Role(role)] for role in user.memberships.values_list("role", flat=True))
    )


def administrator() -> User | None:
    """Return the administrator of all platforms who was here first, if there is one."""
    ruling = Q(role=Role.ADMINISTRATOR, platform="", user__is_active=True)
    found = Membership.objects.filter(ruling).select_related("user").order_by("pk").first()
    return found.user if found else None


def pseudonyms(user_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return what colleagues call each of the people."""
    return {user.id: str(user) for user in User.objects.filter(pk__in=list(user_ids))}


def link_holder(*, token: str, at: datetime) -> User:
    """Return whom a sign-in link would sign in, without using it; raises LinkNotValid."""
    link = SignInLink.objects.select_related("user").filter(
        digest=digest_of(token), used_at__isnull=True, expires_at__gt=at, user__is_active=True
    )
    found = link.first()
    if found is None:
        raise LinkNotValid
    return found.user


def with_role(role: Role) -> list[User]:
    """Return the active members who have ``role`` on any platform, whoever took it first first."""
    found = Membership.objects.filter(role=role, user__is_active=True).select_related("user").order_by("pk")
    return list({member.user_id: member.user for member in found}.values())


def by_username(username: str) -> User:
    """Return the active member who signs in with this name; raises NoSuchMember."""
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise NoSuchMember(username=username)
    return found


def members(*, seen_by: User) -> list[User]:
    """Return the people whom ``seen_by`` manages, with their roles loaded."""
    require(seen_by, Permission.MANAGE_STAFF)
    platforms = platforms_where(seen_by, Permission.MANAGE_STAFF)
    rows = User.objects.filter(is_active=True).prefetch_related("memberships").order_by("username")
    return [member for member in rows if _within(member, platforms)]


def managed_member(*, username: str, seen_by: User) -> User:
    """Return an active member whom ``seen_by`` manages; raises NoSuchMember for everybody else.

    Whoever makes a sign-in link for a member could use it, so nobody makes one for a member who may do
    something on a platform where they do not manage staff themselves.
    """
    member = by_username(username)
    if not _within(member, platforms_where(seen_by, Permission.MANAGE_STAFF)):
        raise NoSuchMember(username=username)
    return member


def require_manager(user: User, platform: str) -> None:
    """Raise RoleLacks unless ``user`` manages staff on ``platform``; empty: on all platforms."""
    platforms = platforms_where(user, Permission.MANAGE_STAFF)
    if platforms is not None and platform not in platforms:
        raise RoleLacks


def _within(member: User, platforms: frozenset[str] | None) -> bool:
    """Whether every role of ``member`` is on one of ``platforms``; None means all of them."""
    return platforms is None or all(held.platform in platforms for held in member.memberships.all())
