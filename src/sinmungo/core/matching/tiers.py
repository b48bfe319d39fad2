"""Rows found by a number, in numpy: a large sorted part and a small one, so that adding rewrites the small.

A row takes its own bytes and eight for its number. Safe to read while another thread writes: both parts are
replaced at once and never changed. Writers take turns by their own means.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Rows = NDArray[np.void]

#: The small part joins the large one above this many rows, or this share of it.
LEAST_SMALL = 4096
SHARE = 8


class Tier(NamedTuple):
    """Numbers in rising order, and the row of each."""

    numbers: Numbers
    rows: Rows


class Tiers:
    """Rows of one type under numbers; a number may have several."""

    def __init__(self, kind: np.dtype[np.void], given: Tier | None = None) -> None:
        """Take up what :meth:`all` returned. Raises ValueError for rows of another type or out of order."""
        self.kind = kind
        self._empty = Tier(np.empty(0, np.int64), np.empty(0, kind))
        large = self._empty if given is None else given
        if large.rows.dtype != kind or len(large.rows) != len(large.numbers):
            raise ValueError("each number has one row of the type that is kept here")
        if (large.numbers[1:] < large.numbers[:-1]).any():
            raise ValueError("the numbers do not rise")
        self._tiers = (large, self._empty)

    def __len__(self) -> int:
        return sum(len(tier.numbers) for tier in self._tiers)

    def add(self, numbers: Numbers, rows: Rows) -> None:
        """Add a row under each of the numbers."""
        large, small = self._tiers
        small = _merged(small, Tier(numbers, rows))
        if len(small.numbers) > max(LEAST_SMALL, len(large.numbers) // SHARE):
            large, small = _merged(large, small), self._empty
        self._tiers = (large, small)

    def find(self, wanted: Numbers) -> tuple[Numbers, Rows]:
        """Return the rows under the numbers that are ``wanted``, and for each its place among these."""
        found = [_found(tier, wanted) for tier in self._tiers if len(tier.numbers)]
        if not found:
            return np.empty(0, np.int64), self._empty.rows
        return np.concatenate([each[0] for each in found]), np.concatenate([each[1] for each in found])

    def drop(self, which: Callable[[Tier], NDArray[np.bool_]]) -> int:
        """Take out the rows that ``which`` says of either part; return how many."""
        before = len(self)
        kept = [(tier, ~which(tier)) for tier in self._tiers]
        large, small = (
            tier if mask.all() else Tier(tier.numbers[mask], tier.rows[mask]) for tier, mask in kept
        )
        self._tiers = (large, small)
        return before - len(self)

    def all(self) -> Tier:
        """Return everything as one part."""
        return _merged(*self._tiers)


def _merged(one: Tier, other: Tier) -> Tier:
    if not len(one.numbers) and len(other.numbers) < 2:
        return other
    numbers = np.concatenate((one.numbers, other.numbers))
    order = np.argsort(numbers, kind="stable")
    return Tier(numbers[order], np.concatenate((one.rows, other.rows))[order])


def _found(tier: Tier, wanted: Numbers) -> tuple[Numbers, Rows]:
    begins = np.searchsorted(tier.numbers, wanted, "left")
    counts = np.searchsorted(tier.numbers, wanted, "right") - begins
    places = np.repeat(np.arange(len(wanted)), counts)
    offsets = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
    return places, tier.rows[np.repeat(begins, counts) + offsets]
