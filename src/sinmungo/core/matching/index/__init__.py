"""Exact search within a Hamming radius over hashes of 256 bits; ``docs/explanation/index.md`` says how."""

from sinmungo.core.matching.index.hashindex import HashIndex
from sinmungo.core.matching.index.slow import SlowIndex
from sinmungo.core.matching.index.snapshot import BadSnapshot
from sinmungo.core.matching.index.values import Found

__all__ = ["HashIndex", "SlowIndex", "Found", "BadSnapshot"]
