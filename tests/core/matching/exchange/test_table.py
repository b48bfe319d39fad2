"""Our own tables of fingerprints, and bare lists of PDQ hashes."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinmungo.core.matching.exchange import PAGE_ROWS, BadPage, Page, Row, pages, read, write
from sinmungo.core.matching.exchange.lines import MAX_LINE
from sinmungo.core.matching.exchange.values import REASONS
from tests.core.matching.exchange import made

HEADER = "kind,content,external_id,expires_at,labels,status\n"
HASH = made.bits("a picture").hex()
EMPTY_FILE = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

labels = st.lists(made.ids.filter(lambda text: text and "|" not in text), max_size=20, unique=True).map(tuple)
moments = st.datetimes(datetime(1970, 1, 2), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
contents = st.one_of(
    st.tuples(st.just("pdq"), made.singles | made.kits),
    st.tuples(st.just("sha256"), made.sha256s),
    st.tuples(st.just("md5"), made.md5s),
    st.tuples(st.just("clip"), made.clips),
    st.tuples(st.just("text"), made.texts),
)
rows = st.builds(
    lambda content, **rest: Row(0, *content, **rest),
    contents,
    external_id=made.ids,
    withdrawn=st.booleans(),
    expires_at=st.none() | moments,
    labels=labels,
)


def _read(text: str) -> Page:
    return read("csv", text.encode())


def _codes(page: Page) -> list[tuple[int, str]]:
    return [(bad.place, bad.code) for bad in page.bad]


@given(st.lists(rows, max_size=12))
def test_what_is_written_is_read_again(given_rows: list[Row]):
    """Every kind, id, expiry, label and status survives the table, in the order of its lines."""
    written = b"".join(write("csv", given_rows))
    page = read("csv", written)

    assert [(r.kind, r.content, r.external_id, r.withdrawn, r.expires_at, r.labels) for r in page.rows] == [
        (r.kind, r.content, r.external_id, r.withdrawn, r.expires_at, r.labels) for r in given_rows
    ]
    assert [row.place for row in page.rows] == list(range(2, len(given_rows) + 2))
    assert page.bad == ()


def test_columns_stand_in_any_order_and_need_not_all_be_there():
    """Two columns are needed; capitals and spaces around names and hashes do not matter."""
    page = _read(f"\ufeffContent , KIND\r\n {HASH.upper()} ,PDQ\r\n\r\n")

    assert [(row.place, row.kind, row.content) for row in page.rows] == [
        (2, "pdq", b"\xff" + bytes.fromhex(HASH))
    ]
    assert page.rows[0] == Row(2, "pdq", b"\xff" + bytes.fromhex(HASH))


@pytest.mark.parametrize(
    "header",
    [
        "kind,content,expires\n",
        "kind\n",
        "content,kind,kind\n",
        "a,b\n",
        '"kind,content\n',
        "\xff\xfe",
        "",
        "\n",
    ],
)
def test_a_table_whose_columns_are_not_known_is_refused_whole(header: str):
    """A misspelt column would be ignored in silence, so the table is not read at all."""
    with pytest.raises(BadPage):
        read("csv", header.encode("latin-1") + f"pdq,{HASH}\n".encode())


def test_a_list_of_hashes_needs_no_header():
    """A bare list is one hash a line, with its quality or without."""
    assert len(_read(f"{HASH}\n{HASH}\n").rows) == 2
    assert len(_read(f"hash,quality\n{HASH},50\n").rows) == 1
    assert _codes(_read(f"{HASH},49\n{HASH},x\n{HASH},100\n{HASH[:-1]},100\n{HASH},100,7\n")) == [
        (1, "low_quality"),
        (2, "low_quality"),
        (4, "bad_content"),
        (5, "malformed"),
    ]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (f"photodna,{HASH},,,,", "unsupported_kind"),
        ("pdq,xyz,,,,", "bad_content"),
        (f"pdq,{HASH}00,,,,", "bad_content"),
        (f"pdq,20{HASH},,,,", "bad_content"),
        (f"pdq,{f'00{HASH}' * 17},,,,", "bad_content"),
        (f"sha256,{HASH[2:]},,,,", "bad_content"),
        (f"md5,{HASH},,,,", "bad_content"),
        (f"clip,{HASH[2:]},,,,", "bad_content"),
        (f"text,{HASH},,,,", "bad_content"),
        (f"pdq,{'0' * 64},,,,", "empty"),
        (f"pdq,{'f' * 64},,,,", "empty"),
        (f"pdq,00{'0' * 64},,,,", "empty"),
        (f"clip,{'0' * 128},,,,", "empty"),
        (f"text,{'f' * 1024},,,,", "empty"),
        (f"sha256,{EMPTY_FILE},,,,", "empty"),
        ("md5,d41d8cd98f00b204e9800998ecf8427e,,,,", "empty"),
        (f"pdq,{made.bits('few', 111).hex()},,,,", "unlikely_bits"),
        (f"pdq,{made.bits('many', 145).hex()},,,,", "unlikely_bits"),
        (f"clip,{HASH}{made.bits('many', 145).hex()},,,,", "unlikely_bits"),
        (f"pdq,{HASH},{'i' * 201},,,", "bad_id"),
        (f"pdq,{HASH},a\0b,,,", "not_text"),
        (f"pdq,{HASH},,2027-03-01T00:00:00,,", "bad_expiry"),
        (f"pdq,{HASH},,0001-01-01T00:00:00+14:00,,", "bad_expiry"),
        (f"pdq,{HASH},,soon,,", "bad_expiry"),
        (f"pdq,{HASH},,,{'|'.join(map(str, range(21)))},", "bad_labels"),
        (f"pdq,{HASH},,,{'l' * 101},", "bad_labels"),
        (f"pdq,{HASH},,,,paused", "unknown_status"),
        (f"pdq,{HASH},,,", "malformed"),
        (f'pdq,"{HASH},,,,', "malformed"),
        (f'pdq,{HASH},a"b,,,', "malformed"),
        ("pdq,,,,,withdrawn", "bad_content"),
    ],
)
def test_a_row_that_is_wrong_is_refused_and_the_others_kept(line: str, code: str):
    """The refusal names place, code and a sentence, and repeats nothing of the row."""
    page = _read(f"{HEADER}pdq,{HASH},one,,,\n{line}\npdq,{HASH},two,,,\n")

    assert [row.external_id for row in page.rows] == ["one", "two"]
    assert _codes(page) == [(3, code)]
    assert page.bad[0].reason == REASONS[code]


@pytest.mark.parametrize("count", [112, 144])
def test_hashes_at_the_edge_of_what_pictures_have_are_taken(count: int):
    """Bits from 112 to 144, an id of 200 letters and labels of 100 are within the limits."""
    page = _read(f"{HEADER}pdq,{made.bits('edge', count).hex()},{'i' * 200},2027-03-01,{'l' * 100},active\n")

    assert page.bad == ()
    assert page.rows[0].expires_at == datetime(2027, 3, 1, tzinfo=UTC)


def test_a_withdrawn_row_is_read_whatever_its_bits_are():
    """What must go out of a bank is found by its content or its id alone."""
    page = _read(f"{HEADER}pdq,{'0' * 64},,,,withdrawn\n,,case-7,,,WITHDRAWN\n")

    assert [(row.kind, row.external_id, row.withdrawn) for row in page.rows] == [
        ("pdq", "", True),
        ("", "case-7", True),
    ]


def test_lines_that_are_too_long_or_not_text_are_refused_alone():
    """A line beyond the limit is passed over, however long; one at the limit is read."""
    long = f"pdq,{HASH}," + "i" * MAX_LINE * 3
    full = f"pdq,{HASH},".ljust(MAX_LINE - 1, "i")
    content = f"kind,content,external_id\n{long}\n".encode() + b"pdq,\xff\xfe,\n" + full.encode() + b"\n"
    page = read("csv", content + f"pdq,{HASH},last".encode())

    assert _codes(page) == [(2, "too_long"), (3, "not_text"), (4, "bad_id")]
    assert [(row.place, row.external_id) for row in page.rows] == [(5, "last")]


def test_a_clip_of_an_hour_fits_in_a_line():
    """The longest content there is, with the longest id and labels, is written and read."""
    content = b"".join(made.bits(second) for second in range(3600))
    row = Row(0, "clip", content, '"' * 200, labels=tuple("라" * 98 + f"{n:02}" for n in range(20)))
    page = read("csv", b"".join(write("csv", [row])))

    assert page.rows[0].content == content
    assert read("csv", f"kind,content\nclip,{content.hex()}{HASH}\n".encode()).bad[0].code == "bad_content"


def test_a_long_file_is_read_in_pages():
    """Every page holds as many lines as a page has, and places count on through the file."""
    lines = [f"{made.bits(seed % 7).hex()}\n".encode() for seed in range(PAGE_ROWS + 3)]
    found = list(pages("csv", io.BytesIO(b"".join(lines))))

    assert [len(page.rows) for page in found] == [PAGE_ROWS, 3]
    assert found[1].rows[-1].place == PAGE_ROWS + 3


def test_one_page_has_a_limit_of_rows(monkeypatch: pytest.MonkeyPatch):
    """A content that is read at once has at most so many rows, the refused ones counted."""
    monkeypatch.setattr("sinmungo.core.matching.exchange.MAX_ROWS", 3)

    assert len(_read(f"{HASH}\n" * 3).rows) == 3
    with pytest.raises(BadPage):
        _read(f"{HASH}\n" * 3 + "x\n")


def test_nothing_repeats_the_content_of_a_row():
    """A row does not show its content when it is printed, and an error does not know it."""
    assert HASH not in repr(_read(HASH).rows)


def test_a_label_with_a_bar_in_it_cannot_be_written():
    """It would be read as two."""
    with pytest.raises(ValueError, match="bar"):
        list(write("csv", [Row(1, "pdq", made.single(1), labels=("a|b",))]))
