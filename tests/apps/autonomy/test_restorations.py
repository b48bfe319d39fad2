"""Proposing, counting, confirming and steering a restoration: who may, when, and of exactly whom."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from sinmungo.apps.autonomy import errors_restorations as errors
from sinmungo.apps.autonomy.errors_incidents import IncidentOver
from sinmungo.apps.autonomy.models import Affected, Audit, Incident, Restoration, RestorationBatch
from sinmungo.apps.autonomy.queries import restorations as queries
from sinmungo.apps.autonomy.services import affected, incidents, restorations
from sinmungo.apps.base import clock
from sinmungo.apps.enforcement.models import Delivery
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.core.kernel.words import ActionKind
from tests.apps.autonomy import made
from tests.common import factories as make
from tests.journeys.waves import Wave, opened, wave, work

pytestmark = pytest.mark.django_db

NAMES = ["nuri-1", "nuri-2", "nuri-3", "nuri-4"]
State = Restoration.State


@pytest.fixture
def wronged() -> Wave:
    """Four people who were suspended wrongly; nobody tells a platform of it."""
    platform = make.platform()
    return wave(platform, make.adopted(platform), NAMES)


def dry_run(restoration: Restoration, wronged: Wave) -> restorations.Counts:
    return restorations.dry_run(restoration=restoration, user=wronged.proposer, at=clock.now())


def confirm(restoration: Restoration, wronged: Wave, digest: str | None = None) -> Restoration:
    restoration.refresh_from_db()
    return restorations.confirm(
        restoration=restoration,
        user=wronged.confirmer,
        digest=restoration.digest if digest is None else digest,
        at=clock.now(),
    )


def severe() -> Wave:
    """Return a wave of a severe incident whose acts can be audited."""
    world = made.world()
    began = clock.now()
    suspends = made.automation(world)
    acts = [made.acted(world, suspends, drawn=False) for _ in range(3)]
    found = opened(world.platform, began, [act.decision for act in acts if act.decision is not None])
    for act in acts:
        Affected.objects.filter(decision=act.decision).update(act=act)
    Incident.objects.update(is_severe=True)
    found.incident.refresh_from_db()
    return found


def test_a_dry_run_counts_and_changes_nobody(wronged: Wave) -> None:
    """All four would be restored, all four still wait, and there is no batch."""
    counts = dry_run(wronged.propose(), wronged)
    assert (counts.to_restore, counts.already, counts.in_all) == (4, 0, 4)
    assert wronged.states() == {"waiting": 4}
    assert not RestorationBatch.objects.exists()


def test_the_one_who_proposed_it_cannot_confirm_it(wronged: Wave) -> None:
    """Two people restore, whatever their roles."""
    restoration = wronged.propose()
    dry_run(restoration, wronged)
    wronged.confirmer = wronged.proposer
    with pytest.raises(errors.SecondPersonNeeded):
        confirm(restoration, wronged)
    assert not RestorationBatch.objects.exists()


def test_only_whoever_may_restore_proposes_and_confirms(wronged: Wave) -> None:
    """Every role without the permission is refused at both doors."""
    restoration = wronged.propose()
    dry_run(restoration, wronged)
    for role in ("reviewer", "hearer", "observer", "administrator"):
        wronged.confirmer = make.member(role)
        with pytest.raises(RoleLacks):
            confirm(restoration, wronged)
    wronged.proposer = make.member("reviewer")
    with pytest.raises(RoleLacks):
        wronged.propose()


def test_a_confirmation_is_of_exactly_what_was_shown(wronged: Wave) -> None:
    """When somebody was put right since, the old digest confirms nothing, nor does none."""
    restoration = wronged.propose()
    dry_run(restoration, wronged)
    make.overturned(wronged.decisions[0])
    with pytest.raises(errors.SetChanged):
        confirm(restoration, wronged)
    counts = dry_run(restoration, wronged)
    assert (counts.to_restore, counts.already) == (3, 1)
    with pytest.raises(errors.SetChanged):
        confirm(restoration, wronged, digest="")
    assert confirm(restoration, wronged).state == State.RUNNING
    assert wronged.states() == {"waiting": 3, "already": 1}


def test_nothing_is_confirmed_before_a_dry_run_or_twice(wronged: Wave) -> None:
    """Each state allows its own next step only."""
    restoration = wronged.propose()
    with pytest.raises(errors.WrongState):
        confirm(restoration, wronged)
    dry_run(restoration, wronged)
    confirm(restoration, wronged)
    with pytest.raises(errors.WrongState):
        confirm(restoration, wronged)
    with pytest.raises(errors.WrongState):
        dry_run(restoration, wronged)
    assert RestorationBatch.objects.count() == 1


def test_one_restoration_of_an_incident_at_a_time(wronged: Wave) -> None:
    """A second one waits until the first has ended or was cancelled."""
    first = wronged.propose()
    with pytest.raises(errors.RestoringAlready):
        wronged.propose()
    restorations.cancel(restoration=first, user=wronged.proposer, at=clock.now())
    assert wronged.propose().state == State.DRAFT


def test_the_window_bounds_whom_it_takes(wronged: Wave) -> None:
    """An empty window, a backward one and no automation are refused, each in its own words."""
    now = clock.now()
    wanted: dict[str, Any] = {"incident": wronged.incident, "user": wronged.proposer, "at": now}
    before = wronged.incident.onset_from
    named = [wronged.automation]
    with pytest.raises(errors.NobodyToRestore):
        restorations.propose(
            automations=named, window_from=before - timedelta(days=2), window_to=before, **wanted
        )
    with pytest.raises(errors.RestorationWindow):
        restorations.propose(automations=named, window_from=now, window_to=now, **wanted)
    with pytest.raises(errors.NothingChosen):
        restorations.propose(automations=[], window_from=before, window_to=now, **wanted)


def test_a_closed_incident_is_not_restored(wronged: Wave) -> None:
    """What is over stays as it is."""
    Incident.objects.update(state=Incident.State.CLOSED)
    with pytest.raises(IncidentOver):
        wronged.propose()


def test_no_incident_ends_while_its_people_are_restored(wronged: Wave) -> None:
    """Its last numbers would be no end; once nobody is being restored it may be closed."""
    restoration = wronged.confirmed()
    ending: dict[str, Any] = {"incident": wronged.incident, "words": "끝", "user": wronged.proposer}
    for end in (incidents.close, incidents.declare_false_alarm):
        with pytest.raises(errors.RestoringAlready):
            end(**ending, at=clock.now())
    restorations.cancel(restoration=restoration, user=wronged.proposer, at=clock.now())
    assert incidents.close(**ending, at=clock.now()).state == Incident.State.CLOSED


def test_batches_are_no_larger_than_the_one_door_takes(
    wronged: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last batch holds what is left."""
    monkeypatch.setattr(restorations, "BATCH", 3)
    wronged.confirmed()
    assert [len(batch.members) for batch in RestorationBatch.objects.order_by("number")] == [3, 1]


def test_a_paused_restoration_begins_no_further_batch(wronged: Wave) -> None:
    """Nobody is restored and no time is foretold until it is resumed, once."""
    restoration = wronged.confirmed()
    paused = restorations.pause(restoration=restoration, user=wronged.proposer, at=clock.now())
    work()
    assert wronged.states() == {"waiting": 4}
    assert queries.progress(paused, at=clock.now()).seconds_left is None
    restorations.resume(restoration=restoration, user=wronged.proposer, at=clock.now())
    with pytest.raises(errors.WrongState):
        restorations.resume(restoration=restoration, user=wronged.proposer, at=clock.now())
    assert not RestorationBatch.objects.exclude(stage="ask").exists()


def test_a_cancelled_restoration_leaves_the_others_waiting_for_another(wronged: Wave) -> None:
    """Everybody who was not restored can be proposed again."""
    restoration = wronged.confirmed()
    restorations.cancel(restoration=restoration, user=wronged.confirmer, at=clock.now())
    work()
    assert wronged.states() == {"waiting": 4}
    assert dry_run(wronged.propose(), wronged).to_restore == 4


def test_severe_harm_is_looked_at_by_people_first() -> None:
    """No dry run before all of the sample is judged; who was rightly decided is upheld."""
    found = severe()
    restoration = found.propose()
    assert (restoration.state, restoration.sample_size) == (State.SAMPLING, 3)
    audits = Audit.objects.filter(kind=Audit.Kind.RESTORATION)
    assert audits.count() == 3
    with pytest.raises(errors.SampleWaits):
        dry_run(restoration, found)
    judged = [(audit, place > 0) for place, audit in enumerate(audits.order_by("pk"))]
    for audit, wrong in judged:
        Audit.objects.filter(pk=audit.pk).update(
            wrong=wrong, auditor=make.member("reviewer"), answered_at=clock.now()
        )
    counts = dry_run(restoration, found)
    assert (counts.to_restore, counts.sample_size, counts.sample_right) == (2, 3, 1)
    assert found.states() == {"waiting": 2, "upheld": 1}


def test_severe_harm_without_anything_to_look_at_is_refused(wronged: Wave) -> None:
    """Without acts there is nothing that could be judged blind."""
    Incident.objects.update(is_severe=True)
    wronged.incident.refresh_from_db()
    with pytest.raises(errors.NotToBeSampled):
        wronged.propose()


class Objecting:
    """Objects to one account: it belongs to a network that was decided."""

    account: uuid.UUID

    def objections(self, item_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, str]:
        """Return the one reason."""
        return {each: "decided_network" for each in item_ids if each == self.account}


def test_whom_an_objector_names_is_left_out_with_the_code(wronged: Wave, settings: Any) -> None:
    """Another part of the house may know a reason, such as a decided network."""
    Objecting.account = wronged.accounts[2].pk
    settings.SINMUNGO_RESTORATION_OBJECTORS = (f"{__name__}.Objecting",)
    counts = dry_run(wronged.propose(), wronged)
    assert (counts.to_restore, counts.left_out) == (3, {"decided_network": 1})


def test_two_wrong_decisions_of_one_incident_are_no_ground_against_each_other(wronged: Wave) -> None:
    """A second suspension counts as another ground until it is part of the incident itself."""
    policy = wronged.decisions[0].policy_version
    assert policy is not None
    second = make.post(wronged.platform, wronged.accounts[0])
    decision = make.decision(second, policy, make.action(ActionKind.SUSPEND, days=2))
    restorations_before = dry_run(wronged.propose(), wronged)
    assert restorations_before.left_out == {"another_ground": 1}
    affected.add_decisions(incident=wronged.incident, decisions=[decision.pk], at=clock.now())
    assert dry_run(Restoration.objects.get(), wronged).to_restore == 5


def test_the_remaining_time_follows_from_what_was_confirmed_lately(wronged: Wave) -> None:
    """Two of four in half a minute leave half a minute; a batch that is put off longer leaves that long."""
    restoration = wronged.confirmed()
    began = restoration.confirmed_at
    assert began is not None
    rows = list(Affected.objects.order_by("place"))
    for row, after in zip(rows[:2], (5, 20), strict=True):
        changed = {
            "state": "restored",
            "answer": row.decision_id,
            "changed_at": began + timedelta(seconds=after),
        }
        Affected.objects.filter(pk=row.pk).update(**changed)
    at = began + timedelta(seconds=30)
    told = queries.progress(restoration, at=at)
    assert (told.restored, told.waiting, told.done, told.total) == (2, 2, 2, 4)
    assert told.seconds_left == pytest.approx(30.0)
    RestorationBatch.objects.update(due_at=at + timedelta(minutes=10))
    assert queries.progress(restoration, at=at).seconds_left == pytest.approx(600.0)
    much_later = queries.progress(restoration, at=at + timedelta(minutes=5))
    assert (much_later.rate_per_second, much_later.seconds_left) == (0.0, None)


def under_way(wronged: Wave) -> tuple[Restoration, datetime, list[Affected]]:
    """Take all four back forty seconds after the confirmation; two return after ten more, which it is now."""
    restoration = wronged.confirmed()
    answers = {each.pk: make.overturned(each) for each in wronged.decisions}
    decided = min(answer.made_at for answer in answers.values())
    now = decided + timedelta(seconds=10)
    restoration.confirmed_at = decided - timedelta(seconds=40)
    rows = list(Affected.objects.order_by("place"))
    for place, row in enumerate(rows):
        row.answer, row.changed_at = answers[row.decision_id], now
        row.state = Affected.State.RESTORED if place < 2 else Affected.State.WAITING
        row.save()
    RestorationBatch.objects.update(due_at=decided)
    return restoration, now, rows


def test_the_time_before_the_first_decision_says_nothing_of_the_pace(wronged: Wave) -> None:
    """Forty seconds of asking, ten of restoring two: the other two take ten seconds, not one or fifty."""
    restoration, now, _ = under_way(wronged)
    told = queries.progress(restoration, at=now)
    assert (told.rate_per_second, told.seconds_left) == pytest.approx((0.2, 10.0), rel=0.02)


def test_what_an_appeal_answered_says_nothing_of_the_pace(wronged: Wave) -> None:
    """Only what the platform confirmed does."""
    restoration, now, rows = under_way(wronged)
    Affected.objects.filter(pk=rows[2].pk).update(state="already", changed_at=now)
    told = queries.progress(restoration, at=now)
    assert (told.waiting, told.seconds_left) == (1, pytest.approx(5.0, rel=0.02))


def test_what_a_killed_worker_had_claimed_is_waited_for(wronged: Wave) -> None:
    """A claim of twenty seconds ago is nobody's any more and ends in a hundred; a fresh one adds nothing."""
    restoration, now, rows = under_way(wronged)
    newest = Delivery.objects.filter(item=rows[3].account_id).order_by("-version").first()
    assert newest is not None
    Delivery.objects.exclude(pk=newest.pk).update(done_at=now)

    def told(claimed: float | None, due: float = -10.0) -> float | None:
        until = now + timedelta(seconds=claimed) if claimed is not None else None
        owed = Delivery.objects.filter(pk=newest.pk)
        owed.update(claimed_until=until, due_at=now + timedelta(seconds=due))
        return queries.progress(restoration, at=now).seconds_left

    assert told(claimed=100.0) == pytest.approx(100.0, rel=0.02)
    assert told(claimed=119.0) == pytest.approx(10.0, rel=0.02)
    assert told(claimed=None, due=64.0) == pytest.approx(64.0)
    later = now + timedelta(seconds=80)
    Delivery.objects.filter(pk=newest.pk).update(claimed_until=now + timedelta(seconds=100), due_at=now)
    assert queries.progress(restoration, at=later).seconds_left == pytest.approx(20.0, rel=0.02)
    Affected.objects.filter(pk=rows[2].pk).update(answer=None)
    assert queries.progress(restoration, at=later).seconds_left is None
    Affected.objects.filter(pk=rows[3].pk).update(state="restored")
    assert told(claimed=100.0) == pytest.approx(10.0 / 3, rel=0.02)


def test_who_joins_the_incident_later_is_in_none_of_its_numbers(wronged: Wave) -> None:
    """Neither in the total nor in the reasons nor among those left out: another restoration is for them."""
    restoration = wronged.confirmed()
    policy = wronged.decisions[0].policy_version
    assert policy is not None
    late = make.decision(
        make.post(wronged.platform, wronged.accounts[0]), policy, make.action(ActionKind.SUSPEND, days=2)
    )
    affected.add_decisions(incident=wronged.incident, decisions=[late.pk], at=clock.now())
    restoration.window_to = clock.now()
    Affected.objects.filter(decision=late).update(state="left_out", why="another_ground")
    told = queries.accounting(restoration, at=clock.now())
    assert (told["total"], told["left_out"], told["reasons"]) == (4, 0, {})
    assert not queries.undone(restoration).rows


def test_another_wrong_decision_that_is_not_taken_back_too_is_another_ground(wronged: Wave) -> None:
    """Part of the incident, outside the window: the account would stay suspended and be told it is back."""
    policy = wronged.decisions[0].policy_version
    assert policy is not None
    window = (wronged.incident.onset_from, clock.now())
    second = make.post(wronged.platform, wronged.accounts[0])
    decision = make.decision(second, policy, make.action(ActionKind.SUSPEND, days=2))
    affected.add_decisions(incident=wronged.incident, decisions=[decision.pk], at=clock.now())
    made_of = restorations.propose(
        incident=wronged.incident,
        automations=[wronged.automation],
        window_from=window[0],
        window_to=window[1],
        user=wronged.proposer,
        at=clock.now(),
    )
    counts = dry_run(made_of, wronged)
    assert (counts.to_restore, counts.left_out) == (3, {"another_ground": 1})


def test_every_act_stands_in_the_ledger_and_the_timeline(wronged: Wave) -> None:
    """Proposing, counting, confirming and pausing each leave both."""
    restoration = wronged.confirmed()
    restorations.pause(restoration=restoration, user=wronged.proposer, at=clock.now())
    kinds = set(
        Entry.objects.filter(subject=f"restoration:{restoration.pk.hex}").values_list("kind", flat=True)
    )
    told = {"proposed", "counted", "confirmed", "paused"}
    assert kinds == {f"autonomy.restoration.{each}" for each in told}
    lines = set(wronged.incident.entries.values_list("kind", flat=True))
    assert {f"restoration_{each}" for each in told} <= lines


def test_a_restoration_is_seen_only_by_those_who_may(wronged: Wave) -> None:
    """To everybody else it is not there."""
    restoration = wronged.propose()
    assert queries.find(restoration.pk, seen_by=make.member("observer")) == restoration
    with pytest.raises(errors.NoSuchRestoration):
        queries.find(restoration.pk, seen_by=make.member("hearer"))
    with pytest.raises(errors.NoSuchRestoration):
        queries.find(uuid.uuid4(), seen_by=wronged.proposer)
