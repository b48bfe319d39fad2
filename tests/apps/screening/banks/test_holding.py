"""What a process holds of banks in memory: always as the banks are, and protected ones where they may be."""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.screening.banks import contents, holding, queries, reading
from sinmungo.apps.screening.banks.holding import Holder
from sinmungo.apps.screening.errors import NotOpenedHere
from sinmungo.apps.screening.models import Bank
from sinmungo.apps.vault import services as vault
from sinmungo.core.kernel.values import PlainItem
from sinmungo.core.matching.fingerprints import KitHash
from sinmungo.journeys import work
from tests.apps.screening.banks.made import (
    add,
    bank,
    bits,
    change,
    digest,
    file,
    flipped,
    item,
    picture,
    withdraw,
)

pytestmark = pytest.mark.django_db


def _names(holder: Holder, *, of: PlainItem, later: timedelta = timedelta()) -> list[str]:
    source = holder.source(clock.now() + later)
    return [signal.name for signal in source.screen([of])[0]] if source is not None else []


def test_what_is_added_and_withdrawn_counts_at_once() -> None:
    """A holder that has read before sees each act when it is asked next."""
    holder, made = Holder(), bank()
    assert _names(holder, of=item("a")) == []
    add(made, file("a"))
    assert _names(holder, of=item("a")) == ["known_files"]

    withdraw(made, contents=[("sha256", digest("a"))])

    assert _names(holder, of=item("a")) == []
    assert len(holder.matcher(clock.now())) == 0


def test_every_kind_of_fingerprint_is_found() -> None:
    """A picture that is nearly the same is found beside the very same file."""
    holder, made = Holder(), bank()
    add(made, file("a"), picture(bits(1), bits(2)))

    assert _names(holder, of=item("a")) == ["known_files"]
    assert _names(holder, of=item("b", hashes=[flipped(bits(2), *range(31))])) == ["known_files"]
    assert _names(holder, of=item("b", hashes=[flipped(bits(2), *range(32))])) == []


def test_only_what_changed_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first reading a new fingerprint costs its own row, and nothing new costs none."""
    holder, made, read = Holder(), bank(), []
    add(made, file("a"), file("b"))
    holder.matcher(clock.now())
    original = reading.rows

    def counted(*given: object, **more: object) -> Iterator[list[reading.Row]]:
        for part in original(*given, **more):  # type: ignore[arg-type]
            read.extend(part)
            yield part

    monkeypatch.setattr(reading, "rows", counted)
    holder.matcher(clock.now())
    add(made, file("c"))
    holder.matcher(clock.now())

    assert len(read) == 1
    assert len(holder.matcher(clock.now())) == 3


def test_asking_costs_one_query(django_assert_num_queries: object) -> None:
    """Whether any bank moved is one question, with banks or without."""
    empty, full = Holder(), Holder()
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert empty.source(clock.now()) is None
    add(bank(), file("a"))
    full.matcher(clock.now())
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert full.source(clock.now()) is not None


def test_a_disabled_bank_is_really_disabled() -> None:
    """It matches nothing from the moment it is disabled, and again from the moment it is enabled."""
    holder, made = Holder(), bank()
    add(made, file("a"))
    assert _names(holder, of=item("a")) == ["known_files"]

    change(made, is_enabled=False)
    assert _names(holder, of=item("a")) == []
    assert _names(Holder(), of=item("a")) == []
    add(made, file("b"))
    change(made, is_enabled=True)
    assert _names(holder, of=item("b")) == ["known_files"]


def test_what_is_withdrawn_from_a_disabled_bank_leaves_memory() -> None:
    """A bank that was held is followed also while it matches nothing."""
    holder, made = Holder(), bank()
    add(made, file("a"))
    holder.matcher(clock.now())
    change(made, is_enabled=False)

    withdraw(made, contents=[("sha256", digest("a"))])

    assert len(holder.matcher(clock.now())) == 0


def test_a_bank_ends_at_its_moment() -> None:
    """Until then it matches, from then on it does not, without anybody's act."""
    holder = Holder()
    add(bank(expires_at=clock.now() + timedelta(hours=1)), file("a"))

    assert _names(holder, of=item("a"), later=timedelta(minutes=59)) == ["known_files"]
    assert _names(holder, of=item("a"), later=timedelta(minutes=61)) == []


def test_a_fingerprint_ends_at_its_moment_and_the_last_end_counts() -> None:
    """One that was given a later end matches until that one; one that has ended is not even read."""
    holder, made, now = Holder(), bank(), clock.now()
    add(made, file("a", expires_at=now + timedelta(hours=1)), file("b", expires_at=now + timedelta(hours=1)))
    assert _names(holder, of=item("a")) == ["known_files"]
    add(made, file("b", expires_at=now + timedelta(hours=3)))

    for asked in (holder, Holder()):
        assert _names(asked, of=item("a"), later=timedelta(hours=2)) == []
        assert _names(asked, of=item("b"), later=timedelta(hours=2)) == ["known_files"]
        assert _names(asked, of=item("b"), later=timedelta(hours=4)) == []


def test_a_fingerprint_that_ended_comes_back_with_a_new_end() -> None:
    """An exchange that lists it again makes it match again."""
    holder, made, now = Holder(), bank(), clock.now()
    add(made, file("a", expires_at=now - timedelta(hours=1)))
    assert _names(holder, of=item("a")) == []

    add(made, file("a", expires_at=now + timedelta(hours=1)))

    assert _names(holder, of=item("a")) == ["known_files"]


def test_what_is_never_a_match_mutes_open_banks_and_no_protected_one() -> None:
    """A picture in a negative bank is not told of by an open bank, and is by a protected one."""
    holder = Holder(opens_sealed=True)
    for name, more in (("open", {}), ("protected", {"is_sealed": True}), ("never", {"is_negative": True})):
        add(bank(name, **more), picture(bits(1)))

    assert _names(holder, of=item(hashes=[bits(1)])) == ["protected"]


def test_protected_banks_are_held_only_where_they_may_be_opened() -> None:
    """A process that was not told to open them holds nothing of them and says nothing of them."""
    add(bank("protected", is_sealed=True), file("a"), picture(bits(1)))
    web, worker = Holder(), Holder(opens_sealed=True)

    assert web.source(clock.now()) is None
    assert _names(worker, of=item("a")) == ["protected"]
    assert _names(worker, of=item("b", hashes=[bits(1)])) == ["protected"]


def test_a_protected_fingerprint_that_is_withdrawn_leaves_memory() -> None:
    """It is found by what it holds, which only its digest under the bank's key can tell."""
    made, worker = bank("protected", is_sealed=True), Holder(opens_sealed=True)
    add(made, file("a"))
    assert _names(worker, of=item("a")) == ["protected"]

    assert withdraw(made, contents=[("sha256", digest("a"))]) == 1

    assert len(worker.matcher(clock.now())) == 0


def test_a_protected_bank_whose_key_is_gone_is_told_as_missing_and_others_go_on() -> None:
    """Items are still screened by the other banks, and say that the source is not whole."""
    add(bank("protected", is_sealed=True), file("a"))
    add(bank(), file("a"))
    vault.destroy([contents.key_ref("protected")], actor=SYSTEM)

    assert _names(Holder(opens_sealed=True), of=item("a")) == ["known_files", "degraded"]


def test_a_protected_bank_leaves_memory_with_its_key() -> None:
    """What was opened before is let go of as soon as the key is destroyed."""
    add(bank("protected", is_sealed=True), file("a"))
    worker = Holder(opens_sealed=True)
    assert _names(worker, of=item("a")) == ["protected"]

    vault.destroy([contents.key_ref("protected")], actor=SYSTEM)

    assert _names(worker, of=item("a")) == ["degraded"]
    assert len(worker.matcher(clock.now())) == 0


def test_a_protected_fingerprint_that_is_damaged_silences_no_other() -> None:
    """The others of its bank are matched, and every item says that the source is not whole."""
    made = bank("protected", is_sealed=True)
    add(made, file("a"), file("b"))
    damaged = made.fingerprints.order_by("pk")[0]
    made.fingerprints.filter(pk=damaged.pk).update(content=bytes(len(bytes(damaged.content))))
    worker = Holder(opens_sealed=True)

    found = sorted(_names(worker, of=item("a")) + _names(worker, of=item("b")))

    assert found == ["degraded", "degraded", "protected"]


def test_a_fingerprint_whose_end_is_moved_is_never_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not taken out and put back: a thread that looks at that moment finds it."""
    made, holder = bank(), Holder()
    add(made, file("a"))
    matcher = holder.matcher(clock.now())
    removed: list[object] = []
    monkeypatch.setattr(matcher, "remove", removed.extend)
    add(made, file("a", expires_at=clock.now() + timedelta(hours=1)))

    assert _names(holder, of=item("a")) == ["known_files"]
    assert removed == []


def test_rows_of_a_restored_backup_replace_what_is_held() -> None:
    """A bank whose number goes back is read anew: what it had learned since is forgotten."""
    holder, made = Holder(), bank()
    add(made, file("a"))
    made.refresh_from_db()
    add(made, file("b"))
    assert _names(holder, of=item("b")) == ["known_files"]
    made.fingerprints.filter(change=2).delete()
    Bank.objects.filter(pk=made.pk).update(change=1)

    assert _names(holder, of=item("b")) == []
    assert _names(holder, of=item("a")) == ["known_files"]


def test_the_version_of_the_source_tells_states_of_the_banks_apart() -> None:
    """A signal says under which state of the banks it was made."""
    holder, made = Holder(), bank()
    add(made, file("a"))
    before = holder.source(clock.now())
    same = holder.source(clock.now())
    add(made, file("b"))
    after = holder.source(clock.now())

    assert before is not None and same is not None and after is not None
    assert before.version == same.version != after.version


def test_readers_go_on_while_the_banks_change() -> None:
    """Threads that match all the time see a picture that is always there at every moment."""
    made, holder = bank(), Holder()
    add(made, picture(bits(1)))
    matcher = holder.matcher(clock.now())
    stop, missed = threading.Event(), []

    def look() -> None:
        while not stop.is_set():
            (found,) = matcher.match_pictures([[KitHash(16, bits(1))]])
            missed.extend([] if found else [1])

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for number in range(10):
            add(made, *(picture(bits(100 * number + each + 10)) for each in range(30)))
            holder.matcher(clock.now())
            withdraw(made, keys=list(made.fingerprints.filter(change__gt=1).values_list("pk", flat=True)))
            holder.matcher(clock.now())
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert missed == []


def test_a_matcher_of_one_bank_holds_that_bank_alone() -> None:
    """Or only what some of its changes brought; a disabled bank answers when it is asked for by name."""
    made, other = bank(), bank("other")
    add(made, file("a"))
    add(made, file("b"))
    add(other, file("a"))
    change(made, is_enabled=False)

    whole = queries.matcher_of(made)
    part = queries.matcher_of(made, after_change=1, to_change=2)

    found = whole.match_digests([digest("a"), digest("b")])
    assert [[match.bank for match in each] for each in found] == [["known-files"], ["known-files"]]
    assert [bool(each) for each in part.match_digests([digest("a"), digest("b")])] == [False, True]


def test_a_matcher_of_one_bank_is_muted_as_at_work() -> None:
    """What is never a match is not found in a search either; asked for itself a negative bank answers."""
    made, never = bank(), bank("never", is_negative=True)
    add(made, file("a"))
    add(never, file("a"))

    assert queries.matcher_of(made).match_digests([digest("a")]) == [[]]
    assert [match.bank for match in queries.matcher_of(never).match_digests([digest("a")])[0]] == ["never"]


def test_a_protected_bank_is_opened_nowhere_but_in_the_worker() -> None:
    """A search in it is refused in any other process, before a row is read."""
    made = bank("protected", is_sealed=True)
    add(made, file("a"))
    before = holding._holder

    with pytest.raises(NotOpenedHere):
        queries.matcher_of(made)
    try:
        queries.hold_sealed()
        assert [match.bank for match in queries.matcher_of(made).match_digests([digest("a")])[0]] == [
            "protected"
        ]
        assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0
    finally:
        holding._holder = before


def test_what_is_withdrawn_leaves_an_idle_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn of the worker without anything to judge lets go of it."""
    made = bank("protected", is_sealed=True)
    add(made, file("a"))
    worker = Holder(opens_sealed=True)
    monkeypatch.setattr(holding, "_holder", worker)
    matcher = queries.held()
    assert len(matcher) == 1
    withdraw(made, contents=[("sha256", digest("a"))])

    work.keep_all(now=clock.now(), limit=10)

    assert len(matcher) == 0
