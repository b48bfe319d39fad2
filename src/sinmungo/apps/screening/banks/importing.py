"""Pages of an exchange into a bank: what is new, what was withdrawn, and how far the exchange was read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from sinmungo.apps.base.actors import Actor
from sinmungo.apps.base.rows import ROWS_A_STATEMENT
from sinmungo.apps.ledger import services as ledger
from sinmungo.apps.screening.banks import contents, services
from sinmungo.apps.screening.banks.contents import NewFingerprint
from sinmungo.apps.screening.errors import BadBankField
from sinmungo.apps.screening.models import Bank, ExchangeState, Fingerprint
from sinmungo.core.kernel.errors import Conflict, Refused
from sinmungo.core.matching.exchange import BadRow, Page, Row
from sinmungo.core.matching.exchange.values import Unfit

#: Clocks of exchanges may be ahead of ours by this much.
AHEAD = timedelta(days=1)


class Rewound(Conflict):
    """A page lies before what has been read; taking it in could bring back what was withdrawn since."""

    code = "screening.rewound"
    message = (
        "This page of {source} is of {page}, and the exchange has been read up to {known}. Nothing was taken"
        " in. To read it all again from its beginning, read it into a new bank."
    )


class PositionAhead(Refused):
    """A page says that it is of the future; every later page would then lie before it."""

    code = "screening.position_ahead"
    message = "This page of {source} says that it is of {page}, which has not come yet. Nothing was taken in."


@dataclass(frozen=True, slots=True)
class Imported:
    """What a page changed: fingerprints added, those known already, those withdrawn, and the rows refused."""

    added: int
    known: int
    withdrawn: int
    refused: list[BadRow]


class _Wanted(NamedTuple):
    """What a page's rows come to, of several about one fingerprint or entry the last."""

    active: list[Row]
    gone: list[tuple[str, bytes]]
    gone_ids: list[str]


@transaction.atomic
def take_page(*, bank: Bank, page: Page, source: str, actor: Actor, at: datetime) -> Imported:
    """Take a page of the exchange ``source`` into a bank, whole or not at all.

    The same page again changes nothing. Raises Rewound for a page that lies before the last one read,
    PositionAhead for one of more than a day to come, BadBankField for a source that is no name, and what
    ``services.add`` raises.
    """
    if not 0 < len(source) <= services.MAX_SOURCE:
        raise BadBankField(field="source")
    state = _moved_on(bank, page, source, at)
    fitting, unfit = _fitting(bank, page.rows)
    wanted = _wanted(fitting)
    replaced = _replaced(bank, wanted) if page.is_whole else []
    withdrawn = services.withdraw(
        bank=bank,
        actor=actor,
        at=at,
        keys=replaced,
        external_ids=wanted.gone_ids,
        contents=wanted.gone,
    )
    new = [NewFingerprint(row.kind, row.content, row.external_id, row.expires_at) for row in wanted.active]
    added = services.add(bank=bank, new=new, actor=actor, at=at)
    refused = sorted([*page.bad, *unfit], key=lambda each: each.place)
    if state is not None:
        state.save()
    if state is not None or added.added or withdrawn:
        body = {"added": added.added, "known": added.known, "withdrawn": withdrawn, "refused": len(refused)}
        _enter(bank, actor, at, body)
    return Imported(added.added, added.known, withdrawn, refused)


def _moved_on(bank: Bank, page: Page, source: str, at: datetime) -> ExchangeState | None:
    """Return the locked state as it will be after the page; None where it stays as it is."""
    if not page.position and not page.checkpoint:
        return None
    ExchangeState.objects.bulk_create([ExchangeState(bank=bank, source=source, at=at)], ignore_conflicts=True)
    state = ExchangeState.objects.select_for_update().get(bank=bank, source=source)
    if page.position < state.position:
        raise Rewound(source=source, page=_told(page.position), known=_told(state.position))
    if page.position > (at + AHEAD).timestamp():
        raise PositionAhead(source=source, page=_told(page.position))
    if (page.position, page.checkpoint) == (state.position, state.checkpoint):
        return None
    state.position, state.checkpoint, state.at = page.position, page.checkpoint, at
    return state


def _told(position: int) -> str:
    """Return a position as a moment in words, as far as there is a calendar for it."""
    try:
        return datetime.fromtimestamp(position, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return f"second {position}"


def _fitting(bank: Bank, rows: Iterable[Row]) -> tuple[list[Row], list[BadRow]]:
    """Part the rows that a bank can hold from those it cannot: a protected one holds no texts."""
    fitting: list[Row] = []
    unfit: list[BadRow] = []
    for row in rows:
        if bank.is_sealed and row.kind == Fingerprint.Kind.TEXT and not row.withdrawn:
            unfit.append(Unfit("unsupported_kind").at(row.place))
        else:
            fitting.append(row)
    return fitting, unfit


def _wanted(rows: Iterable[Row]) -> _Wanted:
    latest: dict[tuple[str, bytes], tuple[int, Row]] = {}
    gone_ids: dict[str, int] = {}
    for order, row in enumerate(rows):
        if row.content:
            latest[row.kind, row.content] = (order, row)
        else:
            gone_ids[row.external_id] = order
    active = [row for order, row in latest.values() if gone_ids.get(row.external_id, -1) < order]
    gone = [key for key, (_, row) in latest.items() if row.withdrawn]
    return _Wanted([row for row in active if not row.withdrawn], gone, list(gone_ids))


def _replaced(bank: Bank, wanted: _Wanted) -> list[int]:
    """Return the fingerprints of the page's entries that the page no longer holds."""
    ids = sorted({row.external_id for row in wanted.active if row.external_id})
    kept = set(contents.digests(bank, [(row.kind, row.content) for row in wanted.active]))
    known = Fingerprint.objects.filter(bank=bank, withdrawn_at__isnull=True)
    found: list[int] = []
    for start in range(0, len(ids), ROWS_A_STATEMENT):
        some = known.filter(external_id__in=ids[start : start + ROWS_A_STATEMENT])
        found += [key for key, digest in some.values_list("pk", "digest") if bytes(digest) not in kept]
    return found


def _enter(bank: Bank, actor: Actor, at: datetime, body: dict[str, int]) -> None:
    # which protected banks there are is nobody's to read
    subject = f"bank:{ledger.salted(bank.name) if bank.is_sealed else bank.name}"
    ledger.record([ledger.NewEntry("screening.bank.page_taken", subject, actor, body)], at=at)
