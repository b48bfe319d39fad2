"""One real platform a file, started on a free port; tests use accounts of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from sinmungo.demo.process import DemoPlatform, Neighbour

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoPlatform]:
    """A platform that nobody has joined yet and that sends nothing."""
    with DemoPlatform.start(tmp_path_factory.mktemp("madang")) as running:
        yield running


@pytest.fixture
def join(platform: DemoPlatform) -> Callable[..., Neighbour]:
    """Make another neighbour, whose handle nobody has."""

    def joined(**more: str) -> Neighbour:
        return platform.join(f"도토리_{next(_NUMBERS)}호", **more)

    return joined


@pytest.fixture(autouse=True)
def _well(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "platform" in request.fixturenames:
        running: DemoPlatform = request.getfixturevalue("platform")
        running.clear_faults()
