"""Canonical bytes are those of RFC 8785, or there are none."""

import json
import traceback
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.kernel.errors import Refused
from sinmungo.core.kernel.words import ActionKind
from sinmungo.core.merkle import NotCanonical, canonical

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-(2**53) + 1, 2**53 - 1)
    | st.floats(min_value=1e21, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def test_the_example_of_the_rfc() -> None:
    """RFC 8785 section 3.2.2: numbers, escapes and literals."""
    document = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    assert canonical(document).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_keys_are_sorted_by_utf_16() -> None:
    """RFC 8785 section 3.2.3: a character beyond the basic plane sorts by its surrogates."""
    document = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert list(json.loads(canonical(document)).values()) == [2, 4, 6, 7, 1, 5, 3]


@given(documents)
@settings(deadline=None)
def test_reading_and_writing_again_gives_the_same_bytes(document: Any) -> None:
    """The bytes are JSON, mean the same, and are their own canonical form."""
    written = canonical(document)
    assert json.loads(written) == document
    assert canonical(json.loads(written)) == written


def test_a_large_float_is_written_as_a_whole_number() -> None:
    """ECMAScript's form, which the RFC prescribes; it reads back as a whole number that is refused."""
    assert canonical(2.0**53) == b"9007199254740992"
    with pytest.raises(NotCanonical):
        canonical(json.loads(canonical(2.0**53)))


def test_order_of_keys_and_kind_of_sequence_do_not_matter() -> None:
    """Two ways of building one document give the same bytes; an enumeration is its value."""
    assert canonical({"b": (1, 2), "가": ActionKind.HIDE}) == canonical({"가": "hide", "b": [1, 2]})


def nested(depth: int) -> Any:
    document: Any = []
    for _ in range(depth):
        document = [document]
    return document


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        2**53,
        -(2**53),
        "\ud800",
        {"\udc00": 1, "a": 2},
        {1: "a"},
        b"bytes",
        {1, 2},
        Decimal("1.5"),
        datetime(2026, 1, 1, tzinfo=UTC),
        nested(100_000),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    """Every such value, at any depth, gives the one error of ours."""
    for document in (value, {"a": [value]}):
        with pytest.raises(NotCanonical) as caught:
            canonical(document)
        assert isinstance(caught.value, Refused)
        assert caught.value.code == "merkle.not_canonical"


def test_a_refusal_quotes_nothing() -> None:
    """The offending value is not in the error or its traceback."""
    with pytest.raises(NotCanonical) as caught:
        canonical({"contact": 10**20 + 777})
    assert "777" not in "".join(traceback.format_exception(caught.value)).replace("10**20 + 777", "")
