"""Who is part of an incident, in which place, and what became of them elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sinmungo.apps.autonomy.models import Affected, Epoch
from sinmungo.apps.autonomy.queries import incident_desk as desk
from sinmungo.apps.autonomy.queries import incidents as queries
from sinmungo.apps.autonomy.services import incidents
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.enforcement.proposals import Proposal
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.core.kernel.words import AppealOutcome, DecisionSource
from sinmungo.journeys import decide
from tests.apps.autonomy import made
from tests.apps.autonomy.incident_made import Wave, appeal, ended, opened, wave
from tests.common import factories

pytestmark = pytest.mark.django_db


def superseded(found: Wave, decision: Decision, *, by: DecisionSource = DecisionSource.REVIEW) -> Decision:
    return decide.one(
        Proposal(
            item=decision.item,
            item_version=decision.item_version,
            violation=False,
            category=decision.category,
            facts="다시 보니 위반이 아닙니다.",
            source=by,
            policy_version=found.world.version,
            supersedes=decision,
        ),
        actor=SYSTEM,
    )


def test_places_follow_the_time_of_the_decisions_and_later_ones_stand_behind() -> None:
    """Whoever waited first stands first; nobody's place moves when others join."""
    found = wave(3)
    incident = opened(found)
    later = made.acted(found.world, found.automation)
    assert incidents.add_affected(incident, clock.now()) == 1
    assert incidents.add_affected(incident, clock.now()) == 0
    order = incident.affected.order_by("place").values_list("act", "place")
    assert list(order) == [(act.pk, place) for place, act in enumerate([*found.acts, later], 1)]


def test_many_join_in_parts_that_can_be_repeated() -> None:
    """A limit is filled exactly, and the next call goes on behind it."""
    found = wave(0)
    incident = opened(found)
    for _ in range(5):
        made.acted(found.world, found.automation)
    joined = [incidents.add_affected(incident, clock.now(), limit=2) for _ in range(4)]
    assert joined == [2, 2, 1, 0]
    assert list(incident.affected.order_by("place").values_list("place", flat=True)) == [1, 2, 3, 4, 5]


def test_the_account_of_a_post_is_its_author_and_of_an_account_itself() -> None:
    """Who is told and restored is a person, whatever the decision was about."""
    found = wave(1)
    row = opened(found).affected.get()
    assert row.account_id == found.acts[0].item.author_id
    assert row.item_id == found.acts[0].item_id


def test_what_was_put_right_before_joins_as_such() -> None:
    """It is counted, and nobody restores it again."""
    found = wave(2)
    answer = superseded(found, found.acts[0].decision)  # type: ignore[arg-type]
    row = opened(found).affected.get(act=found.acts[0])
    assert (row.state, row.why, row.answer_id) == ("already", "overturned", answer.pk)


def test_whoever_is_answered_elsewhere_meanwhile_waits_no_more() -> None:
    """A later decision, or a person who upheld the appeal after reading it, ends the waiting."""
    found = wave(4)
    incident = opened(found)
    first, second, third, _fourth = found.acts
    answer = superseded(found, first.decision)  # type: ignore[arg-type]
    ended(appeal(second), AppealOutcome.UPHELD)
    ended(appeal(third), AppealOutcome.UPHELD, fast=True)
    assert incidents.tend(incident=incident, at=clock.now()) == 2
    states = dict(incident.affected.values_list("act", "state"))
    assert [states[act.pk] for act in found.acts] == ["already", "upheld", "waiting", "waiting"]
    assert incident.affected.get(act=first).answer_id == answer.pk


def test_a_restoration_under_way_is_left_to_write_its_own_states() -> None:
    """Tending between its decision and its state changes nothing."""
    found = wave(1)
    incident = opened(found)
    superseded(found, found.acts[0].decision, by=DecisionSource.RESTORATION)  # type: ignore[arg-type]
    assert incidents.tend(incident=incident, at=clock.now()) == 0
    assert incident.affected.get().state == "waiting"


def test_what_a_later_epoch_does_is_no_part_of_it() -> None:
    """An automation that came back is another one: nobody is restored because of the old one's error."""
    found = wave(1)
    incident = opened(found)
    old = made.epoch(found.automation)
    Epoch.objects.filter(pk=old.pk).update(ended_at=clock.now())
    Epoch.objects.create(
        id=found.automation.pk,
        automation=found.automation,
        number=old.number + 1,
        digest="f" * 64,
        executes="{}",
        began_at=clock.now(),
    )
    made.acted(found.world, found.automation)
    assert incidents.add_affected(incident, clock.now()) == 0


def test_decisions_of_anybody_may_join_and_none_joins_twice() -> None:
    """An incident from appeals holds what was appealed, whoever decided it."""
    found = wave(2)
    incident = opened(found, onset_from=clock.now(), onset_to=clock.now())
    ids = [act.decision_id for act in found.acts if act.decision_id]
    known = {"incident": incident, "at": clock.now()}
    assert incidents.add_decisions(**known, decisions=ids) == 2
    assert incidents.add_decisions(**known, decisions=ids) == 0
    assert incident.affected.filter(account__isnull=False).count() == 2


def test_a_decision_tells_which_incidents_it_is_part_of() -> None:
    """The newest stands first."""
    found = wave(1)
    older = opened(found)
    newer = opened(found, at=clock.now() + timedelta(seconds=1))
    decision = found.acts[0].decision
    assert decision is not None
    assert [row.incident for row in queries.of_decision(decision)] == [newer, older]


def test_the_list_of_people_is_for_those_who_run_incidents_or_see_cases() -> None:
    """An observer sees numbers; the list pages by place and can be narrowed to a state."""
    found = wave(3)
    incident = opened(found)
    with pytest.raises(RoleLacks):
        desk.affected(incident, seen_by=factories.member("observer"))
    first = desk.affected(incident, seen_by=factories.member("reviewer"), limit=2)
    rest = desk.affected(incident, seen_by=found.lead, after=first.next, limit=2)
    assert [row.place for row in [*first.rows, *rest.rows]] == [1, 2, 3]
    assert desk.affected(incident, seen_by=found.lead, state=Affected.State.RESTORED).rows == []
