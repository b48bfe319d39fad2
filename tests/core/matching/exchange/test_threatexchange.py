"""Files of the library and program ``threatexchange``."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinmungo.core.matching import texts
from sinmungo.core.matching.exchange import Row, read, write
from sinmungo.core.matching.fingerprints import unpack
from tests.core.matching.exchange import made

HASH = made.bits("a picture").hex()
MD5 = made.digest("a clip", "md5").hex()
HEADER = "signal_type,signal_str,collab,category,tags\n"

rows = st.one_of(
    st.builds(Row, st.just(0), st.just("pdq"), made.singles),
    st.builds(Row, st.just(0), st.just("md5"), made.md5s),
)


@given(st.lists(rows, max_size=12))
def test_what_is_written_is_read_again(given_rows: list[Row]):
    """Hashes and digests survive; ids and expiries have no place in the format."""
    page = read("threatexchange", b"".join(write("threatexchange", given_rows)))

    assert [(row.kind, row.content) for row in page.rows] == [(row.kind, row.content) for row in given_rows]


@given(made.kits)
def test_a_kit_becomes_one_line_a_hash(kit: bytes):
    """The format knows single hashes only."""
    page = read("threatexchange", b"".join(write("threatexchange", [Row(1, "pdq", kit)])))

    assert [row.content[1:] for row in page.rows] == [each.bits for each in unpack(kit)]


@pytest.mark.parametrize(
    "row", [Row(1, "sha256", made.digest(1)), Row(1, "pdq", made.single(1), withdrawn=True)]
)
def test_what_the_format_has_no_word_for_is_not_written(row: Row):
    """Neither other kinds nor withdrawals, which would be read as active."""
    with pytest.raises(ValueError, match="local file"):
        list(write("threatexchange", [row]))


def test_a_local_file_is_read_line_by_line():
    """A type and a signal, texts by their signature; kinds that are unknown here are refused one by one."""
    text = (
        f"pdq {HASH}\nvideo_md5 {MD5}\nraw_text 오늘 장터가 열립니다\nurl example.org\npdq\npdq {HASH[2:]}\n"
    )
    page = read("threatexchange", text.encode())

    assert [(row.place, row.kind) for row in page.rows] == [(1, "pdq"), (2, "md5"), (3, "text")]
    assert (np.frombuffer(page.rows[2].content, "<u4") == texts.signatures(["오늘 장터가 열립니다"])[0]).all()
    assert [(bad.place, bad.code) for bad in page.bad] == [
        (4, "unsupported_kind"),
        (5, "malformed"),
        (6, "bad_content"),
    ]


def test_a_table_tells_what_was_thought_of_each_signal():
    """A false positive is refused, and so is an opinion that is not known."""
    lines = [
        f"pdq,{HASH},Ours,POSITIVE_CLASS,one two",
        f"pdq,{HASH},Ours,INVESTIGATION_SEED,",
        f"pdq,{HASH},Ours,NEGATIVE_CLASS,",
        f"pdq,{HASH},Ours,UNHEARD_OF,",
        f"pdq,{HASH},Ours",
    ]
    page = read("threatexchange", (HEADER + "\n".join(lines)).encode())

    assert [(row.place, row.labels) for row in page.rows] == [(2, ("one", "two")), (3, ())]
    assert [(bad.place, bad.code) for bad in page.bad] == [
        (4, "false_positive"),
        (5, "unknown_status"),
        (6, "malformed"),
    ]


def test_an_empty_file_is_an_empty_page():
    """There is nothing to read and nothing wrong."""
    assert read("threatexchange", b"").rows == ()


def test_the_program_itself_reads_what_is_written(tmp_path: Path):
    """The library's own exchange of local files finds the same signals, where it is installed."""
    library: ModuleType = pytest.importorskip("threatexchange.exchanges.impl.file_api")
    path = tmp_path / "bank.txt"
    bank = [Row(1, "pdq", made.single(1)), Row(2, "md5", made.digest(2, "md5"))]
    path.write_bytes(b"".join(write("threatexchange", bank)))
    asked: Any = library.FileCollaborationConfig(filename=str(path), name="Ours", api="local_file")
    (delta,) = library.LocalFileSignalExchangeAPI.for_collab(asked).fetch_iter([], None)

    assert set(delta.updates) == {("pdq", made.bits(1).hex()), ("video_md5", made.digest(2, "md5").hex())}
