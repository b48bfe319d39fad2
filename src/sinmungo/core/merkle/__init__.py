"""An append-only log that anyone can check: hashes, proofs, checkpoints and canonical bytes.

The tree is that of RFC 6962 and RFC 9162 with SHA-256. A leaf here is always its 32-byte leaf hash;
``leaf_hash`` makes one from an entry's bytes.
"""

from sinmungo.core.merkle.canonical import NotCanonical, canonical
from sinmungo.core.merkle.checkpoint import (
    BadCheckpoint,
    Checkpoint,
    checkpoint_body,
    sign_checkpoint,
    verify_checkpoint,
)
from sinmungo.core.merkle.frontier import BadFrontier, Frontier
from sinmungo.core.merkle.hashing import EMPTY_ROOT, HASH_BYTES, leaf_hash, node_hash, root
from sinmungo.core.merkle.proofs import (
    Hashes,
    MissingHashes,
    OutOfRange,
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from sinmungo.core.merkle.tiles import TILE_WIDTH, tile_path, tiles_completed_by

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "TILE_WIDTH",
    "BadCheckpoint",
    "BadFrontier",
    "Checkpoint",
    "Frontier",
    "Hashes",
    "MissingHashes",
    "NotCanonical",
    "OutOfRange",
    "canonical",
    "checkpoint_body",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "root",
    "sign_checkpoint",
    "tile_path",
    "tiles_completed_by",
    "verify_checkpoint",
    "verify_consistency",
    "verify_inclusion",
]
