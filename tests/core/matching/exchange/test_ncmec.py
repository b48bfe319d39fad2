"""Pages of NCMEC's hash sharing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinmungo.core.matching.exchange import BadPage, Page, Row, ncmec, read, write
from tests.core.matching.exchange import made
from tests.core.matching.exchange.reference import folder

HASH = made.bits("a picture").hex()
MD5 = made.digest("a clip", "md5").hex()
AT = datetime(2026, 11, 20, tzinfo=UTC)
NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
NEXT = "/v2/entries?from=2026-01-02T00%3A00%3A00.000Z&amp;to=2026-02-01T00%3A00%3A00.000Z&amp;start=2001"

members = st.builds("{}-{}".format, st.integers(0, 9999), made.ids.filter(bool))
active = st.builds(
    lambda content, external_id: Row(0, *content, external_id),
    st.tuples(st.just("pdq"), made.singles) | st.tuples(st.just("md5"), made.md5s),
    members,
)
gone = st.builds(lambda external_id: Row(0, "", b"", external_id, withdrawn=True), members)


MEMBER = '<member id="7">Nobody</member>'


def _entry(prints: str = f"<md5>{MD5}</md5>", tag: str = "image", who: str = MEMBER) -> str:
    rest = f"<id>one</id><classification>A1</classification><fingerprints>{prints}</fingerprints>"
    return f"<{tag}>{who}{rest}</{tag}>"


def _page(inner: str, *, following: str = "", head: str = "", latest: str = "2026-01-05T00:00:00Z") -> Page:
    paging = f"<paging><next>{following}</next></paging>" if following else ""
    images = f'<images count="1" maxTimestamp="{latest}">{inner}</images>'
    return read("ncmec", f'{head}<queryResult xmlns="{NAMESPACE}">{images}{paging}</queryResult>'.encode())


@given(st.lists(active | gone, max_size=12))
def test_what_is_written_is_read_again(given_rows: list[Row]):
    """Hashes, digests, ids and deletions survive, those of images before those of clips."""
    page = read("ncmec", b"".join(write("ncmec", given_rows, at=AT)))

    in_order = sorted(given_rows, key=lambda row: row.kind == "md5")
    assert [(row.kind, row.content, row.external_id, row.withdrawn) for row in page.rows] == [
        (row.kind, row.content, row.external_id, row.withdrawn) for row in in_order
    ]
    assert page.position == int(AT.timestamp())


def test_an_entry_is_a_row_for_each_fingerprint_that_can_be_matched():
    """Its id is the member's number and the member's own; kinds of others are left aside."""
    page = _page(_entry(f"<md5>{MD5}</md5><sha1>{'a1' * 20}</sha1><pdq>{HASH}</pdq>"))

    assert [(row.place, row.kind, row.external_id, row.labels) for row in page.rows] == [
        (1, "md5", "7-one", ("A1",)),
        (1, "pdq", "7-one", ("A1",)),
    ]
    assert page.bad == ()


@pytest.mark.parametrize("tag", ["deletedImage", "deletedVideo"])
def test_a_deleted_entry_is_withdrawn_by_its_id(tag: str):
    """It needs no fingerprint, and has none even when it names one."""
    row = _page(_entry(tag=tag)).rows[0]

    assert (row.kind, row.content, row.external_id, row.withdrawn) == ("", b"", "7-one", True)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (_entry(tag="removedImage"), "unknown_status"),
        (_entry(tag="Image"), "unknown_status"),
        (_entry(f"<pdna>{'a1' * 20}</pdna>"), "unsupported_kind"),
        (_entry(""), "malformed"),
        (_entry("<md5>a1</md5>"), "bad_content"),
        (_entry("<md5/>"), "bad_content"),
        (_entry(f"<pdq>{made.bits(1, 100).hex()}</pdq>"), "unlikely_bits"),
        (_entry(who=""), "bad_id"),
        (_entry(who='<member id="x">Nobody</member>'), "bad_id"),
        (_entry(who=f'<member id="7">Nobody</member><id>{"i" * 200}</id>'), "bad_id"),
        (_entry().replace("A1", "l" * 101), "bad_labels"),
    ],
)
def test_an_entry_that_is_wrong_is_refused_alone(entry: str, code: str):
    """Its place and code are told, and the entries around it are kept."""
    page = _page(_entry() + entry + _entry())

    assert [(bad.place, bad.code) for bad in page.bad] == [(2, code)]
    assert [row.place for row in page.rows] == [1, 3]


def test_of_an_entry_s_fingerprints_the_good_ones_are_kept():
    """One that is spoilt is refused beside them."""
    page = _page(_entry(f"<md5>{MD5}</md5><pdq>nothing</pdq>"))

    assert [row.kind for row in page.rows] == ["md5"]
    assert [bad.code for bad in page.bad] == ["bad_content"]


def test_a_page_s_position_is_where_its_range_begins_and_at_last_where_it_ends():
    """Entries do not come in the order of their moments, so that only a whole range says how far it goes."""
    first, last = _page(_entry(), following=NEXT), _page(_entry())

    assert first.position == int(datetime(2026, 1, 2, tzinfo=UTC).timestamp())
    assert first.checkpoint.startswith("/v2/entries?from=2026-01-02")
    assert (last.position, last.checkpoint) == (int(datetime(2026, 1, 5, tzinfo=UTC).timestamp()), "")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<",
        b"no xml",
        b"<queryResult>",
        b"<status/>",
        b'<queryResult xmlns="urn:other"/>',
        b'<?xml version="1.0" encoding="unheard-of"?><queryResult/>',
        b'<?xml version="1.0" encoding="utf-7"?><queryResult/>',
        b"<queryResult>&unknown;</queryResult>",
        b"<queryResult><images maxTimestamp='soon'/></queryResult>",
        b"<queryResult><paging><next>/v2/entries?to=1</next></paging></queryResult>",
        b"<queryResult><paging><next>//[</next></paging></queryResult>",
    ],
)
def test_what_is_no_page_is_refused_whole(content: bytes):
    """Another document, one that is broken, and one whose range cannot be read."""
    with pytest.raises(BadPage):
        read("ncmec", content)


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE queryResult [<!ENTITY a "b">]>',
        '<!DOCTYPE queryResult [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE queryResult SYSTEM "http://127.0.0.1:9/x.dtd">',
        "<!DOCTYPE queryResult>",
    ],
)
def test_a_document_type_is_refused_before_anything_it_declares(head: str):
    """No entity is ever made, of this file or of another."""
    with pytest.raises(BadPage, match="document type"):
        _page(_entry(), head=head)


def test_entities_that_grow_are_never_unfolded():
    """The bomb of nested entities is refused at its first line."""
    layers = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    with pytest.raises(BadPage, match="document type"):
        _page("&e11;", head=f'<!DOCTYPE queryResult [<!ENTITY e0 "x">{layers}]>')


def test_a_page_has_limits(monkeypatch: pytest.MonkeyPatch):
    """So many bytes, so many elements and so deep, and no more."""
    content = b"".join(write("ncmec", [Row(1, "pdq", made.single(1), "7-one")], at=AT))
    monkeypatch.setattr(ncmec, "MAX_BYTES", len(content))
    assert len(read("ncmec", content).rows) == 1
    with pytest.raises(BadPage, match="larger"):
        read("ncmec", content + b" ")
    monkeypatch.setattr(ncmec, "MAX_ELEMENTS", 9)
    assert len(read("ncmec", content).rows) == 1
    monkeypatch.setattr(ncmec, "MAX_ELEMENTS", 8)
    with pytest.raises(BadPage, match="elements"):
        read("ncmec", content)


def test_a_page_that_is_too_deep_is_refused():
    """Sixteen elements may stand in one another."""
    _page("<a>" * 14 + "</a>" * 14)
    with pytest.raises(BadPage, match="deeper"):
        _page("<a>" * 15 + "</a>" * 15)


def test_kinds_that_the_exchange_does_not_know_are_not_written():
    """It takes hashes of pictures and digests of clips."""
    with pytest.raises(ValueError, match="PDQ"):
        list(write("ncmec", [Row(1, "sha256", made.digest(1))]))


def test_what_has_no_id_of_the_exchange_is_written_under_its_place():
    """And each hash of a kit becomes an entry with an id of its own."""
    kit = made.single(1) + made.single(2)
    page = read(
        "ncmec", b"".join(write("ncmec", [Row(3, "pdq", kit), Row(4, "md5", made.digest(1, "md5"), "b<a>")]))
    )

    assert [row.external_id for row in page.rows] == ["0-row-3.1", "0-row-3.2", "0-b<a>"]


@pytest.mark.parametrize(
    ("name", "active", "gone"),
    [("_xml", 2, 2), ("_xml2", 1, 0), ("_xml3", 2, 0), ("_xml4", 1, 1), ("_no_data_xml", 0, 0)],
)
def test_the_exchange_s_own_pages_are_read_whole(name: str, active: int, gone: int):
    """Active and deleted entries with feedback and paging."""
    page = read("ncmec", (folder() / "ncmec" / f"entries{name}.xml").read_bytes())

    assert page.bad == ()
    assert [row.withdrawn for row in page.rows].count(False) == active
    assert [row.withdrawn for row in page.rows].count(True) == gone
