"""The ledger's key: it signs checkpoints, and its public half lets anybody check them."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings


def private_key() -> Ed25519PrivateKey:
    """Return the Ed25519 key of this deployment (RFC 8032)."""
    return Ed25519PrivateKey.from_private_bytes(settings.SINMUNGO_LEDGER_KEY)


def public_key() -> Ed25519PublicKey:
    """Return the half that is published."""
    return private_key().public_key()


def origin() -> str:
    """Return the name of this log in its checkpoints."""
    return str(settings.SINMUNGO_LEDGER_ORIGIN)
