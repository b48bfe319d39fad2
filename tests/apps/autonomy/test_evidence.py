"""Evidence: one log a epoch, in order whatever arrives, and a state that anybody can weigh again."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from sinmungo.apps.autonomy import errors_audits as errors
from sinmungo.apps.autonomy import log_file, weighing
from sinmungo.apps.autonomy.models import Audit, Automation, DetectorState, Epoch, Factor, LevelChange
from sinmungo.apps.autonomy.queries import evidence as queries
from sinmungo.apps.autonomy.queries import logs
from sinmungo.apps.autonomy.services import audits, evidence
from sinmungo.apps.autonomy.weighing import AUDIT, RATE, SHARE
from sinmungo.apps.base import clock
from sinmungo.apps.staff.models import User
from sinmungo.core.kernel.words import Level
from tests.apps.autonomy import made
from tests.common import factories

pytestmark = pytest.mark.django_db
LABEL = {"weight": 1.0, "random": 1.0}


@pytest.fixture
def world() -> made.World:
    return made.world()


@pytest.fixture
def epoch(world: made.World) -> Epoch:
    return begun(made.automation(world), clock.now() - timedelta(days=40))


def labelled(epoch: Epoch, wrong: bool, at: datetime, source: str = "") -> DetectorState:
    return evidence.enter(
        epoch=epoch, stream=AUDIT, x=float(wrong), terms=LABEL, source=source or at.isoformat(), at=at
    )


def some_log(epoch: Epoch, *, factors: int = 80, seed: int = 1) -> None:
    """Enter labels, appeals and counts in an order that chance makes, and correct some labels."""
    chance, at, wrongs = random.Random(seed), epoch.began_at, list[Factor]()
    for number in range(factors):
        at += timedelta(minutes=chance.randint(1, 900))
        stream = chance.choice((AUDIT, AUDIT, AUDIT, SHARE, RATE))
        terms = {AUDIT: LABEL, SHARE: {}, RATE: {"expected": 7.3}}[stream]
        x = float(chance.random() < 0.1) if stream != RATE else float(chance.randint(0, 20))
        evidence.enter(epoch=epoch, stream=stream, x=x, terms=terms, source=str(number), at=at)
        if stream == AUDIT and x:
            wrongs.append(Factor.objects.latest("pk"))
        if wrongs and chance.random() < 0.2:
            first = wrongs.pop(0)
            evidence.enter(
                epoch=epoch, stream=AUDIT, x=0.0, terms=LABEL, source=first.source, at=at, corrects=first.seq
            )


@pytest.mark.parametrize("seed", range(4))
def test_what_is_stored_is_what_the_log_comes_to(epoch: Epoch, seed: int) -> None:
    """With labels, appeals, counts and corrections in any order the log allows."""
    some_log(epoch, seed=seed)
    assert Factor.objects.filter(epoch=epoch, corrects__isnull=False).exists()
    found = evidence.recompute(epoch)
    state = DetectorState.objects.get(epoch=epoch)
    assert found.equal
    assert (found.seq, found.r, found.bound) == (state.seq, state.r, state.bound)


def test_before_the_first_factor_there_is_nothing_and_that_is_equal(epoch: Epoch) -> None:
    """An epoch that just began has no state to differ."""
    assert evidence.recompute(epoch) == queries.Recomputed(0, 0.0, 0.0, 0, 0, True)


@pytest.mark.parametrize("changed", [{"r": 0.5}, {"bound": 0.99}, {"labels": 500}, {"document": "other"}])
def test_a_state_that_was_changed_by_hand_is_found_out(
    epoch: Epoch, world: made.World, changed: dict[str, object]
) -> None:
    """Whoever makes an automation look better than its labels is found by weighing them again."""
    some_log(epoch, factors=20)
    if "document" in changed:
        other = begun(made.automation(world, made.HIDES), epoch.began_at)
        some_log(other, factors=5)
        changed = {"document": DetectorState.objects.get(epoch=other).document}
    DetectorState.objects.filter(epoch=epoch).update(**changed)
    assert not evidence.recompute(epoch).equal


def test_the_same_label_enters_once(epoch: Epoch) -> None:
    """A process that was killed and tries again changes nothing."""
    at = clock.now()
    once = labelled(epoch, wrong=True, at=at, source="one")
    again = labelled(epoch, wrong=True, at=at + timedelta(hours=1), source="one")
    assert (once.seq, again.seq) == (1, 1)
    assert again.document == once.document


def test_labels_out_of_order_count_when_they_come(epoch: Epoch) -> None:
    """A clock that was set back writes no earlier time into the log, which stays equal."""
    at = clock.now()
    labelled(epoch, wrong=False, at=at)
    labelled(epoch, wrong=True, at=at - timedelta(hours=5))
    labelled(epoch, wrong=False, at=at - timedelta(days=6))
    times = list(Factor.objects.order_by("seq").values_list("at", flat=True))
    assert times == [at, at, at]
    assert evidence.recompute(epoch).equal


def test_a_clock_that_ran_a_year_ahead_blinds_no_detector(epoch: Epoch) -> None:
    """The first label came by a wrong clock; by the right one nine wrong in two hours still trip it."""
    at = clock.now()
    labelled(epoch, wrong=False, at=at + timedelta(days=365))
    for number in range(9):
        labelled(epoch, wrong=True, at=at + timedelta(minutes=12 * number))
    assert weighing.Weighed.from_document(DetectorState.objects.get().document).breaker.tripped
    assert evidence.recompute(epoch).equal


def test_no_label_stands_before_its_epoch(epoch: Epoch) -> None:
    """However far a clock was set back."""
    labelled(epoch, wrong=False, at=clock.now())
    labelled(epoch, wrong=False, at=epoch.began_at - timedelta(days=3))
    assert Factor.objects.get(seq=2).at == epoch.began_at
    assert evidence.recompute(epoch).equal


def test_nothing_enters_an_epoch_that_has_ended(epoch: Epoch) -> None:
    """What executed then says nothing of what executes now."""
    Epoch.objects.filter(pk=epoch.pk).update(ended_at=clock.now())
    with pytest.raises(errors.EpochEnded):
        labelled(epoch, wrong=True, at=clock.now())
    assert not Factor.objects.exists()


def test_one_cluster_speaks_for_autonomy_five_times_a_day(world: made.World) -> None:
    """The sixth label of authors who act alike moves the detector alone; tomorrow's counts again."""
    automation = made.automation(world)
    acts = [made.acted(world, automation, cluster="alike") for _ in range(7)]
    other = made.acted(world, automation, cluster="others")
    at = clock.now()
    for act in acts[:6]:
        judged(act, at)
    assert heard(automation) == (6, 5)
    judged(other, at)
    assert heard(automation) == (7, 6)
    judged(acts[6], at + timedelta(hours=25))
    assert heard(automation) == (8, 7)


def test_a_cluster_speaks_for_autonomy_as_often_as_a_fifth_of_all(world: made.World) -> None:
    """Where many are heard more than five of one crowd are, and never more than a fifth."""
    automation, at = made.automation(world), clock.now()
    others = [made.acted(world, automation, cluster=str(number)) for number in range(28)]
    alike = [made.acted(world, automation, cluster="alike") for _ in range(9)]
    for act in [*others, *alike]:
        judged(act, at)
    assert heard(automation) == (37, 35)


def test_a_wave_of_one_template_is_stopped_though_it_is_one_cluster(world: made.World) -> None:
    """Nine wrong in two hours trip the detector, whoever wrote them."""
    automation, at = made.automation(world), clock.now()
    acts = [made.acted(world, automation, cluster="one template") for _ in range(9)]
    for number, act in enumerate(acts):
        judged(act, at + timedelta(minutes=12 * number), wrong=True)
    assert weighing.Weighed.from_document(DetectorState.objects.get().document).breaker.tripped


def test_whose_label_it_is_stands_in_the_log_and_cannot_be_read(world: made.World) -> None:
    """Labels of one cluster share the end of their source; its name is in none."""
    automation = made.automation(world)
    acts = [made.acted(world, automation, cluster=name) for name in ("alike", "alike", "others")]
    for act in acts:
        judged(act, clock.now())
    one, two, three = Factor.objects.order_by("seq").values_list("source", flat=True)
    assert one[-16:] == two[-16:] != three[-16:]
    assert len({one, two, three}) == 3
    assert "alike" not in one
    assert acts[0].pk.hex not in one


def test_a_label_of_a_burst_speaks_to_the_detector_and_not_for_autonomy(world: made.World) -> None:
    """Nobody knows how likely it was to be asked for, so it can only lower trust."""
    automation = made.automation(world)
    act = made.acted(world, automation, drawn=False)
    burst = audits.lay(acts=[act], kind=Audit.Kind.BURST, at=clock.now())[0]
    audits.answer(audit=burst, user=factories.member(), wrong=False, words="", at=clock.now())
    state = DetectorState.objects.get(epoch=act.epoch)
    assert (state.labels, state.bound) == (0, 0.0)
    assert weighing.Weighed.from_document(state.document).breaker.audits == 1


def test_an_overturned_appeal_lowers_trust_and_an_upheld_one_never_raises_it(world: made.World) -> None:
    """Appeals are one-sided: whoever appeals is no random sample."""
    automation = made.automation(world)
    acts = [made.acted(world, automation) for _ in range(4)]
    at = clock.now()
    for hour, (act, overturned) in enumerate(zip(acts, (False, False, True, True), strict=True)):
        assert act.decision is not None
        evidence.appeal_decided(decision=act.decision, overturned=overturned, at=at + timedelta(hours=hour))
    state = DetectorState.objects.get(epoch=acts[0].epoch)
    assert (state.labels, state.bound, state.seq) == (0, 0.0, 4)
    assert state.r > 0.0


def test_an_appeal_against_what_a_person_decided_is_no_evidence(world: made.World) -> None:
    """It speaks of the person."""
    version = made.post(world)
    decision = factories.decision(version, world.version, source="review")
    assert evidence.appeal_decided(decision=decision, overturned=True, at=clock.now()) is None
    assert not Factor.objects.exists()


def test_one_cluster_of_appeals_is_heard_five_times_a_day(world: made.World) -> None:
    """A crowd that appeals together cannot trip an automation by its number."""
    automation = made.automation(world)
    for act in [made.acted(world, automation, cluster="alike") for _ in range(7)]:
        assert act.decision is not None
        evidence.appeal_decided(decision=act.decision, overturned=True, at=clock.now())
    assert Factor.objects.filter(stream=SHARE).count() == 5


def test_after_a_trip_each_new_epoch_has_a_smaller_risk(world: made.World) -> None:
    """Whoever tries a bad rule again and again must show more each time."""
    at = clock.now() - timedelta(days=30)
    automation = made.automation(world)
    first = begun(automation, at)
    assert queries.alpha_of(first) == automation.alpha
    tripped(first, at + timedelta(days=1))
    epochs = [following(first, number, at + timedelta(days=number)) for number in (2, 3)]
    assert [queries.alpha_of(epoch) for epoch in epochs] == [automation.alpha / 2, automation.alpha / 3]
    later = following(first, 4, at + timedelta(days=400))
    assert queries.alpha_of(later) == automation.alpha


def test_a_log_written_to_a_file_is_weighed_again_without_a_database(epoch: Epoch) -> None:
    """The figures of the file are those of its factors, to the last bit."""
    some_log(epoch)
    rows = [line.encode() for line in logs.lines_of(epoch.automation)]
    (found,) = log_file.read(rows)
    assert found.recomputed() == found.stored
    assert found.stored.seq == DetectorState.objects.get(epoch=epoch).seq


def test_a_label_changed_in_a_file_is_found_out(epoch: Epoch) -> None:
    """One verdict turned round is enough."""
    some_log(epoch)
    rows = [line.encode() for line in logs.lines_of(epoch.automation)]
    place = next(n for n, row in enumerate(rows) if b'"audit", "x": 0.0' in row)
    rows[place] = rows[place].replace(b'"x": 0.0', b'"x": 1.0')
    (found,) = log_file.read(rows)
    assert found.recomputed() != found.stored


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ([], 1),
        ([b"not json"], 1),
        ([b"[1]"], 1),
        ([b'{"type": "something.else", "format": 1, "automation": "a"}'], 1),
        ([b'{"type": "sinmungo.autonomy.log", "format": 1, "automation": "a"}', b'{"seq": 1}'], 2),
        ([b'{"type": "sinmungo.autonomy.log", "format": 1, "automation": "a"}', b'{"epoch": 1}'], 1),
        ([b"{" + b" " * log_file.MAX_LINE + b"}"], 1),
        ([b"[" * 4000], 1),
    ],
)
def test_what_is_no_log_says_in_which_line(rows: list[bytes], line: int) -> None:
    """A damaged file is refused, never half believed."""
    with pytest.raises(log_file.NoLog) as refused:
        log_file.read(rows)
    assert refused.value.line == line


def begun(automation: Automation, at: datetime) -> Epoch:
    """Return the epoch of an automation, as if it had begun then."""
    Epoch.objects.filter(automation=automation).update(began_at=at)
    return made.epoch(automation)


def judged(act: made.Act, at: datetime, user: User | None = None, *, wrong: bool = False) -> None:
    audit = audits.lay(acts=[act], kind=Audit.Kind.RANDOM, at=at)[0]
    audits.answer(audit=audit, user=user or factories.member(), wrong=wrong, words="", at=at)


def heard(automation: Automation) -> tuple[int, int]:
    """How many labels moved the detector, and how many of them speak for autonomy."""
    state = DetectorState.objects.get(epoch__automation=automation)
    return weighing.Weighed.from_document(state.document).breaker.audits, state.labels


def tripped(epoch: Epoch, at: datetime) -> None:
    LevelChange.objects.create(
        automation=epoch.automation,
        epoch=epoch,
        before=Level.AUTO,
        after=Level.SUSPENDED,
        reason="tripped",
        evidence={"r": 120.0},
        by="system:sinmungo",
        at=at,
    )


def following(first: Epoch, number: int, at: datetime) -> Epoch:
    Epoch.objects.filter(automation=first.automation, ended_at=None).update(ended_at=at)
    return Epoch.objects.create(
        id=made.ids.new_id(),
        automation=first.automation,
        number=number,
        digest="1" * 64,
        executes="{}",
        began_at=at,
    )
