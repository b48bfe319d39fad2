"""Runs of letters, hashed for a batch at once."""

from __future__ import annotations

import numpy as np
import pytest

from sinmungo.core.learning.features import BUCKETS, MAX_TEXT, grams, letters
from sinmungo.core.text.normalise import normalise


def _of(texts: list[str], row: int) -> list[int]:
    found = grams(texts)
    return sorted(found.buckets[found.rows == row].tolist())


def _alone(text: str) -> list[int]:
    return _of([text], 0)


def test_a_text_has_the_same_features_alone_and_in_a_batch():
    """What stands before and after a text in a batch does not change its features."""
    texts = ["사과를 샀다", "", "ㅋㅋㅋ", "a", "드릴을 빌렸다 정말로"]

    for row, text in enumerate(texts):
        assert _of(texts, row) == _alone(text)
        assert grams(texts).scale[row] == grams([text]).scale[0]


def test_a_text_of_n_letters_has_its_runs_of_one_two_and_three():
    """With the spaces around it, a word of four letters has 6 + 5 + 4 runs, all in the table."""
    found = _alone("장터에서")

    assert len(found) == 15
    assert min(found) >= 0 and max(found) < BUCKETS


def test_spelling_that_looks_alike_has_the_same_features():
    """Capitals, full width, unseen characters, loose letters and wide gaps change nothing."""
    plain = _alone("sale 사과 나라")

    assert _alone("  ＳＡＬＥ\u200b \n\t 사과  ㄴㅏㄹㅏ ") == plain


def test_a_letter_said_often_counts_twice():
    """ㅋㅋㅋㅋㅋ reads as ㅋㅋ, but ㅋ does not."""
    assert _alone("ㅋㅋㅋㅋㅋㅋ") == _alone("ㅋㅋ")
    assert _alone("ㅋ") != _alone("ㅋㅋ")


def test_a_text_is_read_up_to_its_limit():
    """The 2,000th code point counts, the 2,001st does not."""
    text = "".join(chr(0xAC00 + place) for place in range(MAX_TEXT))

    assert _alone(text + "힣" * 9) == _alone(text)
    assert _alone(text[:-1] + "힣") != _alone(text)


def test_letters_know_where_they_stand():
    """Each letter has its place in the normalised text; the spaces put around have -1 and the length."""
    found = letters([normalise("가나"), normalise("다")])

    assert found.places.tolist() == [-1, 0, 1, 2, -1, 0, 1]
    assert found.rows.tolist() == [0, 0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("text", ["", "\0", "\ud800", "\U0010ffff" * 3, "ㅤ", "\n\n", "🙂" * 100])
def test_any_text_has_features(text: str):
    """Nothing, unusual characters and half of a surrogate pair are read without an error."""
    found = grams([text])

    assert np.isfinite(found.scale).all()
    assert found.texts == 1


def test_no_texts_have_none():
    """An empty batch has no features."""
    assert grams([]).buckets.size == 0
