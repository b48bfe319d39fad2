"""What a platform said of an account before it was restored and afterwards, opened from its seal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sinmungo.apps.autonomy.models import AccountRecord, Affected
from sinmungo.apps.vault import queries as vault
from sinmungo.apps.vault.errors import Destroyed

BEFORE_FIELD = "autonomy_accountrecord.before"
AFTER_FIELD = "autonomy_accountrecord.after"
#: What an account has many of, by name, and what it has or has not.
LISTS = ("memberships", "roles", "linked")


@dataclass(frozen=True, slots=True)
class Returned:
    """What of an account returned. ``followers`` is how many are missing, ``missing`` what else, by kind.

    ``handle`` is as it is now; ``is_read`` False means that the platform was not asked again yet.
    """

    handle: str
    followers: int
    missing: dict[str, tuple[str, ...]] = field(default_factory=dict)
    payouts: bool = True
    is_read: bool = False

    @property
    def is_everything(self) -> bool:
        """Whether nothing is missing."""
        return self.is_read and not self.followers and not any(self.missing.values()) and self.payouts


def returned(affected: Affected) -> Returned | None:
    """Return what returned to the account of a row; None when the platform told nothing of it.

    Raises ``vault.errors.Destroyed`` for a person whose key was destroyed.
    """
    record = AccountRecord.objects.filter(pk=affected.pk).first()
    if record is None:
        return None
    had = _opened(record, BEFORE_FIELD, bytes(record.before))
    if record.read_at is None:
        return Returned(str(had.get("handle", "")), followers=0)
    return compared(had, _opened(record, AFTER_FIELD, bytes(record.after)))


def compared(had: Mapping[str, Any], has: Mapping[str, Any]) -> Returned:
    """Compare what an account had with what it has: whatever is not there any more is missing."""
    lost = {name: tuple(sorted(set(had.get(name, ())) - set(has.get(name, ())))) for name in LISTS}
    return Returned(
        handle=str(has.get("handle") or had.get("handle", "")),
        followers=max(0, int(had.get("followers", 0)) - int(has.get("followers", 0))),
        missing={name: found for name, found in lost.items() if found},
        payouts=bool(has.get("payouts")) or not had.get("payouts"),
        is_read=True,
    )


def before(record: AccountRecord) -> dict[str, Any] | None:
    """Return what the platform had said of the account; None when the person's key was destroyed."""
    try:
        return _opened(record, BEFORE_FIELD, bytes(record.before))
    except Destroyed:
        return None


def _opened(record: AccountRecord, name: str, sealed: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(vault.unseal(record.key_ref, name, sealed).reveal())
    return found
