"""Another time than now, for as long as what happened earlier is acted out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest import mock

from sinmungo.apps.base import clock


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let the one clock of this process stand at ``moment``; another one may be set inside.

    Ids are made from the machine's own clock and stay in the order of making.
    """
    with mock.patch.object(clock, "now", return_value=moment):
        yield
