"""Invented banks and fingerprints, made through the real doors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from sinmungo.apps.base import clock
from sinmungo.apps.base.actors import SYSTEM
from sinmungo.apps.screening.banks import services
from sinmungo.apps.screening.banks.services import NewFingerprint
from sinmungo.apps.screening.models import Bank
from sinmungo.core.kernel.values import PlainItem, PlainMedia
from sinmungo.core.matching.fingerprints import KitHash, pack


def bank(name: str = "known-files", **more: Any) -> Bank:
    """Make a bank."""
    given = {"title_ko": "알려진 것", "title_en": "Known", "actor": SYSTEM, "at": clock.now()} | more
    return services.make(name=name, **given)


def add(to: Bank, *new: NewFingerprint, at: datetime | None = None) -> services.Added:
    """Add fingerprints, without a search in what was seen."""
    return services.add(bank=to, new=new, actor=SYSTEM, at=at or clock.now(), hunt=False)


def withdraw(of: Bank, **what: Any) -> int:
    """Withdraw fingerprints."""
    return services.withdraw(bank=of, actor=SYSTEM, at=clock.now(), **what)


def change(of: Bank, **what: Any) -> Bank:
    """Change a bank."""
    return services.change(bank=of, actor=SYSTEM, at=clock.now(), **what)


def digest(word: str) -> bytes:
    """Return the SHA-256 of an invented file."""
    return hashlib.sha256(word.encode()).digest()


def file(word: str, **more: Any) -> NewFingerprint:
    """Return the fingerprint of an invented file by its digest."""
    return NewFingerprint("sha256", digest(word), **more)


def bits(seed: int) -> bytes:
    """Return an invented hash."""
    return np.random.default_rng(seed).bytes(32)


def flipped(given: bytes, *places: int) -> bytes:
    """Return a hash with the bits at ``places`` turned over."""
    number = int.from_bytes(given, "big")
    for place in places:
        number ^= 1 << place
    return number.to_bytes(32, "big")


def picture(*hashes: bytes, **more: Any) -> NewFingerprint:
    """Return the fingerprint of a picture, a kit whose parts are numbered in their order."""
    return NewFingerprint("pdq", pack([KitHash(part, each) for part, each in enumerate(hashes)]), **more)


def item(word: str = "", *, hashes: Sequence[bytes] = (), text: str = "") -> PlainItem:
    """Return an item with one medium: the file of ``word``, with the hashes of its windows."""
    records = pack([KitHash(16, each) for each in hashes])
    return PlainItem(text=text, media=(PlainMedia(digest(word).hex(), hashes=records),))
