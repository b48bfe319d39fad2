"""Whatever bytes come, a page is read or refused with the one error there is for it."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinmungo.core.matching.exchange import BadPage, Format, Row, read, write
from sinmungo.core.matching.exchange.values import REASONS
from tests.core.matching.exchange import made

WHOLE = {
    form: b"".join(write(form, [Row(n, "pdq", made.single(n), f"7-{n}") for n in range(3)]))
    for form in Format
}
cuts = st.tuples(st.integers(0, 500), st.integers(0, 40), st.binary(max_size=20))


def _read(form: Format, content: bytes) -> None:
    with contextlib.suppress(BadPage):
        page = read(form, content)
        assert all(bad.code in REASONS for bad in page.bad)
        assert all(row.content or (row.withdrawn and row.external_id) for row in page.rows)


@pytest.mark.parametrize("form", Format)
@given(content=st.binary(max_size=400))
def test_random_bytes_raise_nothing_else(form: Format, content: bytes):
    """Random bytes are refused."""
    _read(form, content)


@pytest.mark.parametrize("form", Format)
@given(changes=st.lists(cuts, min_size=1, max_size=4))
def test_pages_with_random_damage_raise_nothing_else(form: Format, changes: list[tuple[int, int, bytes]]):
    """Good pages of which parts are taken out and others put in are read as far as they go, or refused."""
    content = WHOLE[form]
    for begin, length, put_in in changes:
        content = content[:begin] + put_in + content[begin + length :]
    _read(form, content)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FIELDS = ("lastModtimestamp", "hashValue", "hashStatus", "caseNumbers", "signalType", "CSPFeedbacks")


@given(record=st.dictionaries(st.sampled_from(FIELDS), json_values), more=json_values)
def test_records_of_any_shape_raise_nothing_else(record: dict[str, object], more: object):
    """Fields of any JSON in a record or beside it are read or refused."""
    good = {
        "lastModtimestamp": 1,
        "hashValue": made.bits(1).hex(),
        "hashStatus": "Active",
        "signalType": "ImagePDQ",
    }
    page = {"hashRecords": [good | record, record, more], "nextSetTimestamp": 1, "nextPageToken": more}
    _read(Format.STOPNCII, json.dumps(page).encode())
