"""Near-duplicate texts."""

from __future__ import annotations

import random

import numpy as np
import pytest

from sinmungo.core.matching import near

SYLLABLES = [chr(point) for point in range(0xAC00, 0xD7A3, 7)]
SENTENCE = "오늘 장터에서 사과와 배를 싸게 팝니다"


def _sentences(count: int, seed: int, length: int = 20) -> list[str]:
    drawn = random.Random(seed)
    return ["".join(drawn.choice(SYLLABLES) for _ in range(length)) for _ in range(count)]


def _changed(texts: list[str], times: int, seed: int) -> list[str]:
    drawn = random.Random(seed)
    changed = []
    for text in texts:
        letters = list(text)
        for place in drawn.sample(range(len(letters)), times):
            letters[place] = drawn.choice(SYLLABLES)
        changed.append("".join(letters))
    return changed


def _shingles(text: str) -> set[str]:
    return {text[at : at + 3] for at in range(len(text) - 2)}


def _jaccard(one: str, other: str) -> float:
    first, second = _shingles(one), _shingles(other)
    return len(first & second) / len(first | second)


def test_spelling_that_does_not_count_makes_no_difference():
    """Spaces, punctuation, capitals, unseen characters and full width leave a text's signature as it is."""
    written = [SENTENCE + " SALE", " ".join(SENTENCE) + "!! sale", SENTENCE + "\u200b ＳＡＬＥ"]
    found = near.signatures(written)

    assert (found[0] == found[1]).all() and (found[0] == found[2]).all()


def test_an_estimate_is_near_the_exact_likeness():
    """Over pairs of every likeness the estimate errs by .05 in the mean and never by more than .2."""
    texts = _sentences(300, seed=1, length=40)
    others = [new for times in (1, 3, 8) for new in _changed(texts[:100], times, seed=times)]
    bases = texts[:100] * 3
    matrix = near.signatures(others)
    exact = np.array([_jaccard(one, other) for one, other in zip(bases, others, strict=True)])
    estimated = np.array(
        [
            near.similar(near.signatures([one])[0], matrix[place : place + 1])[0]
            for place, one in enumerate(bases)
        ]
    )

    assert np.abs(estimated - exact).mean() < 0.05
    assert np.abs(estimated - exact).max() < 0.2


def test_fewer_than_one_pair_in_a_hundred_is_missed():
    """Of a thousand Korean sentences of twenty syllables with one changed, at least 99 % find theirs."""
    texts = _sentences(1000, seed=2)
    others = _changed(texts, 1, seed=3)
    alike = [_jaccard(one, other) >= 0.6 for one, other in zip(texts, others, strict=True)]
    found = near.groups(texts + others)
    missed = sum(wanted and found[at] != found[at + 1000] for at, wanted in enumerate(alike))

    assert sum(alike) == 1000
    assert missed < 10


def test_texts_that_share_little_stay_apart():
    """A thousand drawn sentences are a thousand groups, and half-changed ones join nobody."""
    texts = _sentences(1000, seed=4)

    assert len(set(near.groups(texts))) == 1000
    assert len(set(near.groups(texts + _changed(texts, 10, seed=5)))) == 2000


def test_a_group_is_named_for_its_first_text():
    """Each text has the place of the first of its group, also when it is joined through another."""
    assert near.groups([SENTENCE, "다른 이야기를 하는 글", SENTENCE + "!", SENTENCE]) == [0, 1, 0, 0]


def test_texts_without_letters_are_one_group_and_short_ones_count_whole():
    """Punctuation alone, like nothing, is one group; texts of one or two letters are compared whole."""
    assert near.groups(["!!", "", "가", "가.", "나", "가나", "가나다"]) == [0, 0, 2, 2, 4, 5, 6]


def test_nothing_gives_nothing():
    """No texts have no groups and no signatures."""
    assert near.groups([]) == []
    assert near.signatures([]).shape == (0, near.VALUES)


def test_a_text_is_read_up_to_its_limit():
    """What comes after 5,000 letters does not count; what comes at the 5,000th does."""
    long = "".join(_sentences(250, seed=6))
    same = long[: near.MAX_TEXT]

    assert near.similar(near.signatures([same])[0], near.signatures([same + "가나다라"]))[0] == 1.0
    assert near.groups([same, same + "가" * 5_000]) == [0, 0]


def test_many_of_one_text_are_one_group():
    """Two thousand texts that differ in a number are one group, however many share a band."""
    rest = "지금 바로 오세요 기다리고 있겠습니다"

    assert set(near.groups([f"{SENTENCE} {rest} {number}" for number in range(2_000)])) == {0}


def test_rows_that_share_a_key_are_joined_with_their_groups():
    """An author's texts are one group with all that is like any of them; an empty key joins nobody."""
    assert near.joined([0, 1, 2, 1, 4], ["a", "b", "a", "", ""]) == [0, 1, 0, 1, 4]


@pytest.mark.parametrize("at_least", [0.3, 0.9])
def test_the_likeness_asked_for_decides(at_least: float):
    """Two sentences of likeness .7 are joined from .3 on and not from .9 on."""
    one = _sentences(1, seed=7)
    found = near.groups(one + _changed(one, 1, seed=8), at_least=at_least)

    assert (found == [0, 0]) is (at_least < 0.7)
