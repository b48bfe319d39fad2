"""What a platform says of accounts, and what it is asked to tell those whom it had told.

Both doors lie beside the address of the platform's webhooks and are asked with the same signature:
``accounts/state`` and ``accounts/corrections``. Whatever does not fit the reference is left out, never
guessed; an account that is not named in the answer was not told of.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urljoin

from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.module_loading import import_string

from sinmungo.apps.autonomy.models import Disclosure
from sinmungo.apps.base import clock
from sinmungo.apps.items.models import Platform
from sinmungo.apps.items.services import SECRET_FIELD
from sinmungo.apps.vault import queries as vault
from sinmungo.core.text.identifiers import mask_identifiers

STATE, CORRECTIONS = "accounts/state", "accounts/corrections"
MAX_LETTERS, MAX_LIST, MAX_TOLD, MAX_REFERENCE = 120, 500, 50, 200
_MOST = 2**53
_LISTS = ("memberships", "roles", "linked")
_PARTIES = frozenset(Disclosure.Party.values)


class NotTold(Exception):
    """The platform did not say.

    ``code`` says why and never holds anybody's words; ``passing`` whether it may pass by itself; ``wait``
    after how many seconds it wants to be asked again, if it said so.
    """

    def __init__(self, code: str, *, passing: bool, wait: float = 0.0) -> None:
        self.code = code
        self.passing = passing
        self.wait = wait
        super().__init__(code)


class AccountReader(Protocol):
    """Asks a platform one signed question and returns the decoded JSON of its answer."""

    def ask(self, *, url: str, secret: str, message_id: str, at: datetime, body: bytes) -> Any:
        """Return the answer; raises :class:`NotTold`."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody whom the platform told of what was decided about an account."""

    party: str
    name: str
    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AccountState:
    """What a platform says of one account; ``facts`` are kept sealed.

    ``facts`` holds handle, followers, memberships, roles, payouts and linked accounts.
    """

    external_id: str
    is_there: bool
    facts: Mapping[str, Any] = field(default_factory=dict)
    told: tuple[Told, ...] = ()
    purge_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """What one party is to be told: the decision it had heard of was wrong."""

    number: int
    external_id: str
    party: str
    name: str
    reference: str
    told_at: datetime
    case_code: str


def states(
    platform: Platform, external_ids: Sequence[str], *, purpose: str
) -> dict[str, AccountState] | None:
    """Return what the platform says of the accounts that it names in its answer, by their id.

    ``purpose`` makes the question another one each time it is meant anew. None where nothing is ever
    asked; raises NotTold.
    """
    if not settings.SINMUNGO_ACCOUNT_READER or not platform.webhook_url or not external_ids:
        return None
    answer = _ask(platform, STATE, {"accounts": list(external_ids)}, purpose)
    rows = answer.get("accounts") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise NotTold("accounts.answer_not_understood", passing=False)
    wanted = set(external_ids)
    found = (_state(row, clock.now()) for row in rows[: len(external_ids)] if isinstance(row, dict))
    return {state.external_id: state for state in found if state.external_id in wanted}


def correct(platform: Platform, corrections: Sequence[Correction]) -> set[int]:
    """Ask the platform to tell those whom it had told; return the numbers of those it has told.

    Raises NotTold.
    """
    if not settings.SINMUNGO_ACCOUNT_READER or not platform.webhook_url:
        raise NotTold("accounts.no_address", passing=False)
    document = {"corrections": [_correction(each) for each in corrections]}
    answer = _ask(platform, CORRECTIONS, document, "correct")
    rows = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise NotTold("accounts.answer_not_understood", passing=False)
    done = {row.get("number") for row in rows if isinstance(row, dict) and row.get("state") == "done"}
    return {each.number for each in corrections if each.number in done}


def _ask(platform: Platform, path: str, document: Mapping[str, Any], purpose: str) -> Any:
    sealed = bytes(platform.webhook_secret)
    secret = vault.unseal(f"platform:{platform.slug}", SECRET_FIELD, sealed).reveal()
    reader: AccountReader = import_string(settings.SINMUNGO_ACCOUNT_READER)()
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    at = clock.now()
    mark = hashlib.sha256(f"{path}\n{purpose}\n".encode() + body).hexdigest()[:32]
    return reader.ask(
        url=urljoin(platform.webhook_url, path), secret=secret, message_id=f"msg_{mark}", at=at, body=body
    )


def _correction(each: Correction) -> dict[str, Any]:
    return {
        "number": each.number,
        "external_id": each.external_id,
        "party": each.party,
        "name": each.name,
        "reference": each.reference,
        "told_at": each.told_at.isoformat(),
        "case_code": each.case_code,
    }


def _state(row: Mapping[str, Any], now: datetime) -> AccountState:
    told = row.get("told")
    return AccountState(
        external_id=str(row.get("external_id")),
        is_there=row.get("state") != "gone",
        facts={
            "handle": _text(row.get("handle")),
            "followers": _number(row.get("followers")),
            **{name: _texts(row.get(name)) for name in _LISTS},
            "payouts": row.get("payouts") is True,
        },
        told=tuple(_parties(told if isinstance(told, list) else (), now)),
        purge_at=_moment(row.get("purge_at")),
    )


def _parties(rows: Sequence[Any], now: datetime) -> list[Told]:
    found = []
    for row in rows[:MAX_TOLD]:
        if isinstance(row, dict) and (name := _text(row.get("name"))):
            party = row.get("party") if row.get("party") in _PARTIES else Disclosure.Party.OTHER
            at = min(_moment(row.get("at")) or now, now)
            found.append(Told(str(party), name, _text(row.get("reference"), MAX_REFERENCE), at))
    return found


def _text(value: Any, most: int = MAX_LETTERS) -> str:
    """Return a text as it is kept: without what no database takes, its identifiers masked, not too long."""
    if not isinstance(value, str):
        return ""
    plain = value[:most].replace("\0", "").encode("utf-8", "ignore").decode()
    return mask_identifiers(plain).text


def _texts(value: Any) -> list[str]:
    return [text for each in value[:MAX_LIST] if (text := _text(each))] if isinstance(value, list) else []


def _number(value: Any) -> int:
    return min(max(value, 0), _MOST) if isinstance(value, int) and not isinstance(value, bool) else 0


def _moment(value: Any) -> datetime | None:
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:  # of the right form, and no day of any calendar
        return None
    if found is None:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
