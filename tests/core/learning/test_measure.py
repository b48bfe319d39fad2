"""Counting what scores are worth."""

from __future__ import annotations

import numpy as np
import pytest

from sinmungo.core.learning.identity_terms import TERMS, groups_named
from sinmungo.core.learning.language import MIN_ROWS, language, learned_languages
from sinmungo.core.learning.measure import NOBODY, Confusion, calibration, confusion, parity

SCORES = np.array([0.9, 0.8, 0.6, 0.4, 0.2, 0.05])
LABELS = np.array([True, False, True, True, False, False])


def test_a_threshold_counts_what_reaches_it():
    """A score equal to the threshold is flagged."""
    assert confusion(SCORES, LABELS, 0.6) == Confusion(2, 1, 1, 2)
    assert confusion(SCORES, LABELS, 0.61) == Confusion(1, 1, 2, 2)


def test_f1_is_that_of_the_books():
    """Two right of three flagged and of three wanted are F1 2/3; without any right one it is 0."""
    assert Confusion(2, 1, 1, 2).f1 == pytest.approx(2 / 3)
    assert Confusion(2, 1, 1, 2).macro_f1 == pytest.approx(2 / 3)
    assert Confusion(0, 1, 1, 0).f1 == 0.0


def test_calibration_is_computed_by_hand():
    """Brier score, bins and expected error are those made by hand; a score of 1 is in the last bin."""
    found = calibration(np.array([0.25, 0.25, 1.0]), np.array([True, False, True]))

    assert found.brier == pytest.approx((0.5625 + 0.0625) / 3)
    assert found.expected_error == pytest.approx((abs(0.5 - 1) + 0) / 3)
    assert [each.rows for each in found.bins] == [0, 0, 2, 0, 0, 0, 0, 0, 0, 1]


def test_nothing_cannot_be_measured():
    """No rows are a ValueError."""
    with pytest.raises(ValueError, match="nothing"):
        calibration(np.array([]), np.array([], dtype=bool))


def test_parity_counts_a_text_under_every_group_it_names():
    """A text that names two groups counts in both, one that names none under nobody."""
    texts = ["여성 어르신이 오셨다", "오늘은 비가 온다", "Elderly women came", "장애인 주차장입니다"]
    groups, languages = parity(
        texts, np.array([0.9, 0.9, 0.1, 0.1]), np.array([False, True, False, False]), 0.5
    )

    assert groups["women"] == Confusion(0, 1, 0, 1) == groups["age"]
    assert groups[NOBODY] == Confusion(1, 0, 0, 0)
    assert set(groups) == {"women", "age", "disabled people", NOBODY}
    assert languages == {"ko": Confusion(1, 1, 0, 1), "en": Confusion(0, 0, 0, 1)}


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("manual for a human", []), ("A man, a plan", ["men"]), ("WOMEN가 온다", ["women"]),
        ("성교회", []), ("교회에 갔다", ["religion"]), ("부산스럽다", []), ("부산에서", ["region"]),
        ("할머니", ["women", "age"]), ("", []),
    ],
)  # fmt: skip
def test_terms_are_words_and_not_pieces_of_others(text: str, groups: list[str]):
    """An English term counts as a whole word, a Korean one with its endings, but not in words named."""
    assert groups_named(text) == groups


def test_every_group_has_words():
    """No group is named by nothing."""
    assert all(korean for korean, _ in TERMS.values())


@pytest.mark.parametrize(
    ("text", "name"),
    [("오늘은 비가 온다", "ko"), ("it rains", "en"), ("오늘 세일 sale", "ko"), ("the new 앱 is out", "en"),
     ("12 !? 🙂", "other"), ("今日は雨", "other"), ("", "other"), ("ㅋㅋ", "ko")],
)  # fmt: skip
def test_a_language_is_told_by_its_letters(text: str, name: str):
    """Hangul is Korean, Latin letters are taken for English, everything else is other."""
    assert language(text) == name


def test_a_language_counts_as_learned_from_fifty_rows_on():
    """Forty-nine rows of a language are not enough, fifty are."""
    assert learned_languages(["비가 온다"] * MIN_ROWS + ["rain"] * (MIN_ROWS - 1)) == ("ko",)
    assert learned_languages(["rain"] * MIN_ROWS) == ("en",)
