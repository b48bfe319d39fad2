"""Plots made of numbers: inside their frame, with words, without a style, and true to their scale."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from sinmungo.web.console import automation_plots as plots
from sinmungo.web.console.automation_plots import Decades, Even

POINTS = st.lists(st.tuples(st.floats(0, 500), st.floats(0, 1e6)), min_size=1, max_size=900).map(sorted)


def drawn(svg: str) -> ET.Element:
    found = ET.fromstring(svg)  # noqa: S314 - our own drawing
    assert "style" not in svg
    assert found[0].tag == "title" and found[1].tag == "desc"
    return found


def corners(svg: str) -> list[tuple[float, float]]:
    points = re.findall(r'points="([^"]*)"', svg)[0].split()
    return [(float(x), float(y)) for x, y in (point.split(",") for point in points)]


@given(POINTS)
def test_a_line_stays_inside_its_frame_whatever_its_values(points: list[tuple[float, float]]) -> None:
    """Also beyond the ends of the scale and of the time shown."""
    svg = plots.lines(
        [("value", points)],
        scale=Decades(-4, 3),
        begins=0,
        ends=400,
        marks=[("trip", 1e9)],
        title="a",
        told="b",
    )
    drawn(svg)
    assert all(0 <= x <= plots.WIDTH and 0 <= y <= plots.HEIGHT for x, y in corners(svg))


def test_a_value_holds_until_the_next_one() -> None:
    """The line goes level to the next moment and then up or down, and on to the end."""
    svg = plots.lines(
        [("value", [(0, 0.0), (5, 1.0)])], scale=Even(0, 1), begins=0, ends=10, title="a", told="b"
    )
    assert corners(svg) == [(0, 40), (50, 40), (50, 0), (100, 0)]


def test_each_power_of_ten_is_as_far_from_the_next() -> None:
    """A hundredth stands a third of the way from a ten-thousandth to a hundred; nothing stands lowest."""
    scale = Decades(-4, 2)
    assert [round(scale.place(value), 3) for value in (0.0, 1e-4, 1e-2, 1.0, 100.0, 1e9)] == [
        0, 0, 0.333, 0.667, 1, 1
    ]  # fmt: skip
    assert scale.labels == ("100", "10", "1", "0.1", "0.01", "0.001", "1e-4")


@given(st.lists(st.floats(0, 1e9), max_size=3000))
def test_thinning_keeps_the_highest_the_lowest_and_both_ends(values: list[float]) -> None:
    """A short peak is never lost, for a trip may be one."""
    points = [(float(place), value) for place, value in enumerate(values)]
    kept = plots.thinned(points)
    assert len(kept) <= plots.MOST_POINTS + 2 and set(kept) <= set(points)
    if points:
        assert {points[0], points[-1]} <= set(kept)
        assert max(value for _x, value in kept) == max(values)
        assert min(value for _x, value in kept) == min(values)


@given(st.lists(st.floats(0, 1e5), max_size=60), st.none() | st.floats(0, 1e5))
def test_bars_and_their_mark_fit_the_frame(counts: list[float], mark: float | None) -> None:
    """The higher of the highest bar and the mark has the full height."""
    svg = plots.bars(counts, mark=mark, title="a", told="b")
    drawn(svg)
    heights = [float(each) for each in re.findall(r'<rect[^>]* height="([0-9.]+)"', svg)]
    assert all(height <= plots.HEIGHT + 0.01 for height in heights)
    assert ("least" in svg) == (mark is not None)


def test_a_day_shows_its_shift_at_its_hours() -> None:
    """From six to noon is the second quarter of the day."""
    svg = plots.day([(6.0, 12.0, 0.5)], title="월요일", told="06:00–12:00")
    drawn(svg)
    assert 'x="25" y="20" width="25" height="20"' in svg


def test_a_curve_marks_what_was_chosen() -> None:
    """An upright line stands at the chosen place, and none where nothing is chosen."""
    points = [(0.8, 10.0), (0.9, 100.0)]
    assert 'class="threshold chosen" x1="50"' in plots.curve(
        points, scale=Decades(0, 2), chosen=0.85, title="a", told="b"
    )
    assert "chosen" not in plots.curve(points, scale=Decades(0, 2), title="a", told="b")
