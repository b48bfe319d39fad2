"""Plots over time and over choices as inline SVG: lines, thresholds and bars, with words around them.

As in ``charts``, a drawing stretches to the width it is given and carries no lettering and no style. A
scale's labels stand evenly beside it, from top to bottom.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 100.0, 40.0
#: Points of one line; of more, those that lie lowest and highest in each slice stay.
MOST_POINTS = 400
_GAP = 0.12

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot as the page shows it, with the same figures as a table.

    ``scale`` are the labels of the upright axis from top to bottom, evenly apart; ``ticks`` those below
    from left to right; ``legend`` pairs a class with its meaning. Without ``drawing`` only ``empty`` is said.
    """

    title: str
    drawing: SafeString | None
    columns: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    scale: tuple[str, ...] = ()
    ticks: tuple[str, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    empty: str = ""


class Scale(Protocol):
    """Where a value stands on the upright axis: 0 at the bottom, 1 at the top, never outside."""

    def place(self, value: float) -> float: ...


@dataclass(frozen=True, slots=True)
class Even:
    """An even scale from ``low`` to ``high``."""

    low: float
    high: float

    def place(self, value: float) -> float:
        return _within((value - self.low) / (self.high - self.low))


@dataclass(frozen=True, slots=True)
class Decades:
    """A logarithmic scale from ten to the power of ``low`` to that of ``high``; 0 stands at the bottom."""

    low: int
    high: int

    def place(self, value: float) -> float:
        if value <= 0.0:
            return 0.0
        return _within((math.log10(value) - self.low) / (self.high - self.low))

    @property
    def labels(self) -> tuple[str, ...]:
        """One label for each power of ten, from the top; 1e-5 is written so, 0.01 and 100 in full."""
        return tuple(_power(each) for each in range(self.high, self.low - 1, -1))


def _power(exponent: int) -> str:
    return f"{10.0**exponent:,.{max(-exponent, 0)}f}" if -3 <= exponent <= 4 else f"1e{exponent}"


def lines(
    found: Sequence[tuple[str, Sequence[Point]]],
    *,
    scale: Scale,
    begins: float,
    ends: float,
    marks: Sequence[tuple[str, float]] = (),
    title: str,
    told: str,
) -> SafeString:
    """Return lines of (x, value), each with its class, between x ``begins`` and ``ends``.

    ``marks`` are values with a class, drawn across as thresholds. A value holds until the next one.
    """
    thresholds = [
        (_threshold(name, "0", high, _number(WIDTH), high),) for name, high in _placed(marks, scale)
    ]
    drawn = format_html_join(
        "",
        '<polyline class="run {}" points="{}" vector-effect="non-scaling-stroke"/>',
        [(name, _steps(thinned(points), scale, begins, ends)) for name, points in found if points],
    )
    across = format_html_join("", "{}", thresholds)
    return _drawing("plot", format_html("{}{}", across, drawn), title, told)


def curve(
    points: Sequence[Point], *, scale: Scale, chosen: float | None = None, title: str, told: str
) -> SafeString:
    """Return one line through points, straight from each to the next; ``chosen`` is an x marked upright."""
    low, high = points[0][0], points[-1][0]
    placed = " ".join(
        f"{_number(WIDTH * _within((x - low) / (high - low)))},{_upright(scale.place(value))}"
        for x, value in points
    )
    mark = SafeString("")
    if chosen is not None:
        at = _number(WIDTH * _within((chosen - low) / (high - low)))
        mark = _threshold("chosen", at, "0", at, _number(HEIGHT))
    drawn = format_html(
        '<polyline class="run value" points="{}" vector-effect="non-scaling-stroke"/>', placed
    )
    return _drawing("plot", format_html("{}{}", mark, drawn), title, told)


def bars(counts: Sequence[float], *, mark: float | None = None, title: str, told: str) -> SafeString:
    """Return an upright bar for each count, the highest of them and of ``mark`` at full height."""
    most = max((*counts, mark or 0.0), default=0.0) or 1.0
    step = WIDTH / max(len(counts), 1)
    pieces = [
        (
            _number(step * (place + _GAP)),
            _upright(count / most),
            _number(step * (1 - 2 * _GAP)),
            _number(HEIGHT * count / most),
        )
        for place, count in enumerate(counts)
        if count
    ]
    inside = format_html_join("", '<rect class="done" x="{}" y="{}" width="{}" height="{}"/>', pieces)
    if mark is not None:
        high = _upright(mark / most)
        inside += _threshold("least", "0", high, _number(WIDTH), high)
    return _drawing("plot", inside, title, told)


def day(spans: Sequence[tuple[float, float, float]], *, title: str, told: str) -> SafeString:
    """Return one day of 24 hours with spans of (begins, ends, share): hours, and how high of the whole."""
    pieces = [
        (
            _number(WIDTH * begins / 24),
            _upright(share),
            _number(WIDTH * (ends - begins) / 24),
            _number(HEIGHT * share),
        )
        for begins, ends, share in spans
    ]
    inside = format_html_join("", '<rect class="done" x="{}" y="{}" width="{}" height="{}"/>', pieces)
    noon = format_html_join(
        "",
        '<line class="axis" x1="{}" y1="0" x2="{}" y2="{}" vector-effect="non-scaling-stroke"/>',
        [(_number(WIDTH * part), _number(WIDTH * part), _number(HEIGHT)) for part in (0.25, 0.5, 0.75)],
    )
    return _drawing("day", format_html("{}{}", noon, inside), title, told)


def thinned(points: Sequence[Point]) -> list[Point]:
    """Return at most about :data:`MOST_POINTS` points that keep the lowest and highest of each slice."""
    if len(points) <= MOST_POINTS:
        return list(points)
    slices = MOST_POINTS // 2 - 1
    size = math.ceil(len(points) / slices)
    kept: list[Point] = []
    for begin in range(0, len(points), size):
        part = points[begin : begin + size]
        kept += sorted({min(part, key=_value), max(part, key=_value)})
    return sorted({points[0], *kept, points[-1]})


def _value(point: Point) -> float:
    return point[1]


def _placed(marks: Sequence[tuple[str, float]], scale: Scale) -> list[tuple[str, str]]:
    return [(name, _upright(scale.place(value))) for name, value in marks]


def _threshold(name: str, x1: str, y1: str, x2: str, y2: str) -> SafeString:
    line = '<line class="threshold {}" x1="{}" y1="{}" x2="{}" y2="{}" vector-effect="non-scaling-stroke"/>'
    return format_html(line, name, x1, y1, x2, y2)


def _steps(points: Sequence[Point], scale: Scale, begins: float, ends: float) -> str:
    spread = (ends - begins) or 1.0
    placed: list[str] = []
    before = ""
    for x, value in points:
        across, high = _number(WIDTH * _within((x - begins) / spread)), _upright(scale.place(value))
        placed += [f"{across},{before}"] if before else []
        placed.append(f"{across},{high}")
        before = high
    return " ".join([*placed, f"{_number(WIDTH)},{before}"])


def _upright(share: float) -> str:
    return _number(HEIGHT * (1 - share))


def _within(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _drawing(kind: str, inside: SafeString, title: str, told: str) -> SafeString:
    return format_html(
        '<svg class="drawing {}" role="img" aria-label="{}: {}" viewBox="0 0 {} {}"'
        ' preserveAspectRatio="none"><title>{}</title><desc>{}</desc>{}</svg>',
        kind,
        title,
        told,
        _number(WIDTH),
        _number(HEIGHT),
        title,
        told,
        inside,
    )
