"""Audits: blind, answered once, by somebody who does not know, and evidence at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pytest_django import Settings

from sinmungo.apps.autonomy import errors_audits as errors
from sinmungo.apps.autonomy.models import Act, Audit, DetectorState, Epoch, Factor
from sinmungo.apps.autonomy.queries import audits as queries
from sinmungo.apps.autonomy.queries import gold as gold_queries
from sinmungo.apps.autonomy.queries.audits import AuditPage
from sinmungo.apps.autonomy.services import audits, laying
from sinmungo.apps.base import clock, ids
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review.models import Assignment, GoldItem
from sinmungo.apps.staff import queries as staff
from sinmungo.apps.staff.errors import RoleLacks
from sinmungo.apps.staff.models import User
from sinmungo.apps.statements.services import person_ref
from sinmungo.apps.vault import queries as vault
from sinmungo.core.kernel.words import Level
from sinmungo.journeys import overdue
from tests.apps.autonomy import made
from tests.common import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def auditor() -> User:
    return factories.member()


@pytest.fixture
def other() -> User:
    return factories.member()


def laid(act: Act, kind: Audit.Kind = Audit.Kind.RANDOM) -> Audit:
    return audits.lay(acts=[act], kind=kind, at=clock.now())[0]


def answered(audit: Audit, user: User, *, wrong: bool, words: str = "") -> Audit:
    return audits.answer(audit=audit, user=user, wrong=wrong, words=words, at=clock.now())


def state(act: Act) -> DetectorState:
    return DetectorState.objects.get(epoch=act.epoch)


def test_an_audit_waits_in_the_queue_of_its_rule_and_is_due_in_half_an_hour(world: made.World) -> None:
    """What was drawn becomes work of the kind audit, under the policy that judged."""
    at = clock.now()
    audit = audits.lay(acts=[made.acted(world, made.automation(world))], kind=Audit.Kind.RANDOM, at=at)[0]
    assert audit.assignment.queue_id == "spam"
    assert audit.assignment.kind == Assignment.Kind.AUDIT
    assert audit.assignment.due_at == at + timedelta(minutes=30)
    assert audit.policy_version == world.version


def test_an_act_is_laid_once(world: made.World) -> None:
    """Laying it again returns the audit there is."""
    act = made.acted(world, made.automation(world))
    assert laid(act) == laid(act)
    assert Audit.objects.filter(act=act).count() == 1


def test_an_act_that_was_not_drawn_is_no_sample(world: made.World) -> None:
    """Nobody picks by hand what is audited."""
    act = made.acted(world, made.automation(world), drawn=False)
    with pytest.raises(errors.NotInSample):
        laid(act)


def test_a_right_label_raises_the_bound(world: made.World, auditor: User) -> None:
    """It is evidence in the moment it is given."""
    act = made.acted(world, made.automation(world))
    answered(laid(act), auditor, wrong=False)
    found = state(act)
    assert (found.labels, found.wrong, found.seq) == (1, 0, 1)
    assert found.bound > 0.0
    assert Entry.objects.filter(kind="autonomy.audit.answered").count() == 1


def test_a_wrong_label_counts_at_once_and_asks_somebody_else(
    world: made.World, auditor: User, other: User
) -> None:
    """The second look is barred to whoever gave the first."""
    act = made.acted(world, made.automation(world))
    answered(laid(act), auditor, wrong=True)
    assert (state(act).labels, state(act).wrong) == (1, 1)
    second = Audit.objects.get(act=act, look=2)
    assert second.assignment.barred == auditor
    assert queries.next_for(auditor) is None
    assert queries.next_for(other) == second


def test_a_second_look_that_disagrees_takes_the_place_of_the_first(
    world: made.World, auditor: User, other: User
) -> None:
    """The state is as if the first look had said right."""
    automation = made.automation(world)
    earlier, act = made.acted(world, automation), made.acted(world, automation)
    audit = laid(act)
    answered(laid(earlier), auditor, wrong=False)
    answered(audit, auditor, wrong=True)
    suspicious = state(act).r
    answered(Audit.objects.get(act=act, look=2), other, wrong=False)
    found = state(act)
    assert (found.labels, found.wrong, found.seq) == (2, 0, 3)
    assert found.r < suspicious
    assert Factor.objects.get(epoch=act.epoch, corrects=2).x == 0.0


def test_a_second_look_that_agrees_changes_nothing(world: made.World, auditor: User, other: User) -> None:
    """One act is one label."""
    act = made.acted(world, made.automation(world))
    answered(laid(act), auditor, wrong=True)
    before = state(act).document
    answered(Audit.objects.get(act=act, look=2), other, wrong=True)
    assert state(act).document == before
    assert not Audit.objects.filter(act=act, look=3).exists()


def test_a_second_answer_is_refused_and_changes_nothing(
    world: made.World, auditor: User, other: User
) -> None:
    """The first verdict stands, whoever gives the second."""
    act = made.acted(world, made.automation(world))
    audit = laid(act)
    answered(audit, auditor, wrong=False)
    for user in (auditor, other):
        with pytest.raises(errors.AnsweredAlready):
            answered(audit, user, wrong=True)
    assert Factor.objects.filter(epoch=act.epoch).count() == 1
    audit.refresh_from_db()
    assert (audit.wrong, audit.auditor) == (False, auditor)


def test_what_a_colleague_holds_is_theirs(world: made.World, auditor: User, other: User) -> None:
    """Taken into somebody's hands it is offered to nobody else, and their answer is refused."""
    laid(made.acted(world, made.automation(world)))
    taken = audits.take(user=auditor, at=clock.now())
    assert taken is not None
    assert queries.next_for(auditor) == taken
    assert audits.take(user=other, at=clock.now()) is None
    with pytest.raises(errors.NotYours):
        answered(taken, other, wrong=False)
    answered(taken, auditor, wrong=False)


def test_whoever_decided_about_the_item_does_not_judge_it(world: made.World, other: User) -> None:
    """In assist a person decides the case; the audit is then for somebody else."""
    automation = made.automation(world, level=Level.ASSIST)
    version = made.post(world)
    act = made.act(world, automation, version)
    Act.objects.filter(pk=act.pk).update(state="proposed", drawn=True, propensity=1.0, settled_at=clock.now())
    act.refresh_from_db()
    audit = laid(act)
    decider = factories.member()
    factories.decision(version, world.version, actor=staff.actor_of(decider))
    assert queries.next_for(decider) is None
    with pytest.raises(errors.NotInSample):
        queries.audit_of(work=audit.assignment_id, seen_by=decider)
    with pytest.raises(errors.NotYours):
        answered(audit, decider, wrong=False)
    assert queries.next_for(other) == audit


def test_whoever_may_not_audit_meets_nothing(world: made.World) -> None:
    """An observer sees numbers and no item."""
    audit = laid(made.acted(world, made.automation(world)))
    observer = factories.member("observer")
    with pytest.raises(RoleLacks):
        queries.next_for(observer)
    with pytest.raises(RoleLacks):
        queries.page_of(audit, observer)
    with pytest.raises(RoleLacks):
        answered(audit, observer, wrong=False)


def test_on_another_platform_there_is_no_such_audit(world: made.World) -> None:
    """Whoever works on one platform is not told what waits on another."""
    audit = laid(made.acted(world, made.automation(world)))
    elsewhere = factories.member(on=made.world().platform.slug)
    assert queries.next_for(elsewhere) is None
    with pytest.raises(errors.NotInSample):
        queries.audit_of(work=audit.assignment_id, seen_by=elsewhere)


def test_work_of_another_kind_is_no_audit(world: made.World, auditor: User) -> None:
    """An answer for what was never drawn finds nothing to answer."""
    with pytest.raises(errors.NotInSample):
        queries.audit_of(work=ids.new_id(), seen_by=auditor)


def test_a_page_tells_the_item_and_the_policy_and_not_what_was_done(world: made.World, auditor: User) -> None:
    """It carries no act, no rule, no kind and no score."""
    act = made.acted(world, made.automation(world))
    page = queries.page_of(laid(act), auditor)
    assert page.version == act.version
    assert page.policy_version == world.version
    assert page.until == act.asked_at
    assert not {"act", "kind", "gold", "decision", "rule", "look"} & set(AuditPage.__slots__)


def test_a_late_label_of_an_ended_epoch_is_kept_and_is_no_evidence(world: made.World, auditor: User) -> None:
    """What executed then runs no more; the verdict stays with its audit."""
    act = made.acted(world, made.automation(world))
    audit = laid(act)
    Epoch.objects.filter(pk=act.epoch_id).update(ended_at=clock.now())
    found = answered(audit, auditor, wrong=True)
    assert found.wrong is True
    assert not Factor.objects.exists()
    assert not DetectorState.objects.exists()


def test_audits_of_an_incident_are_no_evidence(world: made.World, auditor: User) -> None:
    """They are looked at before people are restored; nobody drew them by chance."""
    act = made.acted(world, made.automation(world), drawn=False)
    answered(laid(act, Audit.Kind.RESTORATION), auditor, wrong=True)
    assert not Factor.objects.exists()
    assert not Audit.objects.filter(look=2).exists()


def test_words_beside_a_verdict_are_masked_and_sealed(world: made.World, auditor: User) -> None:
    """Up to a thousand characters; what stands in the table cannot be read."""
    audit = laid(made.acted(world, made.automation(world)))
    with pytest.raises(errors.AuditWords):
        answered(audit, auditor, wrong=False, words="가" * (audits.MAX_WORDS + 1))
    found = answered(audit, auditor, wrong=False, words="가" * audits.MAX_WORDS)
    assert "가".encode() not in bytes(found.words)
    opened = vault.unseal(person_ref(found.version.item), audits.WORDS_FIELD, found.words)
    assert opened.reveal() == "가" * audits.MAX_WORDS


def test_gold_is_a_tenth_and_teaches_and_is_no_evidence(
    world: made.World, auditor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is laid beside what was drawn; its answer measures the auditor and enters nothing."""
    gold = golden(world)
    monkeypatch.setattr(laying, "chance", lambda *_: 0.0)
    laid(made.acted(world, made.automation(world)))
    audit = Audit.objects.get(kind=Audit.Kind.GOLD)
    assert audit.gold == gold
    assert audit.assignment.queue_id == Audit.objects.get(kind=Audit.Kind.RANDOM).assignment.queue_id
    found = answered(audit, auditor, wrong=True)
    assert not Factor.objects.exists()
    assert gold_queries.lesson(found) == gold_queries.Lesson(False, True, gold.why)
    measured = gold_queries.auditor_error(platform=world.platform.pk, at=clock.now())
    assert (measured.violations, measured.wrongly_wrong) == (1, 1)


def test_gold_comes_before_nobody_who_knows_it(
    world: made.World, auditor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither to whoever made it, nor a second time to whoever answered it."""
    gold = golden(world)
    monkeypatch.setattr(laying, "chance", lambda *_: 0.0)
    automation = made.automation(world)
    acts = [made.acted(world, automation) for _ in range(2)]
    laid(acts[0])
    first = Audit.objects.get(kind=Audit.Kind.GOLD)
    assert first not in queries.waiting(seen_by=gold.made_by)
    answered(first, auditor, wrong=False)
    laid(acts[1])
    again = Audit.objects.get(kind=Audit.Kind.GOLD, answered_at=None)
    assert again not in queries.waiting(seen_by=auditor)
    assert again in queries.waiting(seen_by=factories.member())


def test_gold_has_its_share_of_all(settings: Settings) -> None:
    """One of ten laid is gold, and nobody without the key foresees which."""
    acts = [ids.new_id() for _ in range(4000)]
    beside = sum(laying.chance(act, "gold") < laying.GOLD_SHARE / (1 - laying.GOLD_SHARE) for act in acts)
    assert 0.085 < beside / (beside + len(acts)) < 0.115
    before = [laying.chance(act, "gold") for act in acts]
    settings.SECRET_KEY = "another key altogether"
    assert before != [laying.chance(act, "gold") for act in acts]


def test_a_label_weighs_what_its_draw_makes_fair(world: made.World, auditor: User) -> None:
    """The weight that was fixed with the draw enters with the label, and when it was done; a burst's is 1."""
    automation = made.automation(world)
    act = made.acted(world, automation, weight=0.5, propensity=0.2)
    other = made.acted(world, automation, weight=0.5, drawn=False)
    answered(laid(act), auditor, wrong=False)
    answered(laid(other, Audit.Kind.BURST), auditor, wrong=False)
    terms = list(Factor.objects.order_by("seq").values_list("terms", flat=True))
    began = made.epoch(automation).began_at
    hours = [(each.settled_at - began) / timedelta(hours=1) for each in (act, other) if each.settled_at]
    assert terms == [
        {"weight": 0.5, "random": 1.0, "of": pytest.approx(hours[0])},
        {"weight": 1.0, "random": 0.0, "of": pytest.approx(hours[1])},
    ]


def test_an_audit_that_nobody_answers_is_overdue(world: made.World, auditor: User) -> None:
    """It is told with everything else that is owed and late."""
    at = clock.now()
    audit = audits.lay(acts=[made.acted(world, made.automation(world))], kind=Audit.Kind.RANDOM, at=at)[0]
    late = at + audits.SERVICE_TIME + timedelta(minutes=1)
    assert overdue.seconds_overdue(now=at)["audit"] == 0.0
    assert overdue.seconds_overdue(now=late)["audit"] == 60.0
    assert queries.overdue(platform=world.platform.pk, at=late) == 1
    answered(audit, auditor, wrong=False)
    assert overdue.seconds_overdue(now=late)["audit"] == 0.0


def golden(world: made.World) -> GoldItem:
    """Return gold whose item does break the policy."""
    return GoldItem.objects.create(
        id=ids.new_id(),
        version=made.post(world),
        policy_version=world.version,
        violation=True,
        why="선물을 준다며 누르게 합니다.",
        made_by=factories.member("lead"),
        made_at=clock.now(),
    )
