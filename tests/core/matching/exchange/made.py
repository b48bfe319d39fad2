"""Invented fingerprints: bits drawn from a counter, of no picture there ever was."""

from __future__ import annotations

import hashlib
import random

from hypothesis import strategies as st

from sinmungo.core.matching.fingerprints import KitHash, pack

HASH_BITS = 256


def bits(seed: object, count: int = 128) -> bytes:
    """Return 32 bytes with ``count`` bits set, the same for the same seed."""
    places = random.Random(repr(seed)).sample(range(HASH_BITS), count)
    return sum(1 << place for place in places).to_bytes(32, "big")


def single(seed: object, count: int = 128) -> bytes:
    """Return the record of one imported hash."""
    return pack([KitHash(255, bits(seed, count))])


def digest(seed: object, kind: str = "sha256") -> bytes:
    """Return the digest of an invented file."""
    return hashlib.new(kind, repr(seed).encode()).digest()


seeds = st.integers(0, 2**32)
ids = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), max_size=60)
likely = st.integers(112, 144)
hashes = st.builds(bits, seeds, likely)
singles = st.builds(single, seeds, likely)
kits = st.lists(st.builds(KitHash, st.integers(0, 31) | st.just(255), hashes), min_size=1, max_size=16).map(
    pack
)
clips = st.lists(hashes, min_size=1, max_size=40).map(b"".join)
texts = st.builds(lambda seed: random.Random(seed).randbytes(512), seeds)
sha256s = st.builds(digest, seeds)
md5s = st.builds(digest, seeds, st.just("md5"))
