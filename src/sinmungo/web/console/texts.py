"""Stored text made ready for a page: evidence marked, guidelines as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_HEADINGS_UNDER = 2
_LONGEST_KEPT = 64


def marked(text: str, spans: Iterable[tuple[int, int]]) -> SafeString:
    """Return ``text``, escaped, with the code points of ``spans`` in ``<mark>``; overlaps become one."""
    pieces: list[SafeString] = []
    place = 0
    for start, end in _joined(spans, len(text)):
        pieces.append(format_html("{}<mark>{}</mark>", text[place:start], text[start:end]))
        place = end
    pieces.append(format_html("{}", text[place:]))
    return format_html_join("", "{}", ((piece,) for piece in pieces))


@lru_cache(maxsize=_LONGEST_KEPT)
def guideline(markdown: str) -> SafeString:
    """Return a policy's guideline as HTML, its headings below the page's own; raw HTML is shown as text."""
    reader = MarkdownIt("commonmark", {"html": False})
    tokens = reader.parse(markdown)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + _HEADINGS_UNDER, 6)}"
    html = str(reader.renderer.render(tokens, reader.options, {}))
    return mark_safe(html)  # noqa: S308 - raw HTML in the text is off, so it is escaped


def _joined(spans: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    inside = sorted((max(start, 0), min(end, length)) for start, end in spans)
    for start, end in inside:
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
