"""Stored tiles, held against the leaves as a verification passes over them."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Max

from sinmungo.apps.ledger.models import Checkpoint, Tile
from sinmungo.core import merkle
from sinmungo.core.merkle import TILE_WIDTH


class TileCheck:
    """Grow the tiles of a log leaf by leaf and compare each full one with its row.

    Holds at most 255 hashes a level. ``fault`` takes kind, position and detail.
    """

    def __init__(self, fault: Callable[[str, int | None, str], None]) -> None:
        self._fault = fault
        self._open: list[list[bytes]] = []
        self._full: list[int] = []

    def append(self, leaf: bytes) -> None:
        """Take the next leaf hash."""
        node, level = leaf, 0
        while True:
            if level == len(self._open):
                self._open.append([])
                self._full.append(0)
            self._open[level].append(node)
            if len(self._open[level]) < TILE_WIDTH:
                return
            node = self._close(level)
            level += 1

    def look_for_others(self) -> None:
        """Name tiles that no leaves fill. Tiles of entries appended meanwhile are not among them."""
        highest = list(Tile.objects.values_list("level").annotate(Max("index")).order_by("level"))
        size = Checkpoint.objects.aggregate(Max("size"))["size__max"] or 0
        for level, index in highest:
            if (index + 1) * TILE_WIDTH ** (level + 1) > max(size, self._seen()):
                self._fault("tile.unexpected", None, f"{merkle.tile_path(level, index)} is not full yet")

    def _seen(self) -> int:
        return self._full[0] * TILE_WIDTH + len(self._open[0]) if self._open else 0

    def _close(self, level: int) -> bytes:
        """Compare a full tile with its row; return the hash that stands for it one level up."""
        hashes, index = self._open[level], self._full[level]
        self._open[level] = []
        self._full[level] += 1
        row = Tile.objects.filter(level=level, index=index).values_list("hashes", flat=True).first()
        first = index * TILE_WIDTH ** (level + 1)
        if row is None:
            self._fault("tile.missing", first, f"{merkle.tile_path(level, index)} is gone")
        elif bytes(row) != b"".join(hashes):
            self._fault(
                "tile.changed", first, f"{merkle.tile_path(level, index)} is not what the log has there"
            )
        return merkle.root(hashes)
