"""``sinmungo work``, and who opens protected banks."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sinmungo
from sinmungo.apps.screening.banks import holding
from sinmungo.cli import work

pytestmark = pytest.mark.django_db
SOURCE = Path(sinmungo.__file__).parent


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """The command changes what signals do and what this process may hold."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    before = holding._holder
    yield
    holding._holder = before
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_the_worker_opens_protected_banks_and_leaves_no_core_dump(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it keeps its first promise it may hold them, and a crash would write no memory to the disk."""
    seen: list[tuple[bool, int]] = []

    def noted(**_: object) -> int:
        seen.append((holding.opens_sealed(), resource.getrlimit(resource.RLIMIT_CORE)[0]))
        return 0

    monkeypatch.setattr(work.work, "keep_all", noted)
    result = CliRunner().invoke(work.app, ["--once"])

    assert result.exit_code == 0
    assert seen == [(True, 0)]


def test_nobody_else_opens_protected_banks() -> None:
    """No other module of the product asks for it, so no web process and no other command ever does."""
    naming = [path for path in SOURCE.rglob("*.py") if "hold_sealed" in path.read_text()]

    assert sorted(str(path.relative_to(SOURCE)) for path in naming) == [
        "apps/screening/banks/holding.py",
        "apps/screening/banks/queries.py",
        "cli/work.py",
    ]
