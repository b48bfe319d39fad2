"""Bring spellings that look alike to one, and remember where each code point came from.

NFKC (Unicode Standard Annex 15) and full case folding, with characters dropped that show nothing,
full-width forms narrowed, and Hangul letters composed however they were written. Every result
keeps a map to the original, because a reviewer must be shown the words as they stand there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sinmungo.core.kernel.values import Span
from sinmungo.core.text import jamo

# Characters that normalising leaves as they are, but for ASCII capitals: most text is made of them,
# and stretches of it are copied whole. Lone consonants (ㅋㅋㅋ) are among them unless a vowel follows.
_FIXED = "\\x00-\\x7f가-힣一-鿿ぁ-ゖァ-ヺ“”‘’「」『』·"
_UNUSUAL = re.compile(f"[^{_FIXED}ㄱ-ㅎ]")
_ODD = re.compile(f"[{_FIXED}ㄱ-ㅎ]?[^{_FIXED}ㄱ-ㅎ][^{_FIXED}]*")

# What shows nothing: format characters by category, and these, whose category says otherwise.
_UNSEEN = frozenset("\u034f\u115f\u1160\u3164\uffa0\u17b4\u17b5\u180b\u180c\u180d\u180f") | frozenset(
    chr(point) for block in (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)) for point in block
)
# Marks piled on letters that no composed letter carries; those of other scripts have meaning and stay.
_PILED = re.compile("[\u0300-\u036f\u0488\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]")
# Half-width Japanese voicing marks compose with the letter before them.
_VOICING = "\uff9e\uff9f"

# Marks after one letter that are read with it, as in Unicode's stream-safe text format: sorting any
# number of them would take longer than linear time.
_MARKS = 30

# What may stand between the letters of a spaced-out word. One digit between Hangul syllables is a
# common way to break a word and no way to write a number.
_SEPARATOR = re.compile(r"[\W_]+|\d(?<=[가-힣].)(?=[가-힣])")
_NO_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text made comparable, with the way back.

    ``text[i]`` was made from the original code points ``starts[i]`` up to, not including, ``ends[i]``.
    Both never decrease.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def original(self, start: int, end: int) -> Span:
        """Return where ``text[start:end]`` stands in the original. The range must not be empty."""
        if not 0 <= start < end <= len(self.text):
            raise ValueError("the range must lie in the text and hold at least one code point")
        return Span(self.starts[start], self.ends[end - 1])


# Every source of a slice asks for the same texts, one source after the other.
@lru_cache(maxsize=128)
def normalise(text: str) -> Normalised:
    """Return ``text`` in NFKC, case-folded, unseen characters dropped and Hangul composed.

    Lone Hangul letters end in the form one types (ㅅㅂ), whatever form they came in. Time is linear in
    the text.
    """
    if _UNUSUAL.search(text) is None:
        return Normalised(text.lower(), range(len(text)), range(1, len(text) + 1))
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for odd in _ODD.finditer(text):
        parts.append(text[done : odd.start()].lower())
        starts.extend(range(done, odd.start()))
        ends.extend(range(done + 1, odd.start() + 1))
        for char, start, end in _pieces(odd.group(), odd.start()):
            parts.append(char)
            starts.append(start)
            ends.append(end)
        done = odd.end()
    parts.append(text[done:].lower())
    starts.extend(range(done, len(text)))
    ends.extend(range(done + 1, len(text) + 1))
    return Normalised("".join(parts), starts, ends)


def squeezed(text: str) -> str:
    """Return the text of ``squeeze`` alone, which is much faster than the way back."""
    letters = _NO_LETTERS.sub("", "".join(text.split()))
    # Only a digit asks what stood beside it, white space included.
    return letters if letters.isalpha() else _SEPARATOR.sub("", text)


def squeeze(text: str) -> Normalised:
    """Return ``text`` without separators, for words that are spelled with gaps (ㄱ.ㄴ, a b c).

    Separators are all but letters and digits, and a single digit between two Hangul syllables.
    """
    parts: list[str] = []
    starts: list[int] = []
    done = 0
    for gap in _SEPARATOR.finditer(text):
        parts.append(text[done : gap.start()])
        starts.extend(range(done, gap.start()))
        done = gap.end()
    parts.append(text[done:])
    starts.extend(range(done, len(text)))
    return Normalised("".join(parts), starts, [start + 1 for start in starts])


def _pieces(chunk: str, offset: int) -> list[jamo.Piece]:
    """Fold a stretch of unusual characters, cluster by cluster."""
    pieces: list[jamo.Piece] = []
    cluster, begin, end = "", offset, offset
    for at, char in enumerate(chunk, start=offset):
        if _is_unseen(char):
            continue
        if cluster and (len(cluster) > _MARKS or not _belongs_before(char)):
            pieces.extend((folded, begin, end) for folded in _fold(cluster))
            cluster = ""
        if not cluster:
            begin = at
        cluster += char
        end = at + 1
    pieces.extend((folded, begin, end) for folded in _fold(cluster))
    return jamo.assemble(pieces)


@lru_cache(maxsize=4096)
def _is_unseen(char: str) -> bool:
    return char in _UNSEEN or unicodedata.category(char) == "Cf"


@lru_cache(maxsize=4096)
def _belongs_before(char: str) -> bool:
    return jamo.joins_before(char) or char in _VOICING or unicodedata.category(char).startswith("M")


@lru_cache(maxsize=4096)
def _fold(cluster: str) -> str:
    """Fold one letter with its marks. NFKC runs twice: case folding may undo it."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    return _PILED.sub("", folded).translate(jamo.TO_TYPED)
