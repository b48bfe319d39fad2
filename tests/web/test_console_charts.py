"""Drawings made of numbers: in bounds, with words, and without a style."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinmungo.web.console import charts

COUNTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=8)
PLACES = st.floats(-2, 2)


def drawn(svg: str) -> ET.Element:
    found = ET.fromstring(svg)  # noqa: S314 - our own drawing
    assert "style" not in svg
    assert found[0].tag == "title" and found[1].tag == "desc"
    return found


def numbers(svg: str, name: str) -> list[float]:
    return [float(value) for value in re.findall(rf' {name}="([-0-9.]+)"', svg)]


@given(COUNTS, st.integers(0, 10**7))
def test_parts_of_a_bar_fill_no_more_than_its_width(parts: list[int], most: int) -> None:
    """Side by side, in order, within the width, whatever the numbers."""
    svg = charts.stacked(parts, most, title="대기열", told="3")
    drawn(svg)
    lefts, widths = numbers(svg, "x"), numbers(svg, "width")
    assert lefts == sorted(lefts)
    assert sum(widths) <= charts.WIDTH + 0.1


def test_a_bar_is_as_wide_as_its_share_of_the_fullest() -> None:
    """Half as much is half as wide."""
    svg = charts.stacked([2, 3], 10, title="a", told="b")
    assert numbers(svg, "width") == [20, 30]
    assert 'class="part-1"' in svg


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=31))
def test_bars_of_days_stay_inside(pairs: list[tuple[int, int]]) -> None:
    """No bar is higher than the drawing, and each begins inside it."""
    svg = charts.paired(pairs, title="a", told="b")
    drawn(svg)
    assert all(0 <= value <= charts.DAYS_HEIGHT for value in numbers(svg, "height"))
    assert all(0 <= value <= charts.WIDTH for value in numbers(svg, "x"))


@given(st.lists(st.integers(0, 10**6), max_size=40))
def test_a_spark_has_a_bar_for_each_count_that_is_not_zero(counts: list[int]) -> None:
    """All inside the drawing, and the highest as high as it."""
    svg = charts.spark(counts, title="a", told="b")
    drawn(svg)
    heights = numbers(svg.split("<desc>")[1], "height")
    assert len(heights) == sum(count > 0 for count in counts)
    assert max(heights, default=charts.HEIGHT) == charts.HEIGHT
    assert all(0 <= place <= charts.WIDTH for place in numbers(svg, "x"))


@given(PLACES, PLACES, PLACES)
def test_a_dot_and_its_interval_stay_on_the_line(value: float, low: float, high: float) -> None:
    """Below 0 stands at 0 and above 1 at 1."""
    svg = charts.whisker(value, low, high, title="a", told="b", marks=(0.5,))
    drawn(svg)
    assert all(0 <= place <= charts.WIDTH for place in numbers(svg, "x1") + numbers(svg, "x2"))


def test_without_an_interval_only_the_dot_is_drawn() -> None:
    """Nothing suggests a certainty that is not there."""
    assert "whisker" not in charts.whisker(0.5, None, None, title="a", told="b")


@pytest.mark.parametrize(
    ("seconds", "place"),
    [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (1024, 10), (1025, 11), (10**6, 11)],
)
def test_bins_double(seconds: int, place: int) -> None:
    """Up to 1, 2, 4 ... seconds, and one for all longer ones."""
    assert charts.bin_of(seconds) == place


@given(st.lists(st.integers(0, 10**5), min_size=1, max_size=50), st.floats(0, 1))
def test_a_quantile_is_one_of_the_values(values: list[int], part: float) -> None:
    """The nearest rank, never something in between."""
    assert charts.quantile(sorted(values), part) in values


def test_what_a_chart_says_is_escaped() -> None:
    """A title out of a policy's words brings no markup."""
    svg = charts.stacked([1], 1, title="<script>", told='"&')
    assert "<script>" not in svg
    drawn(svg)


@given(st.lists(st.integers(0, 10**5), max_size=50))
def test_a_distribution_draws_each_bin_once(values: list[int]) -> None:
    """As many bars as bins that hold something, none higher than the drawing."""
    svg = charts.distribution(values, title="a", told="b")
    drawn(svg)
    assert len(numbers(svg, "height")) == len({charts.bin_of(value) for value in values})
    assert all(value <= 2 * charts.HEIGHT for value in numbers(svg, "height"))
