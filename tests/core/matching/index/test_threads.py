"""Many threads at one index: who reads sees all of an act or nothing of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from sinmungo.core.matching.index import HashIndex, hashindex, state
from sinmungo.core.matching.index.state import Part
from tests.core.matching.index.nearby import Bits, named, noise

PATIENCE = 60
BITS = noise(1, 0.5, 1)


def _copies(count: int) -> Bits:
    return np.repeat(BITS, count, axis=0)


def test_readers_see_each_act_whole_or_not_at_all() -> None:
    """While 64 copies come and go, and parts are merged beneath, an answer has all of them or none."""
    index = HashIndex(np.concatenate((_copies(1), noise(9_999, 0.5, 2))), named(range(10_000)))
    group = named(range(20_000, 20_064))
    stop, seen = threading.Event(), set()

    def read() -> int:
        answers = 0
        while not stop.is_set():
            found = index.find(BITS[0].tobytes())
            seen.add(len(found.keys))
            assert len(found.keys) in (1, 65), "an answer shows half of an act"
            assert found.keys[0] == 0
            answers += 1
        return answers

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        try:
            for turn in range(60):
                index.add(_copies(64), group)
                index.add(noise(300, 0.5, 100 + turn), named(range(30_000 + 300 * turn, 30_300 + 300 * turn)))
                assert index.remove(group) == 64
        finally:
            stop.set()
        assert all(reader.result(PATIENCE) > 0 for reader in readers)
    assert len(index) == 10_000 + 60 * 300
    assert seen == {1, 65}


def test_writers_at_the_same_time_lose_nothing() -> None:
    """Four threads add, remove and add again keys of their own; all that should stand stands."""
    index = HashIndex()

    def write(writer: int) -> None:
        for turn in range(40):
            keys = named(range(writer * 100_000 + turn * 200, writer * 100_000 + turn * 200 + 200))
            index.add(noise(200, 0.5, (writer + 1) * 1_000 + turn), keys)
            assert index.remove(keys[::2]) == 100
            index.add(_copies(1), keys[:1])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4), timeout=PATIENCE))
    assert len(index) == 4 * 40 * 101
    assert index.find(BITS[0].tobytes()).keys.tolist() == [
        writer * 100_000 + turn * 200 for writer in range(4) for turn in range(40)
    ]


class HeldUp:
    """A merge that waits until it is told to go on."""

    def __init__(self) -> None:
        self._began, self._go_on = threading.Event(), threading.Event()

    def __call__(self, due: tuple[Part, ...]) -> Part:
        whole = state.merged(due)
        self._began.set()
        assert self._go_on.wait(PATIENCE), "the test lets the merge go on"
        return whole

    def wait(self) -> None:
        """Return once a merge is held up."""
        assert self._began.wait(PATIENCE), "a merge begins"

    def go_on(self) -> None:
        """Hold up no merge any more."""
        self._go_on.set()


@pytest.fixture
def merge(monkeypatch: pytest.MonkeyPatch) -> Iterator[HeldUp]:
    """Give a merge that is held up; small parts make one soon."""
    held_up = HeldUp()
    monkeypatch.setattr(state, "MOST_LOOSE", 10)
    monkeypatch.setattr(hashindex, "merged", held_up)
    yield held_up
    held_up.go_on()


def test_a_removal_during_a_merge_is_at_once_and_outlasts_it(merge: HeldUp) -> None:
    """What is withdrawn while parts are merged stops matching at once, and stays away after the merge."""
    index = HashIndex(np.concatenate((_copies(20), noise(80, 0.5, 3))), named(range(100)))
    # a key whose grave lies in one of the parts that are merged, while it lives in the other
    assert index.remove(named([19])) == 1
    with ThreadPoolExecutor(1) as pool:
        adding = pool.submit(index.add, _copies(30), named([19, *range(101, 130)]))
        merge.wait()
        assert index.remove(named([3, 105])) == 2
        left = [*range(3), *range(4, 20), *range(101, 105), *range(106, 130)]
        assert index.find(BITS[0].tobytes()).keys.tolist() == left
        # the same key comes back with another hash, and a new one comes
        index.add(noise(1, 0.5, 4), named([3]))
        index.add(_copies(1), named([500]))
        merge.go_on()
        adding.result(PATIENCE)
    assert index.find(BITS[0].tobytes()).keys.tolist() == [*left, 500]
    assert 3 in index and 105 not in index and len(index) == 129


def test_parts_that_come_during_a_merge_are_merged_too(merge: HeldUp) -> None:
    """Whoever merges looks again before it goes, so an index does not fall into many parts."""
    index = HashIndex(noise(100, 0.5, 5), named(range(100)))
    with ThreadPoolExecutor(1) as pool:
        adding = pool.submit(index.add, noise(30, 0.5, 6), named(range(100, 130)))
        merge.wait()
        for turn in range(10):
            index.add(noise(50, 0.5, 10 + turn), named(range(1_000 + 50 * turn, 1_050 + 50 * turn)))
        assert len(index) == 630
        merge.go_on()
        adding.result(PATIENCE)
    assert len(index) == 630
    assert index.find_many(noise(50, 0.5, 19), 0).keys.tolist() == list(range(1_450, 1_500))
    assert len(index._state.parts) == 1
