"""What is told of refused rows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sinmungo.core.matching import exchange
from sinmungo.core.matching.exchange import BadPage, Format, read
from sinmungo.core.matching.exchange.table import COLUMNS
from sinmungo.core.matching.exchange.values import REASONS

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "bank-files.md"


def test_every_code_column_and_format_is_in_the_page() -> None:
    """The page of files of banks lists what can be wrong with a row, and what there is to write."""
    listed = set(re.findall("`([a-z0-9_]+)`", PAGE.read_text(encoding="utf-8")))

    assert {*REASONS, *COLUMNS, *(form.value for form in Format)} - listed == set()


@pytest.mark.parametrize("form", Format)
def test_no_page_is_larger_than_the_limit(form: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte more is refused whole, before anything of it is read."""
    monkeypatch.setattr(exchange, "MAX_BYTES", 99)
    with pytest.raises(BadPage, match="larger than 99 bytes"):
        read(form, b" " * 100)
