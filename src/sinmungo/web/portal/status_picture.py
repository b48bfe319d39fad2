"""Text of a picture, broken into lines by how wide it is: SVG text does not wrap by itself."""

from __future__ import annotations

import unicodedata

#: A line of the title, in columns; a Korean letter takes two.
COLUMNS = 46
MOST_LINES = 3


def lines(text: str, columns: int = COLUMNS, most: int = MOST_LINES) -> list[str]:
    """Return ``text`` in at most ``most`` lines, broken between words; what is left over ends in "…"."""
    found = [""]
    for word in text.split():
        longer = f"{found[-1]} {word}".strip()
        if width(longer) <= columns or not found[-1]:
            found[-1] = longer
        else:
            found.append(word)
    cut = [_cut(line, columns) for line in found[:most]]
    if len(found) > most:
        cut[-1] = (
            _cut(cut[-1] + "…", columns) if width(cut[-1]) < columns else _cut(cut[-1], columns - 1) + "…"
        )
    return cut


def width(text: str) -> int:
    """Return how many columns ``text`` takes (Unicode Standard Annex 11)."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _cut(line: str, columns: int) -> str:
    while width(line) > columns:
        line = line[:-1]
    return line
