"""Incidents: opened by a trip or a person, told, worked off, and closed over nobody's head."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from sinmungo.apps.autonomy import errors_incidents as errors
from sinmungo.apps.autonomy.models import (
    Affected,
    Automation,
    Incident,
    IncidentEntry,
    PlaybookStep,
    Restoration,
)
from sinmungo.apps.autonomy.queries import incident_desk as desk
from sinmungo.apps.autonomy.queries import incidents as queries
from sinmungo.apps.autonomy.services import incidents, telling
from sinmungo.apps.autonomy.services.affected import Change
from sinmungo.apps.autonomy.services.opening import MAX_DAYS, MAX_TITLE
from sinmungo.apps.autonomy.services.playbook import STEPS
from sinmungo.apps.base import clock
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.core.kernel.words import Level
from tests.apps.autonomy import made
from tests.apps.autonomy.incident_made import TITLES, epoch_begun, opened, tripped_breaker, wave
from tests.common import factories

pytestmark = pytest.mark.django_db


def test_a_trip_opens_one_incident_with_everybody_since_the_onset() -> None:
    """Its window comes from the labels, its people from the acts since then, and a second trip adds none."""
    found = wave(3)
    now, epoch = clock.now(), epoch_begun(found.automation, hours=11)
    known = {"automation": found.automation, "epoch": epoch, "breaker": tripped_breaker()}
    incident = incidents.open_for_trip(**known, audits_per_hour=5.0, at=now)
    # labels every 12 minutes: the last right one is the 51st; until the trip it may have begun
    onset = known["breaker"].onset(5.0)
    assert onset.begins < onset.label_at == pytest.approx(50 * 0.2)
    assert abs(incident.onset_from - epoch.began_at - timedelta(hours=onset.begins)) < timedelta(seconds=1)
    assert incident.onset_to == now
    assert queries.counts(incident).affected == 3
    assert incident.is_severe
    assert incident.evidence["r"] >= incident.evidence["threshold"]
    assert incidents.open_for_trip(**known, audits_per_hour=5.0, at=now) == incident
    assert Incident.objects.count() == 1


def test_a_trip_without_a_label_reaches_back_to_the_beginning_of_the_epoch() -> None:
    """The whole platform's breaker may stop an automation of which nothing is known."""
    found = wave(1)
    epoch = made.epoch(found.automation)
    untouched = tripped_breaker(right=0, wrong=0)
    incident = incidents.open_for_trip(
        automation=found.automation, epoch=epoch, breaker=untouched, audits_per_hour=5.0, at=clock.now()
    )
    assert incident.onset_from == epoch.began_at


def test_what_was_done_before_the_onset_is_no_part_of_it() -> None:
    """A person's window leaves out what lies before it."""
    found = wave(1)
    later = clock.now()
    second = made.acted(found.world, found.automation)
    incident = opened(found, onset_from=later, onset_to=clock.now())
    assert [row.act_id for row in incident.affected.all()] == [second.pk]


def test_an_incident_is_named_in_the_words_of_its_policy() -> None:
    """The public never reads the name of a rule."""
    found = wave(1)
    incident = incidents.open_for_trip(
        automation=found.automation,
        epoch=made.epoch(found.automation),
        breaker=tripped_breaker(),
        audits_per_hour=5.0,
        at=clock.now(),
    )
    assert "도배와 속임수" in incident.title_ko
    assert "Spam" in incident.title_en
    assert found.automation.rule not in incident.title_ko + incident.title_en


def test_only_who_runs_incidents_on_the_platform_opens_one() -> None:
    """A reviewer does not, nor a lead of another platform."""
    found = wave(1)
    elsewhere = made.world().platform.slug
    for user in (factories.member("reviewer"), factories.member("lead", on=elsewhere)):
        with pytest.raises(RoleLacks):
            opened(found, user=user)


def test_a_person_names_a_window_in_the_past_and_what_it_is_about() -> None:
    """What is not said, or lies in the future or too far back, is refused; the edge is taken."""
    found, now = wave(1), clock.now()
    day, edge = timedelta(days=1), timedelta(days=MAX_DAYS)
    for begins, ends in ((now, now - day), (now, now + day), (now - edge - day, now)):
        with pytest.raises(errors.WindowNeeded):
            opened(found, at=now, onset_from=begins, onset_to=ends)
    with pytest.raises(errors.NothingNamed):
        opened(found, automations=[])
    with pytest.raises(errors.NothingNamed):
        opened(found, automations=[made.automation(made.world())])
    for title in ("", "가" * (MAX_TITLE + 1), "a\0b", "a\x08b", "a\u202eb"):  # nor what nobody can draw
        with pytest.raises(errors.TitlesNeeded):
            opened(found, title_ko=title)
    assert opened(found, at=now, onset_from=now - edge, title_ko="가" * MAX_TITLE)


def test_whoever_opens_an_incident_may_stop_the_automations_at_once() -> None:
    """They are suspended, and the playbook's first step is done."""
    found = wave(1)
    incident = opened(found, stop=True)
    assert Automation.objects.get(pk=found.automation.pk).level == Level.SUSPENDED
    assert PlaybookStep.objects.get(incident=incident, step="stop").done_at is not None
    other = opened(wave(1))
    assert PlaybookStep.objects.get(incident=other, step="stop").done_at is None


def test_the_numbers_of_states_add_up_and_the_longest_wait_is_the_oldest_decision() -> None:
    """Every decision is in exactly one state."""
    found = wave(3)
    incident = opened(found)
    first, second, _third = incident.affected.order_by("place")
    changes = [Change(first.pk, "restored"), Change(second.pk, "impossible", "gone")]
    incidents.set_states(rows=changes, at=clock.now())
    counts = queries.counts(incident)
    assert (counts.affected, counts.restored, counts.impossible, counts.waiting) == (3, 1, 1, 1)
    assert counts.oldest_waiting == found.acts[2].decision.made_at  # type: ignore[union-attr]
    assert Affected.objects.get(pk=second.pk).why == "gone"


def test_what_people_write_is_sealed_and_read_only_by_who_runs_incidents() -> None:
    """The row, the ledger and an observer's page hold no words."""
    found = wave(1)
    incident = opened(found)
    words = "규칙의 문턱값이 어제 바뀌었습니다."
    incidents.note(incident=incident, words=words, user=found.lead, at=clock.now())
    row = IncidentEntry.objects.get(kind="noted")
    assert words.encode() not in bytes(row.words)
    assert words not in Entry.objects.get(kind="autonomy.incident.noted").body
    [read, _opening] = desk.lines(incident, seen_by=found.lead)
    assert (read.words, read.by) == (words, str(found.lead))
    assert desk.lines(incident, seen_by=factories.member("observer"))[0].words == ""


def test_an_identifier_in_a_note_is_masked() -> None:
    """A number of the shape of a resident number is never stored."""
    found = wave(1)
    incident = opened(found)
    number = f"{90}{'01'}{'01'}-{'1' * 7}"
    incidents.note(incident=incident, words=f"번호는 {number} 입니다.", user=found.lead, at=clock.now())
    assert not any(letter.isdigit() for letter in desk.lines(incident, seen_by=found.lead)[0].words)


@pytest.mark.parametrize("words", ["", " \n ", "가" * 4001, "a\0b"])
def test_a_note_has_1_to_4000_characters(words: str) -> None:
    """Nothing, too much and what no database takes are refused; 4,000 are kept."""
    found = wave(0)
    incident = opened(found)
    with pytest.raises(errors.IncidentWords):
        incidents.note(incident=incident, words=words, user=found.lead, at=clock.now())
    assert incidents.note(incident=incident, words="가" * 4000, user=found.lead, at=clock.now())


def test_an_incident_is_public_once_something_was_said() -> None:
    """A page of numbers without a word is refused; publishing marks the step and writes the numbers."""
    found = wave(2)
    incident = opened(found)
    at, user = clock.now(), found.lead
    with pytest.raises(errors.NothingSaidYet):
        incidents.publish(incident=incident, user=user, at=at)
    with pytest.raises(errors.BothLanguages):
        incidents.publish(incident=incident, ko="알립니다.", en="", user=user, at=at)
    assert queries.published() == []
    telling.say(incident=incident, ko="원인을 찾고 있습니다.", en="We look for the cause.", user=user, at=at)
    incidents.publish(incident=incident, user=user, at=at)
    assert queries.published() == [incident]
    assert PlaybookStep.objects.get(incident=incident, step="tell_public").done_at == at
    assert queries.written_counts(incident).body["affected"] == 2  # type: ignore[union-attr]
    with pytest.raises(errors.PublishedAlready):
        incidents.publish(incident=incident, user=user, at=at)


def test_two_people_who_act_on_what_they_saw_do_not_undo_each_other() -> None:
    """Whoever comes second, having seen the incident before the first one's act, is told."""
    found = wave(1)
    incident = opened(found)
    incidents.rename(incident=incident, **TITLES, user=found.lead, at=clock.now(), version=1)
    with pytest.raises(errors.IncidentChanged):
        incidents.close(incident=incident, words="끝", user=found.lead, at=clock.now(), version=1)
    assert Incident.objects.get().state == "open"


def test_nobody_is_closed_over_without_a_reason() -> None:
    """While people wait, closing needs words; without anybody waiting it needs none."""
    found, at = wave(2), clock.now()
    incident = opened(found)
    with pytest.raises(errors.PeopleWait) as refused:
        incidents.close(incident=incident, user=found.lead, at=at)
    assert refused.value.facts == {"count": 2}
    closed = incidents.close(incident=incident, words="나머지는 한 사람씩 봅니다.", user=found.lead, at=at)
    assert (closed.state, closed.closed_at) == ("closed", at)
    assert incidents.close(incident=opened(wave(0)), user=found.lead, at=at).state == "closed"


def test_the_last_numbers_say_how_many_how_long_and_how_wrong() -> None:
    """They stand in the timeline and in the ledger."""
    found = wave(4)
    incident = opened(found)
    rows = list(incident.affected.order_by("place"))
    later = clock.now() + timedelta(minutes=30)
    changes = [Change(row.pk, "restored") for row in rows[:3]] + [Change(rows[3].pk, "upheld", "sample")]
    incidents.set_states(rows=changes, at=later)
    incidents.close(incident=incident, user=found.lead, at=later + timedelta(hours=1))
    facts = IncidentEntry.objects.get(kind="closed").facts
    assert (facts["affected"], facts["restored"], facts["wrong_per_mille"]) == (4, 3, 750)
    assert facts["median_minutes"] == 30
    assert (facts["minutes_open"], facts["minutes_to_stop"]) == (90, 60)
    assert json.loads(Entry.objects.get(kind="autonomy.incident.closed").body) == facts


def test_a_false_alarm_says_why_and_is_refused_once_somebody_was_restored() -> None:
    """The automation stays as it is: only a new epoch brings it back."""
    found, at = wave(1), clock.now()
    incident = opened(found, stop=True)
    incidents.set_states(rows=[Change(incident.affected.get().pk, "restored")], at=at)
    with pytest.raises(errors.IncidentNotEmpty):
        incidents.declare_false_alarm(incident=incident, words="아니었습니다.", user=found.lead, at=at)
    other = opened(wave(1))
    with pytest.raises(errors.IncidentWords):
        incidents.declare_false_alarm(incident=other, words="", user=found.lead, at=at)
    ended = incidents.declare_false_alarm(incident=other, words="다시 보니 맞습니다.", user=found.lead, at=at)
    assert ended.state == "false_alarm"
    assert Automation.objects.get(pk=found.automation.pk).level == Level.SUSPENDED


def test_what_is_over_stays_as_it_is_but_may_still_be_spoken_of() -> None:
    """No state changes any more; notes and public notes go on."""
    found, at = wave(0), clock.now()
    incident = incidents.close(incident=opened(found), user=found.lead, at=at)
    with pytest.raises(errors.IncidentOver):
        incidents.close(incident=incident, user=found.lead, at=at)
    with pytest.raises(errors.IncidentOver):
        incidents.assign(incident=incident, to=None, user=found.lead, at=at)
    assert incidents.note(incident=incident, words="뒤늦은 메모", user=found.lead, at=at)
    assert telling.say(incident=incident, ko="정정합니다.", en="A correction.", user=found.lead, at=at)
    assert incidents.tend(incident=incident, at=at) == 0


def test_a_step_goes_to_somebody_who_may_do_it_and_is_done_once() -> None:
    """A reviewer cannot be given one; doing it twice is told."""
    found, at = wave(0), clock.now()
    incident, lead = opened(found), found.lead
    with pytest.raises(errors.NotAbleTo):
        incidents.assign(incident=incident, to=factories.member("reviewer"), step="sample", user=lead, at=at)
    with pytest.raises(errors.NoSuchStep):
        incidents.assign(incident=incident, to=lead, step="dance", user=lead, at=at)
    colleague = factories.member("policy")
    incidents.assign(incident=incident, to=colleague, step="sample", user=lead, at=at)
    incidents.step_done(incident=incident, step="sample", user=colleague, at=at)
    step, by = next(row for row in desk.steps(incident) if row[0].step == "sample")
    assert (step.assignee, step.done_at, by) == (colleague, at, str(colleague))
    with pytest.raises(errors.StepDone):
        incidents.step_done(incident=incident, step="sample", user=lead, at=at)
    incidents.assign(incident=incident, to=colleague, user=lead, at=at)
    assert Incident.objects.get().lead == colleague


def test_every_incident_has_the_whole_playbook_in_order() -> None:
    """Each step has its place and its time, never earlier than the one before it."""
    incident = opened(wave(0))
    rows = list(incident.steps.order_by("place"))
    assert [row.step for row in rows] == [step for step, _within in STEPS]
    due = [row.due_at for row in rows]
    assert due == sorted(due)  # type: ignore[type-var]


def test_the_numbers_stand_in_the_ledger_at_most_once_a_minute_and_with_proof() -> None:
    """What did not change is not written again; the newest entry has its proof once it has its place."""
    found, at = wave(1), clock.now()
    incident = opened(found)
    kind = queries.COUNTS_KIND
    assert queries.proof(incident) is None
    incidents.tend(incident=incident, at=at)
    made.acted(found.world, found.automation)
    incidents.tend(incident=incident, at=at + timedelta(seconds=59))
    assert Entry.objects.filter(kind=kind).count() == 1
    incidents.tend(incident=incident, at=at + timedelta(seconds=61))
    incidents.tend(incident=incident, at=at + timedelta(seconds=200))
    assert Entry.objects.filter(kind=kind).count() == 2
    ledger.sequence(now=at + timedelta(seconds=201))
    proof = queries.proof(incident)
    assert proof is not None
    assert json.loads(proof.entry_document)["body"]["affected"] == 2


def test_the_keeper_tends_open_incidents_only() -> None:
    """What an automation did meanwhile joins; a closed incident is left alone."""
    found, other, at = wave(1), wave(0), clock.now()
    open_one = opened(found)
    closed = incidents.close(incident=opened(other), user=found.lead, at=at)
    made.acted(found.world, found.automation)
    made.acted(other.world, other.automation)
    now = clock.now() + timedelta(days=1)
    assert incidents.keep(now=now, limit=100) == 1
    assert incidents.keep(now=now + timedelta(seconds=9), limit=100) == 0
    assert (queries.counts(open_one).affected, queries.counts(closed).affected) == (2, 0)


def test_steps_that_others_did_elsewhere_are_marked_with_their_names() -> None:
    """Whoever proposed a restoration, and whoever confirmed it, need not say so again."""
    found, at = wave(1), clock.now()
    incident, second = opened(found), factories.member("policy")
    row = Restoration.objects.create(
        id=incident.pk,
        incident=incident,
        platform=found.world.platform,
        window_from=incident.onset_from,
        window_to=at,
        proposed_by=found.lead,
        proposed_at=at,
    )
    incidents.tend(incident=incident, at=at)
    row.confirmed_by, row.confirmed_at, row.state = second, at, Restoration.State.RUNNING
    row.save()
    incidents.tend(incident=incident, at=at)
    incidents.tend(incident=incident, at=at)
    done = {step.step: by for step, by in desk.steps(incident) if step.done_at}
    assert done == {"ask_restoration": str(found.lead), "second_person": str(second)}
    assert IncidentEntry.objects.filter(incident=incident, kind="step").count() == 2


def test_an_incident_is_found_only_by_who_may_know_of_it() -> None:
    """Whoever lacks the role is told so; whoever has it elsewhere finds nothing here."""
    incident = opened(wave(0))
    assert desk.by_code(incident.code, seen_by=factories.member("observer")) == incident
    with pytest.raises(RoleLacks):
        desk.by_code(incident.code, seen_by=factories.member("hearer"))
    elsewhere = factories.member("lead", on=made.world().platform.slug)
    with pytest.raises(errors.NoSuchIncident):
        desk.by_code(incident.code, seen_by=elsewhere)
    assert desk.incidents(seen_by=elsewhere) == ([], "")
