"""Pages of StopNCII: what a person has withdrawn is withdrawn."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinmungo.core.matching.exchange import BadPage, Page, Row, read, stopncii, write
from tests.core.matching.exchange import made
from tests.core.matching.exchange.reference import folder

HASH = made.bits("a picture").hex()
AT = datetime(2026, 11, 20, tzinfo=UTC)

rows = st.builds(
    lambda content, withdrawn: Row(0, *content, withdrawn=withdrawn),
    st.tuples(st.just("pdq"), made.singles) | st.tuples(st.just("md5"), made.md5s),
    st.booleans(),
)


def _record(**changed: Any) -> dict[str, Any]:
    record: dict[str, Any] = {
        "lastModtimestamp": 1_700_000_000,
        "hashValue": HASH,
        "hashStatus": "Active",
        "caseNumbers": {"an-invented-case": "Active"},
        "signalType": "ImagePDQ",
        "CSPFeedbacks": [{"source": "Nowhere", "feedbackValue": "Blocked", "tags": ["one", "two"]}],
    }
    return {key: value for key, value in (record | changed).items() if value is not None}


def _page(*records: object, **changed: Any) -> Page:
    page = {
        "count": len(records),
        "nextSetTimestamp": 1_700_000_100,
        "nextPageToken": "next",
        "hasMoreRecords": False,
        "hashRecords": list(records),
    }
    return read("stopncii", json.dumps(page | changed).encode())


@given(st.lists(rows, max_size=12, unique_by=lambda row: row.content))
def test_what_is_written_is_read_again(given_rows: list[Row]):
    """Kind, content and status survive, withdrawals after the others; ids are not told to the exchange."""
    page = read("stopncii", b"".join(write("stopncii", given_rows, at=AT)))

    in_order = sorted(given_rows, key=lambda row: row.withdrawn)
    assert [(row.kind, row.content, row.withdrawn) for row in page.rows] == [
        (row.kind, row.content, row.withdrawn) for row in in_order
    ]
    assert page.position == int(AT.timestamp())


@pytest.mark.parametrize("status", ["Withdrawn", "Deleted"])
def test_a_status_withdraws_its_hash(status: str):
    """The status is looked at, not the hash (where a peer looks, and goes on matching)."""
    assert [row.withdrawn for row in _page(_record(hashStatus=status)).rows] == [True]


@pytest.mark.parametrize("status", ["Active", "Received"])
def test_a_hash_whose_every_case_was_withdrawn_is_withdrawn(status: str):
    """Nobody stands behind it any more, whatever its own status says; one case is enough to stand."""
    gone = {"case-one": "Withdrawn", "case-two": "Deleted"}
    standing = gone | {"case-three": "Active"}

    assert _page(_record(hashStatus=status, caseNumbers=gone)).rows[0].withdrawn
    assert not _page(_record(hashStatus=status, caseNumbers=standing)).rows[0].withdrawn


@pytest.mark.parametrize("status", ["Unknown", "Paused", "active", "", 1, ["Active"], None])
def test_a_status_that_is_not_known_is_never_taken_as_active(status: object):
    """The record is refused, and its neighbours are kept."""
    page = _page(_record(), _record(hashStatus=status))

    assert [(bad.place, bad.code) for bad in page.bad] == [(2, "unknown_status")]
    assert len(page.rows) == 1


def test_of_several_records_of_one_hash_the_latest_comes_last():
    """Rows stand in the order of their changes, and of one second a withdrawal has the last word."""
    page = _page(
        _record(hashStatus="Withdrawn", lastModtimestamp=9),
        _record(lastModtimestamp=9),
        _record(lastModtimestamp=3),
    )

    assert [(row.place, row.withdrawn) for row in page.rows] == [(3, False), (2, False), (1, True)]


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (_record(signalType="VideoTMK"), "unsupported_kind"),
        (_record(signalType="Unheard"), "unsupported_kind"),
        (_record(signalType=None), "malformed"),
        (_record(hashValue=7), "malformed"),
        (_record(hashValue=HASH[2:]), "bad_content"),
        (_record(hashValue="0" * 64), "empty"),
        (_record(hashValue=made.bits(1, 100).hex()), "unlikely_bits"),
        (_record(lastModtimestamp="now"), "malformed"),
        (_record(lastModtimestamp=True), "malformed"),
        (_record(lastModtimestamp=-1), "malformed"),
        ("Active", "malformed"),
        (None, "malformed"),
    ],
)
def test_a_record_that_is_wrong_is_refused_alone(record: object, code: str):
    """Its place and code are told, and the records around it are kept."""
    page = _page(_record(), record, _record())

    assert [(bad.place, bad.code) for bad in page.bad] == [(2, code)]
    assert [row.place for row in page.rows] == [1, 3]


def test_a_withdrawn_hash_is_read_whatever_its_bits_are():
    """It must be found to be taken out."""
    assert _page(_record(hashValue=made.bits(1, 100).hex(), hashStatus="Withdrawn")).rows[0].withdrawn


@pytest.mark.parametrize("feedbacks", [None, "x", [1], [{"tags": "x"}], [{"tags": [1, "a\nb", "l" * 101]}]])
def test_what_platforms_said_never_spoils_a_hash(feedbacks: object):
    """Unknown feedback is passed over; tags that cannot be kept are left out."""
    page = _page(_record(CSPFeedbacks=feedbacks))

    assert page.rows[0].labels == ()
    assert page.bad == ()


def test_a_page_says_how_far_it_goes():
    """Its moment is the position, its token the checkpoint, unless that cannot be kept."""
    assert (_page().position, _page().checkpoint) == (1_700_000_100, "next")
    assert _page(nextPageToken="t" * 500).checkpoint == "t" * 500
    for token in ("t" * 501, "\ud800", "a\nb", 7, None):
        assert _page(nextPageToken=token).checkpoint == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"hashRecords":[]}',
        b'{"hashRecords":{},"nextSetTimestamp":1}',
    ],
)
def test_what_is_no_page_is_refused_whole(content: bytes):
    """A page without records or without its moment is none."""
    with pytest.raises(BadPage):
        read("stopncii", content)


def test_a_page_has_limits(monkeypatch: pytest.MonkeyPatch):
    """So many bytes and so many records, and no more."""
    content = b"".join(write("stopncii", [Row(1, "pdq", made.single(n)) for n in range(3)]))
    monkeypatch.setattr(stopncii, "MAX_RECORDS", 3)
    monkeypatch.setattr(stopncii, "MAX_BYTES", len(content))
    assert len(read("stopncii", content).rows) == 3
    with pytest.raises(BadPage):
        read("stopncii", content + b" ")
    monkeypatch.setattr(stopncii, "MAX_RECORDS", 2)
    with pytest.raises(BadPage):
        read("stopncii", content)


def test_kinds_that_the_exchange_does_not_know_are_not_written():
    """It takes hashes of pictures and digests of clips."""
    with pytest.raises(ValueError, match="PDQ"):
        list(write("stopncii", [Row(1, "sha256", made.digest(1))]))


@pytest.mark.parametrize(
    ("name", "count", "position"), [("1", 1, 1625167824), ("2", 3, 1625167824), ("3", 2, 1625175071)]
)
def test_the_exchange_s_own_pages_are_read_whole(name: str, count: int, position: int):
    """Received and active hashes, unknown feedback and tokens of a page of each kind."""
    path: Path = folder() / "stopncii" / f"fetch_hashes_{name}.json"
    page = read("stopncii", path.read_bytes())

    assert (len(page.rows), page.bad, page.position) == (count, (), position)
    assert {row.kind for row in page.rows} == {"pdq"}
    assert page.checkpoint.startswith("W3siY29t")
