"""One test for every cell of the matrix: a real act that needs exactly one permission, tried by each role.

A new permission needs a door in ``DOORS``, which a test makes sure of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import Client

from sinmungo.apps.autonomy.models import Automation, Epoch, Incident
from sinmungo.apps.autonomy.services import automations, incidents
from sinmungo.apps.base import clock, ids
from sinmungo.apps.policies import services as policies
from sinmungo.apps.review import services as review
from sinmungo.apps.review.models import Case
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.staff.models import Role, User
from sinmungo.apps.staff.roles import MATRIX, Permission
from sinmungo.core.kernel.errors import NotAllowed, NotFound
from sinmungo.core.kernel.words import ActionKind, Level
from sinmungo.web.console import casework, lists
from tests.apps.review import made

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Stage:
    """A person of the role under test, and a case that waits on a platform with the small pack."""

    user: User
    case: Case
    world: made.World


Door = Callable[[Stage], bool]


def opens(path: str) -> Door:
    """Return the door that is a page: 200 lets in, 403 and 404 keep out."""

    def door(stage: Stage) -> bool:
        client = Client()
        client.force_login(stage.user)
        status = client.get(path.format(code=stage.case.code)).status_code
        assert status in (200, 403, 404), status
        return status == 200

    return door


def acts(act: Callable[[Stage], object]) -> Door:
    """Return the door that is a service: a refusal keeps out, anything else is a fault of the test."""

    def door(stage: Stage) -> bool:
        try:
            act(stage)
        except (NotAllowed, NotFound):
            return False
        return True

    return door


def reads_the_handle(stage: Stage) -> bool:
    work = stage.case.assignment
    row = casework.listed(work, stage.case, "en", clock.now(), reader=lists.Reader(stage.user))
    return stage.case.item.external_id in row.title


def claims(stage: Stage) -> object:
    work = stage.case.assignment
    actor = staff.actor_of(stage.user)
    return review.claim(
        assignment=work, user=stage.user, expected_version=work.version, at=clock.now(), actor=actor
    )


def gives_to_a_colleague(stage: Stage) -> object:
    work = stage.case.assignment
    return review.assign(
        assignment=work,
        to=made.member("reviewer"),
        by=stage.user,
        expected_version=work.version,
        at=clock.now(),
        actor=staff.actor_of(stage.user),
    )


def adopts(stage: Stage) -> object:
    actor = staff.actor_of(stage.user)
    pack = policies.load_pack(made.PACK, actor=actor)
    return policies.adopt(platform=stage.world.platform, pack=pack, begins=clock.now(), actor=actor)


def makes_a_bank(stage: Stage) -> bool:
    client = Client()
    client.force_login(stage.user)
    titles = {"title_ko": "보기", "title_en": "An example", "severity": "low"}
    status = client.post("/console/banks/make", {"name": "an-example", **titles}).status_code
    assert status in (302, 403), status
    return status == 302


def lowers_a_level(stage: Stage) -> object:
    automation = _automation(stage)
    actor = staff.actor_of(stage.user)
    return automations.lower(automation=automation, to=Level.SHADOW, actor=actor, at=clock.now())


def opens_an_incident(stage: Stage) -> object:
    at = clock.now()
    return incidents.open_by_person(
        platform=stage.world.platform,
        automations=[_automation(stage)],
        title_ko="보기",
        title_en="An example",
        onset_from=at - timedelta(hours=1),
        onset_to=at,
        is_severe=False,
        user=stage.user,
        at=at,
    )


def opens_the_form_of_a_restoration(stage: Stage) -> bool:
    boss = made.member("lead")
    incident = opens_an_incident(Stage(boss, stage.case, stage.world))
    assert isinstance(incident, Incident)
    return opens(f"/console/incidents/{incident.code}/restore")(stage)


def _automation(stage: Stage) -> Automation:
    """Make an automation of a rule that the platform's policies do not have, at assist."""
    at = clock.now()
    found = Automation.objects.create(
        id=ids.new_id(),
        platform=stage.world.platform,
        policy="threats",
        rule=ids.new_id().hex,
        action=ActionKind.HIDE,
        ceiling=Level.AUTO,
        level=Level.ASSIST,
        level_since=at,
        target=0.9,
        alpha=0.05,
        made_at=at,
    )
    Epoch.objects.create(
        id=ids.new_id(), automation=found, number=1, digest="0" * 64, executes="{}", began_at=at
    )
    return found


DOORS: dict[Permission, Door] = {
    Permission.SEE_QUEUES: opens("/console/"),
    Permission.SEE_CASES: opens("/console/case/{code}/"),
    Permission.SEE_PERSONAL: reads_the_handle,
    Permission.SEARCH: opens("/console/search?q=haneul"),
    Permission.DECIDE_CASES: acts(claims),
    Permission.APPROVE: opens("/console/approvals/"),
    Permission.ASSIGN_WORK: acts(gives_to_a_colleague),
    Permission.WRITE_REASONS: opens("/console/reasons/"),
    Permission.SECOND_REVIEW: opens("/console/seconds/"),
    Permission.KEEP_GOLD: opens("/console/gold/"),
    Permission.SEE_QUALITY: opens("/console/lead/"),
    Permission.SEE_BANKS: opens("/console/banks/"),
    Permission.KEEP_BANKS: makes_a_bank,
    Permission.HEAR_APPEALS: opens("/console/appeals/"),
    Permission.SEE_AUTOMATIONS: opens("/console/automations/"),
    Permission.SET_AUTOMATIONS: acts(lowers_a_level),
    Permission.AUDIT: opens("/console/audits/"),
    Permission.RUN_INCIDENTS: acts(opens_an_incident),
    Permission.RESTORE: opens_the_form_of_a_restoration,
    Permission.ADOPT_POLICIES: acts(adopts),
    Permission.SEE_PLATFORMS: opens("/console/platforms/"),
    Permission.RETRY_DELIVERIES: opens("/console/deliveries/"),
    Permission.MANAGE_STAFF: opens("/console/people/"),
}


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.mark.parametrize("permission", list(Permission), ids=str)
@pytest.mark.parametrize("role", list(Role), ids=str)
def test_a_role_does_what_its_cell_says_and_nothing_else(
    world: made.World, role: Role, permission: Permission
) -> None:
    """Each role passes the door of each permission exactly if the matrix gives it."""
    stage = Stage(made.member(str(role)), made.waiting_case(world.platform), world)
    assert DOORS[permission](stage) == (permission in MATRIX[role])


@pytest.mark.parametrize("permission", list(Permission), ids=str)
def test_a_role_on_another_platform_passes_no_door_of_this_one(
    world: made.World, permission: Permission
) -> None:
    """A permission that is held elsewhere shows nothing of a case here and does nothing to it."""
    elsewhere = made.world().platform.slug
    role = next(role for role, held in MATRIX.items() if permission in held and role != Role.VENDOR)
    stage = Stage(made.member(str(role), platform=elsewhere), made.waiting_case(world.platform), world)
    try:
        passed = DOORS[permission](stage)
    except RoleLacks:
        passed = False
    client = Client()
    client.force_login(stage.user)
    assert not passed or stage.case.code not in client.get("/console/").content.decode()


def test_every_permission_has_a_door() -> None:
    """Nothing stands in the matrix that no act needs."""
    assert set(DOORS) == set(Permission)
