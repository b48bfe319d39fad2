"""Words that are drawn out: 시이이험 and 시ㅣㅣ험 for 시험, spaaaam for spam."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sinmungo.core.text.jamo import VOWELS
from sinmungo.core.text.normalise import Normalised

# A vowel said again, as the syllable that begins with a silent ㅇ or as the letter alone; at least twice,
# for one 이 or 아 may begin the next word. A Latin letter three times, for no word has that.
_AGAIN = {
    **{chr(0xAC00 + (11 * 21 + place) * 28): place for place in range(len(VOWELS))},
    **{vowel: place for place, vowel in enumerate(VOWELS)},
}
_SAID_AGAIN = re.compile(f"([{''.join(_AGAIN)}])\\1+")
_WRITTEN_AGAIN = re.compile(r"([a-z])\1\1+")


def unstretched(text: str) -> Sequence[Normalised]:
    """Return a normalised text as it reads without what is drawn out, with the way back.

    Nothing if nothing is. A Latin letter is left once in one reading and twice in the other, all alike:
    spaaam is spam, goooood is good.
    """
    if _SAID_AGAIN.search(text) is None and _WRITTEN_AGAIN.search(text) is None:
        return ()
    said = [match.span() for match in _SAID_AGAIN.finditer(text) if _goes_on_before(text, match)]
    written = [match.span() for match in _WRITTEN_AGAIN.finditer(text)]
    if not said and not written:
        return ()
    once = _without(text, sorted([*said, *((start + 1, end) for start, end in written)]))
    if not written:
        return (once,)
    return once, _without(text, sorted([*said, *((start + 2, end) for start, end in written)]))


def _goes_on_before(text: str, match: re.Match[str]) -> bool:
    """Say whether the syllable before ends in the vowel that is said again."""
    start = match.start()
    return start > 0 and _open_vowel(text[start - 1]) == _AGAIN[match[1]]


def _open_vowel(char: str) -> int | None:
    """Return the place of the vowel that a syllable ends in; None if it ends otherwise."""
    syllable = ord(char) - 0xAC00
    return syllable // 28 % 21 if 0 <= syllable < 11_172 and syllable % 28 == 0 else None


def _without(text: str, cuts: Sequence[tuple[int, int]]) -> Normalised:
    """Cut out stretches; each belongs to the letter before it."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for start, end in [*cuts, (len(text), len(text))]:
        parts.append(text[done:start])
        starts.extend(range(done, start))
        ends.extend(range(done + 1, start + 1))
        if ends:
            ends[-1] = end
        done = end
    return Normalised("".join(parts), starts, ends)
