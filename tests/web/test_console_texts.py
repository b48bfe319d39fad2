"""Stored text made ready for a page."""

from __future__ import annotations

import re
import uuid

from django.utils.html import escape
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.web.console import handles, texts

SPANS = st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=6)


@given(st.text(max_size=50), SPANS)
@settings(deadline=None)
def test_marking_changes_nothing_but_the_marks(text: str, spans: list[tuple[int, int]]) -> None:
    """Whatever the spans, taking the marks away leaves the escaped text, and marks never nest."""
    html = texts.marked(text, spans)
    assert re.sub(r"</?mark>", "", html) == escape(text)
    assert re.fullmatch(r"(?:(?!</?mark>).|<mark>(?:(?!</?mark>).)*</mark>)*", html, re.DOTALL)


def test_spans_count_code_points() -> None:
    """A span counts letters, not bytes, also behind letters beyond the first plane."""
    assert texts.marked("😀 가만두지 않겠다", [(2, 6)]) == "😀 <mark>가만두지</mark> 않겠다"
    assert texts.marked("가나다라", [(0, 2), (1, 3)]) == "<mark>가나다</mark>라"


def test_a_guideline_stands_below_the_pages_headings_and_runs_nothing() -> None:
    """Headings move down two levels; raw HTML and script addresses in a guideline stay text."""
    html = texts.guideline("# 위협\n\n<script>x</script>\n\n[여기](javascript:alert)\n\n- 하나")
    assert "<h3>위협</h3>" in html
    assert "<script>" not in html
    assert 'href="javascript' not in html
    assert "<li>하나</li>" in html


@given(st.uuids())
@settings(deadline=None)
def test_a_handle_leads_back_to_its_row(row_id: uuid.UUID) -> None:
    """A handle is 22 letters for an address and leads back to the id it hides."""
    handle = handles.to_handle(row_id)
    assert re.fullmatch(r"[\w-]{22}", handle)
    assert handles.from_handle(handle) == row_id


def test_handles_do_not_sort_by_time() -> None:
    """Of ids made one after another the handles do not show the order."""
    made = [handles.to_handle(uuid.UUID(int=(i << 80) | (7 << 76))) for i in range(50)]
    assert made != sorted(made)
