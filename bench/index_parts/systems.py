"""The systems that are measured side by side, behind doors of the same shape."""

from __future__ import annotations

import importlib
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bench.index_parts.plain import PlainIndex
from bench.index_parts.shapes import RADIUS, Bits
from sinmungo.core.matching.index import HashIndex

Keys = NDArray[np.int64]


class System(Protocol):
    """An index that was made of hashes under the keys 0, 1, 2 ..."""

    def one(self, query: Any) -> int:
        """Return how many hashes are near one query, given as :meth:`queries` made it."""
        ...

    def many(self, asked: Bits) -> int:
        """Return how many are near all of them, in one call where the system has one."""
        ...

    def queries(self, asked: Bits) -> list[Any]:
        """Return queries in the form that the system takes; this is not timed."""
        ...

    def add(self, hashes: Bits, first_key: int) -> None:
        """Add hashes under the keys from ``first_key`` on."""
        ...

    def remove(self, keys: Keys) -> bool:
        """Remove keys; False if the system cannot."""
        ...


class Ours:
    """``HashIndex``, radius 31."""

    def __init__(self, given: Bits) -> None:
        self._index = HashIndex(given, np.arange(len(given)))

    @staticmethod
    def prepared(hashes: Bits) -> Bits:
        return hashes

    def queries(self, asked: Bits) -> list[bytes]:
        return [row.tobytes() for row in asked]

    def one(self, query: bytes) -> int:
        return len(self._index.find(query).keys)

    def many(self, asked: Bits) -> int:
        return len(self._index.find_many(asked).keys)

    def add(self, hashes: Bits, first_key: int) -> None:
        self._index.add(hashes, np.arange(first_key, first_key + len(hashes)))

    def remove(self, keys: Keys) -> bool:
        return self._index.remove(keys) == len(keys)


class Plain(Ours):
    """A multi-index in numpy as it is usually written."""

    def __init__(self, given: Bits) -> None:
        self._plain = PlainIndex(given)

    def queries(self, asked: Bits) -> list[Any]:
        return list(asked)

    def one(self, query: Bits) -> int:
        return self._plain.count(query)

    def many(self, asked: Bits) -> int:
        return sum(self._plain.count(row) for row in asked)

    def add(self, _hashes: Bits, _first_key: int) -> None:
        raise NotImplementedError

    def remove(self, _keys: Keys) -> bool:
        return False


class Faiss(Ours):
    """faiss' own multi-index: 16 tables of 16 bits, one bit flipped."""

    def __init__(self, given: Bits) -> None:
        self._faiss: Any = self._made(importlib.import_module("faiss"))
        self._faiss.add(given)

    def _made(self, faiss: Any) -> Any:
        index = faiss.IndexBinaryMultiHash(256, 16, 16)
        index.nflip = 1
        return index

    def queries(self, asked: Bits) -> list[Any]:
        return [asked[place : place + 1].copy() for place in range(len(asked))]

    def one(self, query: Bits) -> int:
        return self.many(query)

    def many(self, asked: Bits) -> int:
        limits, _, _ = self._faiss.range_search(asked, RADIUS + 1)
        return int(limits[-1])

    def add(self, hashes: Bits, _first_key: int) -> None:
        self._faiss.add(hashes)

    def remove(self, _keys: Keys) -> bool:
        return False


class FaissFlat(Faiss):
    """faiss' comparison with everything."""

    def _made(self, faiss: Any) -> Any:
        return faiss.IndexBinaryFlat(256)

    def remove(self, keys: Keys) -> bool:
        return int(self._faiss.remove_ids(keys)) == len(keys)


class ThreatExchange(Ours):
    """threatexchange's default index."""

    kind = "PDQIndex"

    def __init__(self, given: list[tuple[str, int]]) -> None:
        module = importlib.import_module("threatexchange.signal_type.pdq.pdq_index")
        self._theirs: Any = getattr(module, self.kind)(given)

    @staticmethod
    def prepared(hashes: Bits) -> list[tuple[str, int]]:  # type: ignore[override]
        return [(row.tobytes().hex(), key) for key, row in enumerate(hashes)]

    def queries(self, asked: Bits) -> list[Any]:
        return [row.tobytes().hex() for row in asked]

    def one(self, query: str) -> int:  # type: ignore[override]
        return len(self._theirs.query(query))

    def many(self, asked: Bits) -> int:
        return sum(map(self.one, self.queries(asked)))

    def add(self, hashes: Bits, first_key: int) -> None:
        self._theirs.add_all([(row.tobytes().hex(), first_key + place) for place, row in enumerate(hashes)])

    def remove(self, _keys: Keys) -> bool:
        return False


class ThreatExchangeFlat(ThreatExchange):
    """threatexchange's flat index; its radius is fixed at 52."""

    kind = "PDQFlatIndex"
