"""Pages of exchanges into banks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.ledger.models import Entry
from sinmungo.apps.screening.banks import exporting, holding, queries
from sinmungo.apps.screening.banks.importing import Imported, PositionAhead, Rewound, take_page
from sinmungo.apps.screening.errors import BadBankField
from sinmungo.apps.screening.models import Bank, ExchangeState, Fingerprint, Hunt
from sinmungo.core.matching.exchange import Page, Row, read
from sinmungo.core.matching.fingerprints import KitHash
from tests.apps.screening.banks.made import bank, change
from tests.core.matching.exchange import made
from tests.core.matching.exchange.reference import folder

pytestmark = pytest.mark.django_db

ONE, TWO = made.single("one"), made.single("two")


def _take(to: Bank, page: Page, source: str = "an-exchange") -> Imported:
    return take_page(bank=to, page=page, source=source, actor=SYSTEM, at=clock.now())


def _page(*rows: Row, position: int = 0, checkpoint: str = "", is_whole: bool = False) -> Page:
    return Page(rows, (), checkpoint, position, is_whole)


def _row(content: bytes, place: int = 1, **more: Any) -> Row:
    return Row(place, "pdq", content, **more)


def _counts(done: Imported) -> tuple[int, int, int, int]:
    return done.added, done.known, done.withdrawn, len(done.refused)


def _live(of: Bank) -> set[bytes]:
    rows = Fingerprint.objects.filter(bank=of, withdrawn_at__isnull=True)
    return {bytes(content) for content in rows.values_list("content", flat=True)}


def _stopncii(status: str, moment: int) -> Page:
    """Return the page in which the exchange says what state a hash is in."""
    record = {
        "lastModtimestamp": moment,
        "hashValue": made.bits("one").hex(),
        "hashStatus": status,
        "caseNumbers": {},
        "signalType": "ImagePDQ",
    }
    page = {"hashRecords": [record], "nextSetTimestamp": moment, "nextPageToken": "", "count": 1}
    return read("stopncii", json.dumps(page).encode())


def _matches(of: Bank) -> int:
    """Return how many of the bank's fingerprints match the hash now, as at work."""
    (found,) = queries.held().match_pictures([[KitHash(0, made.bits("one"))]])
    return sum(match.bank == of.name for match in found)


def test_a_page_adds_what_is_new_and_promises_to_look_for_it() -> None:
    """Content, id and expiry are kept; what was seen earlier will be searched."""
    to = bank()
    expires = clock.now() + timedelta(days=3)
    done = _take(to, _page(_row(ONE, external_id="a", expires_at=expires), _row(TWO, 2)))

    assert _counts(done) == (2, 0, 0, 0)
    row = Fingerprint.objects.get(bank=to, external_id="a")
    assert (bytes(row.content), row.expires_at) == (ONE, expires)
    assert Hunt.objects.filter(bank=to).count() == 1


def test_the_same_page_again_changes_nothing() -> None:
    """No row, no change number, no search, no entry in the ledger comes of it."""
    to = bank()
    page = _page(
        _row(ONE, external_id="a"),
        _row(TWO, 2, withdrawn=True),
        Row(3, "", b"", "gone", withdrawn=True),
        position=100,
        checkpoint="next",
    )
    _take(to, page)
    to.refresh_from_db()
    before = (to.change, Entry.objects.count(), Hunt.objects.count(), ExchangeState.objects.get().at)
    done = _take(to, page)
    to.refresh_from_db()

    assert _counts(done) == (0, 1, 0, 0)
    assert (to.change, Entry.objects.count(), Hunt.objects.count(), ExchangeState.objects.get().at) == before


@pytest.mark.parametrize("status", ["Withdrawn", "Deleted"])
@pytest.mark.parametrize("sealed", [False, True])
def test_a_hash_that_its_owner_withdraws_stops_matching(
    status: str, sealed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """StopNCII says so in the record's status; a peer reads the hash instead, and goes on matching."""
    if sealed:
        # as in the worker, which alone opens protected banks
        monkeypatch.setattr(holding, "_holder", holding.Holder(opens_sealed=True))
    to = bank("protected" if sealed else "known", is_sealed=sealed)
    _take(to, _stopncii("Active", 1_700_000_000))
    assert _matches(to) == 1
    done = _take(to, _stopncii(status, 1_700_000_001))

    assert _counts(done) == (0, 0, 1, 0)
    assert _matches(to) == 0
    assert not Fingerprint.objects.filter(bank=to).exclude(content=b"").exists()


def test_a_status_that_is_not_known_adds_nothing_and_takes_nothing_out() -> None:
    """It is refused and told; a person must say what it means."""
    to = bank()
    assert _counts(_take(to, _stopncii("Paused", 1))) == (0, 0, 0, 1)
    assert not Fingerprint.objects.exists()
    _take(to, _stopncii("Active", 2))
    _take(to, _stopncii("Paused", 3))
    assert _live(to) == {ONE}


def test_a_withdrawn_row_by_id_takes_out_all_that_came_under_it() -> None:
    """An entry of several fingerprints goes as one."""
    to = bank()
    _take(to, _page(_row(ONE, external_id="7-a"), Row(1, "md5", made.digest(1, "md5"), "7-a"), _row(TWO, 2)))
    done = _take(to, _page(Row(1, "", b"", "7-a", withdrawn=True)))

    assert _counts(done) == (0, 0, 2, 0)
    assert _live(to) == {TWO}


def test_of_several_rows_about_one_fingerprint_the_last_holds() -> None:
    """A page may bring and withdraw, in either order."""
    to = bank()
    _take(to, _page(_row(ONE), _row(ONE, 2, withdrawn=True), _row(TWO, 3, withdrawn=True), _row(TWO, 4)))
    assert _live(to) == {TWO}
    _take(to, _page(_row(ONE, external_id="x"), Row(2, "", b"", "x", withdrawn=True)))
    assert _live(to) == {TWO}


def test_a_page_that_goes_back_is_refused_whole() -> None:
    """It could bring back what was withdrawn since; the same moment again may be another page of it."""
    to = bank()
    _take(to, _stopncii("Active", 1_700_000_000))
    _take(to, _stopncii("Withdrawn", 1_700_000_100))
    with pytest.raises(Rewound) as told:
        _take(to, _stopncii("Active", 1_700_000_000))

    assert _live(to) == set()
    assert "2023-11-14T22:13:20+00:00" in told.value.detail
    assert _counts(_take(to, _page(_row(TWO), position=1_700_000_100, checkpoint="other"))) == (1, 0, 0, 0)


def test_each_exchange_of_a_bank_has_its_own_position() -> None:
    """What one has reached says nothing of another, and files without a position are never late."""
    to = bank()
    _take(to, _page(_row(ONE), position=1_000))
    _take(to, _page(_row(TWO), position=1), source="another")
    _take(to, _page(_row(made.single("three"))))

    assert dict(ExchangeState.objects.values_list("source", "position")) == {
        "an-exchange": 1_000,
        "another": 1,
    }


def test_a_source_is_a_name_of_80_letters_at_most() -> None:
    """Longer ones, and none, are refused before anything is written."""
    to = bank()
    _take(to, _page(_row(ONE), position=1), source="s" * 80)
    for source in ("", "s" * 81):
        with pytest.raises(BadBankField):
            _take(to, _page(_row(TWO), position=1), source=source)

    assert _live(to) == {ONE}


def test_a_page_of_the_future_is_refused() -> None:
    """Otherwise every true page after it would lie before it; a day is for clocks that differ."""
    to = bank()
    now = int(clock.now().timestamp())
    _take(to, _page(position=now + 86_000))
    for position in (now + 87_000, 2**52):
        with pytest.raises(PositionAhead):
            _take(to, _page(_row(ONE), position=position))

    assert _live(to) == set()


def test_what_an_entry_no_longer_holds_goes() -> None:
    """Where a page tells whole entries, what came under an entry's id before and is not told now is over."""
    to = bank()
    _take(to, _page(_row(ONE, external_id="7-a"), _row(TWO, 2, external_id="7-b"), is_whole=True))
    done = _take(to, _page(_row(made.single("new"), external_id="7-a"), is_whole=True))

    assert _counts(done) == (1, 0, 1, 0)
    assert _live(to) == {made.single("new"), TWO}


def test_an_id_of_ours_may_gather_more_and_more() -> None:
    """In a table an id is whatever its owner likes: what came under it before stays."""
    to = bank()
    _take(to, _page(_row(ONE, external_id="case-7")))
    _take(to, _page(_row(TWO, external_id="case-7")))

    assert _live(to) == {ONE, TWO}


def test_texts_are_refused_by_a_protected_bank_one_by_one() -> None:
    """The rows beside them are kept, and sealed."""
    to = bank("protected", is_sealed=True)
    done = _take(to, _page(_row(ONE), Row(2, "text", b"\1" * 512)))

    assert (done.added, [(bad.place, bad.code) for bad in done.refused]) == (1, [(2, "unsupported_kind")])
    assert ONE not in _live(to)


def test_a_page_is_entered_with_its_counts_and_nothing_else() -> None:
    """The ledger's body holds four numbers; a protected bank is not named."""
    to = bank("protected", is_sealed=True)
    _take(to, _page(_row(ONE, external_id="an-id"), position=5))
    entry = Entry.objects.get(kind="screening.bank.page_taken")

    assert json.loads(entry.body) == {"added": 1, "known": 0, "withdrawn": 0, "refused": 0}
    assert "protected" not in entry.subject


def test_a_page_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows, position and entry are written together or not at all."""
    to = bank()
    _take(to, _page(_row(ONE), position=1))

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("sinmungo.apps.screening.banks.services.add", broken)
    with pytest.raises(RuntimeError):
        _take(to, _page(_row(TWO), _row(ONE, 2, withdrawn=True), position=2))

    assert ExchangeState.objects.get().position == 1
    assert _live(to) == {ONE}


def test_a_large_page_takes_few_statements(django_assert_max_num_queries: Any) -> None:
    """A page of a thousand rows is not a thousand statements."""
    to = bank()
    rows = [_row(made.single(place), place) for place in range(1, 1_001)]
    with django_assert_max_num_queries(40):
        _take(to, _page(*rows, position=1))


def test_what_a_bank_gives_out_is_what_matches_now() -> None:
    """Neither what was withdrawn nor what has expired."""
    to = bank()
    soon, past = clock.now() + timedelta(days=1), datetime(2020, 1, 1, tzinfo=UTC)
    _take(to, _page(_row(ONE, external_id="a", expires_at=soon), _row(TWO, 2, expires_at=past)))
    _take(to, _page(_row(made.single(3), external_id="c")))
    _take(to, _page(Row(1, "", b"", "c", withdrawn=True)))

    assert list(exporting.rows(bank=to, at=clock.now())) == [Row(1, "pdq", ONE, "a", expires_at=soon)]


def test_a_protected_bank_and_one_at_rest_give_out_nothing() -> None:
    """They are refused at once, not when the first row is asked for."""
    sealed, disabled = bank("protected", is_sealed=True), change(bank("resting"), is_enabled=False)
    ended = change(bank("ended"), expires_at=clock.now())

    with pytest.raises(exporting.StaysSealed):
        exporting.rows(bank=sealed, at=clock.now())
    for each in (disabled, ended):
        with pytest.raises(exporting.BankAtRest):
            exporting.rows(bank=each, at=clock.now())


def test_the_exchanges_own_pages_are_taken_in_their_order() -> None:
    """StopNCII's three and NCMEC's four; a second round of the latter goes back and is refused."""
    stopncii, ncmec = bank("stopncii"), bank("ncmec")
    for place in "123":
        _take(stopncii, read("stopncii", (folder() / f"stopncii/fetch_hashes_{place}.json").read_bytes()))
    pages = [
        read("ncmec", (folder() / f"ncmec/entries_xml{n}.xml").read_bytes()) for n in ("", "2", "3", "4")
    ]
    counts = [_counts(_take(ncmec, page)) for page in pages]

    assert queries.stats(stopncii).by_kind == {"pdq": 4}
    assert counts == [(2, 0, 0, 0), (1, 0, 0, 0), (2, 0, 0, 0), (0, 1, 1, 0)]
    assert queries.stats(ncmec).by_kind == {"md5": 4}
    with pytest.raises(Rewound):
        _take(ncmec, pages[0])
