"""Exact digests: the very same bytes are found, whatever else is held."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinmungo.core.matching.exact import DigestIndex

FEW = st.sampled_from([hashlib.sha256(bytes((number,))).digest() for number in range(12)])


def test_a_digest_is_found_under_all_its_keys() -> None:
    """Two keys with one digest are both told, each with the place of the digest that was asked for."""
    index = DigestIndex()
    one, other = hashlib.sha256(b"a circle").digest(), hashlib.sha256(b"a square").digest()
    index.add([one, other, one], np.array([7, 8, 9]))

    rows, keys = index.find_many([other, bytes(32), one])

    assert sorted(zip(rows.tolist(), keys.tolist(), strict=True)) == [(0, 8), (2, 7), (2, 9)]


def test_digests_that_begin_alike_are_told_apart() -> None:
    """All bytes count, not only those that the digests are sorted by."""
    index = DigestIndex()
    index.add([b"samehead" + bytes(24)], np.array([1]))

    rows, _ = index.find_many([b"samehead" + bytes(23) + b"\1"])

    assert not len(rows)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_digest_of_another_length_is_refused(size: int) -> None:
    """The error tells the length that is wanted and nothing of what was given."""
    index = DigestIndex()

    with pytest.raises(ValueError, match="32 bytes") as caught:
        index.add([b"s" * size], np.array([1]))

    assert "sss" not in str(caught.value)
    assert not len(index)


@given(
    st.lists(
        st.tuples(st.sampled_from(["add", "remove"]), st.lists(FEW, max_size=6), st.integers(0, 20)),
        max_size=12,
    )
)
def test_it_answers_as_a_dict_does(steps: list[tuple[str, list[bytes], int]]) -> None:
    """After any adding and removing every digest is found under the keys that a dict holds it under."""
    index, twin, last = DigestIndex(), {}, 0
    for what, digests, number in steps:
        if what == "add":
            keys = list(range(last, last + len(digests)))
            index.add(digests, np.array(keys, np.int64))
            twin |= dict(zip(keys, digests, strict=True))
            last += len(digests)
        else:
            gone = twin.pop(number, None)
            assert index.remove(np.array([number])) == (gone is not None)
    asked = sorted({*twin.values(), bytes(32)})
    rows, keys = index.find_many(asked)

    assert len(index) == len(twin)
    assert {(asked[row], key) for row, key in zip(rows.tolist(), keys.tolist(), strict=True)} == {
        (digest, key) for key, digest in twin.items()
    }
