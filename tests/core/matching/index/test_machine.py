"""Adding, removing, saving, loading and searching in any order give what the slow twin gives."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from sinmungo.core.matching.index import HashIndex, SlowIndex
from tests.core.matching.index.nearby import RADII, a_hash, agree, named, rows, small_parts


class BesideItsTwin(RuleBasedStateMachine):
    """An index and its twin, to which the same is done."""

    def __init__(self) -> None:
        super().__init__()
        self._open = ExitStack()
        self._open.enter_context(small_parts())

    def teardown(self) -> None:
        self._open.close()

    living = Bundle("living")
    gone = Bundle("gone")

    @initialize(radius=st.sampled_from([15, 31, 40]))
    def begin(self, radius: int) -> None:
        self.index, self.twin = HashIndex(radius=radius), SlowIndex(radius=radius)
        self.next_key = 0

    @rule(target=living, hashes=st.lists(a_hash(), max_size=9), step=st.sampled_from([1, -1, 2**40]))
    def add(self, hashes: list[bytes], step: int) -> object:
        keys = [step * (self.next_key + place) for place in range(len(hashes))]
        keys = [key for key in keys if key not in self.twin]
        self.next_key += len(hashes) + 1
        self._both_add(keys, hashes[: len(keys)])
        return multiple(*keys)

    @rule(target=living, key=consumes(gone), bits=a_hash())
    def add_again(self, key: int, bits: bytes) -> int:
        self._both_add([key], [bits])
        return key

    @rule(key=living, bits=a_hash())
    def add_what_is_there(self, key: int, bits: bytes) -> None:
        for index in (self.index, self.twin):
            with pytest.raises(ValueError, match="there already"):
                index.add(rows([bits, bits]), named([key, 2**50]))

    @rule(target=gone, keys=st.lists(consumes(living), min_size=1, max_size=6))
    def remove(self, keys: list[int]) -> object:
        assert self.index.remove(named(keys)) == self.twin.remove(named(keys)) == len(set(keys))
        assert not any(key in self.index for key in keys)
        return multiple(*keys)

    @rule(key=gone)
    def remove_what_is_gone(self, key: int) -> None:
        assert self.index.remove(named([key])) == self.twin.remove(named([key])) == 0

    @rule()
    def save_and_load(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bank.index"
            self.index.save(path)
            self.index, self.twin = HashIndex.load(path), SlowIndex.load(path)

    @rule(asked=st.lists(a_hash(), min_size=1, max_size=4), radius=st.sampled_from(RADII))
    def search(self, asked: list[bytes], radius: int) -> None:
        assert agree(self.index, self.twin, rows(asked), [radius])

    @rule(bits=a_hash())
    def search_at_its_own_radius(self, bits: bytes) -> None:
        found, expected = self.index.find(bits), self.twin.find(bits)
        assert found.keys.tolist() == expected.keys.tolist()

    @invariant()
    def is_as_long_as_its_twin(self) -> None:
        if hasattr(self, "index"):
            assert len(self.index) == len(self.twin)

    def _both_add(self, keys: list[int], hashes: list[bytes]) -> None:
        self.index.add(rows(hashes), named(keys))
        self.twin.add(rows(hashes), named(keys))
        assert all(key in self.index for key in keys)


BesideItsTwin.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


class TestBesideItsTwin(BesideItsTwin.TestCase):  # type: ignore[misc]
    """The state machine, as a test."""
