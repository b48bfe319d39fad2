"""Roots, frontiers and proofs, against the RFCs' published tree and a naive reading of their text."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.core.merkle import (
    EMPTY_ROOT,
    TILE_WIDTH,
    BadFrontier,
    Frontier,
    MissingHashes,
    OutOfRange,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

# The eight entries and the roots of their first n, as used by Certificate Transparency's own tests.
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def many(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = 2 ** (math.ceil(math.log2(len(leaves))) - 1)
    return node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = 2 ** (math.ceil(math.log2(len(leaves))) - 1)
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], *, whole: bool = True) -> list[bytes]:
    """SUBPROOF of section 2.1.4.1."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 2 ** (math.ceil(math.log2(len(leaves))) - 1)
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole=whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], whole=False), naive_root(leaves[:k])]


class Store:
    """Hashes as a ledger keeps them: leaves, and the roots of full tiles; it notes what is read."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.rows = [leaves]
        while len(self.rows[-1]) >= TILE_WIDTH:
            row = self.rows[-1]
            tiles = range(0, len(row) - TILE_WIDTH + 1, TILE_WIDTH)
            self.rows.append([naive_root(row[start : start + TILE_WIDTH]) for start in tiles])
        self.asked: list[tuple[int, int, int]] = []

    def __call__(self, level: int, start: int, count: int) -> list[bytes]:
        self.asked.append((level, start, count))
        return self.rows[level][start : start + count]


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    """The roots of the first n of the eight well-known entries."""
    assert root(LEAVES[:size]).hex() == ROOTS[size]
    assert Frontier().append(LEAVES[:size]).root().hex() == ROOTS[size]


def test_published_inclusion_proof() -> None:
    """Entry 5 of 8 is proved by its neighbour, the pair before it and the left half."""
    proof = inclusion_proof(5, 8, Store(LEAVES))
    assert [step.hex() for step in proof] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_published_consistency_proof() -> None:
    """The tree of 8 continues that of 6."""
    proof = consistency_proof(6, 8, Store(LEAVES))
    assert [step.hex() for step in proof] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert verify_consistency(6, 8, root(LEAVES[:6]), root(LEAVES), proof)


@pytest.mark.parametrize("size", range(1, 34))
def test_every_proof_of_small_trees(size: int) -> None:
    """All proofs equal the RFC's definition and verify."""
    leaves = many(size)
    store, top = Store(leaves), naive_root(leaves)
    for index in range(size):
        path = inclusion_proof(index, size, store)
        assert path == naive_path(index, leaves)
        assert verify_inclusion(index, size, leaves[index], path, top)
    for old in range(1, size + 1):
        steps = consistency_proof(old, size, store)
        assert steps == naive_subproof(old, leaves)
        assert verify_consistency(old, size, naive_root(leaves[:old]), top, steps)


@given(st.integers(1, 1400), st.data())
@settings(deadline=None, max_examples=60)
def test_proofs_across_tiles(size: int, data: st.DataObject) -> None:
    """Trees of several tiles: root, both proofs and a frontier grown in any steps agree with the RFC."""
    leaves = many(size)
    store, top = Store(leaves), naive_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    assert root(leaves) == top
    assert inclusion_proof(index, size, store) == naive_path(index, leaves)
    assert consistency_proof(old, size, store) == naive_subproof(old, leaves)
    grown = Frontier().append(leaves[:old])
    assert grown.root() == naive_root(leaves[:old])
    assert Frontier.from_bytes(grown.to_bytes()).append(leaves[old:]).root() == top


@given(st.integers(1, 70_000), st.data())
@settings(deadline=None, max_examples=15)
def test_a_proof_reads_little_and_never_across_a_tile(size: int, data: st.DataObject) -> None:
    """Each call stays in one tile and asks for at most 128 hashes; their number grows as the log."""
    asked: list[tuple[int, int, int]] = []

    def hashes(level: int, start: int, count: int) -> list[bytes]:
        asked.append((level, start, count))
        assert (start + count) * TILE_WIDTH**level <= size
        return [bytes(32)] * count

    inclusion_proof(data.draw(st.integers(0, size - 1)), size, hashes)
    consistency_proof(data.draw(st.integers(1, size)), size, hashes)
    assert all(1 <= count <= 128 for _, _, count in asked)
    assert all(start // TILE_WIDTH == (start + count - 1) // TILE_WIDTH for _, start, count in asked)
    assert len(asked) <= 4 * size.bit_length()


@given(st.integers(1, 300), st.data())
@settings(deadline=None)
def test_a_changed_inclusion_proof_fails(size: int, data: st.DataObject) -> None:
    """Another leaf, place, root, step, or number of steps is noticed."""
    leaves = many(size)
    index = data.draw(st.integers(0, size - 1))
    path, top = inclusion_proof(index, size, Store(leaves)), naive_root(leaves)
    other = leaf_hash(b"other")
    wrong_places = {data.draw(st.integers(-1, size)), size, -1} - {index}
    assert not any(verify_inclusion(place, size, leaves[index], path, top) for place in wrong_places)
    assert not verify_inclusion(index, size, other, path, top)
    assert not verify_inclusion(index, size, leaves[index], path, other)
    assert not verify_inclusion(index, size, leaves[index], [*path, other], top)
    assert not verify_inclusion(index, size, leaves[index][:31], path, top)
    if path:
        assert not verify_inclusion(index, size, leaves[index], path[:-1], top)
        step = data.draw(st.integers(0, len(path) - 1))
        changed = [*path[:step], other, *path[step + 1 :]]
        assert not verify_inclusion(index, size, leaves[index], changed, top)


@given(st.integers(2, 300), st.data())
@settings(deadline=None)
def test_a_log_that_was_rewritten_cannot_be_proved(size: int, data: st.DataObject) -> None:
    """After a change, removal or swap among old entries no proof leads from the old root to the new."""
    leaves = many(size)
    old = data.draw(st.integers(1, size - 1))
    place = data.draw(st.integers(0, old - 1))
    forged = [*leaves[:place], leaf_hash(b"forged"), *leaves[place + 1 :]]
    shorter = [*leaves[:place], *leaves[place + 1 :], leaf_hash(b"fill")]
    for other in (forged, shorter):
        proof = consistency_proof(old, size, Store(other))
        assert not verify_consistency(old, size, naive_root(leaves[:old]), naive_root(other), proof)


@given(st.integers(1, 300), st.data())
@settings(deadline=None)
def test_a_changed_consistency_proof_fails(size: int, data: st.DataObject) -> None:
    """Another step, another number of steps, or another size is noticed."""
    leaves = many(size)
    old = data.draw(st.integers(1, size))
    first, last = naive_root(leaves[:old]), naive_root(leaves)
    proof = consistency_proof(old, size, Store(leaves))
    other = leaf_hash(b"other")
    assert not verify_consistency(old, size, first, last, [*proof, other])
    assert not verify_consistency(old, size, other, last, proof)
    assert not verify_consistency(old, size, first, other, proof)
    assert not verify_consistency(size + 1, size, first, last, proof)
    for step in range(len(proof)):
        assert not verify_consistency(old, size, first, last, [*proof[:step], other, *proof[step + 1 :]])
        assert not verify_consistency(old, size, first, last, [*proof[:step], *proof[step + 1 :]])


def test_every_log_continues_the_empty_one() -> None:
    """From size 0 the proof is empty, and only the empty tree's root is believed."""
    assert consistency_proof(0, 5, Store(many(5))) == []
    assert verify_consistency(0, 5, EMPTY_ROOT, root(many(5)), [])
    assert verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    assert not verify_consistency(0, 5, root(many(1)), root(many(5)), [])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    """An entry outside the log is refused."""
    with pytest.raises(OutOfRange):
        inclusion_proof(index, size, Store(many(size)))


@pytest.mark.parametrize(("old", "new"), [(6, 5), (-1, 5)])
def test_no_proof_from_a_size_never_had(old: int, new: int) -> None:
    """An old size beyond the new one is refused."""
    with pytest.raises(OutOfRange):
        consistency_proof(old, new, Store(many(5)))


def test_a_store_with_gaps_is_noticed() -> None:
    """Hashes that are too few or too short give an error, never a wrong proof."""
    with pytest.raises(MissingHashes):
        inclusion_proof(0, 8, Store(many(7)))
    with pytest.raises(MissingHashes):
        inclusion_proof(0, 2, lambda *_: [b"short"])


def test_appending_leaves_the_old_frontier_as_it_was() -> None:
    """A frontier can be grown twice from the same place: rolled-back work leaves no trace."""
    before = Frontier().append(many(5))
    assert before.append(many(3)) == before.append(many(3))
    assert (before.size, before.root()) == (5, root(many(5)))


@pytest.mark.parametrize("data", [b"", bytes(7), bytes(9), b"\0" * 7 + b"\1", b"\0" * 7 + b"\1" + bytes(64)])
def test_bytes_that_are_no_frontier_are_refused(data: bytes) -> None:
    """The number of hashes must be that of the bits in the size."""
    with pytest.raises(BadFrontier):
        Frontier.from_bytes(data)


def test_a_leaf_of_another_length_is_a_programming_error() -> None:
    """Only 32-byte hashes are appended."""
    with pytest.raises(ValueError, match="32 bytes"):
        Frontier().append([b"entry itself"])
