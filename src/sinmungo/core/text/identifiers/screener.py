"""What was hidden in a text, as signals."""

from __future__ import annotations

from collections.abc import Sequence

from sinmungo.core.kernel.values import PlainItem, PlainSignal


class IdentifierScreener:
    """Source ``identifiers``: for each kind of number that was hidden in an item, a signal of score 1.0.

    It reads what masking found on arrival, not the dots: anybody can type dots.
    """

    name = "identifiers"

    def __init__(self, version: str = "2") -> None:
        self.version = version

    def screen(self, batch: Sequence[PlainItem]) -> list[list[PlainSignal]]:
        """Return the signals of each item, each with the place of the first number of its kind."""
        return [self._signals(item) if item.masked else [] for item in batch]

    def _signals(self, item: PlainItem) -> list[PlainSignal]:
        first = dict(reversed(item.masked))
        return [
            PlainSignal(self.name, self.version, kind, 1.0, item.text[span.start : span.end], span)
            for kind, span in sorted(first.items())
        ]
