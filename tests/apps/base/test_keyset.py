"""Lists that page by key."""

from __future__ import annotations

import base64
import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sinmungo.apps.base.keyset import MAX_CURSOR, BadCursor, page
from sinmungo.apps.items.models import Item
from tests.common import factories as make


def cursor(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.django_db
@pytest.mark.parametrize("order", [("-first_seen_at", "-id"), ("first_seen_at", "id"), ("type", "-id")])
def test_every_row_comes_once_in_order(order: tuple[str, ...]) -> None:
    """Following the cursors gives all rows in their order, also where the first key is the same."""
    platform = make.platform()
    made = make.accounts(platform, [f"n{number}" for number in range(23)])
    found: list[Item] = []
    after = ""
    while True:
        part = page(Item.objects.all(), order=order, after=after, limit=5)
        found += part.rows
        after = part.next
        if not after:
            break
    assert len(found) == len(made)
    assert found == list(Item.objects.order_by(*order))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "after",
    [
        "x",
        "%%%",
        "가나다",
        "A" * (MAX_CURSOR + 1),
        cursor(),
        cursor(1, 2),
        cursor("2026-01-01T00:00:00+00:00"),
        cursor("yesterday", "no id"),
        cursor("2026-13-99T00:00:00+00:00", "00000000-0000-0000-0000-000000000000"),
        cursor("2026-01-01T00:00:00+00:00", "\0"),
        base64.urlsafe_b64encode(b"[" * 300).decode(),
    ],
)
def test_a_damaged_cursor_is_refused(after: str) -> None:
    """What we did not give is refused with an error that says what to do, never a server error."""
    with pytest.raises(BadCursor):
        page(Item.objects.all(), order=("-first_seen_at", "-id"), after=after)


@pytest.mark.django_db
@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60))
def test_any_text_as_a_cursor_is_a_page_or_refused(after: str) -> None:
    """Whatever stands in the address, the answer is a page or BadCursor."""
    with contextlib.suppress(BadCursor):
        page(Item.objects.all(), order=("first_seen_at", "id"), after=after)
