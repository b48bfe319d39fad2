"""Systems for whole stories: prepared once, copied for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.system import System


@pytest.fixture(scope="session")
def prepared_full(tmp_path_factory: pytest.TempPathFactory) -> System:
    """A prepared deployment with the demo platform in the mode *full*."""
    return System.prepare(tmp_path_factory.mktemp("full"), mode="full")


@pytest.fixture
def system(prepared_full: System, tmp_path: Path) -> Iterator[System]:
    """A running system of the test's own."""
    with prepared_full.copy(tmp_path).start() as running:
        yield running
