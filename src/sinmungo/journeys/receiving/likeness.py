"""Who acts alike: the cluster and the stratum of an item, for draws that no wave of one kind fills."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sinmungo.apps.base.chance import keyed
from sinmungo.apps.items.queries import VersionSeen
from sinmungo.core.matching import near

_LETTERS = 16
_LANGUAGES = frozenset({"ko", "en"})
_NEW_DAYS, _YOUNG_DAYS = 7, 90


def clusters(seen: Sequence[VersionSeen]) -> list[str]:
    """Return a cluster for each version; "" for one without text.

    Two texts fall into one cluster with the probability that is the Jaccard index of their letter triples
    (one value of MinHash, Broder 1997): a template with a few words changed stays together. A keyed digest
    is kept, which tells nothing of the text.
    """
    if not seen:
        return []
    signatures = near.signatures([each.text for each in seen])
    return [
        keyed(int(signature[0]).to_bytes(8, "big"), "cluster").hex()[:_LETTERS] if each.text.strip() else ""
        for each, signature in zip(seen, signatures, strict=True)
    ]


def stratum(seen: VersionSeen, *, at: datetime) -> str:
    """Return the stratum of a version: its language, and how old its author's account is."""
    told = json.loads(seen.attributes)
    lang = str(told.get("lang", ""))[:2].lower()
    return f"{lang if lang in _LANGUAGES else 'other'}/{_age(told.get('author', {}).get('created_at'), at)}"


def _age(created_at: str | None, at: datetime) -> str:
    if not created_at:
        return "unknown"
    days = (at - datetime.fromisoformat(created_at)).days
    if days < _NEW_DAYS:
        return "new"
    return "young" if days < _YOUNG_DAYS else "old"
