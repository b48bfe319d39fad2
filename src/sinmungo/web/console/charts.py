"""Small charts as inline SVG: pure functions of numbers, coloured by classes, said in words beside them.

A drawing stretches to the width it is given, so all lettering stands outside it as ordinary text, which
a phone and a screen reader can read. Nothing here carries a style, which the CSP would refuse.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH = 100.0
HEIGHT = 10.0
DAYS_HEIGHT = 40.0
#: The bins of a distribution of seconds: up to 1, 2, 4 ... 1,024 seconds, and longer.
SECOND_BINS = 12
_GAP = 0.12
_LEAST_SEEN = 0.6


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a chart: what it is of, its drawing, and its figures in words."""

    label: str
    drawing: SafeString
    value: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as the page shows it, with the same figures as a table.

    ``legend`` pairs a class with what it means; ``ticks`` are words below the drawings, from left to
    right; ``empty`` is said where there is nothing to draw, ``notes`` what could not be drawn and why.
    """

    title: str
    rows: tuple[Row, ...]
    columns: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    empty: str = ""
    legend: tuple[tuple[str, str], ...] = ()
    ticks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def stacked(parts: Sequence[int], most: int, *, title: str, told: str) -> SafeString:
    """Return one bar of parts side by side, ``most`` being the whole width; classes ``part-0`` and on."""
    scale = WIDTH / max(most, sum(parts), 1)
    pieces, left = [], 0.0
    for place, part in enumerate(parts):
        pieces.append((f"part-{place}", _number(left), "0", _number(part * scale), _number(HEIGHT)))
        left += part * scale
    return _drawing("bar", HEIGHT, _rectangles([p for p in pieces if p[3] != "0"]), title, told)


def paired(pairs: Sequence[tuple[int, int]], *, title: str, told: str) -> SafeString:
    """Return two upright bars for each pair, classes ``came`` and ``done``, the highest at full height."""
    most = max((max(pair) for pair in pairs), default=0) or 1
    step = WIDTH / max(len(pairs), 1)
    wide = step * (1 - 2 * _GAP) / 2
    pieces = []
    for place, pair in enumerate(pairs):
        for side, (name, count) in enumerate(zip(("came", "done"), pair, strict=True)):
            high = DAYS_HEIGHT * count / most
            left = step * (place + _GAP) + wide * side
            pieces.append(
                (name, _number(left), _number(DAYS_HEIGHT - high), _number(wide * 0.9), _number(high))
            )
    return _drawing("days", DAYS_HEIGHT, _rectangles(pieces), title, told)


def spark(counts: Sequence[int], *, title: str, told: str) -> SafeString:
    """Return one small upright bar for each count, class ``done``, the highest at full height."""
    most, step = max(counts, default=0) or 1, WIDTH / max(len(counts), 1)
    pieces = [
        (
            "done",
            _number(step * (place + _GAP)),
            _number(HEIGHT * (1 - count / most)),
            _number(step * (1 - 2 * _GAP)),
            _number(HEIGHT * count / most),
        )
        for place, count in enumerate(counts)
        if count
    ]
    return _drawing("spark", HEIGHT, _rectangles(pieces), title, told)


def whisker(
    value: float, low: float | None, high: float | None, *, title: str, told: str, marks: Sequence[float] = ()
) -> SafeString:
    """Return a dot with its interval on a line from 0 to 1; what is below 0 stands at 0.

    ``marks`` are places on the line that the reader compares with.
    """
    middle = _number(HEIGHT / 2)
    lines = [("mark-line", _place(mark), "0", _place(mark), _number(HEIGHT)) for mark in marks]
    lines.append(("axis", "0", middle, _number(WIDTH), middle))
    if low is not None and high is not None:
        lines.append(("whisker", _place(low), middle, _place(high), middle))
    lines.append(("dot", _place(value), middle, _place(value), middle))
    # a line of no length with round ends is a dot, which stretching leaves round
    inside = format_html_join(
        "",
        '<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}" vector-effect="non-scaling-stroke"/>',
        lines,
    )
    return _drawing("span", HEIGHT, inside, title, told)


def distribution(seconds: Sequence[int], *, title: str, told: str) -> SafeString:
    """Return how many of the seconds fall into each bin of a doubling scale, the fullest at full height."""
    counts = [0] * SECOND_BINS
    for value in seconds:
        counts[bin_of(value)] += 1
    most, step = max(counts, default=0) or 1, WIDTH / SECOND_BINS
    pieces = [
        (
            "done",
            _number(step * (place + _GAP / 2)),
            _number(2 * HEIGHT * (1 - count / most)),
            _number(step * (1 - _GAP)),
            _number(max(2 * HEIGHT * count / most, _LEAST_SEEN)),
        )
        for place, count in enumerate(counts)
        if count
    ]
    return _drawing("spread", 2 * HEIGHT, _rectangles(pieces), title, told)


def bin_of(seconds: int) -> int:
    """Return the bin of a number of seconds: 0 up to 1 second, then doubling, the last for all longer."""
    return min(math.ceil(math.log2(max(seconds, 1))), SECOND_BINS - 1)


def quantile(ordered: Sequence[int], part: float) -> int:
    """Return the value below which ``part`` of the ordered values lie (the nearest rank)."""
    return ordered[min(max(math.ceil(part * len(ordered)) - 1, 0), len(ordered) - 1)]


def _place(value: float) -> str:
    return _number(WIDTH * min(max(value, 0.0), 1.0))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _rectangles(pieces: Sequence[tuple[str, ...]]) -> SafeString:
    return format_html_join("", '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>', pieces)


def _drawing(kind: str, height: float, inside: SafeString, title: str, told: str) -> SafeString:
    return format_html(
        '<svg class="drawing {}" role="img" aria-label="{}: {}" viewBox="0 0 {} {}"'
        ' preserveAspectRatio="none"><title>{}</title><desc>{}</desc>{}</svg>',
        kind,
        title,
        told,
        _number(WIDTH),
        _number(height),
        title,
        told,
        inside,
    )
