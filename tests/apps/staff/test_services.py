"""People, roles and one-time links."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.staff import queries, services
from sinmungo.apps.staff.errors import BadName, LinkNotValid, NameTaken, UnknownRole
from sinmungo.apps.staff.models import SignInLink, User
from tests.apps.review import made

pytestmark = pytest.mark.django_db


def test_the_first_administrator_is_made_once() -> None:
    """Starting again finds the administrator of the first start."""
    first = services.create_first_administrator(username="daon", at=clock.now(), actor=SYSTEM)
    again = services.create_first_administrator(username="other", at=clock.now(), actor=SYSTEM)
    assert first == again == queries.administrator()
    assert not first.has_usable_password()


def test_a_link_signs_in_once() -> None:
    """A one-time link gives its holder once, and the second use is refused."""
    user = made.member()
    token = services.make_sign_in_link(user=user, at=clock.now(), actor=SYSTEM)
    assert queries.link_holder(token=token, at=clock.now()) == user
    assert services.use_sign_in_link(token=token, at=clock.now()) == user
    with pytest.raises(LinkNotValid):
        services.use_sign_in_link(token=token, at=clock.now())


@pytest.mark.parametrize(("hours", "works"), [(23.9, True), (24.0, False)])
def test_a_link_lasts_a_day(hours: float, works: bool) -> None:
    """A link works until 24 hours have passed, and not at that moment."""
    now = clock.now()
    token = services.make_sign_in_link(user=made.member(), at=now, actor=SYSTEM)
    later = now + timedelta(hours=hours)
    if works:
        services.use_sign_in_link(token=token, at=later)
    else:
        with pytest.raises(LinkNotValid):
            services.use_sign_in_link(token=token, at=later)


def test_the_token_is_kept_nowhere() -> None:
    """The database holds a digest of the token, and the ledger nothing of it."""
    token = services.make_sign_in_link(user=made.member(), at=clock.now(), actor=SYSTEM)
    assert token.encode() not in bytes(SignInLink.objects.get().digest)
    assert not Entry.objects.filter(body__contains=token).exists()


def test_a_link_of_somebody_who_left_is_dead() -> None:
    """A closed account is not opened again by a link from before."""
    user = made.member()
    token = services.make_sign_in_link(user=user, at=clock.now(), actor=SYSTEM)
    User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(LinkNotValid):
        services.use_sign_in_link(token=token, at=clock.now())


@pytest.mark.parametrize("token", ["", "no-such-token", "x" * 5000, "한글", "\udc80"])
def test_a_made_up_link_is_refused_like_a_used_one(token: str) -> None:
    """What nobody made is answered as what was used up: it is not valid."""
    with pytest.raises(LinkNotValid):
        services.use_sign_in_link(token=token, at=clock.now())


def test_a_name_is_one_persons() -> None:
    """A second person cannot take a sign-in name, and an empty one is no name."""
    made_by = {"role": "reviewer", "at": clock.now(), "actor": SYSTEM}
    services.add_member(username="saem", pseudonym="검토자 01", **made_by)
    with pytest.raises(NameTaken):
        services.add_member(username="saem", pseudonym="검토자 02", **made_by)
    with pytest.raises(BadName):
        services.add_member(username="with space", pseudonym="검토자 02", **made_by)
    with pytest.raises(BadName):
        services.add_member(username="saem2", pseudonym=" ", **made_by)
    with pytest.raises(UnknownRole):
        services.grant(user=User.objects.get(username="saem"), role="king", at=clock.now(), actor=SYSTEM)


def test_giving_a_role_twice_writes_one_entry() -> None:
    """A role that is held already is not given again, and the ledger says it once."""
    user = made.member("reviewer")
    services.grant(user=user, role="hearer", at=clock.now(), actor=SYSTEM)
    services.grant(user=user, role="hearer", at=clock.now(), actor=SYSTEM)
    assert user.memberships.count() == 2
    assert Entry.objects.filter(kind="staff.role.granted").count() == 2
