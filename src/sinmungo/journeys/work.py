"""Who keeps which promise. ``sinmungo work`` calls :func:`keep_all` again and again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import close_old_connections

from sinmungo.apps.autonomy.services import incidents
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.screening.banks import holding as banks
from sinmungo.apps.vault import services as vault
from sinmungo.journeys import (
    consult,
    deliver,
    expire,
    forget,
    guard,
    hash_media,
    hunt,
    read_pictures,
    receive,
    restore,
    second_look,
    watch,
)
from sinmungo.journeys.reviewing import send

log = logging.getLogger(__name__)

Keeper = Callable[..., int]


def keepers() -> tuple[tuple[str, Keeper], ...]:
    """Return every keeper by name; each keeps up to ``limit`` due promises and tells how many."""
    return (
        ("receive", receive.keep),
        ("guard", guard.keep),
        ("send", send.keep),
        ("restore", restore.keep),  # what it decides is delivered in the same turn
        ("deliver", deliver.keep),
        ("expire", expire.keep),
        ("ledger", ledger.keep),
        ("forget", forget.keep),
        ("vault", vault.keep),
        ("banks", banks.keep),
        ("hash_media", hash_media.keep),
        ("read_pictures", read_pictures.keep),
        ("watch", watch.keep),
        ("incidents", incidents.keep),
        ("second", second_look.keep),
        ("hunt", hunt.keep),  # in steps of a few seconds
        ("consult", consult.keep),  # last: it may wait for a model
    )


def keep_all(*, now: datetime, limit: int, is_over: Callable[[], bool] = lambda: False) -> int:
    """Let every keeper work once; returns how many promises were kept.

    One keeper that fails never stops the others: what it owes stays owed. Once ``is_over`` none begins.
    """
    kept = 0
    for name, keep in keepers():
        if is_over():
            break
        try:
            kept += keep(now=now, limit=limit)
        except Exception:
            log.exception("a keeper failed: " + name)  # arguments are left out of the log, names may stand
            close_old_connections()  # a connection that broke would fail every keeper from now on
    return kept
