"""A wave of wrong suspensions is put right: every stage, every end it can come to, exact numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from sinmungo.apps.autonomy.models import (
    AccountRecord,
    Affected,
    Clearance,
    Disclosure,
    Restoration,
    RestorationBatch,
    Shelter,
)
from sinmungo.apps.autonomy.queries import restorations as queries
from sinmungo.apps.autonomy.queries.accounts import returned
from sinmungo.apps.autonomy.services import affected, restorations
from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.enforcement import services as enforcement
from sinmungo.apps.enforcement.models import Decision, Delivery, Restriction, Strike
from sinmungo.apps.intake.models import Report
from sinmungo.apps.items.models import Platform
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.policies.models import PolicyVersion
from sinmungo.apps.statements.models import Statement
from sinmungo.apps.vault import services as vault
from sinmungo.core.kernel.words import ActionKind, DecisionSource
from sinmungo.journeys import deliver, report, restore
from sinmungo.journeys.restoring import putting_right
from tests.common import factories as make
from tests.journeys.answering import SECRET, Answering, done
from tests.journeys.waves import Wave, wave, work

pytestmark = pytest.mark.django_db

NAMES = ["nuri-1", "nuri-2", "nuri-3"]


class Knowing(Answering):
    """A platform that also answers of its accounts; ``has`` says what each has, ``lost`` what it lost."""

    def __init__(self) -> None:
        super().__init__()
        self.has: dict[str, dict[str, Any]] = {}
        self.suspended: set[str] = set()
        self.ends: dict[str, str] = {}
        self.answer = self._answer

    def _answer(self, body: dict[str, Any]) -> Any:
        if "accounts" in body:
            return {"accounts": [self._account(name) for name in body["accounts"]]}
        if "corrections" in body:
            return {"results": [{"number": each["number"], "state": "done"} for each in body["corrections"]]}
        return {"results": [self._applied(item) for item in body["items"]]}

    def _applied(self, item: dict[str, Any]) -> dict[str, Any]:
        end = self.ends.get(item["external_id"])
        if item["type"] == "account" and item["restrictions"]:
            self.suspended.add(item["external_id"])
        elif item["type"] == "account" and end is not None:
            return done(item) | {"state": end}
        else:
            self.suspended.discard(item["external_id"])
        return done(item, shown_at=clock.now().isoformat())

    def _account(self, name: str) -> dict[str, Any]:
        had = {"handle": name, "followers": 10, "memberships": ["book-club"], "roles": [], "payouts": False}
        return had | {"external_id": name, "state": "there"} | self.has.get(name, {})

    @property
    def asked(self) -> list[list[str]]:
        """The accounts of each question, in order."""
        return [body["accounts"] for _, body in self.requests if "accounts" in body]

    def question(self, number: int) -> Any:
        """Return the request that was the so-manyth question about accounts, from 0."""
        return [each for each in self.requests if "accounts" in each[1]][number]

    def last(self, name: str) -> Any:
        """Return the last request that told of an account's state."""
        return [r for r in self.requests if name in [i["external_id"] for i in r[1].get("items", ())]][-1]

    @property
    def corrections(self) -> list[dict[str, Any]]:
        """Every correction it was asked to pass on."""
        return [each for _, body in self.requests for each in body.get("corrections", ())]


@pytest.fixture
def there(settings: Any) -> Iterator[Knowing]:
    settings.SINMUNGO_WEBHOOK_LOCAL_HOSTS = ("127.0.0.1",)
    with Knowing() as running:
        yield running


@pytest.fixture
def platform(there: Knowing) -> Platform:
    return make.platform(webhook=(there.url, SECRET))


@pytest.fixture
def policy(platform: Platform) -> PolicyVersion:
    return make.adopted(platform)


@pytest.fixture
def wronged(platform: Platform, policy: PolicyVersion) -> Wave:
    """Three people who were suspended and told."""
    made = wave(platform, policy, NAMES)
    deliver.keep(now=clock.now(), limit=200)
    return made


def test_everybody_is_restored_and_the_numbers_are_exact(wronged: Wave, there: Knowing) -> None:
    """Restrictions and strikes are gone, two people stand behind each decision, accounts are sheltered."""
    assert there.suspended == set(NAMES)
    restoration = wronged.confirmed()
    work()
    restoration.refresh_from_db()
    told = queries.progress(restoration, at=clock.now())
    assert restoration.state == Restoration.State.DONE
    assert there.suspended == set()
    assert (told.total, told.restored, told.waiting) == (3, 3, 0)
    assert not Restriction.objects.filter(standing=True).exists()
    assert not Strike.objects.filter(removed_at=None).exists()
    made = Decision.objects.filter(source=DecisionSource.RESTORATION)
    assert {each.supersedes_id for each in made} == {each.pk for each in wronged.decisions}
    assert {each.cause_id for each in made} == {wronged.incident.pk}
    assert all(each.made_by != each.approved_by and each.approved_by for each in made)
    assert Shelter.objects.filter(account__in=wronged.accounts).count() == 3


def test_the_platform_is_asked_of_all_before_the_first_is_restored(wronged: Wave, there: Knowing) -> None:
    """A question, the webhook, and the question again."""
    wronged.confirmed()
    work()
    kinds = ["state" if "accounts" in body else "webhook" for _, body in there.requests]
    assert kinds == ["webhook", "state", "webhook", "state"]
    assert there.asked[0] == there.asked[1] == sorted(NAMES)


def test_what_did_not_return_is_known_and_sealed(wronged: Wave, there: Knowing) -> None:
    """Followers, roles and payouts are compared, and nothing of it can be read in the row."""
    there.has["nuri-1"] = {"roles": ["host of the book club"], "followers": 40, "payouts": True}
    restoration = wronged.confirmed()
    work(turns=1)
    there.has["nuri-1"] = {"roles": [], "followers": 30, "payouts": False, "memberships": ["book-club"]}
    work()
    first, second = (Affected.objects.get(decision=each) for each in wronged.decisions[:2])
    record = AccountRecord.objects.get(pk=first.pk)
    assert record.missing == 3
    assert b"book club" not in bytes(record.before) and b"nuri" not in bytes(record.before)
    told = returned(first)
    assert told is not None and told.is_read and not told.is_everything
    assert (told.followers, told.missing, told.payouts) == (10, {"roles": ("host of the book club",)}, False)
    everything = returned(second)
    assert everything is not None and everything.is_everything
    assert queries.progress(restoration, at=clock.now()).restored == 3


def test_nobody_counts_as_restored_before_the_platform_says_so(wronged: Wave, there: Knowing) -> None:
    """Decided is not restored: until the webhook is answered all three wait."""
    there.status = 200
    restoration = wronged.confirmed()
    now = clock.now()
    restore.keep(now=now, limit=200)
    restore.keep(now=clock.now(), limit=200)
    assert Decision.objects.filter(source=DecisionSource.RESTORATION).count() == 3
    assert queries.progress(restoration, at=now).restored == 0
    assert queries.progress(restoration, at=now).waiting == 3
    work()
    assert queries.progress(restoration, at=now).restored == 3


@pytest.mark.parametrize("end", ["gone", "refused"])
def test_whom_the_platform_cannot_bring_back_is_counted_with_the_reason(
    wronged: Wave, there: Knowing, end: str
) -> None:
    """One is impossible, the others are restored, and the restoration ends."""
    there.ends["nuri-2"] = end
    restoration = wronged.confirmed()
    work()
    told = queries.progress(restoration, at=clock.now())
    assert (told.restored, told.impossible, told.waiting) == (2, 1, 0)
    (row,) = queries.undone(restoration).rows
    assert (row.why, row.account, row.answer is not None) == (end, wronged.accounts[1], True)
    assert restored_state(restoration) == Restoration.State.DONE


def test_a_platform_that_refuses_every_webhook_is_tried_again_and_then_told_of(
    wronged: Wave, there: Knowing
) -> None:
    """After five refusals everybody in it is impossible, with the status as the reason."""
    restoration = wronged.confirmed()
    restore.keep(now=clock.now(), limit=200)
    restore.keep(now=clock.now(), limit=200)
    there.status = 403
    later = clock.now()
    for _ in range(8):
        deliver.keep(now=later, limit=200)
        later += timedelta(minutes=2)
    there.status = 200
    work(after=timedelta(hours=1))
    assert {row.why for row in queries.undone(restoration).rows} == {"webhook.status_403"}
    told = queries.progress(restoration, at=clock.now())
    assert (told.restored, told.impossible, told.waiting) == (0, 3, 0)


def test_one_whose_second_unsuspend_is_forbidden_is_told_again_and_restored(
    wronged: Wave, there: Knowing
) -> None:
    """A 403 in between loses nobody and restores nobody twice."""
    restoration = wronged.confirmed()
    restore.keep(now=clock.now(), limit=200)
    restore.keep(now=clock.now(), limit=200)
    told: list[str] = []

    def second_forbidden(body: dict[str, Any]) -> Any:
        told.extend(item["external_id"] for item in body.get("items", ()))
        is_second = "items" in body and len(told) == 2
        there.status = 403 if is_second else 200
        return {} if is_second else there._answer(body)

    there.answer = second_forbidden
    while deliver.keep(now=clock.now(), limit=1):
        pass
    once = list(told)
    assert len(set(once)) == len(once)
    work(after=timedelta(hours=1))
    assert told == [*once, once[1]]
    assert queries.progress(restoration, at=clock.now()).restored == 3
    assert restored_state(restoration) == Restoration.State.DONE


def test_who_was_impossible_is_restored_when_a_person_has_it_sent_again(
    wronged: Wave, there: Knowing
) -> None:
    """The platform's later word counts, and the numbers follow it."""
    there.ends["nuri-2"] = "refused"
    restoration = wronged.confirmed()
    work()
    del there.ends["nuri-2"]
    refused = Delivery.objects.filter(state=Delivery.State.REFUSED)
    enforcement.retry_deliveries(ids=[each.pk for each in refused], actor=SYSTEM, at=clock.now())
    work()
    told = queries.progress(restoration, at=clock.now())
    assert (told.restored, told.impossible) == (3, 0)


def test_a_platform_without_an_account_door_holds_nobody_up(wronged: Wave, there: Knowing) -> None:
    """People are restored and nothing is said of what returned."""
    there.answer = lambda body: {"results": [there._applied(item) for item in body.get("items", ())]}
    restoration = wronged.confirmed()
    work()
    assert queries.progress(restoration, at=clock.now()).restored == 3
    assert not AccountRecord.objects.exists()


def test_one_that_asks_for_patience_is_asked_again_when_it_said(wronged: Wave, there: Knowing) -> None:
    """``Retry-After`` is kept, and then everything goes its way."""
    wronged.confirmed()
    there.status, there.headers = 429, {"Retry-After": "7"}
    now = clock.now()
    restore.keep(now=now, limit=200)
    batch = RestorationBatch.objects.get()
    assert timedelta(seconds=6) < batch.due_at - now < timedelta(seconds=9)
    assert (batch.stage, batch.last_error) == ("ask", "accounts.status_429")
    there.status = 200
    work(after=timedelta(seconds=10))
    assert restored_state(Restoration.objects.get()) == Restoration.State.DONE


def test_whoever_was_told_is_told_that_it_was_wrong(wronged: Wave, there: Knowing) -> None:
    """Nobody is told before the decision is taken back, and everybody once after it."""
    told = {"party": "police", "name": "Haneul Police", "reference": "2026-17", "at": "2026-01-02T00:00:00Z"}
    there.has["nuri-3"] = {"told": [told, told | {"name": "Byeol Exchange", "party": "exchange"}]}
    wronged.confirmed()
    work(turns=1)
    assert [each.done_at for each in Disclosure.objects.all()] == [None, None]
    assert not there.corrections
    work()
    sent = sorted(there.corrections, key=lambda each: each["name"])
    assert [(each["party"], each["reference"]) for each in sent] == [
        ("exchange", "2026-17"),
        ("police", "2026-17"),
    ]
    assert {each["case_code"] for each in sent} == {wronged.decisions[2].case_code}
    assert all(each.corrected_at and each.done_at for each in Disclosure.objects.all())
    kinds = Entry.objects.filter(kind="autonomy.disclosure.corrected")
    assert kinds.count() == 2
    work()
    assert len(there.corrections) == 2


def test_a_purge_that_is_near_goes_before_the_others_are_even_asked_about(
    platform: Platform, policy: PolicyVersion, there: Knowing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hurried one is asked about and restored before the last question."""
    monkeypatch.setattr(restorations, "BATCH", 1)
    made = wave(platform, policy, NAMES)
    deliver.keep(now=clock.now(), limit=200)
    soon = clock.now() + timedelta(hours=3)
    account = Affected.objects.get(incident=made.incident, place=2).account
    assert account is not None
    hurried = account.external_id
    there.has[hurried] = {"purge_at": soon.isoformat()}
    there.requests.clear()
    made.confirmed()
    monkeypatch.setattr(restore, "BATCHES", 1)
    work(turns=20)
    items = [item["external_id"] for _, body in there.requests for item in body.get("items", ())]
    told = [name for name in items if name in NAMES]
    assert told[0] == hurried and sorted(told) == NAMES
    assert there.requests.index(there.last(hurried)) < there.requests.index(there.question(2))


def test_someone_on_another_ground_waits_for_a_person(
    wronged: Wave, policy: PolicyVersion, there: Knowing
) -> None:
    """A restriction by another decision leaves the account out, suspended as it was."""
    other = make.post(wronged.platform, wronged.accounts[0])
    make.decision(other, policy, make.action(ActionKind.LIMIT_INTERACTION, days=3))
    restoration = wronged.confirmed()
    work()
    told = queries.progress(restoration, at=clock.now())
    assert (told.restored, told.left_out) == (2, 1)
    (row,) = queries.undone(restoration).rows
    assert (row.why, row.account) == ("another_ground", wronged.accounts[0])
    assert "nuri-1" in there.suspended


def test_someone_judged_on_another_ground_after_the_confirmation_is_left_out_too(
    wronged: Wave, policy: PolicyVersion
) -> None:
    """Each batch looks again before it decides."""
    restoration = wronged.confirmed()
    restore.keep(now=clock.now(), limit=200)
    other = make.post(wronged.platform, wronged.accounts[0])
    make.decision(other, policy, make.action(ActionKind.LIMIT_INTERACTION, days=3))
    work()
    assert queries.progress(restoration, at=clock.now()).left_out == 1


def test_what_was_put_right_meanwhile_is_counted_as_already_right(wronged: Wave) -> None:
    """An appeal that was faster is not counted twice."""
    restoration = wronged.confirmed()
    make.overturned(wronged.decisions[1])
    work()
    told = queries.progress(restoration, at=clock.now())
    assert (told.restored, told.already, told.waiting) == (2, 1, 0)


def test_someone_who_asked_to_be_forgotten_holds_nobody_up(wronged: Wave) -> None:
    """One is impossible because the key is gone; the others are restored."""
    restoration = wronged.confirmed()
    vault.destroy([f"person:{wronged.accounts[0].id.hex}"], actor=SYSTEM)
    work()
    told = queries.progress(restoration, at=clock.now())
    assert (told.restored, told.impossible) == (2, 1)
    assert {row.why for row in queries.undone(restoration).rows} == {"vault.destroyed"}


def test_those_who_reported_are_told_that_it_was_taken_back(wronged: Wave) -> None:
    """Their report is answered by the decision that took the first one back."""
    item = wronged.decisions[0].item
    filed = report.file(
        platform=wronged.platform,
        item_type=item.type,
        external_id=item.external_id,
        reason="spam",
        actor=SYSTEM,
    )
    wronged.confirmed()
    work()
    filed.report.refresh_from_db()
    assert filed.report.outcome == Report.Outcome.NO_VIOLATION
    told = Statement.objects.get(report=filed.report)
    assert told.decision.source == DecisionSource.RESTORATION


def test_a_stage_that_was_kept_twice_changes_nothing(wronged: Wave) -> None:
    """The same decisions, letters and numbers stand as before."""
    restoration = wronged.confirmed()
    work(turns=3)
    batch = RestorationBatch.objects.get()
    before = Decision.objects.count(), Statement.objects.count(), Shelter.objects.count()
    RestorationBatch.objects.update(stage="restore", done_at=None, claimed_until=None, due_at=clock.now())
    work()
    assert (Decision.objects.count(), Statement.objects.count(), Shelter.objects.count()) == before
    assert queries.progress(restoration, at=clock.now()).restored == 3
    assert batch.pk == RestorationBatch.objects.get().pk


def restored_state(restoration: Restoration) -> str:
    """Return the state of a restoration as it stands."""
    restoration.refresh_from_db()
    return restoration.state


def test_no_more_is_decided_while_the_platform_has_not_taken_what_was(
    platform: Platform, policy: PolicyVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One batch is decided; the next one only after its deliveries went out."""
    monkeypatch.setattr(restorations, "BATCH", 1)
    monkeypatch.setattr(restore, "BEHIND", 1)
    monkeypatch.setattr(restore, "BATCHES", 1)
    made = wave(platform, policy, NAMES)
    deliver.keep(now=clock.now(), limit=200)
    made.confirmed()
    decided = Decision.objects.filter(source=DecisionSource.RESTORATION)
    later = clock.now() + timedelta(minutes=2)
    for _ in range(8):
        restore.keep(now=later, limit=200)
    assert decided.count() == 1
    deliver.keep(now=later, limit=200)
    restore.keep(now=later, limit=200)
    assert decided.count() == 2


def test_a_clock_that_jumps_loses_nobody_and_restores_nobody_twice(wronged: Wave) -> None:
    """An hour back everything waits; two days ahead everything is done, once."""
    restoration = wronged.confirmed()
    work(turns=2, after=timedelta(hours=-1))
    assert queries.progress(restoration, at=clock.now()).waiting == 3
    work(after=timedelta(days=2))
    work(after=timedelta(hours=-1))
    assert queries.progress(restoration, at=clock.now()).restored == 3
    assert Decision.objects.filter(source=DecisionSource.RESTORATION).count() == 3


def test_who_was_being_decided_when_it_was_cancelled_is_finished(
    wronged: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decisions were made, so their people are told, sheltered and counted."""
    restoration = wronged.confirmed()
    decide_many = putting_right.door.many

    def cancelled_meanwhile(*proposals: Any, **more: Any) -> Any:
        made = decide_many(*proposals, **more)
        restorations.cancel(restoration=restoration, user=wronged.proposer, at=clock.now())
        return made

    monkeypatch.setattr(putting_right.door, "many", cancelled_meanwhile)
    work()
    restoration.refresh_from_db()
    told = queries.progress(restoration, at=clock.now())
    assert (told.state, told.restored, told.waiting) == (Restoration.State.CANCELLED, 3, 0)
    assert Shelter.objects.count() == 3


def test_looking_often_whether_it_is_delivered_is_no_failed_try(wronged: Wave, there: Knowing) -> None:
    """After twenty looks a platform in trouble is still asked again what returned."""
    wronged.confirmed()
    later = clock.now() + timedelta(minutes=5)
    for _ in range(20):
        restore.keep(now=later, limit=200)
        RestorationBatch.objects.update(due_at=clock.now())
    deliver.keep(now=later, limit=200)
    there.status = 503
    restore.keep(now=later, limit=200)
    assert RestorationBatch.objects.get().last_error == "accounts.status_503"
    there.status = 200
    work(after=timedelta(hours=1))
    assert AccountRecord.objects.filter(read_at__isnull=False).count() == 3


def test_whom_another_try_restored_meanwhile_is_restored_and_not_impossible(
    wronged: Wave, there: Knowing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker decided for all and was killed before it wrote that down: they are counted, once."""
    restoration = wronged.confirmed()
    decide_many = putting_right.door.many

    def beside(proposals: Any, **more: Any) -> Any:
        decide_many(proposals, **more)
        return decide_many(proposals, **more)

    monkeypatch.setattr(putting_right.door, "many", beside)
    work()
    told = queries.progress(restoration, at=clock.now())
    assert (told.restored, told.impossible, told.waiting) == (3, 0, 0)
    assert Decision.objects.filter(source=DecisionSource.RESTORATION).count() == 3
    assert Shelter.objects.count() == Clearance.objects.count() == 3
    assert there.suspended == set()


def test_whose_appeal_was_faster_by_a_moment_is_already_right(
    wronged: Wave, there: Knowing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the last look and the decision; whoever had been told of it is corrected all the same."""
    told = {"party": "police", "name": "Haneul Police", "reference": "2026-17", "at": "2026-01-02T00:00:00Z"}
    there.has["nuri-2"] = {"told": [told]}
    restoration = wronged.confirmed()
    decide_many = putting_right.door.many

    def overtaken(proposals: Any, **more: Any) -> Any:
        monkeypatch.undo()
        make.overturned(wronged.decisions[1])
        return decide_many(proposals, **more)

    monkeypatch.setattr(putting_right.door, "many", overtaken)
    work()
    found = queries.progress(restoration, at=clock.now())
    assert (found.restored, found.already, found.impossible) == (2, 1, 0)
    assert [each["name"] for each in there.corrections] == ["Haneul Police"]


def test_whoever_was_told_is_corrected_when_an_appeal_is_faster_than_the_batch(
    wronged: Wave, there: Knowing
) -> None:
    """The platform told of it before anything was done, and then the appeal was decided."""
    told = {"party": "police", "name": "Haneul Police", "reference": "2026-17", "at": "2026-01-02T00:00:00Z"}
    there.has["nuri-2"] = {"told": [told]}
    wronged.confirmed()
    restore.keep(now=clock.now(), limit=200)
    make.overturned(wronged.decisions[1])
    assert affected.settle(incident=wronged.incident, at=clock.now()) == 1
    work()
    assert [each["name"] for each in there.corrections] == ["Haneul Police"]


def test_everybody_is_sheltered_before_the_first_decision(
    wronged: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is killed right after the decisions leaves nobody to the machine that erred."""
    wronged.confirmed()
    sheltered: list[int] = []

    def killed(*_: Any, **__: Any) -> Any:
        sheltered.append(Shelter.objects.filter(account__in=wronged.accounts).count())
        raise KeyboardInterrupt

    monkeypatch.setattr(putting_right.door, "many", killed)
    with pytest.raises(KeyboardInterrupt):
        work()
    assert sheltered == [3]


def test_what_a_killed_process_had_decided_is_finished_though_it_was_cancelled(
    wronged: Wave, there: Knowing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is left free at the platform and waiting in the numbers; nobody else is decided for."""
    monkeypatch.setattr(restorations, "BATCH", 2)
    monkeypatch.setattr(restore, "BATCHES", 1)
    restoration = wronged.confirmed()
    for _ in range(2):
        restore.keep(now=clock.now(), limit=200)

    def killed(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(putting_right.restoring, "decided", killed)
    with pytest.raises(KeyboardInterrupt):
        restore.keep(now=clock.now(), limit=200)
    monkeypatch.undo()
    restorations.cancel(restoration=restoration, user=wronged.proposer, at=clock.now())
    work(after=timedelta(minutes=1))
    assert restored_state(restoration) == Restoration.State.CANCELLED
    told = queries.progress(restoration, at=clock.now())
    assert (told.restored, told.waiting) == (2, 1)
    assert Decision.objects.filter(source=DecisionSource.RESTORATION).count() == 2
    assert Shelter.objects.count() == Clearance.objects.count() == 2
