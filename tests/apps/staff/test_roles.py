"""Who may do what."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.staff import queries, services
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.staff.models import Role
from sinmungo.apps.staff.roles import MATRIX, Permission
from tests.apps.review import made

DOCS = Path(__file__).parents[3] / "docs" / "reference" / "roles.md"


def test_the_table_in_the_docs_is_the_matrix() -> None:
    """The table that people read and the matrix that decides are the same."""
    lines = [line for line in DOCS.read_text().splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    roles = [Role(name) for name in cells[0][1:]]
    said = {role: set[str]() for role in roles}
    for row in cells[2:]:
        found = re.match(r"`(\w+)`", row[0])
        assert found, row
        for role, mark in zip(roles, row[1:], strict=True):
            if mark == "yes":
                said[role].add(found[1])
    assert said == {role: {str(p) for p in held} for role, held in MATRIX.items()}
    assert {re.match(r"`(\w+)`", row[0])[1] for row in cells[2:]} == {str(p) for p in Permission}  # type: ignore[index]


def test_an_administrator_reads_no_case() -> None:
    """Whoever runs the house does not thereby read what people wrote."""
    assert Permission.SEE_CASES not in MATRIX[Role.ADMINISTRATOR]
    assert Permission.DECIDE_CASES not in MATRIX[Role.OBSERVER]


@pytest.mark.django_db
def test_a_role_on_one_platform_reaches_no_other() -> None:
    """A reviewer of one platform may decide there and nowhere else."""
    user = made.member("reviewer", platform="haneul")
    assert queries.may(user, Permission.DECIDE_CASES, platform="haneul")
    assert queries.may(user, Permission.DECIDE_CASES)
    assert not queries.may(user, Permission.DECIDE_CASES, platform="badang")
    assert queries.platforms_where(user, Permission.DECIDE_CASES) == {"haneul"}
    with pytest.raises(RoleLacks):
        queries.require(user, Permission.DECIDE_CASES, "badang")


@pytest.mark.django_db
def test_a_role_without_a_platform_reaches_all() -> None:
    """A role that names no platform holds on every one."""
    user = made.member("lead")
    assert queries.platforms_where(user, Permission.HEAR_APPEALS) is None
    assert queries.may(user, Permission.HEAR_APPEALS, platform="anywhere")


@pytest.mark.django_db
def test_nobody_and_whoever_left_may_do_nothing() -> None:
    """A visitor and somebody whose account is closed hold no permission at all."""
    user = made.member("lead")
    user.is_active = False
    assert not queries.may(AnonymousUser(), Permission.SEE_QUEUES)
    assert not queries.may(user, Permission.SEE_QUEUES)
    assert queries.permissions_of(user) == frozenset()


@pytest.mark.django_db
def test_a_revoked_role_is_gone_at_once() -> None:
    """Taking a role away takes its permissions away, and both stand in the ledger."""
    user = made.member("reviewer")
    services.revoke(user=user, role="reviewer", at=clock.now(), actor=SYSTEM)
    assert queries.permissions_of(user) == frozenset()
