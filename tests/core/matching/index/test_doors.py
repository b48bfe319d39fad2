"""What the doors of an index take, refuse and promise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sinmungo.core.matching.index import HashIndex, SlowIndex, hashindex
from tests.core.matching.index.nearby import clustered, named, noise

ONE = noise(1, 0.5, 1)
BITS = ONE[0].tobytes()

both = pytest.mark.parametrize("kind", [HashIndex, SlowIndex])
Kind = Callable[..., HashIndex]


@both
def test_an_empty_index_finds_nothing_and_says_so_in_the_same_types(kind: Kind) -> None:
    """No hash, no key, no row; adding and removing nothing is no error."""
    index = kind()
    index.add(np.empty((0, 32), np.uint8), named([]))
    found = index.find(BITS, 255)

    assert len(index) == 0 and 0 not in index
    assert [part.dtype for part in found] == [np.int64, np.int64, np.int16]
    assert [len(part) for part in found] == [0, 0, 0]
    assert [len(part) for part in index.find_many(np.empty((0, 32), np.uint8))] == [0, 0, 0]
    assert index.remove(named([])) == 0 and index.remove(named([7])) == 0


@both
def test_one_hash_is_found_at_its_distance_and_not_below_it(kind: Kind) -> None:
    """The complement of a hash is 256 away: no radius reaches it, and 255 reaches what is one nearer."""
    away = ~ONE
    nearer = away.copy()
    nearer[0, 0] ^= 1
    index = kind(np.concatenate((ONE, away, nearer)), named([5, 6, 7]))

    assert index.find(BITS, 0).keys.tolist() == [5]
    assert index.find(BITS, 254).keys.tolist() == [5]
    assert index.find(BITS, 255).keys.tolist() == [5, 7]
    assert index.find(BITS, 255).distances.tolist() == [0, 255]


@both
def test_one_hash_may_stand_under_many_keys(kind: Kind) -> None:
    """Each key is found, in the order of the keys, and goes alone."""
    keys = [9, -3, 2**62, 0, -(2**63), 2**63 - 1]
    index = kind(np.repeat(ONE, 6, axis=0), named(keys))

    assert index.find(BITS).keys.tolist() == sorted(keys)
    assert index.remove(named([-3, -3, 4])) == 1
    assert index.find(BITS).keys.tolist() == sorted({*keys} - {-3})
    assert -3 not in index and 2**63 - 1 in index


@both
def test_what_is_found_is_sorted_by_row_then_distance_then_key(kind: Kind) -> None:
    """Nearer comes first, and of those as near the smaller key."""
    near = ONE.copy()
    near[0, 3] ^= 1
    index = kind(np.concatenate((near, ONE, near)), named([1, 5, 3]))
    found = index.find_many(np.concatenate((ONE, near)))

    assert found.rows.tolist() == [0, 0, 0, 1, 1, 1]
    assert found.keys.tolist() == [5, 1, 3, 1, 3, 5]
    assert found.distances.tolist() == [0, 1, 1, 0, 0, 1]


def test_an_index_of_equal_hashes_finds_all_of_them() -> None:
    """Fifty thousand copies, in parts and loose, come back once each."""
    index = HashIndex(np.repeat(ONE, 40_000, axis=0), named(range(40_000)))
    index.add(np.repeat(ONE, 9_000, axis=0), named(range(40_000, 49_000)))
    index.add(np.repeat(ONE, 1_000, axis=0), named(range(49_000, 50_000)))

    assert index.find(BITS).keys.tolist() == list(range(50_000))
    assert len(index.find((~ONE)[0].tobytes()).keys) == 0


@pytest.mark.parametrize("count", [3, 5_000])
def test_all_may_be_removed_and_added_again(count: int) -> None:
    """An index that was emptied finds nothing, and takes the same keys with other hashes."""
    first, second, keys = clustered(count, 2), clustered(count, 90), named(range(count))
    index = HashIndex(first, keys)

    assert index.remove(keys) == count
    assert len(index) == 0 and len(index.find(first[0].tobytes(), 255).keys) == 0
    index.add(second, keys)
    assert 0 in index.find(second[0].tobytes()).keys
    assert 0 not in index.find(first[0].tobytes()).keys


def test_an_index_does_not_change_with_the_arrays_it_was_given() -> None:
    """What was given may be used again by the caller."""
    for count in (10, 5_000):
        hashes, keys = clustered(count, 3), named(range(count))
        index, asked = HashIndex(hashes, keys), hashes[4].tobytes()
        hashes[:], keys[:] = 0, -1
        assert 4 in index.find(asked, 0).keys and 4 in index and -1 not in index


@both
@pytest.mark.parametrize(
    ("hashes", "keys"),
    [
        (np.zeros((1, 31), np.uint8), named([1])),
        (np.zeros((1, 33), np.uint8), named([1])),
        (np.zeros(32, np.uint8), named([1])),
        (np.zeros((1, 1, 32), np.uint8), named([1])),
        (np.zeros((1, 32), np.int8), named([1])),
        (np.zeros((1, 4), np.uint64), named([1])),
        (np.zeros((1, 32), np.float64), named([1])),
        (np.zeros((2, 32), np.uint8), named([1])),
        (np.zeros((1, 32), np.uint8), named([1, 2])),
        (np.zeros((1, 32), np.uint8), np.array([1.0])),
        (np.zeros((1, 32), np.uint8), np.array([2**63], np.uint64)),
        (np.zeros((1, 32), np.uint8), np.array([[1]])),
        (np.zeros((1, 32), np.uint8), None),
        (None, named([1])),
        (np.zeros((2, 32), np.uint8), named([1, 1])),
    ],
)
def test_other_shapes_and_types_are_refused_and_nothing_is_added(kind: Kind, hashes: Any, keys: Any) -> None:
    """Rows of 32 bytes and as many whole numbers, each once: anything else is a ValueError."""
    with pytest.raises(ValueError):  # noqa: PT011 - the family is what is promised
        kind(hashes, keys)
    index = kind()
    with pytest.raises(ValueError):  # noqa: PT011 - the family is what is promised
        index.add(hashes, keys)
    assert len(index) == 0


@both
@pytest.mark.parametrize("radius", [-1, 256, 1_000])
def test_a_radius_below_0_or_above_255_is_refused(kind: Kind, radius: int) -> None:
    """At every door that takes one."""
    for act in (lambda: kind(radius=radius), lambda: kind().find(BITS, radius)):
        with pytest.raises(ValueError, match="radius"):
            act()
    with pytest.raises(ValueError, match="radius"):
        kind().find_many(ONE, radius)


@both
@pytest.mark.parametrize("bits", [b"", BITS[:31], BITS + b"\0"])
def test_a_hash_of_another_length_is_refused(kind: Kind, bits: bytes) -> None:
    """The error does not quote the hash."""
    with pytest.raises(ValueError, match=r"^a hash is 32 bytes$"):
        kind().find(bits)
    with pytest.raises(ValueError, match=r"^hashes are rows of 32 bytes$"):
        kind().find_many(np.zeros((1, 16), np.uint8))


def test_a_key_that_is_there_is_refused_and_the_rest_of_the_batch_with_it() -> None:
    """All or nothing, whether the key lies loose or in a part."""
    index = HashIndex(clustered(5_000, 5), named(range(5_000)))
    index.add(ONE, named([6_000]))
    for known in (17, 6_000):
        with pytest.raises(ValueError, match="there already"):
            index.add(np.repeat(ONE, 2, axis=0), named([9_000, known]))
    assert len(index) == 5_001 and 9_000 not in index


def test_an_index_is_full_at_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last hash that fits is taken, and the next is refused with a sentence."""
    monkeypatch.setattr(hashindex, "MAX_HASHES", 3)
    index = HashIndex(np.repeat(ONE, 2, axis=0), named([1, 2]))
    index.add(ONE, named([3]))
    with pytest.raises(ValueError, match="at most 3 hashes"):
        index.add(ONE, named([4]))
    assert len(index) == 3
