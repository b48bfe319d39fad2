"""How a factor names where it comes from, so that a log tells neither whom nor what it is about."""

from __future__ import annotations

import uuid

from sinmungo.apps.autonomy.models import Act
from sinmungo.apps.ledger.services import salted

#: Of a source's hexadecimal digits, those that name whose cluster it is.
WHOSE = 16
_WHAT = 48


def of_audit(act: Act) -> str:
    """Return the source of a label of an act."""
    return _source("audit", act.pk, _cluster(act))


def of_appeal(act: Act) -> str:
    """Return the source of an appeal against what an act did."""
    return _source("appeal", act.pk, _cluster(act))


def _source(what: str, key: uuid.UUID, cluster: str) -> str:
    """Return a salted digest of what it is, then one of whose cluster.

    Whoever reads the log can count how many came of one cluster, and not tell which.
    """
    return salted(f"{what}:{key.hex}")[:_WHAT] + salted(f"cluster:{cluster}")[:WHOSE]


def _cluster(act: Act) -> str:
    """Return the cluster of an act's author; who belongs to none is one alone."""
    return act.cluster or (act.account_id or act.item_id).hex
