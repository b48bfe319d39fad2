"""The index of texts: all that its slow twin finds, and edits of short Korean sentences among it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sinmungo.core.matching import texts
from sinmungo.core.matching.near import Signatures
from sinmungo.core.matching.texts import AT_LEAST, LEAST_ASKED, Likenesses, SlowTextIndex, TextIndex

SYLLABLES = [chr(point) for point in range(0xAC00, 0xD7A3, 7)]
WORDS = ["사과", "장터에서", "오늘", "내일은", "친구와", "바다로", "천천히", "걸어서", "노래를", "부릅니다"]
Edit = Callable[[random.Random, str], str]


def _signatures(count: int, seed: int) -> Signatures:
    """Return signatures in families: each agrees with the one before it in some of its values."""
    drawn = np.random.default_rng(seed)
    found = drawn.integers(0, 2**32 - 1, (count, 128), dtype=np.uint32)
    for row in range(1, count):
        if drawn.random() < 0.8:
            same = drawn.random(128) < drawn.choice([0.5, 0.6, 0.62, 0.8, 1.0])
            found[row, same] = found[row - 1, same]
    return found


def _same(one: Likenesses, other: Likenesses) -> bool:
    return all(np.array_equal(mine, theirs) for mine, theirs in zip(one, other, strict=True))


def _both(signatures: Signatures) -> tuple[TextIndex, SlowTextIndex]:
    fast, slow = TextIndex(), SlowTextIndex()
    for index in (fast, slow):
        index.add(signatures, np.arange(len(signatures)) * 3)
    return fast, slow


@pytest.mark.parametrize("at_least", [LEAST_ASKED, 0.55, AT_LEAST, 0.8, 1.0])
def test_the_index_finds_what_its_slow_twin_finds(at_least: float):
    """Among families of every likeness both find the same texts with the same likeness, in one order."""
    held = _signatures(400, seed=1)
    fast, slow = _both(held)
    asked = np.concatenate([_signatures(50, seed=2), held[::5]])

    assert _same(fast.find_many(asked, at_least), slow.find_many(asked, at_least))
    assert len(fast.find_many(held, at_least).rows) >= 400


def test_a_bank_of_one_text_many_times_is_found_whole():
    """Where everything shares everything, all is found, and nothing twice."""
    held = np.repeat(_signatures(1, seed=3), 300, axis=0)
    fast, slow = _both(held)

    assert _same(fast.find_many(held[:20]), slow.find_many(held[:20]))
    assert len(fast.find_many(held[:20]).rows) == 20 * 300


class Twins(RuleBasedStateMachine):
    """Whatever is added, taken out and asked for, in any order, both indexes answer alike."""

    def __init__(self) -> None:
        super().__init__()
        self.fast, self.slow = TextIndex(), SlowTextIndex()
        self.pool = _signatures(60, seed=5)

    @rule(keys=st.sets(st.integers(0, 59), max_size=12))
    def add(self, keys: set[int]) -> None:
        """Add texts; those that are held already are refused by both, and with them all."""
        listed = np.array(sorted(keys), dtype=np.int64)
        outcomes = []
        for index in (self.fast, self.slow):
            try:
                index.add(self.pool[listed], listed)
                outcomes.append(True)
            except ValueError:
                outcomes.append(False)
        assert outcomes[0] == outcomes[1]

    @rule(keys=st.sets(st.integers(0, 70), max_size=20))
    def remove(self, keys: set[int]) -> None:
        """Take texts out, known or not."""
        listed = np.array(sorted(keys), dtype=np.int64)
        assert self.fast.remove(listed) == self.slow.remove(listed)

    @rule(at_least=st.sampled_from([0.51, 0.6, 0.9]))
    def find(self, at_least: float) -> None:
        """Ask for all."""
        assert _same(self.fast.find_many(self.pool, at_least), self.slow.find_many(self.pool, at_least))

    @invariant()
    def as_many(self) -> None:
        """Both hold as many."""
        assert len(self.fast) == len(self.slow)


Twins.TestCase.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
TestTwins = Twins.TestCase


def test_texts_without_letters_are_like_nothing():
    """Punctuation has no shingle: it finds nothing, and nobody finds it."""
    signatures = texts.signatures(["!!", "...", "가나다라"])
    fast, slow = _both(signatures)

    assert fast.find_many(signatures).rows.tolist() == [2]
    assert slow.find_many(signatures).rows.tolist() == [2]


@pytest.mark.parametrize("at_least", [0.5, 0.0, 1.01])
def test_a_likeness_that_cannot_be_kept_is_refused(at_least: float):
    """Below .51 signatures need share no pair, and above 1 nothing is."""
    for index in _both(_signatures(3, seed=6)):
        with pytest.raises(ValueError, match=r"likeness of .51 to 1"):
            index.find_many(_signatures(1, seed=7), at_least)


def test_a_key_is_held_once():
    """A key that is held or comes twice, or has no signature, is refused, and nothing of it is added."""
    for index in _both(_signatures(3, seed=8)):
        for keys in ([9, 3], [7, 7], [7]):
            with pytest.raises(ValueError, match="key"):
                index.add(_signatures(2, seed=9), np.array(keys))
        assert len(index) == 3 and index.remove(np.array([7, 9])) == 0


def test_it_is_read_while_it_is_written():
    """Who asks while texts come and go finds those that stay, always, and no text in part."""
    held = _signatures(200, seed=10)
    index = TextIndex()
    index.add(held[:100], np.arange(100))
    wrong: list[int] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            found = index.find_many(held[:20], 1.0)
            missing = set(range(20)) - set(found.keys[found.likeness == 1.0].tolist())
            wrong.extend(missing)

    reader = threading.Thread(target=ask)
    reader.start()
    for _ in range(15):
        for key in range(100, 200, 10):
            index.add(held[key : key + 10], np.arange(key, key + 10))
        index.remove(np.arange(100, 200))
    done.set()
    reader.join(30)

    assert not reader.is_alive() and wrong == []


def _one_changed(drawn: random.Random, text: str) -> str:
    place = drawn.randrange(len(text))
    return text[:place] + drawn.choice(SYLLABLES) + text[place + 1 :]


def _two_changed(drawn: random.Random, text: str) -> str:
    return _one_changed(drawn, _one_changed(drawn, text))


def _inserted(drawn: random.Random, text: str) -> str:
    place = drawn.randrange(len(text) + 1)
    return text[:place] + drawn.choice(WORDS) + text[place:]


def _ended(drawn: random.Random, text: str) -> str:
    return text[: -drawn.choice([1, 2, 3])] + drawn.choice(["습니다", "어요", "네요", "거든요", "더라고요"])


def _spaced(drawn: random.Random, text: str) -> str:
    return drawn.choice([" ", ".", " - ", "!"]).join(text)


def _numbered(drawn: random.Random, text: str) -> str:
    places = sorted(drawn.sample(range(1, len(text)), 3), reverse=True)
    for place in places:
        text = text[:place] + drawn.choice("1!7^") + text[place:]
    return text


@pytest.mark.parametrize(
    ("edit", "most_missed"),
    [(_spaced, 0), (_numbered, 0), (_one_changed, 2), (_ended, 2), (_inserted, 2), (_two_changed, 250)],
)
def test_edits_of_a_sentence_of_twenty_syllables_are_found(edit: Edit, most_missed: int):
    """Of 1,000 sentences, so many at most are lost by an edit; see docs/explanation/clips-and-texts.md."""
    drawn = random.Random(11)
    sentences = ["".join(drawn.choice(SYLLABLES) for _ in range(20)) for _ in range(1_000)]
    index = TextIndex()
    index.add(texts.signatures(sentences), np.arange(1_000))
    found = index.find_many(texts.signatures([edit(drawn, text) for text in sentences]))

    assert len(found.rows) == len(set(zip(found.rows.tolist(), found.keys.tolist(), strict=True)))
    assert (found.rows == found.keys).all()
    assert 1_000 - len(found.rows) <= most_missed
