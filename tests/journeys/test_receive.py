"""What comes in is stored, promised, judged, and brought before a person."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models import Q

from sinmungo.apps.base import clock, promise
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.base.actors import platform as platform_actor
from sinmungo.apps.enforcement.models import Decision
from sinmungo.apps.intake.models import EventBatch
from sinmungo.apps.items.models import Item, Platform, Version
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.review.models import Case
from sinmungo.apps.screening import queries as screening
from sinmungo.apps.screening.models import Signal, Verdict
from sinmungo.core.kernel.words import PlatformMode
from sinmungo.journeys import adopt, receive
from tests.apps.items import made
from tests.apps.screening.banks import made as banks
from tests.journeys.packs import KNOWING, MATCHING, QUIET, THREAT, WATCHED

pytestmark = pytest.mark.django_db


def _platform(mode: PlatformMode = PlatformMode.FULL) -> Platform:
    platform = made.platform(mode)
    adopt.adopt(platform=platform, source=MATCHING, actor=SYSTEM)
    return platform


@pytest.fixture
def platform() -> Platform:
    return _platform()


def _take(platform: Platform, *documents: object) -> receive.Taken:
    return receive.take(platform=platform, raw=documents, actor=platform_actor(platform.slug))


def test_good_events_are_kept_and_bad_ones_refused_by_index(platform: Platform):
    """A batch with good, bad, repeated and conflicting events says of each what became of it."""
    _take(platform, made.event("old", text="먼저 왔습니다."))
    taken = _take(
        platform,
        made.event("a"),
        {"event_id": "b"},
        made.event("a"),
        made.event("old", text="다릅니다."),
        made.event("c", text="\ud800"),
        "no event",
    )

    assert (taken.accepted, taken.duplicates) == (1, 1)
    assert [(r.index, r.event_id, r.error.code) for r in taken.refused] == [
        (1, "b", "event.invalid"),
        (3, "old", "event.conflict"),
        (4, "c", "event.lone_surrogate"),
        (5, None, "event.invalid"),
    ]


def test_a_batch_is_one_promise_and_one_entry(platform: Platform):
    """What is new is promised once, and the ledger holds one entry with counts and a digest."""
    taken = _take(platform, made.event("a"), made.event("b", external_id="p2"))

    assert taken.batch is not None
    assert [UUID(each) for each in taken.batch.version_ids] == list(taken.versions.values())
    (entry,) = Entry.objects.filter(subject=f"batch:{taken.batch.id.hex}")
    body = json.loads(entry.body)
    assert (body["accepted"], body["duplicates"], body["refused"]) == (2, 0, 0)
    assert len(body["digest"]) == 64


def test_a_batch_of_duplicates_promises_nothing(platform: Platform):
    """Sending the same events again writes nothing at all."""
    _take(platform, made.event("a"))
    entries = Entry.objects.count()
    again = _take(platform, made.event("a"))

    assert (again.accepted, again.duplicates, again.batch) == (0, 1, None)
    assert Entry.objects.count() == entries


def test_more_than_five_hundred_events_are_refused_whole(platform: Platform):
    """500 events are taken, 501 are not."""
    events = [made.event(f"e{n}", external_id=f"p{n}") for n in range(501)]

    assert _take(platform, *events[:500]).accepted == 500
    with pytest.raises(receive.TooManyEvents):
        _take(platform, *events)


def test_what_a_rule_asks_for_comes_before_a_person(platform: Platform):
    """A match opens a case in the rule's queue, with the verdict and its signals; nobody is acted on."""
    taken = _take(platform, made.event("a", text=THREAT), made.event("b", external_id="p2", text=QUIET))
    assert receive.keep(clock.now(), 10) == 1

    (case,) = Case.objects.all()
    assert case.item.external_id == "p1"
    assert case.assignment.queue_id == "threats"
    assert case.verdict is not None
    assert case.verdict.proposed == "remove"
    assert case.version_id == taken.versions["a"]
    (signal,) = screening.signals_of(case.version)
    assert THREAT[signal.span_start : signal.span_end] == signal.evidence
    assert Verdict.objects.count() == 2
    assert not Decision.objects.exists()


def test_the_verdict_lists_the_facts_and_never_the_text(platform: Platform):
    """A verdict holds the rules that matched, what they read, and facts, but not the item's text."""
    taken = _take(platform, made.event("a", text=THREAT, reach=9))
    receive.keep(clock.now(), 10)
    (verdict,) = Verdict.objects.all()
    document = json.loads(verdict.document)

    assert document["matched"][0]["reads"] == {"signals.terms.threat": 0.9}
    assert document["facts"]["item.reach"] == 9
    assert document["facts"]["author.followers"] == 3
    assert "item.text" not in document["facts"]
    assert taken.versions["a"] == verdict.version_id


def test_a_rule_that_only_watches_opens_no_case(platform: Platform):
    """A rule in shadow is listed in the verdict and brings nothing before anybody."""
    _take(platform, made.event("a", text=WATCHED))
    receive.keep(clock.now(), 10)

    (verdict,) = Verdict.objects.all()
    assert verdict.proposed == "none"
    assert [rule["rule"] for rule in json.loads(verdict.document)["matched"]] == ["watched"]
    assert not Case.objects.exists()


def test_an_observed_platform_is_judged_and_left_alone():
    """In mode observe there are verdicts and no case."""
    _take(_platform(PlatformMode.OBSERVE), made.event("a", text=THREAT))
    receive.keep(clock.now(), 10)

    assert Verdict.objects.get().proposed == "remove"
    assert not Case.objects.exists()


def test_without_a_policy_events_are_kept_and_not_judged():
    """A platform that adopted nothing keeps its items; its promises do not wait for ever."""
    platform = made.platform()
    taken = _take(platform, made.event("a", text=THREAT))

    assert receive.keep(clock.now(), 10) == 1
    assert Version.objects.count() == 1
    assert not Verdict.objects.exists()
    assert [each.document for each in receive.verdicts(taken)] == [None]


def test_waiting_judges_at_once_and_once(platform: Platform):
    """Verdicts that are waited for are the only ones: the worker finds the promise kept."""
    taken = _take(platform, made.event("a", text=THREAT), made.event("b", external_id="p2"))
    told = receive.verdicts(taken)

    assert [(each.event_id, each.proposed) for each in told] == [("a", "remove"), ("b", "none")]
    assert receive.keep(clock.now(), 10) == 0
    assert [each.proposed for each in receive.verdicts(taken)] == ["remove", "none"]
    assert Verdict.objects.count() == 2


def test_a_promise_kept_by_another_is_not_kept_twice(platform: Platform):
    """A worker whose lease ran out writes nothing when another kept the promise meanwhile."""
    taken = _take(platform, made.event("a", text=THREAT))
    assert taken.batch is not None
    late = clock.now() + timedelta(hours=1)
    slow = promise.claim(EventBatch, now=clock.now(), limit=1, only=Q(pk=taken.batch.pk))
    assert receive.keep(late, 10) == 1
    receive._keep_together(slow, late)

    assert Verdict.objects.count() == 1
    assert Case.objects.count() == 1


def test_a_wave_that_is_interrupted_goes_on_where_it_stopped(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
):
    """Cases are opened in parts; a worker that ends between two leaves nothing out and nothing twice."""
    monkeypatch.setattr(receive, "CASES_AT_ONCE", 2)
    events = [made.event(f"e{n}", external_id=f"p{n}", text=THREAT) for n in range(5)]
    taken = _take(platform, *events)
    assert taken.batch is not None
    EventBatch.objects.filter(pk=taken.batch.pk).update(version_ids=taken.batch.version_ids[:2])
    (first,) = promise.claim(EventBatch, now=clock.now(), limit=1)
    receive._keep_together([first], clock.now())
    # what a kill after the first part leaves: verdicts and two cases, and the promise still owed
    EventBatch.objects.filter(pk=first.pk).update(
        version_ids=taken.batch.version_ids, done_at=None, attempts=1
    )
    Case.objects.filter(item__external_id="p0").update(state=Case.State.DECIDED)

    assert receive.keep(clock.now() + timedelta(hours=1), 10) == 1
    assert Verdict.objects.count() == 5
    assert Signal.objects.count() == 5
    assert Case.objects.count() == 5


def test_a_batch_that_fails_stays_owed_and_others_go_on(platform: Platform):
    """A promise that cannot be kept is given back with its error's class, never its words."""
    taken = _take(platform, made.event("a"))
    assert taken.batch is not None
    EventBatch.objects.filter(pk=taken.batch.pk).update(version_ids=["no id"])
    other = _platform()
    _take(other, made.event("a", text=THREAT))

    assert receive.keep(clock.now(), 10) == 1
    failed = EventBatch.objects.get(pk=taken.batch.pk)
    assert failed.done_at is None
    assert failed.last_error == "ValueError"
    assert Verdict.objects.count() == 1


def test_small_batches_are_judged_together(platform: Platform):
    """Many small promises are kept in one go, each item with its own verdict."""
    for number in range(5):
        _take(platform, made.event(f"e{number}", external_id=f"p{number}", text=THREAT))

    assert receive.keep(clock.now(), 10) == 5
    assert Verdict.objects.values("at").distinct().count() == 1
    assert Case.objects.count() == 5


def test_a_changed_item_joins_its_open_case(platform: Platform):
    """A new version of an item under review comes into the same case."""
    _take(platform, made.event("a", text=THREAT))
    receive.keep(clock.now(), 10)
    later = _take(
        platform, made.event("b", kind="changed", at="2024-03-01T10:00:00+09:00", text=THREAT + "!")
    )
    receive.keep(clock.now(), 10)

    (case,) = Case.objects.all()
    assert case.version_id == later.versions["b"]


def test_the_authors_strikes_and_age_are_facts(platform: Platform):
    """What is known of the author stands in the facts, and an unknown author is all blank."""
    author = {"external_id": "u1", "created_at": "2024-02-01T00:00:00Z", "country": "KR"}
    _take(platform, made.event("a", author=author), made.event("b", external_id="p2", author=None))
    receive.keep(clock.now(), 10)
    known, unknown = (
        json.loads(Verdict.objects.get(version__event_id=event_id).document)["facts"] for event_id in "ab"
    )

    assert known["author.age_days"] > 0
    assert known["author.country"] == "KR"
    assert not any(name.startswith("author.") for name in unknown)


def test_known_media_raise_a_signal(platform: Platform):
    """A file whose digest a bank holds is found on arrival."""
    banks.add(banks.bank(), banks.NewFingerprint("sha256", bytes.fromhex("cd" * 32)))
    _take(platform, made.event("a", media=[{"sha256": "CD" * 32}]))
    receive.keep(clock.now(), 10)

    assert Signal.objects.filter(source="match", name="known_files").count() == 1


def test_a_bank_that_the_policy_reads_brings_an_item_before_a_person(platform: Platform):
    """A rule on its matches opens a case; of a bank that no policy reads only the signal is kept."""
    adopt.adopt(platform=platform, source=KNOWING, actor=SYSTEM)
    for name in ("known-files", "unread-files"):
        banks.add(banks.bank(name), banks.file("a"))
    _take(platform, made.event("a", media=[{"sha256": banks.digest("a").hex()}]))
    receive.keep(clock.now(), 10)
    facts = json.loads(Verdict.objects.get().document)["facts"]

    assert set(Signal.objects.values_list("name", flat=True)) == {"known_files", "unread_files"}
    assert facts["signals.match.known_files"] == 1.0
    assert "signals.match.unread_files" not in facts
    assert Case.objects.count() == 1


def test_nothing_that_was_hidden_reaches_the_database(platform: Platform):
    """A resident number in an event stands in no row, queue or entry."""
    _take(platform, made.event("a", text="제 번호 900101-1234567", attributes={"bio": "9001011234567"}))
    receive.keep(clock.now(), 10)
    rows = [*Version.objects.values_list("text", "attributes"), *Entry.objects.values_list("body")]
    rows += [*Verdict.objects.values_list("document"), *Signal.objects.values_list("evidence")]

    assert "1234567" not in repr(rows)
    assert Item.objects.filter(platform=platform, type="post").count() == 1
