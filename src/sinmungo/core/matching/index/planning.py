"""How far each slot of a query is searched, so that nothing is missed and little is looked at.

The pigeonhole principle with unequal holes: let slot i be searched to the distance r(i), -1 for not at all,
with r(i) + 1 adding up to radius + 1. A hash that is farther than r(i) in every slot i is farther than
the radius. (Norouzi, Punjani and Fleet, *Fast exact search in Hamming space with multi-index hashing*, 2014,
give each slot the same share; Qin and others, *GPH*, 2018, choose the shares for each query.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sinmungo.core.matching.index.slots import SLOTS, STARTS

#: What looking up one list costs, in entries of a list.
_LIST_COST = 2


def least_reach(radius: int) -> int:
    """Return how far the slots must be searched when each has the same share of the radius."""
    return radius // SLOTS


def lists(reach: int) -> int:
    """Return how many lists of a slot lie within the reach."""
    return int(STARTS[reach + 1])


def shares(counts: NDArray[np.uint32], radius: int, reach: int) -> NDArray[np.int8]:
    """Return how far each slot of each query is searched, -1 to ``reach``, as an array of shape (m, 16).

    ``counts`` are the lengths of the lists within the reach, of shape (m, 16, lists), nearest first: crowded
    slots are passed over for others that are searched farther.
    """
    if SLOTS * (reach + 1) == radius + 1:
        return np.full(counts.shape[:2], reach, dtype=np.int8)
    rings = np.add.reduceat(counts, STARTS[: reach + 1], axis=2, dtype=np.int64)
    rings += _LIST_COST * np.diff(STARTS[: reach + 2])
    # a ring is never cheaper than the ring inside it, so that the cheapest of all are whole discs
    costs = np.maximum.accumulate(rings, axis=2).reshape(len(counts), -1)
    taken = np.zeros(costs.shape, dtype=np.int8)
    np.put_along_axis(taken, np.argpartition(costs, radius, axis=1)[:, : radius + 1], np.int8(1), axis=1)
    rings_taken: NDArray[np.int8] = taken.reshape(len(counts), SLOTS, reach + 1).sum(axis=2, dtype=np.int8)
    return rings_taken - np.int8(1)
