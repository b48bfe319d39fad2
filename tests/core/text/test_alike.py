"""Letters that look alike are folded one by one, wherever they stand."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sinmungo.core.text.alike import ALIKE, coarse


@settings(deadline=None)
@given(st.text(alphabet=st.one_of(st.sampled_from([*ALIKE, *"가나lzk -^]\\"]), st.characters()), max_size=40))
@example("l0ok ét ]^-\\ 가l나")
def test_each_letter_is_folded_on_its_own(text: str) -> None:
    """A text beside Hangul is folded as it is alone, letter by letter, and keeps its length."""
    folded = coarse(text)
    assert len(folded) == len(text)
    assert folded == "".join(map(coarse, text))
    for char, letter in zip(text, folded, strict=True):
        assert letter == {"l": "i"}.get(char, ALIKE.get(char, char)[0])
